"""The ways in which a right answer may be spelled, where a program compares letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wording import times

if TYPE_CHECKING:
    from ..sheet import Question


def spellings(answer: Any) -> list[str]:
    """28x28x6, 28 x 28 x 6, 28×28×6, (28, 28, 6), (28,28,6) ...; a number and a vector as they are."""
    if isinstance(answer, int):
        return [str(answer)]
    parts = [str(one) for one in answer]
    if len(parts) == 1:
        return [parts[0], f"({parts[0]},)", f"({parts[0]})"]
    joined = [", ".join(parts), ",".join(parts)]
    return [times(answer), " x ".join(parts), "×".join(parts), " × ".join(parts), *joined, *(f"({one})" for one in joined)]


def is_number(question: Question) -> bool:
    return isinstance(question.answer, int)
