"""A sheet in GIFT, which Moodle and others import. The answers stand in it: it is for the teacher.

Source: docs.moodle.org, "GIFT format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...render import tables
from ..slips import slips
from .solution import told
from .spellings import is_number, spellings
from .table import table

if TYPE_CHECKING:
    from ..sheet import Question, Sheet


def render(sheet: Sheet, solved: bool) -> str:
    blocks = [f"// {sheet.line}"]
    if sheet.report:  # a question without an answer is a description
        drawn = tables([table(sheet, lambda one: f"({one.number})")], "markdown").replace("\n\n", "\n")
        blocks.append(f"::{escaped(sheet.title)}::[markdown]{escaped(drawn.rstrip()).replace(chr(10), chr(92) + 'n')}")
    return "\n\n".join([*blocks, *(_question(sheet, one, solved) for one in sheet.questions)]) + "\n"


def _question(sheet: Sheet, one: Question, solved: bool) -> str:
    name = f"::{sheet.id} {one.number}::"
    if is_number(one):
        right = [f"=%100%{one.answer}:0"]
        wrong = [f"=%0%{slip.value}:0#{escaped(slip.words)}" for slip in slips(one) if isinstance(slip.value, int)]
        body = ["{#", *right, *wrong]
    else:
        right = [f"={escaped(spelled)}" for spelled in spellings(one.answer)]
        wrong = [f"=%0%{escaped(spelled)}#{escaped(slip.words)}" for slip in slips(one) for spelled in spellings(slip.value)]
        body = ["{", *right, *wrong]
    general = [f"####{escaped('; '.join(told(one)))}"] * solved
    return "\n".join([f"{name}[plain]{escaped(one.text)} {body[0]}", *(f"  {line}" for line in [*body[1:], *general]), "}"])


def escaped(text: str) -> str:
    """The text with a stroke before what GIFT would read as its own."""
    text = text.replace("\\", "\\\\")
    for mark in "~=#{}:":
        text = text.replace(mark, "\\" + mark)
    return text
