"""A sheet as comma-separated values: filled in, it is what cnncli grade reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...render.csv import table
from ..wording import times
from .solution import told

if TYPE_CHECKING:
    from ..sheet import Sheet


def render(sheet: Sheet, solved: bool) -> str:
    student = [sheet.request.student] * bool(sheet.request.student)
    rows: list[list[Any]] = [["sheet", *["student"] * bool(student), "question", "text", "answer", *["working"] * solved]]
    for one in sheet.questions:
        answer = one.answer if isinstance(one.answer, int) else times(one.answer)
        extra = [answer, "; ".join(told(one))] if solved else [""]
        rows.append([sheet.id, *student, one.number, one.text, *extra])
    return table(rows)
