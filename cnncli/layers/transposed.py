"""Transposed convolution: the map that a convolution's gradient is, used to enlarge."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from ..errors import LayerError
from .affine import LINEAR, Activation, Affine
from .base import Shape, Weight, layer, share, size_of, spread
from .values import AmountPerAxis, Count, Flag, Padding, PerAxis
from .window import Window, Windows, both_sides


class Stamp(NamedTuple):
    """A kernel stamped along one axis for each of `size` pixels, `stride` apart; `before` and `after` are cut off, `extra` is added."""

    size: int
    extent: int
    dilation: int
    stride: int
    before: int
    after: int
    extra: int

    @classmethod
    def same(cls, size: int, extent: int, dilation: int, stride: int) -> Stamp:
        """Cut so that size * stride comes out: the `same` of the convolution whose gradient this is."""
        cut = max(extent - stride, 0)
        return cls(size, extent, dilation, stride, cut // 2, cut - cut // 2, max(stride - extent, 0))

    def length(self) -> int:
        """How many pixels come out: relationship 14 of Dumoulin & Visin."""
        whole = (self.size - 1) * self.stride + self.extent
        if whole + self.extra <= self.before + self.after:
            raise LayerError(f"padding of {self.before} + {self.after} cuts away all of the {whole} pixels", "padding")
        return whole + self.extra - self.before - self.after

    @property
    def window(self) -> Window:
        return Window(1, self.before - (self.extent - 1), self.before, self.stride, self.dilation)


@layer("conv_transpose")
class ConvTranspose(Affine):
    """Stamp the kernels on the output once for each input pixel, `stride` apart, and add up where they overlap.

    (*size, C) -> (*size', filters)     size' = (size - 1) * stride + dilation * (kernel - 1) + 1 - padding + output_padding
                                        padding cuts off; same: size' = size * stride
    weights  kernel (*kernel, filters / groups, C), bias (filters,)
    macs     prod(size) * prod(kernel) * C * filters / groups     (stamps that padding cuts are counted whole)

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 14.
    """

    filters: Count
    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = "valid"
    output_padding: AmountPerAxis = 0
    dilation: PerAxis = 1
    groups: Count = 1
    bias: Flag = True
    activation: Activation = LINEAR

    def stamps(self, x: Shape) -> tuple[Stamp, ...]:
        """The stamped kernel along each axis of `x`."""
        size = size_of(x, self.kind)
        kernel, stride, dilation, extra = (
            spread(getattr(self, name), len(size), name) for name in ("kernel", "stride", "dilation", "output_padding")
        )
        extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
        if self.padding == "same":
            if any(extra):
                raise LayerError("output_padding does not go with padding: same, which fixes the size", "output_padding")
            return tuple([Stamp.same(*axis) for axis in zip(size, extent, dilation, stride, strict=True)])
        for e, s, d in zip(extra, stride, dilation, strict=True):
            if e >= max(s, d):
                raise LayerError(f"output_padding is below the larger of stride and dilation, {max(s, d)}; it is {e}", "output_padding")
        sides = both_sides(0 if isinstance(self.padding, str) else self.padding, len(size), "padding")
        axes = zip(size, extent, dilation, stride, sides, extra, strict=True)
        return tuple([Stamp(n, k, d, s, before, after, e) for n, k, d, s, (before, after), e in axes])

    def output(self, x: Shape) -> Shape:
        share(x[-1], self.groups, "the channels that come in")
        share(self.filters, self.groups, "filters")
        return (*(stamp.length() for stamp in self.stamps(x)), self.filters)

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("kernel", (*spread(self.kernel, len(x) - 1, "kernel"), self.filters // self.groups, x[-1])),)

    @classmethod
    def incoming(cls, kernel: str, rank: int) -> tuple[int, ...]:
        """The taps, and the channels that come in, which are last here (those of its group)."""
        return (*range(rank - 2), rank - 1)

    def macs(self, x: Shape) -> int:
        return prod(x) * prod(spread(self.kernel, len(x) - 1, "kernel")) * (self.filters // self.groups)

    def windows(self, x: Shape) -> Windows:
        return tuple(stamp.window for stamp in self.stamps(x))
