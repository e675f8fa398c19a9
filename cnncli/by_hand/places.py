"""Which pixels each output position looks at.

A table says so for one axis: for each position that comes out, a list of pixels, None where a tap lies beside the map.
`places` combines the axes: for each position of the map, the numbers of its pixels in the order of the taps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from ..layers.window import Slide
from .array import Array, Shape, strides
from .variable import Value

Table = list[list[int | None]]


def sliding(slides: Sequence[Slide], counts: Shape) -> list[Table]:
    """The tables of a sliding window."""
    return [
        [[_inside(place * s.stride + tap * s.dilation - s.before, s.size) for tap in range(s.kernel)] for place in range(count)]
        for s, count in zip(slides, counts, strict=True)
    ]


def _inside(pixel: int, size: int) -> int | None:
    return pixel if 0 <= pixel < size else None


def places(size: Shape, tables: Sequence[Table]) -> Iterator[list[int | None]]:
    """For each position that comes out, its pixels in a map of `size`."""
    steps = strides(size)
    scaled = [
        [[None if pixel is None else pixel * step for pixel in taps] for taps in table] for table, step in zip(tables, steps, strict=True)
    ]
    if len(scaled) == 1:
        yield from scaled[0]
        return
    for position in product(*scaled):
        yield [None if None in way else sum(way) for way in product(*position)]  # type: ignore[arg-type]


def pixels(x: Array, place: Sequence[int | None], start: int, stop: int) -> list[Value]:
    """What stands in the channels from `start` to before `stop` of pixels, one pixel after the other; 0 beside the map."""
    channels, values = x.shape[-1], x.values
    if stop - start == 1:
        return [0 if pixel is None else values[pixel * channels + start] for pixel in place]
    beside: list[Value] = [0] * (stop - start)
    found: list[Value] = []
    for pixel in place:
        found += beside if pixel is None else values[pixel * channels + start : pixel * channels + stop]
    return found
