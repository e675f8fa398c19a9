"""What recurs, weighed: how many lines a block for it would save, and how many parameters it would need."""

from __future__ import annotations

from typing import Any

from .naming import is_light
from .recurrence import Token
from .terms import Term, walk

PARAMETERS_PER_LINE = 6  # of a use: many parameters read as badly as more lines


class Unit:
    """All tokens of one shape: how many layers they have, how many lines they would take, and how often they would be written."""

    __slots__ = ("around", "layers", "lines", "runs", "tokens", "turns", "written")

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.around: dict[int, int] = {}  # how often it stands in each other shape
        self.layers = self.lines = 0
        self.written = self.turns = self.runs = 0

    def saves(self, parameters: int) -> float:
        """The lines that a block saves. A run of several items is written out turn by turn; a block is repeated."""
        use = 1 + parameters / PARAMETERS_PER_LINE
        alone = bool(self.tokens[0].parts)
        without = self.turns * self.lines if alone else self.written * self.lines + self.runs
        return without - self.written * use - self.runs - self.lines - 1


def token_of(term: Term) -> Token:
    """A token for a term. What is read by name from elsewhere, or reads so, cannot stand inside a block."""
    token = Token(term.shape, term.exact, term)
    inner = [one for branch in term.branches or () for one in walk(branch)]
    leaks = any(one.name is not None or one.reads is not None or one.alone for one in inner)
    several = term.reads is not None and len(term.reads) > 1
    token.free_left = term.reads is None and not leaks and not term.alone
    token.free_right = term.name is None and not leaks and not several and not term.alone
    token.is_unit = bool(term.branches) and not leaks
    token.light = is_light(term.item)
    return token


def values_of(token: Token) -> list[Any]:
    """All that may differ between tokens of one shape, but for how often they are repeated themselves."""
    found: list[Any] = []
    waiting = [*token.parts] or [token]
    while waiting:
        one = waiting.pop()
        if one is not token:
            found.append(one.repeat)
        if one.term is not None:
            found.extend(one.term.flat_values())
        else:
            waiting.extend(one.parts)
    return found


def odd_ones(rows: list[list[Any]]) -> set[int]:
    """The uses for which alone a block would need two parameters or more: they are better written out."""
    alone: dict[int, int] = {}
    for column in {proportions(column) for column in zip(*rows, strict=False)} if len(rows) > 3 else ():
        for value in set(column) if len(set(column)) == 2 else ():
            if column.count(value) == 1:
                alone[column.index(value)] = alone.get(column.index(value), 0) + 1
    return {place for place, count in alone.items() if count > 1}


def proportions(column: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same for columns of which one is a multiple of the other."""
    return tuple([value / column[0] for value in column]) if all(type(value) is int and value > 0 for value in column) else column
