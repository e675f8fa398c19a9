"""Merges that other programs have beside those of the vocabulary."""

from __future__ import annotations

from math import prod

from ..errors import LayerError
from ..layers import Shape, ShapesDiffer, Work
from ..layers.merge import Add, Average, Concat, Maximum, Merge, Minimum, Multiply, Subtract
from ..layers.values import Count
from ..layers.window import SAME_PIXEL, WHOLE_MAP, Windows


class Broadcast(Merge):
    """Merges whose inputs are stretched to one shape: an axis of length 1 fits any length, and missing axes are added in front."""

    def output(self, *xs: Shape) -> Shape:
        self.count(xs)
        rank = max(map(len, xs))
        padded = [(1,) * (rank - len(x)) + x for x in xs]
        out = tuple([max(lengths) for lengths in zip(*padded, strict=True)])
        if any(length not in (1, n) for x in padded for length, n in zip(x, out, strict=True)):
            raise ShapesDiffer(f"{self.kind} needs shapes that are equal, or 1 where they differ", xs)
        return out


class BroadcastAdd(Broadcast, Add):
    """The sum of inputs stretched to one shape."""


class BroadcastSubtract(Broadcast, Subtract):
    """The first input minus the second, stretched to one shape."""


class BroadcastMultiply(Broadcast, Multiply):
    """The product of inputs stretched to one shape."""


class BroadcastMaximum(Broadcast, Maximum):
    """The largest of inputs stretched to one shape."""


class BroadcastMinimum(Broadcast, Minimum):
    """The smallest of inputs stretched to one shape."""


class BroadcastAverage(Broadcast, Average):
    """The mean of inputs stretched to one shape."""

    def work(self, *xs: Shape) -> Work:
        return Merge.work(self, *xs).plus(Work(divide=prod(self.output(*xs))))


class Divide(Broadcast):
    """The first input divided by the second, stretched to one shape.

    2 x (*size, C) -> (*size, C)
    work     1 divide an element
    """

    kind = "divide"
    most = 2
    each = Work(divide=1)
    saves = ("input",)


class ConcatAlong(Concat):
    """The inputs one behind the other along another axis than the channels (numbered from 1).

    Positions move, so its receptive field is counted as the whole map.
    """

    kind = "concat_along"
    axis: Count = 1

    def output(self, *xs: Shape) -> Shape:
        self.count(xs)
        at = self.axis - 1
        if at >= len(xs[0]) or any(x[:at] != xs[0][:at] or x[at + 1 :] != xs[0][at + 1 :] for x in xs):
            raise ShapesDiffer(f"concat along axis {self.axis} needs shapes that are equal but for it", xs)
        return (*xs[0][:at], sum(x[at] for x in xs), *xs[0][at + 1 :])

    def windows(self, *xs: Shape) -> Windows:
        return SAME_PIXEL if self.axis == len(xs[0]) else WHOLE_MAP


STRETCHED: dict[type[Merge], type[Merge]] = {
    Add: BroadcastAdd,
    Subtract: BroadcastSubtract,
    Multiply: BroadcastMultiply,
    Maximum: BroadcastMaximum,
    Minimum: BroadcastMinimum,
    Average: BroadcastAverage,
}


def merge(cls: type[Merge], xs: tuple[Shape, ...]) -> Merge:
    """The merge of inputs of these shapes: of the vocabulary where they are equal, stretched where they are not."""
    if cls is Multiply and len({len(x) for x in xs}) == 1:
        return Multiply()  # stretches axes itself
    return cls() if xs.count(xs[0]) == len(xs) else STRETCHED.get(cls, cls)()


def ranks_differ(xs: tuple[Shape, ...]) -> LayerError:
    """Why operations refuse inputs with different numbers of axes: images of the batch would meet."""
    return LayerError(f"inputs with {' and '.join(str(len(x)) for x in xs)} axes meet; the batch of one would face an axis of the other")
