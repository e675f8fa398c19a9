"""A sheet as comma-separated values: filled in, it is what cnncli grade reads."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from ..wording import times
from .solution import told

if TYPE_CHECKING:
    from ..sheet import Sheet


def render(sheet: Sheet, solved: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    student = [sheet.request.student] * bool(sheet.request.student)
    writer.writerow(["sheet", *["student"] * bool(student), "question", "text", "answer", *["working"] * solved])
    for one in sheet.questions:
        answer = one.answer if isinstance(one.answer, int) else times(one.answer)
        extra = [answer, "; ".join(told(one))] if solved else [""]
        writer.writerow([sheet.id, *student, one.number, one.text, *extra])
    return text.getvalue()
