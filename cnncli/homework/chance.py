"""Chance that is the same everywhere: of Python's generator only `random()` is promised to stay as it is, so all is drawn with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws that follow from a seed, and for a student from the name too."""

    def __init__(self, seed: int, student: str = "") -> None:
        from random import Random

        self._next = Random(derived(seed, student)).random

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int(self._next() * count)

    def one_of(self, things: Sequence[T]) -> T:
        """One of them."""
        return things[self.below(len(things))]

    def some_of(self, things: Sequence[T], count: int) -> list[T]:
        """So many of them, or all, each once, in their order."""
        left = [*range(len(things))]
        taken = sorted(left.pop(self.below(len(left))) for _ in range(min(count, len(left))))
        return [things[place] for place in taken]


def derived(seed: int, student: str) -> int:
    """The seed itself, or a student's own: the first 8 bytes of the SHA-256 of `seed:name`."""
    if not student:
        return seed
    from hashlib import sha256

    return int.from_bytes(sha256(f"{seed}:{student}".encode()).digest()[:8], "big")
