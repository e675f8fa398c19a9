"""The inverse: which options, sizes or numbers of layers give what is wanted. All answers in a range, the usual one first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Answer", "Found"]


class Found(NamedTuple):
    """One solution: its values by name, the formula that shows it (a term), what that comes to, and what else there is to say."""

    values: dict[str, Any]
    formula: int | None = None
    result: Any = None
    note: str = ""


class Answer(NamedTuple):
    """All solutions, the usual one first. `why` says why there is none; `note` what holds for all."""

    question: str
    found: Sequence[Found]
    why: str = ""
    note: str = ""
