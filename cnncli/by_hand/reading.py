"""Matrices as people hand them over: `1 2 3; 4 5 6`, `[[1, 2, 3], [4, 5, 6]]`, a CSV file, an image."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import UsageError
from .array import Array, counted, from_nested
from .number import Number, number
from .supply import PER_CHANNEL, Given

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
TEXTS = (".csv", ".tsv", ".txt", ".dat")
LARGEST_TEXT, DEEPEST = 8 * 2**20, 8
_PATH = re.compile(r"(?!(nan|[-+]?inf(inity)?)$)[^\s,;|\[\]]*[a-z_][^\s,;|\[\]]*", re.IGNORECASE)
_ROWS, _BLANK = re.compile(r"[;\r\n]+"), " ;\t\r\n"
_CHANNELS = re.compile(r"\s*\|\s*|[^\S\n]*\n[^\S\n]*\n\s*")
_NEWLINE_BETWEEN = re.compile(r"[^\s,;|\[\]]\s*\n\s*[^\s,;|\[\]]")
_DECIMAL_COMMA = re.compile(r"[-+−]?\d+,\d+")


def read(text: str, grey: bool = False) -> Given:
    """What an argument means: a file where there is one, - for standard input, or the numbers themselves."""
    ending = os.path.splitext(text)[1].lower()
    if text == "-" or (os.path.isfile(text) and ending not in IMAGES):
        return from_csv(text)
    if ending in IMAGES:
        from .image import load

        return Given(load(text, grey), text, PER_CHANNEL)
    if ending in TEXTS or (_PATH.fullmatch(text) and not _is_number(text)):
        raise UsageError(f"{text}: no such file; numbers are written '1 2 3; 4 5 6' or [[1, 2, 3], [4, 5, 6]]")
    return inline(text)


def inline(text: str) -> Given:
    """Rows on lines of their own or after `;`, channels after `|` or an empty line; or lists in brackets, one matrix after the other."""
    text = text.replace("\r\n", "\n")
    if not text.strip(" ;|,\t\n"):
        raise UsageError("there are no numbers; write them '1 2 3; 4 5 6' or [[1, 2, 3], [4, 5, 6]]")
    try:
        if "[" in text:
            return _lists(text)
        channels = [[_row(row) for row in _ROWS.split(channel.strip(_BLANK)) if row.strip()] for channel in _CHANNELS.split(text.strip())]
        if not all(channels):
            raise ValueError("there are no numbers on one side of |")
        if len(channels) == 1 and len(channels[0]) == 1:
            return Given(from_nested(channels[0][0]))
        for rows in channels:
            level(rows)
        array = from_nested(channels)
    except ValueError as error:
        raise UsageError(f"{_short(text)}: {error}") from None
    return Given(array, "", PER_CHANNEL) if len(channels) > 1 else Given(Array(array.shape[1:], array.values))


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return True


def _row(text: str) -> list[Number]:
    """The numbers of a row, with blanks or commas between them, not sometimes one and sometimes the other."""
    row = text.strip(" ,\t\r\n")
    _check_gaps(re.findall(r"[\s,]+", row))
    return [number(cell) for cell in re.split(r"[\s,]+", row)]


def _check_gaps(gaps: list[str]) -> None:
    """Refuse blanks between some numbers and commas between others (ValueError)."""
    commas = ["," in gap for gap in gaps]
    if any(commas) and not all(commas):
        raise ValueError("blanks and commas are mixed; write ; between rows, as in '1 2 3; 4 5 6', and decimals with a point")


def level(rows: list[list[Any]]) -> None:
    """Refuse rows of different lengths (ValueError)."""
    for count, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise ValueError(f"ragged: row 1 holds {counted((len(rows[0]),))}, and row {count} {counted((len(row),))}")


def bracketed(text: str) -> Any:
    """Lists within lists. Raises ValueError."""
    if ";" in text or "|" in text or _NEWLINE_BETWEEN.search(text):
        raise ValueError("rows within brackets are lists of their own: [[1, 2], [3, 4]]")
    _check_gaps(re.findall(r"(?<=[^\s,\[\]])[\s,]+(?=[^\s,\[\]])", text))
    open_: list[list[Any]] = [[]]
    for token in re.findall(r"[\[\]]|[^\s,;\[\]]+", text):
        if token == "[":
            open_[-1].append([])
            open_.append(open_[-1][-1])
        elif token == "]":
            open_.pop()
        else:
            open_[-1].append(number(token))
        if not open_ or len(open_) > DEEPEST:
            raise ValueError("a bracket too many closes" if not open_ else f"lists are nested more than {DEEPEST - 1} deep")
    if len(open_) > 1 or len(open_[0]) != 1:
        raise ValueError("a bracket is not closed" if len(open_) > 1 else "one list in brackets is expected")
    return open_[0][0]


def from_csv(path: str) -> Given:
    """Rows of numbers with commas, semicolons, tabs or blanks between them; after an empty line, the matrix of the next channel.

    One separator holds for the whole file: semicolons where there are any, else tabs, else commas. Between
    semicolons and tabs, 1,5 is one and a half, as spreadsheets in many languages write it. A file that begins
    with a bracket holds lists in brackets.
    """
    name = "stdin" if path == "-" else path
    text = _text(path, name)
    if text.lstrip().startswith("["):
        return _lists_of_file(text, name)
    separator = next((mark for mark in ";\t," if mark in text), "")
    channels: list[list[list[Number]]] = [[]]
    for line_number, line in enumerate(text.split("\n"), 1):
        row = [_number(cell, f"{name}:{line_number}:{column}") for column, cell in _cells(line, separator)]
        if not row and channels[-1]:
            channels.append([])
        elif row:
            channels[-1].append(row)
            if len(row) != len(channels[-1][0]):
                raise UsageError(f"{name}:{line_number}: this row holds {counted((len(row),))}, and the first {len(channels[-1][0])}")
    found = [channel for channel in channels if channel]
    if not found:
        raise UsageError(f"{name}: empty; a CSV holds rows of numbers")
    try:
        array = from_nested(found)
    except ValueError as error:
        raise UsageError(f"{name}: the channels differ; {error}") from None
    return Given(array, name, PER_CHANNEL) if len(found) > 1 else Given(Array(array.shape[1:], array.values), name)


def _lists(text: str, name: str = "") -> Given:
    """Lists within lists; `[1 2; 3 4]`, rows in one pair of brackets, is a matrix too. Raises ValueError."""
    inside = text.strip()[1:-1]
    rows = ";" in inside or _NEWLINE_BETWEEN.search(inside)
    if rows and text.strip().endswith("]") and not re.search(r"[\[\]]", inside):
        return inline(inside)._replace(where=name)
    return Given(from_nested(bracketed(text)), name)


def _lists_of_file(text: str, name: str) -> Given:
    try:
        return _lists(text, name)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _cells(line: str, separator: str) -> Iterator[tuple[int, str]]:
    """The cells of a line, each with its column."""
    if not line.strip():
        return
    if not separator:
        for found in re.finditer(r"\S+", line):
            yield found.start() + 1, found[0].strip('"')
        return
    column = 1
    for cell in re.findall(rf'(?:"[^"]*"|[^{separator}"])+|(?<={separator})(?={separator}|$)|^(?={separator})', line.rstrip()):
        yield column, _pointed(cell.strip().strip('"').strip(), separator)
        column += len(cell) + 1


def _pointed(cell: str, separator: str) -> str:
    """A cell with a decimal point where it has a decimal comma."""
    return cell.replace(",", ".") if separator != "," and _DECIMAL_COMMA.fullmatch(cell) else cell


def _number(cell: str, where: str) -> Number:
    if cell and re.search(r"\d[ ,]+\d", cell):
        raise UsageError(
            f"{where}: {cell!r} is not one number; put the same separator between all numbers, "
            "and write decimals with a point, or with a comma between semicolons"
        )
    try:
        return number(cell)
    except ValueError as error:
        raise UsageError(f"{where}: {error if cell else 'an empty cell; every cell holds a number'}") from None


def _text(path: str, name: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST_TEXT + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST_TEXT + 1)
        if len(data) > LARGEST_TEXT:
            raise UsageError(f"{name}: more than {LARGEST_TEXT // 2**20} MiB of text")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name}: not UTF-8 text; a CSV is expected here") from None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."
