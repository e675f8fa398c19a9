"""Which kernel, stride, padding and dilation take one size to another, and which padding keeps a size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from ..errors import LayerError, UsageError
from ..explain.term import named
from ..layers.transposed import Stamp
from ..layers.window import Slide
from . import Answer, Found

Choices = Sequence[int]
_USUAL_KERNELS = (3, 1, 5, 2, 7, 11, 4, 9)  # by how often they are met
_USUAL_STRIDES = (1, 2, 4, 3)
MOST_WAYS = 1_000_000


class Ranges(NamedTuple):
    """What may be chosen; padding None: all that are smaller than what the kernel spans."""

    kernel: Choices = range(1, 12)
    stride: Choices = range(1, 12)
    padding: Choices | None = None
    dilation: Choices = (1,)


class Way(NamedTuple):
    """One choice."""

    kernel: int
    stride: int
    padding: int
    dilation: int

    def lettered(self) -> Way:
        """The same with letters; a dilation of 1 needs none."""
        dilation = named("d", self.dilation) if self.dilation > 1 else 1
        return Way(named("k", self.kernel), named("s", self.stride), named("p", self.padding), dilation)


def convolution(size: int, way: Way) -> int:
    """How many places a window that slides has."""
    return Slide(size, way.kernel, way.stride, way.dilation, way.padding, way.padding).count()


def transposed(size: int, way: Way) -> int:
    """How many pixels stamps give."""
    return Stamp(size, (way.kernel - 1) * way.dilation + 1, way.dilation, way.stride, way.padding, way.padding, 0).length()


RULES: dict[str, Callable[[int, Way], int]] = {"conv": convolution, "conv_transpose": transposed}


def sizes(before: int, after: int, ranges: Ranges, kind: str = "conv", exact: bool = False) -> Answer:
    """All ways from one size to another; `exact`: only those that leave no pixel unused."""
    rule, met, found = RULES[kind], set[int](), list[Way]()
    for way in _ways(ranges):
        try:
            size = rule(before, way)
        except LayerError:
            continue
        if not exact or not _left(before, way, kind):
            met.add(size)
            if size == after:
                found.append(way)
    found.sort(key=lambda way: (_rarity(way) + 2 * bool(_left(before, way, kind)), way))
    question = f"{before:,} → {after:,} pixels by {kind}"
    return Answer(question, [_shown(before, after, way, kind) for way in found], "" if found else _why(before, after, sorted(met), kind))


def _ways(ranges: Ranges) -> Iterator[Way]:
    """Every choice. Raises UsageError when there are too many."""
    paddings = max(ranges.kernel) * max(ranges.dilation) if ranges.padding is None else len(ranges.padding)
    if len(ranges.kernel) * len(ranges.stride) * len(ranges.dilation) * paddings > MOST_WAYS:
        raise UsageError(f"these ranges have more than {MOST_WAYS:,} ways; narrow --kernel, --stride, --padding or --dilation")
    for kernel, stride, dilation in product(ranges.kernel, ranges.stride, ranges.dilation):
        for padding in range((kernel - 1) * dilation + 1) if ranges.padding is None else ranges.padding:
            yield Way(kernel, stride, padding, dilation)


def _left(size: int, way: Way, kind: str) -> int:
    """The pixels behind the last window."""
    room = size + 2 * way.padding - (way.kernel - 1) * way.dilation - 1
    return room % way.stride if kind == "conv" else 0


def _rarity(way: Way) -> int:
    """How unusual a way is: first 3x3, stride 1 or 2 or as large as the kernel (a pool), no padding or half the kernel, no dilation."""
    kernel = _USUAL_KERNELS.index(way.kernel) if way.kernel in _USUAL_KERNELS else 8 + way.kernel % 2
    stride = _USUAL_STRIDES.index(way.stride) if way.stride in _USUAL_STRIDES else 4
    middle = way.padding * 2 == (way.kernel - 1) * way.dilation
    wide = 0 if way.stride <= way.kernel else 12  # pixels that no window sees
    tiles = 2 * (way.kernel == way.stride > 1)
    return kernel + 2 * max(0, stride - 1) - tiles + (0 if middle or not way.padding else 6) + (way.dilation > 1) * 5 + wide


def _shown(before: int, after: int, way: Way, kind: str) -> Found:
    left = _left(before, way, kind)
    note = f"{left} {'pixel' if left == 1 else 'pixels'} behind the last window unused" if left else ""
    values = {name: value for name, value in way._asdict().items() if name != "dilation" or value > 1}
    return Found(values, RULES[kind](named("n", before), way.lettered()), after, note)


def _why(before: int, after: int, met: list[int], kind: str) -> str:
    """Why nothing was found: what comes out instead."""
    if not met:
        return f"no window in these ranges fits in {before:,} pixels"
    place = bisect_left(met, after)
    near = [f"{size:,}" for size in met[max(0, place - 1) : place + 1]]
    words = f"what comes out in these ranges is from {met[0]:,} to {met[-1]:,}, nearest {' and '.join(near)}"
    return words + ("; to enlarge, ask for --kind conv_transpose" if kind == "conv" and after > met[-1] else "")


def keeping(kernel: int, stride: int = 1, dilation: int = 1, size: int | None = None) -> Answer:
    """The padding that gives ceil(size / stride) places: as many as come in, at stride 1. Raises UsageError when the size is needed."""
    if stride > 1 and size is None:
        raise UsageError("at a stride above 1 the padding depends on the size; give --size too")
    n = size or (kernel - 1) * dilation + 1  # at stride 1 any size takes the same
    places = -(-n // stride)
    whole = max((places - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
    goal = "keeps the size" if stride == 1 else f"takes {n:,} to ⌈{n:,}/{stride}⌉ = {places:,}"
    extent = (kernel - 1) * dilation + 1
    # (n + 2p - extent) // stride + 1 = places, solved for the padding p on each side
    least = max(0, -(-((places - 1) * stride + extent - n) // 2))
    most = min(extent - 1, (places * stride - 1 + extent - n) // 2)
    found = []
    for padding in range(least, most + 1):
        way = Way(kernel, stride, padding, dilation)
        formula = convolution(named("n", n), way.lettered()) if size else None
        found.append(Found({"padding": padding}, formula, places if size else None))
    if whole % 2 or not found:
        pair = f"{whole // 2} before, {whole - whole // 2} after"
        found.append(Found({"padding": f"[[{whole // 2}, {whole - whole // 2}]]"}, note=f"{pair}, as same does"))
    question = f"the padding of a window of {kernel}{f', dilation {dilation}' * (dilation > 1)} that {goal}"
    return Answer(question, found, note=f"{whole} in all; padding: same does it for every size")
