"""Merges: several inputs become one output. Branches meet here."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar

from ..errors import LayerError
from .base import Layer, Shape, Weight, Work, layer, shown
from .window import SAME_PIXEL, Windows


class ShapesDiffer(LayerError):  # noqa: N818  (it reads as what happened)
    """A merge refuses its inputs' shapes. The border may name them: `clause`; main gives (56, 56, 128) and shortcut gives (56, 56, 64)."""

    def __init__(self, clause: str, shapes: tuple[Shape, ...]) -> None:
        super().__init__(f"{clause}; it gets {listed([shown(shape) for shape in shapes])}")
        self.clause, self.shapes = clause, shapes

    def between(self, titles: Sequence[str]) -> str:
        """The same refusal where it is known what the inputs are called."""
        return f"{self.clause}; {listed([f'{title} gives {shown(x)}' for title, x in zip(titles, self.shapes, strict=True)])}"


def listed(parts: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


class Merge(Layer):
    """What merges share: two inputs or more, `each` operation once for every input after the first."""

    merges = True
    most: ClassVar[int | None] = None
    each: ClassVar[Work] = Work()
    overwrites = True  # its first input, where that has the output's shape

    def output(self, *xs: Shape) -> Shape:
        self.count(xs)
        if any(x != xs[0] for x in xs):
            raise ShapesDiffer(f"{self.kind} needs equal shapes", xs)
        return xs[0]

    def count(self, xs: tuple[Shape, ...]) -> None:
        """Refuse too few inputs, or too many."""
        if len(xs) < 2 or (self.most is not None and len(xs) > self.most):
            needed = "2 inputs or more" if self.most is None else f"{self.most} inputs"
            raise LayerError(f"{self.kind} needs {needed}; it gets {len(xs)}")

    def weights(self, *xs: Shape) -> tuple[Weight, ...]:
        return ()

    def work(self, *xs: Shape) -> Work:
        return self.each.times((len(xs) - 1) * prod(self.output(*xs)))

    def windows(self, *xs: Shape) -> Windows:
        return SAME_PIXEL


@layer("add")
class Add(Merge):
    """The sum, element by element: the shortcut of residual networks.

    k x (*size, C) -> (*size, C)
    work     k - 1 add an element

    Source: He et al. 2015, arXiv:1512.03385, section 3.2.
    """

    each = Work(add=1)


@layer("subtract")
class Subtract(Merge):
    """The first input minus the second, element by element.

    2 x (*size, C) -> (*size, C)
    work     1 add an element
    """

    most = 2
    each = Work(add=1)


@layer("multiply")
class Multiply(Merge):
    """The product, element by element. An axis of length 1 fits any length (a gate): every position along it sees that one.

    k x (*size, C) -> (*size, C)     the longest of each axis
    work     k - 1 multiply an element

    Source: Hu et al. 2017, arXiv:1709.01507, section 3.2 (squeeze-and-excitation).
    """

    each = Work(multiply=1)
    saves = ("input",)

    def output(self, *xs: Shape) -> Shape:
        self.count(xs)
        out = tuple([max(lengths) for lengths in zip(*xs)])  # noqa: B905  (ranks are compared next)
        if any(len(x) != len(out) or any(length not in (1, n) for length, n in zip(x, out, strict=True)) for x in xs):
            raise ShapesDiffer(f"{self.kind} needs shapes that are equal, or 1 where they differ", xs)
        return out


@layer("average")
class Average(Merge):
    """The mean, element by element.

    k x (*size, C) -> (*size, C)
    work     k - 1 add and 1 divide an element
    """

    each = Work(add=1)

    def work(self, *xs: Shape) -> Work:
        return super().work(*xs).plus(Work(divide=prod(xs[0])))


@layer("maximum")
class Maximum(Merge):
    """The largest, element by element.

    k x (*size, C) -> (*size, C)
    work     k - 1 compare an element

    Source: Goodfellow et al. 2013, arXiv:1302.4389 (maxout).
    """

    each = Work(compare=1)
    saves = ("input", "output")


@layer("minimum")
class Minimum(Maximum):
    """The smallest, element by element.

    k x (*size, C) -> (*size, C)
    work     k - 1 compare an element
    """


@layer("concat")
class Concat(Merge):
    """The inputs one behind the other, along the channels.

    (*size, C1), (*size, C2), ... -> (*size, C1 + C2 + ...)

    Source: Szegedy et al. 2014, arXiv:1409.4842, section 4; Huang et al. 2016, arXiv:1608.06993, section 3.
    """

    overwrites = False

    def output(self, *xs: Shape) -> Shape:
        self.count(xs)
        if any(x[:-1] != xs[0][:-1] for x in xs):
            raise ShapesDiffer(f"{self.kind} needs shapes that are equal but for the channels, the last axis", xs)
        return (*xs[0][:-1], sum(x[-1] for x in xs))
