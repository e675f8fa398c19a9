"""Layers that ONNX has beside those of the vocabulary."""

from __future__ import annotations

from math import prod
from typing import Annotated

from ...errors import LayerError
from ...layers import Layer, Shape, Weight, Work
from ...layers.base import size_of, spread
from ...layers.pool import MaxPool
from ...layers.spatial import Resize
from ...layers.values import Axes, Flag, OneOf, PerAxis
from ...layers.window import WHOLE_MAP, Slide, Window, Windows, slides

Operation = Annotated[str, OneOf("add", "subtract", "multiply", "divide", "power", "maximum", "minimum")]
Role = Annotated[str, OneOf("weight", "measured", "constant")]
Mixing = Annotated[str, OneOf("nearest", "bilinear", "bicubic")]
ROUNDINGS = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
Rounding = Annotated[str, OneOf(*ROUNDINGS)]
_COST = {
    "add": "add", "subtract": "add", "multiply": "multiply", "divide": "divide", "power": "exp", "maximum": "compare", "minimum": "compare"
}  # fmt: skip


class WithArray(Layer):
    """Combine every element with the one that stands in its place in an array of the file; 1 where the array repeats along an axis.

    (*size, C) -> (*size, C)
    weights  array (shape): trainable, or not where it was `measured`; a `constant` is no weight
    work     1 operation an element
    """

    kind = "with_array"
    overwrites = True
    saves = ("input",)
    function: Operation
    shape: Axes
    role: Role = "weight"

    def output(self, x: Shape) -> Shape:
        if len(self.shape) != len(x) or any(n not in (1, m) for n, m in zip(self.shape, x, strict=True)):
            raise LayerError(f"an array of {self.shape} does not fit {x}")
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return () if self.role == "constant" else (Weight("array", self.shape, trainable=self.role == "weight"),)

    @property
    def constants(self) -> int:
        return prod(self.shape) if self.role == "constant" else 0

    def work(self, x: Shape) -> Work:
        return Work(**{_COST[self.function]: prod(x)})


class DilatedMaxPool(MaxPool):
    """The largest of each window whose pixels lie `dilation` apart.

    (*size, C) -> (*size', C)     size' as conv
    """

    dilation: PerAxis = 1

    def slides(self, x: Shape) -> tuple[Slide, ...]:
        size = size_of(x, self.kind)
        window = spread(self.size, len(size), "size")
        stride = window if self.stride is None else spread(self.stride, len(size), "stride")
        return slides(size, window, stride, spread(self.dilation, len(size), "dilation"), self.padding)


class Resample(Resize):
    """Bring the map to `size` in a way that resize has not: a mix of the four nearest pixels along each axis (bicubic), of more where
    the map shrinks (antialias), or the nearest with aligned corners or another `rounding`.

    (*size, C) -> (*size', C)     size' = the option size
    work     mixed, an element that comes out: 2^axes or 4^axes multiply, one less add; nearest: nothing
    """

    kind = "resample"
    mode: Mixing = "nearest"
    antialias: Flag = False
    rounding: Rounding = "floor"

    def check(self) -> None:
        pass

    def work(self, x: Shape) -> Work:
        reach = {"nearest": 0, "bilinear": 2, "bicubic": 4}[self.mode] ** (len(x) - 1)
        return Work(add=reach - 1, multiply=reach).times(prod(self.output(x))) if reach else Work()

    def windows(self, x: Shape) -> Windows:
        return WHOLE_MAP if self.antialias else super().windows(x)

    def window(self, n: int, m: int) -> Window:
        """Bicubic, an output sees the pixels less than 2 away; nearest, the one that its place is rounded to."""
        if self.mode == "bilinear" or n in (1, m):
            return super().window(n, m)
        stride, shift, up = self.places(n, m)
        if self.mode == "bicubic":
            return Window(stride, shift - 2 * up + 1, shift + 2 * up - 1, up)
        more = {"floor": 0, "ceil": 2 * up - 1, "round_prefer_floor": up - 1, "round_prefer_ceil": up}[self.rounding]  # in half steps
        return Window(2 * stride, 2 * shift + more - 2 * up + 1, 2 * shift + more, 2 * up)
