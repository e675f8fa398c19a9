"""Padding in numbers: (before, after) for each axis."""

from __future__ import annotations

from typing import Any

from ..layers import Shape
from .python import plain

Pairs = tuple[tuple[int, int], ...]


def padding_of(layer: Any, x: Shape) -> Pairs:
    """The padding of a sliding window."""
    return tuple([(slide.before, slide.after) for slide in layer.slides(x)])


def overhang(layer: Any, x: Shape) -> Pairs:
    """The padding of a pooling layer, with as much after as its last window reaches."""
    found = []
    for slide, count in zip(layer.slides(x), layer.output(x), strict=False):
        found.append((slide.before, max((count - 1) * slide.stride + slide.kernel - slide.size - slide.before, 0)))
    return tuple(found)


def even(pairs: Pairs) -> Any:
    """The padding as one number, or one for each axis; None where an axis has not the same on both sides."""
    return plain(tuple([before for before, _ in pairs])) if all(before == after for before, after in pairs) else None
