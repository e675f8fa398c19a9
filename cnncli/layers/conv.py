"""Convolutions: plain, depthwise and separable."""

from __future__ import annotations

from math import prod

from .affine import LINEAR, Activation, Affine
from .base import Shape, Weight, layer, share, size_of, spread
from .values import Count, Flag, Padding, PerAxis
from .window import Slide, Windows, slides


class Sliding(Affine):
    """What all kernels that slide over a map share."""

    kernel: int | tuple[int, ...]
    stride: int | tuple[int, ...]
    padding: str | int | tuple[int | tuple[int, int], ...]
    dilation: int | tuple[int, ...]

    def slides(self, x: Shape) -> tuple[Slide, ...]:
        """The window along each axis of `x`."""
        size = size_of(x, self.kind)
        stride, dilation = (spread(getattr(self, name), len(size), name) for name in ("stride", "dilation"))
        return slides(size, self.taps(x), stride, dilation, self.padding)

    def places(self, x: Shape) -> Shape:
        """How many places the window has along each axis of `x`: the size that comes out."""
        return tuple([slide.count() for slide in self.slides(x)])

    def taps(self, x: Shape) -> Shape:
        """The kernel's size along each axis of `x`."""
        return spread(self.kernel, len(x) - 1, "kernel")

    def windows(self, x: Shape) -> Windows:
        return tuple(slide.window for slide in self.slides(x))


@layer("conv")
class Conv(Sliding):
    """Slide `filters` kernels over the map; with `groups`, each sees only its own part of the channels.

    (*size, C) -> (*size', filters)     size' = floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1
    weights  kernel (*kernel, C / groups, filters), bias (filters,)
    macs     prod(size') * prod(kernel) * C / groups * filters

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, relationship 6; groups: Krizhevsky et al. 2012, section 3.2.
    """

    filters: Count
    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = "valid"
    dilation: PerAxis = 1
    groups: Count = 1
    bias: Flag = True
    activation: Activation = LINEAR

    def output(self, x: Shape) -> Shape:
        share(x[-1], self.groups, "the channels that come in")
        share(self.filters, self.groups, "filters")
        return (*self.places(x), self.filters)

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("kernel", (*self.taps(x), x[-1] // self.groups, self.filters)),)

    def macs(self, x: Shape) -> int:
        return prod(self.places(x)) * prod(self.taps(x)) * (x[-1] // self.groups) * self.filters


@layer("depthwise_conv")
class DepthwiseConv(Sliding):
    """Slide `multiplier` kernels over each channel by itself.

    (*size, C) -> (*size', C * multiplier)     size' as conv
    weights  kernel (*kernel, C, multiplier), bias (C * multiplier,)
    macs     prod(size') * prod(kernel) * C * multiplier

    Source: Sifre 2014; Howard et al. 2017, arXiv:1704.04861, section 3.1.
    """

    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = "valid"
    dilation: PerAxis = 1
    multiplier: Count = 1
    bias: Flag = True
    activation: Activation = LINEAR

    def output(self, x: Shape) -> Shape:
        return (*self.places(x), x[-1] * self.multiplier)

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("kernel", (*self.taps(x), x[-1], self.multiplier)),)

    @classmethod
    def incoming(cls, kernel: str, rank: int) -> tuple[int, ...]:
        """Each filter sees one channel: its taps."""
        return tuple(range(rank - 2))

    def macs(self, x: Shape) -> int:
        return prod(self.output(x)) * prod(self.taps(x))


@layer("separable_conv")
class SeparableConv(Sliding):
    """A depthwise convolution, then `filters` kernels of one pixel over all its channels; one bias, after both.

    (*size, C) -> (*size', filters)     size' as conv
    weights  depthwise_kernel (*kernel, C, multiplier), pointwise_kernel (*ones, C * multiplier, filters), bias (filters,)
    macs     prod(size') * C * multiplier * (prod(kernel) + filters)

    Source: Chollet 2017, arXiv:1610.02357, section 1.2.
    """

    filters: Count
    kernel: PerAxis
    stride: PerAxis = 1
    padding: Padding = "valid"
    dilation: PerAxis = 1
    multiplier: Count = 1
    bias: Flag = True
    activation: Activation = LINEAR

    def output(self, x: Shape) -> Shape:
        return (*self.places(x), self.filters)

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        taps = self.taps(x)
        pointwise = (*(1 for _ in taps), x[-1] * self.multiplier, self.filters)
        return Weight("depthwise_kernel", (*taps, x[-1], self.multiplier)), Weight("pointwise_kernel", pointwise)

    @classmethod
    def incoming(cls, kernel: str, rank: int) -> tuple[int, ...]:
        """Each of the two convolutions by itself."""
        return tuple(range(rank - 2 if kernel.startswith("depthwise") else rank - 1))

    def macs(self, x: Shape) -> int:
        return prod(self.places(x)) * x[-1] * self.multiplier * (prod(self.taps(x)) + self.filters)
