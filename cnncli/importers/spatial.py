"""Layers that change where pixels stand, beside those of the vocabulary."""

from __future__ import annotations

from math import prod
from typing import Annotated

from ..errors import LayerError
from ..layers import Layer, Shape, Work
from ..layers.base import shown, size_of
from ..layers.pool import AdaptiveAvgPool
from ..layers.values import Axes, Flag, Interpolation, OneOf, Reader
from ..layers.window import WHOLE_MAP, Window, Windows

Pick = tuple[int, int, int] | int  # (start, how many, step) along an axis, or the one position that is taken out of it
Picks = Annotated["tuple[Pick, ...]", Reader()]
Reduction = Annotated[str, OneOf("mean", "sum", "max", "min")]


class Resize(Layer):
    """Bring the map to `size`: the nearest pixel, or a mix of the two nearest along each axis (bilinear, half-pixel centres).

    (*size, C) -> (*size', C)     size' = the option size
    work     bilinear, an element that comes out: 2^axes multiply and 2^axes - 1 add; nearest: nothing
    """

    kind = "resize"
    size: Axes
    mode: Interpolation = "bilinear"

    def output(self, x: Shape) -> Shape:
        if len(size_of(x, self.kind)) != len(self.size):
            raise LayerError(f"resize has {len(self.size)} sizes, one for each axis; it gets {shown(x)}")
        return (*self.size, x[-1])

    def work(self, x: Shape) -> Work:
        corners = 2 ** len(self.size)
        return Work(add=corners - 1, multiply=corners).times(prod(self.output(x))) if self.mode == "bilinear" else Work()

    def windows(self, x: Shape) -> Windows:
        axes = zip(x[:-1], self.size, strict=True)
        if self.mode == "nearest":  # o of m takes the pixel that (2 o + 1) n / 2 m lies in
            return tuple([Window(2 * n, n - 2 * m + 1, n, 2 * m) for n, m in axes])
        # o lies at ((2 o + 1) n - m) / 2 m and sees the pixels less than 1 away
        return tuple([Window(2 * n, n - 3 * m + 1, n + m - 1, 2 * m) for n, m in axes])


class Take(Layer):
    """Part of the input: `picks` says of each axis (start, how many, step), or the position that is taken out of it.

    The axes of positions are gone; its receptive field is exact where no axis is gone.
    """

    kind = "take"
    picks: Picks

    def output(self, x: Shape) -> Shape:
        out = tuple([pick[1] for pick in self.picks if isinstance(pick, tuple)])
        if not out:
            raise LayerError(f"a single number is taken out of {shown(x)}; an image of it needs an axis")
        return out

    def windows(self, x: Shape) -> Windows:
        windows = tuple([Window(pick[2], pick[0], pick[0]) for pick in self.picks[:-1] if isinstance(pick, tuple)])
        gone = any(isinstance(pick, int) for pick in self.picks)
        return WHOLE_MAP if gone or any(window.stride < 1 for window in windows) else windows


class Reduce(Layer):
    """The mean, sum, largest or smallest along `axes` (numbered from 1); `keep` leaves axes of length 1.

    work     an element that comes out: as many add (mean, sum) or compare as elements in it, less 1; mean: divide 1
    """

    kind = "reduce"
    function: Reduction
    axes: Axes
    keep: Flag = False

    def output(self, x: Shape) -> Shape:
        out = tuple([1 if axis in self.axes else length for axis, length in enumerate(x, 1) if self.keep or axis not in self.axes])
        if not out:
            raise LayerError(f"{self.function} over all of {shown(x)} leaves a single number; an image of it needs an axis")
        return out

    def work(self, x: Shape) -> Work:
        out = prod(self.output(x))
        steps = prod(x) - out
        if self.function in ("max", "min"):
            return Work(compare=steps)
        return Work(add=steps, divide=out if self.function == "mean" else 0)

    def windows(self, x: Shape) -> Windows:
        over_channels_alone = self.axes == (len(x),) and self.keep
        return () if over_channels_alone else WHOLE_MAP


class AdaptiveMaxPool(AdaptiveAvgPool):
    """The largest of `size` bins along each axis, whatever the map's size; bins as adaptive_avg_pool.

    work     (pixels in all bins - prod(size')) * C compare
    """

    kind = "adaptive_max_pool"
    saves = ("input", "output")

    def work(self, x: Shape) -> Work:
        return Work(compare=super().work(x).add)
