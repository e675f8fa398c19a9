"""The names of students."""

from __future__ import annotations

import csv

from ..errors import DataError, UsageError
from ..printable import quote
from .answers import decoded


def listed(text: str) -> list[str]:
    """a,b,c. Raises UsageError for one twice."""
    return _apart([name.strip() for name in text.split(",") if name.strip()], "--students")


def read_students(raw: bytes, name: str) -> list[str]:
    """The names of a CSV file: its column student or name, or without such a head the first column."""
    text = decoded(raw, name)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.split("\n"), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise DataError(f"{name}: {error}") from None
    rows = [row for row in rows if any(row)]
    head = [cell.lower() for cell in rows[0]] if rows else []
    place = next((head.index(title) for title in ("student", "name") if title in head), None)
    found = [row[place or 0] for row in (rows if place is None else rows[1:]) if len(row) > (place or 0)]
    return _apart([one for one in found if one], name)


def _apart(names: list[str], where: str) -> list[str]:
    if not names:
        raise UsageError(f"{where}: no names of students")
    for place, name in enumerate(names):
        if name in names[:place]:
            raise UsageError(f"{where}: {quote(name)} stands there twice")
    return names
