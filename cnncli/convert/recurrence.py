"""Which sequences recur: the pair of neighbours that is met most often becomes one, again and again, and equal neighbours a run.

Source: Larsson & Moffat 2000, doi:10.1109/5.892708 (Re-Pair).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

from .terms import Term

Pair = tuple[int, int]


class Token:
    """A term, or two tokens in a row (`parts`); `run` are the equal ones that follow it. Only free ends are joined to neighbours."""

    __slots__ = ("exact", "free_left", "free_right", "is_unit", "light", "next", "parts", "previous", "run", "shape", "term", "top")

    def __init__(self, shape: int, exact: int, term: Term | None = None, parts: tuple[Token, ...] = ()) -> None:
        self.shape, self.exact, self.term, self.parts = shape, exact, term, parts
        self.run: list[Token] = []
        self.free_left = self.free_right = True
        self.is_unit = self.light = self.top = False
        self.previous: Token | None = None
        self.next: Token | None = None

    @property
    def repeat(self) -> int:
        return 1 + len(self.run)


class Recurrence:
    """Lists of tokens in which what recurs is joined. `number` gives equal numbers to equal keys."""

    def __init__(self, number: Callable[..., int], lists: Iterable[list[Token]]) -> None:
        self._number = number
        self._places: dict[Pair, dict[Token, None]] = {}  # the left tokens of each pair
        self._ranks: dict[Pair, tuple[float, int]] = {}  # its weight, and which pair it was in the order of the lists
        self._queue: list[tuple[float, int, Pair]] = []
        self.heads = [self._enter(tokens) for tokens in lists]
        for head in self.heads:
            for token in listed(head):
                self._note(token)
        self._join()

    def _enter(self, tokens: list[Token]) -> Token:
        """Link the tokens of a list; returns one that stands before it."""
        head = before = Token(-1, -1)
        head.free_right = False
        for token in tokens:
            before.next, token.previous = token, before
            before = self._run(token)
        return head

    def _join(self) -> None:
        """Join the most frequent pairs while any is met twice."""
        while self._queue:
            score, _, pair = heapq.heappop(self._queue)
            places = self._places[pair]
            if len(places) < 2 or self._score(pair) > score:  # met less often since it was queued
                self._push(pair)
                continue
            self._places[pair] = {}
            for left in places:
                right = left.next
                if right is not None and (left.shape, right.shape) == pair:
                    self._replace(left, right)

    def _replace(self, left: Token, right: Token) -> None:
        """Put a pair in the place of its two."""
        exact = self._number("pair", left.exact, left.repeat, right.exact, right.repeat)
        made = Token(self._number(left.shape, right.shape), exact, None, (left, right))
        made.free_left, made.free_right = left.free_left, right.free_right
        made.is_unit, made.light, made.top = left.is_unit or right.is_unit or left.top, left.light and right.light, left.top
        before = left.previous
        assert before is not None
        self._forget(before)
        self._forget(right)
        self._link(before, made, right.next)
        left.next = left.previous = right.next = right.previous = None
        made = self._run(made)
        self._note(made)
        if made.previous is not None:
            self._note(made.previous)

    def _run(self, token: Token) -> Token:
        """Put a unit together with its equals before and behind: one with a merge, or, outside of branches, any of several layers."""
        while token.previous is not None and alike(token.previous, token):
            token = self._absorb(token.previous, token)
        while token.next is not None and alike(token, token.next):
            token = self._absorb(token, token.next)
        return token

    def _absorb(self, left: Token, right: Token) -> Token:
        if left.previous is not None:
            self._forget(left.previous)
        self._forget(left)
        self._forget(right)
        left.run += [right, *right.run]
        left.free_right = right.free_right
        self._link(left.previous, left, right.next)
        right.next = right.previous = None
        return left

    @staticmethod
    def _link(before: Token | None, token: Token, after: Token | None) -> None:
        token.previous, token.next = before, after
        if before is not None:
            before.next = token
        if after is not None:
            after.previous = token

    def _note(self, left: Token) -> None:
        """Count a token with the one behind it."""
        right = left.next
        if right is None or not left.free_right or not right.free_left:
            return
        pair = (left.shape, right.shape)
        if pair not in self._ranks:  # what follows a convolution belongs to it
            weight = 1.1 if right.light and not left.light else 0.6 if left.light and not right.light else 1.0
            self._ranks[pair] = (weight, len(self._ranks))
        self._places.setdefault(pair, {})[left] = None
        self._push(pair)

    def _forget(self, left: Token) -> None:
        """Count it no longer."""
        if left.next is not None:
            self._places.get((left.shape, left.next.shape), {}).pop(left, None)

    def _push(self, pair: Pair) -> None:
        if len(self._places[pair]) > 1:
            heapq.heappush(self._queue, (self._score(pair), self._ranks[pair][1], pair))

    def _score(self, pair: Pair) -> float:
        return -len(self._places[pair]) * self._ranks[pair][0]


def alike(left: Token, right: Token) -> bool:
    """Whether two tokens are one that is repeated."""
    return left.exact == right.exact and left.is_unit and left.free_right and right.free_left


def listed(head: Token) -> Iterator[Token]:
    """The tokens of a list."""
    token = head.next
    while token is not None:
        yield token
        token = token.next
