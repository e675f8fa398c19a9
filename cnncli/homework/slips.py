"""The usual mistakes: the answer worked out again under each mistaken rule."""

from __future__ import annotations

from typing import Any, NamedTuple

from .case import Case
from .sheet import Question
from .slips_of_field import FIELD_RULES
from .slips_of_shape import SHAPE_RULES
from .slips_of_weights import WEIGHT_RULES
from .slips_of_work import WORK_RULES
from .wording import shown

RULES = (*WEIGHT_RULES, *SHAPE_RULES, *WORK_RULES, *FIELD_RULES)


class Slip(NamedTuple):
    """A wrong answer, the rule that leads to it, and what to tell who gave it."""

    value: Any
    rule: str
    words: str


def slips(question: Question) -> list[Slip]:
    """Every wrong answer that a mistaken rule gives, once: the first rule that gives it is told."""
    case = Case(question)
    found: dict[Any, Slip] = {}
    for rule in RULES:
        for value, words in rule(case):
            if value is not None and value != case.answer and value not in found and not _senseless(value):
                found[value] = Slip(value, rule.__name__, f"{_said(value)} is {words}")
    return list(found.values())


def _senseless(value: Any) -> bool:
    """Whether nobody would write it down."""
    return min(value, default=0) < 1 if isinstance(value, tuple) else value <= 0


def _said(value: Any) -> str:
    return shown(value) if isinstance(value, (tuple, int)) else f"{value:,.0f}" if value >= 10_000 else f"{value:,.6g}"
