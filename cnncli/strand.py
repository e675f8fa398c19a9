"""What the positions along one axis see of the input: intervals that repeat, moved on by a stride.

The paths of a network that move at one rate are a `Strand`, a table of intervals that repeats every len(table) output positions,
`jump` input pixels further. Without up-sampling the table has one entry. Paths of different rates stay apart (an `Axis` is all of
them), and their union is taken where it is asked for. All of it is exact: tables too large are refused, never rounded.

Source: Araujo, Norris & Sim 2019, doi:10.23915/distill.00021, for tables of one entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

from .layers.window import Window

if TYPE_CHECKING:
    from fractions import Fraction

Span = tuple[int, int]  # the first and the last position seen

LONGEST_TABLE = 4096  # entries, of one strand or of all of an axis side by side
MOST_STRANDS = 16  # of one axis
MOST_WORK = 500_000  # looks at entries for all tables of one network
LARGEST_JUMP = 2**62


class Irregular(Exception):  # noqa: N818  (it reads as what was found; the caller gives the field up and shows the words)
    """The positions see in more different ways than there is room to tabulate."""


class Room:
    """What may still be tabulated for one network, so that no network takes for ever."""

    def __init__(self) -> None:
        self.left = MOST_WORK

    def take(self, entries: int, looks: int) -> None:
        """Raise Irregular when a table of `entries`, each found with `looks` at others, has no room."""
        if entries > LONGEST_TABLE or entries * looks > self.left:
            raise Irregular("the field differs from position to position in more ways than are tabulated")
        self.left -= entries * looks


class Strand(NamedTuple):
    """Paths of one rate along one axis: position q * len(spans) + r sees spans[r] moved by q * jump; None sees nothing.

    `apart`: the largest distance between the centres of two that were united here or before, in half pixels.
    """

    jump: int
    spans: tuple[Span | None, ...]
    apart: int = 0

    def at(self, position: int) -> Span | None:
        """The input pixels that `position` sees."""
        turn, entry = divmod(position, len(self.spans))
        return moved(self.spans[entry], turn * self.jump)

    def table(self, entries: int) -> tuple[Span | None, ...]:
        """What the first positions see, `entries` of them."""
        return self.spans if entries == len(self.spans) else tuple(map(self.at, range(entries)))

    def over(self, positions: range) -> Span | None:
        """The smallest interval that holds all that `positions` see."""
        period = len(self.spans)  # after so many steps the same entries come again, further on
        firsts = [span[0] for span in map(self.at, positions[:period]) if span]
        lasts = [span[1] for span in map(self.at, positions[-period:]) if span]
        return (min(firsts), max(lasts)) if firsts else None

    def beside(self, other: Strand) -> bool:
        """Whether both move at the same rate."""
        return self.jump * len(other.spans) == other.jump * len(self.spans)


Axis = tuple[Strand, ...]  # all paths: one strand for each rate
IDENTITY = Strand(1, ((0, 0),))


def moved(span: Span | None, by: int) -> Span | None:
    """The interval `by` pixels further."""
    return span and (span[0] + by, span[1] + by)


def at(axis: Axis, position: int) -> Span | None:
    """The union of what the strands see from `position`."""
    if len(axis) == 1:
        return axis[0].at(position)
    spans = [span for strand in axis if (span := strand.at(position))]
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def seen(window: Window, position: int) -> range:
    """The positions of a layer's input that `position` of its output sees.

    They lie at position * stride + first, + step, ..., last on the input enlarged `up` times, of which every up-th is a pixel.
    """
    stride, first, last, up, step = window
    start, stop = position * stride + first, position * stride + last
    common = gcd(step, up)
    if start % common:
        return range(0)
    turns = up // common
    start += -start // common * pow(step // common, -1, turns) % turns * step  # the first tap on a pixel
    return range(start // up, stop // up + 1, step // common)


def slide(strand: Strand, window: Window, room: Room) -> Strand | None:
    """The strand behind a layer that looks through `window`; None when all its positions see nothing. Raises Irregular."""
    jump, spans, apart = strand
    stride, first, last, up, _ = window
    if jump > LARGEST_JUMP:
        raise Irregular("the stride is larger than any map")
    span = spans[0]
    if up == 1 and len(spans) == 1 and span:
        return Strand(jump * stride, ((span[0] + first * jump, span[1] + last * jump),), apart)
    period = len(spans) * up  # of the enlarged input, on which the window moves
    turn = lcm(period, stride)
    room.take(turn // stride, min(len(spans), (last - first) // up + 1))
    table = tuple([strand.over(seen(window, position)) for position in range(turn // stride)])
    return shortest(Strand(jump * (turn // period), table, apart)) if any(table) else None


def shortest(strand: Strand) -> Strand:
    """The same strand with the shortest table that repeats."""
    jump, spans, apart = strand
    factor = 2
    while factor <= len(spans):
        period, rest = divmod(len(spans), factor)
        by = jump // factor
        if rest or jump % factor or any(span != moved(before, by) for span, before in zip(spans[period:], spans, strict=False)):
            factor += 1
        else:
            jump, spans = by, spans[:period]
    return Strand(jump, spans, apart)


def through(axis: Axis, window: Window, room: Room) -> Axis:
    """All strands of one axis behind a layer; empty when nothing is seen. Raises Irregular."""
    if len(axis) == 1:
        strand = slide(axis[0], window, room)
        return (strand,) if strand else ()
    return united(filter(None, [slide(strand, window, room) for strand in axis]), room)


def united(strands: Iterable[Strand], room: Room) -> Axis:
    """The union of all paths: one strand for each rate. Raises Irregular."""
    groups: list[list[Strand]] = []
    for strand in strands:
        for group in groups:
            if strand.beside(group[0]):
                group.append(strand)
                break
        else:
            groups.append([strand])
    if len(groups) > MOST_STRANDS or turn_of(chain(*groups)) > LONGEST_TABLE:
        raise Irregular("paths of more different strides meet than are tabulated")
    return tuple([union(group, room) if len(group) > 1 else group[0] for group in groups])


def union(strands: list[Strand], room: Room) -> Strand:
    """The paths of several strands of one rate. Raises Irregular."""
    period = turn_of(strands)
    if period > 1:
        room.take(period, len(strands))
    apart = max([strand.apart for strand in strands])
    table: list[Span | None] = []
    for spans in zip(*[strand.table(period) for strand in strands], strict=True):
        met = [span for span in spans if span]
        centres = [first + last for first, last in met] or [0]
        apart = max(apart, max(centres) - min(centres))
        table.append((min([first for first, _ in met]), max([last for _, last in met])) if met else None)
    made = Strand(strands[0].jump * period // len(strands[0].spans), tuple(table), apart)
    return shortest(made) if period > 1 else made


def turn_of(axis: Iterable[Strand]) -> int:
    """After how many positions all tables begin again together."""
    return lcm(*[len(strand.spans) for strand in axis])


def rates(axis: Axis) -> list[int | Fraction]:
    """The strides of the strands in input pixels, each once, the smallest first."""
    return sorted({rate(strand) for strand in axis})


def rate(strand: Strand) -> int | Fraction:
    """The stride in input pixels; whole numbers are int."""
    whole, rest = divmod(strand.jump, len(strand.spans))
    if not rest:
        return whole
    from fractions import Fraction  # few networks need it, and it takes long to import

    return Fraction(strand.jump, len(strand.spans))


def largest(axis: Axis, size: int) -> int:
    """The most pixels that a position of a map of `size` sees. Rates differ steadily, so it is at one of the ends."""
    turn = turn_of(axis)
    if len(axis) == 1 and turn <= size:
        spans = axis[0].spans
    else:
        spans = tuple([at(axis, position) for position in (*range(min(size, turn)), *range(max(size - turn, 0), size))])
    return max([span[1] - span[0] + 1 for span in spans if span], default=0)
