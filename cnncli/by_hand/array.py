"""Arrays: a shape, and the numbers in one row, the last axis fastest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

Shape = tuple[int, ...]


class Array(NamedTuple):
    """Numbers (or variables) under a shape."""

    shape: Shape
    values: list[Any]

    def nested(self) -> Any:
        """Lists within lists; of no axes, the number."""
        if not self.shape:
            return self.values[0]
        if len(self.shape) == 1:
            return list(self.values)
        return [part.nested() for part in self.parts()]

    def parts(self) -> list[Array]:
        """The arrays along the first axis."""
        size = prod(self.shape[1:])
        return [Array(self.shape[1:], self.values[start : start + size]) for start in range(0, size * self.shape[0], size)]

    def moved(self, axes: Sequence[int]) -> Array:
        """The axes in another order: axis n of what comes out is axis `axes[n]` of this."""
        steps = strides(self.shape)
        ways = [[place * steps[axis] for place in range(self.shape[axis])] for axis in axes]
        return Array(tuple([self.shape[axis] for axis in axes]), [self.values[sum(way)] for way in product(*ways)])

    def channels(self) -> list[Array]:
        """The map of each channel, the last axis."""
        count = self.shape[-1]
        return [Array(self.shape[:-1], self.values[channel::count]) for channel in range(count)]


def strides(shape: Shape) -> list[int]:
    """How far apart neighbours along each axis stand in the row."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def channels_last(array: Array) -> Array:
    """One matrix after the other -> the channels as the last axis."""
    return array.moved([*range(1, len(array.shape)), 0])


def from_nested(nested: Any) -> Array:
    """The array of lists within lists. Raises ValueError where rows are of different lengths."""
    if not isinstance(nested, list):
        return Array((), [nested])
    if not nested:
        raise ValueError("there is a list with nothing in it")
    parts = [from_nested(entry) for entry in nested]
    for count, part in enumerate(parts[1:], 2):
        if part.shape != parts[0].shape:
            raise ValueError(f"ragged: entry 1 holds {counted(parts[0].shape)}, and entry {count} {counted(part.shape)}")
    return Array((len(parts), *parts[0].shape), [value for part in parts for value in part.values])


def counted(shape: Shape) -> str:
    """3 numbers; 2 x 3 numbers; a number."""
    return f"{' x '.join(map(str, shape))} number{'s' * (prod(shape) != 1)}" if shape else "a number"
