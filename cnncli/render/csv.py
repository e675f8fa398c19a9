"""Comma-separated values: one header, raw numbers, no total. Of several networks the first column names the network.

Spreadsheets run text that begins like a formula, whoever wrote it. Such text gets an apostrophe before it, as OWASP advises
(https://owasp.org/www-community/attacks/CSV_Injection); numbers stay as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..printable import printable
from .sheet import Sheet
from .values import bare

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d[\d_]*([.,/]\d+)*([eE][+-]?\d+)?")


def render(sheets: Sequence[Sheet]) -> str:
    """Sheets as one table."""
    several = len(sheets) > 1
    rows: list[list[Any]] = [["network"] * several + [column.name for column in sheets[0].columns]]
    for sheet in sheets:
        rows.extend([sheet.name] * several + row for row in sheet.raw_rows())
    return table(rows)


def table(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV: text escaped, other values raw."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """A value as a spreadsheet should read it: text that begins like a formula, and is no number, gets an apostrophe."""
    shown = printable(bare(value))
    words = isinstance(value, str) or (isinstance(value, (tuple, list)) and any(isinstance(part, str) for part in value))
    return f"'{shown}" if words and _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown


def unescape(text: str) -> str:
    """What stood in a cell before `cell` wrote it."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
