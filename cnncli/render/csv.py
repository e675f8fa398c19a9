"""Comma-separated values: one header, raw numbers, no total. Of several networks the first column names the network."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from .sheet import Sheet


def render(sheets: Sequence[Sheet]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    several = len(sheets) > 1
    for index, sheet in enumerate(sheets):
        if index == 0:
            writer.writerow(["network"] * several + [column.name for column in sheet.columns])
        writer.writerows([sheet.name] * several + row for row in sheet.raw_rows())
    return text.getvalue()
