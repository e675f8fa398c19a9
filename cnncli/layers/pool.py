"""Pooling: the largest or the mean of a window, of the whole map, or of as many bins as are asked for. No weights."""

from __future__ import annotations

from math import gcd, prod

from ..errors import LayerError
from .base import Layer, Shape, Work, layer, size_of, spread
from .values import Flag, MaybePerAxis, Padding, PerAxis
from .window import WHOLE_MAP, Slide, Window, Windows, slides


class Pool(Layer):
    """What windows that pool share: they slide over each channel by itself, with a stride of their own size unless told."""

    size: PerAxis
    stride: MaybePerAxis = None
    padding: Padding = "valid"
    ceil: Flag = False

    def slides(self, x: Shape) -> tuple[Slide, ...]:
        """The window along each axis of `x`."""
        size = size_of(x, self.kind)
        window = spread(self.size, len(size), "size")
        stride = window if self.stride is None else spread(self.stride, len(size), "stride")
        made = slides(size, window, stride, (1,) * len(size), self.padding)
        for slide in made:
            if max(slide.before, slide.after) >= slide.kernel:
                raise LayerError(f"a window of {slide.kernel} would see only padding; pad at most {slide.kernel - 1}", "padding")
        return made

    def output(self, x: Shape) -> Shape:
        return (*(slide.count(self.ceil) for slide in self.slides(x)), x[-1])

    def taps(self, x: Shape) -> int:
        """The pixels in one window."""
        return prod(spread(self.size, len(x) - 1, "size"))

    def windows(self, x: Shape) -> Windows:
        return tuple(slide.window for slide in self.slides(x))


@layer("max_pool")
class MaxPool(Pool):
    """The largest of each window; padding never wins.

    (*size, C) -> (*size', C)     size' as conv; with `ceil` a last window may hang over the end
    work     prod(size') * C * (prod(window) - 1) compare

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, chapter 3; ceil: as PyTorch, a window begins on the map or the padding before it.
    """

    saves = ("input", "output")

    def work(self, x: Shape) -> Work:
        return Work(compare=prod(self.output(x)) * (self.taps(x) - 1))


@layer("avg_pool")
class AvgPool(Pool):
    """The mean of each window, over the pixels that lie on the map: padding is not averaged.

    (*size, C) -> (*size', C)     size' as conv; with `ceil` a last window may hang over the end
    work     prod(size') * C * (prod(window) - 1) add and prod(size') * C divide     (as if every window lay on the map)

    Source: Dumoulin & Visin 2016, arXiv:1603.07285, chapter 3; ceil: as PyTorch, a window begins on the map or the padding before it.
    """

    def work(self, x: Shape) -> Work:
        elements = prod(self.output(x))
        return Work(add=elements * (self.taps(x) - 1), divide=elements)


class GlobalPool(Layer):
    """One number for the whole map of each channel; `keep_axes` leaves axes of length 1 where the map was."""

    keep_axes: Flag = False

    def output(self, x: Shape) -> Shape:
        axes = len(size_of(x, self.kind))
        return ((1,) * axes if self.keep_axes else ()) + x[-1:]

    def windows(self, x: Shape) -> Windows:
        return WHOLE_MAP


@layer("global_avg_pool")
class GlobalAvgPool(GlobalPool):
    """The mean of each channel.

    (*size, C) -> (C,)     keep_axes: (*ones, C)
    work     (prod(size) - 1) * C add and C divide

    Source: Lin et al. 2013, arXiv:1312.4400, section 3.2.
    """

    def work(self, x: Shape) -> Work:
        return Work(add=prod(x) - x[-1], divide=x[-1])


@layer("global_max_pool")
class GlobalMaxPool(GlobalPool):
    """The largest of each channel.

    (*size, C) -> (C,)     keep_axes: (*ones, C)
    work     (prod(size) - 1) * C compare
    """

    saves = ("input", "output")

    def work(self, x: Shape) -> Work:
        return Work(compare=prod(x) - x[-1])


class AdaptivePool(Layer):
    """What pools of `size` bins along each axis share."""

    size: PerAxis

    def output(self, x: Shape) -> Shape:
        return (*spread(self.size, len(size_of(x, self.kind)), "size"), x[-1])

    def steps(self, x: Shape) -> int:
        """The additions or comparisons in all bins, one less in each than its pixels."""
        out = self.output(x)
        # n pixels in m bins: neighbouring bins share a pixel except where their border falls between two, gcd(n, m) - 1 times
        pixels = prod(n + m - gcd(n, m) for n, m in zip(x[:-1], out[:-1], strict=True))
        return (pixels - prod(out[:-1])) * x[-1]

    def windows(self, x: Shape) -> Windows:
        return tuple(Window(n, 1 - m, n - 1, m) for n, m in zip(x[:-1], self.output(x)[:-1], strict=True))


@layer("adaptive_avg_pool")
class AdaptiveAvgPool(AdaptivePool):
    """The means of `size` bins along each axis, whatever the map's size: bin o of m holds the pixels floor(o*n/m) to ceil((o+1)*n/m) - 1.

    (*size, C) -> (*size', C)     size' = the option size
    work     (pixels in all bins - prod(size')) * C add and prod(size') * C divide

    Source: He et al. 2014, arXiv:1406.4729, section 2.2; bins as PyTorch cuts them.
    """

    def work(self, x: Shape) -> Work:
        return Work(add=self.steps(x), divide=prod(self.output(x)))


@layer("adaptive_max_pool")
class AdaptiveMaxPool(AdaptivePool):
    """The largest of `size` bins along each axis, whatever the map's size: bin o of m holds the pixels floor(o*n/m) to ceil((o+1)*n/m) - 1.

    (*size, C) -> (*size', C)     size' = the option size
    work     (pixels in all bins - prod(size')) * C compare

    Source: He et al. 2014, arXiv:1406.4729, section 2.2 (spatial pyramid pooling); bins as PyTorch cuts them.
    """

    saves = ("input", "output")

    def work(self, x: Shape) -> Work:
        return Work(compare=self.steps(x))
