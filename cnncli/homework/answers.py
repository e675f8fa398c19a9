"""The answers of students: a CSV file with the columns question and answer, and student where several stand in one file."""

from __future__ import annotations

import csv
from typing import NamedTuple

from ..errors import DataError
from ..render.csv import unescape

NEEDED = ("question", "answer")


class Answer(NamedTuple):
    """What a student wrote, and where it stands."""

    student: str
    question: str
    text: str
    sheet: str
    line: int


def read_answers(raw: bytes, name: str) -> list[Answer]:
    """The rows of a file. Commas, semicolons (as Excel writes them) or tabs divide; other columns are left aside. Raises DataError."""
    text = decoded(raw, name)
    head = text.lstrip("\n").partition("\n")[0]
    if not head.strip():
        raise DataError(f"{name} is empty; its first line would be question,answer")
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(text.split("\n"), delimiter=delimiter, strict=True)
    try:
        return _rows(rows, name, delimiter)
    except csv.Error as error:
        raise DataError(f"{name}:{rows.line_num}: {error}") from None


def decoded(raw: bytes, name: str) -> str:
    """The text, whatever ends its lines and whether or not a mark stands before it."""
    codec = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(f"{name}:{line}: byte 0x{raw[error.start]:02x} is no UTF-8; save the file as CSV UTF-8") from None
    if "\0" in text:
        raise DataError(f"{name}:{text[: text.index(chr(0))].count(chr(10)) + 1}: a zero byte; the file is no CSV")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rows(rows: csv._reader, name: str, delimiter: str) -> list[Answer]:  # type: ignore[name-defined]
    header = next(row for row in rows if any(row))
    columns = {title.strip().lower(): place for place, title in reversed([*enumerate(header)])}
    for needed in NEEDED:
        if needed not in columns:
            raise DataError(f"{name}:{rows.line_num}: no column {needed}; the first line names the columns, such as question,answer")
    found: list[Answer] = []
    met: dict[tuple[str, str], int] = {}
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(header):
            hint = '; quote an answer that has a comma: "1,234"' if delimiter == "," else ""
            raise DataError(f"{name}:{rows.line_num}: {len(row)} cells, but {len(header)} columns{hint}")
        if len(row) <= columns["question"]:
            raise DataError(f"{name}:{rows.line_num}: {len(row)} cells, but {len(header)} columns")
        cells = {title: unescape(row[place].strip()) if place < len(row) else "" for title, place in columns.items()}
        student, question = cells.get("student", ""), _number(cells["question"])
        first = met.setdefault((student, question), rows.line_num)
        if first != rows.line_num:
            raise DataError(f"{name}:{rows.line_num}: question {question} is answered twice, first in line {first}")
        found.append(Answer(student, question, cells["answer"], cells.get("sheet", ""), rows.line_num))
    if not found:
        raise DataError(f"{name}: no answers below the line of columns")
    return found


def _number(text: str) -> str:
    """3 for 3, (3), 3. and 03."""
    bare = text.strip().strip("()").rstrip(".").strip()
    return bare.lstrip("0") or bare
