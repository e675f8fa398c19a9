"""A sheet in Markdown: a table with blanks, or a list of questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...render import tables
from ..wording import shown
from .solution import told
from .table import rules, table

if TYPE_CHECKING:
    from ..sheet import Question, Sheet

_MARKS = ("\\", "*", "_", "`", "<", "[", "~")


def render(sheet: Sheet, solved: bool) -> str:
    lines = [f"<!-- {sheet.line} -->", "", f"# {escaped(sheet.title)}", "", f"Sheet {sheet.id}. Answer by the number of the question.", ""]
    if sheet.report:
        lines += [
            tables([table(sheet, lambda one: f"{shown(one.answer)} ({one.number})" if solved else f"........ ({one.number})")], "markdown")
        ]
    else:
        lines += [line for question in sheet.questions for line in _asked(question, solved)]
        lines += [f"{rule}  " for rule in rules(sheet)]
    if sheet.report and solved:
        for question in sheet.questions:
            lines += [f"{question.number}. {escaped(question.text)} **{shown(question.answer)}**", *_working(question), ""]
    return "\n".join(lines).rstrip() + "\n"


def _asked(question: Question, solved: bool) -> list[str]:
    answer = f"**{shown(question.answer)}**" if solved else "........"
    return [f"{question.number}. {escaped(question.text)} {answer}", *(_working(question) if solved else []), ""]


def _working(question: Question) -> list[str]:
    return ["", *(f"    - `{line}`" for line in told(question))]


def escaped(text: str) -> str:
    """What would be markup, taken as it stands."""
    for mark in _MARKS:
        text = text.replace(mark, "\\" + mark)
    return " ".join(text.split())
