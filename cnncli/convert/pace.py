"""Uses of one block whose values go on in equal steps, such as the channels of DenseNet's layers: told as one that is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .terms import Term

LEAST = 3  # uses


def paced(terms: list[Term]) -> list[Term]:
    """The terms, with each such run as its first."""
    made: list[Term] = []
    place = 0
    while place < len(terms):
        first, end = terms[place], place + 1
        if is_single(first):
            pace = step(first, terms[end]) if end < len(terms) else None
            while end < len(terms) and pace and step(terms[end - 1], terms[end]) == pace:
                end += 1
            if pace and end - place >= LEAST:
                first.others, first.pace = terms[place + 1 : end], pace
                first.repeat, first.name = end - place, terms[end - 1].name
        made.append(first)
        place = end if first.others else place + 1
    return made


def is_single(term: Term) -> bool:
    """Whether it is one use of a block."""
    return term.body is not None and term.repeat == 1 and not term.alone


def step(term: Term, other: Term) -> tuple[int, ...] | None:
    """By how much each value of a use is more than that of the use before it; None where it is no such use."""
    if not is_single(term) or not is_single(other) or other.reads is not None or term.name is not None or term.shape != other.shape:
        return None
    found = []
    for old, new in zip(_values(term), _values(other), strict=True):
        if old != new and not (type(old) is type(new) is int):
            return None
        found.append(0 if old == new else new - old)
    return tuple(found)


def _values(term: Term) -> list[Any]:
    """All values in a use of a block, also those of blocks in it."""
    found, waiting = list[Any](), [term]
    while waiting:
        one = waiting.pop()
        found.extend((one.repeat, *one.values))
        waiting.extend(one.body.terms if one.body is not None else ())
        waiting.extend(inner for branch in one.branches or () for inner in branch)
    return found


def told_steps(term: Term) -> tuple[int, ...]:
    """By how much each argument is further in each next use, when the block's parameters are known."""
    if not term.others:
        return ()
    pairs = zip(term.values, term.others[0].values, strict=True)
    return tuple([new - old if type(old) is type(new) is int else 0 for old, new in pairs])
