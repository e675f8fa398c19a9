"""Layers that change where pixels stand, or the shape they stand in. No weights."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from ..errors import LayerError
from .base import Layer, Shape, Work, layer, shown, size_of, spread
from .values import Axes, Coordinates, Interpolation, MaybeFactor, MaybePerAxis, NewShape, PerAxis, Sides
from .window import SAME_PIXEL, WHOLE_MAP, Window, Windows, both_sides


@layer("flatten")
class Flatten(Layer):
    """Lay all numbers of an image in one row: last axis fastest, positions before channels.

    (*size, C) -> (prod(size) * C,)
    """

    view = True

    def output(self, x: Shape) -> Shape:
        return (prod(x),)

    def windows(self, x: Shape) -> Windows:
        return SAME_PIXEL if len(x) == 1 else WHOLE_MAP


@layer("reshape")
class Reshape(Layer):
    """The same numbers in the same order under another `shape`; one entry may be -1, it is found.

    (*size, C) -> shape     prod(shape) = prod(size) * C
    """

    shape: NewShape
    view = True

    def check(self) -> None:
        if self.shape.count(-1) > 1 or 0 in self.shape:
            raise LayerError(f"shape of reshape is whole numbers from 1, of which one may be -1, not {list(self.shape)}", "shape")

    def output(self, x: Shape) -> Shape:
        rest = prod(length for length in self.shape if length > 0)
        missing, over = divmod(prod(x), rest)
        if over or (missing != 1 and -1 not in self.shape):
            raise LayerError(f"{prod(x)} numbers, {shown(x)}, do not fill the shape {list(self.shape)}", "shape")
        return tuple([missing if length == -1 else length for length in self.shape])

    def windows(self, x: Shape) -> Windows:
        return SAME_PIXEL if self.output(x) == x else WHOLE_MAP


@layer("permute")
class Permute(Layer):
    """Put the axes in another order; `axes` numbers those that come in from 1.

    (*size, C) -> the same lengths in the order of `axes`

    Its receptive field is counted as the whole map, also when only spatial axes change places.
    """

    axes: Axes

    def check(self) -> None:
        if sorted(self.axes) != list(range(1, len(self.axes) + 1)):
            raise LayerError(f"axes of permute is every axis once, from 1, not {list(self.axes)}", "axes")

    def output(self, x: Shape) -> Shape:
        if len(x) != len(self.axes):
            raise LayerError(f"axes has {len(self.axes)} entries, one for each axis and one for the channels; it gets {shown(x)}", "axes")
        return tuple([x[axis - 1] for axis in self.axes])

    def windows(self, x: Shape) -> Windows:
        return SAME_PIXEL if list(self.axes) == sorted(self.axes) else WHOLE_MAP


@layer("pad")
class Pad(Layer):
    """Put zeros around the map.

    (*size, C) -> (*size', C)     size' = before + size + after
    """

    padding: Sides

    def output(self, x: Shape) -> Shape:
        sides = both_sides(self.padding, len(size_of(x, self.kind)), "padding")
        return (*(before + n + after for n, (before, after) in zip(x[:-1], sides, strict=True)), x[-1])

    def windows(self, x: Shape) -> Windows:
        return tuple(Window(1, -before, -before) for before, _ in both_sides(self.padding, len(x) - 1, "padding"))


@layer("crop")
class Crop(Layer):
    """Cut pixels off the borders of the map.

    (*size, C) -> (*size', C)     size' = size - before - after
    """

    cropping: Sides

    def output(self, x: Shape) -> Shape:
        sides = both_sides(self.cropping, len(size_of(x, self.kind)), "cropping")
        for n, (before, after) in zip(x[:-1], sides, strict=True):
            if before + after >= n:
                raise LayerError(f"a crop of {before} + {after} leaves nothing of {n} pixels", "cropping")
        return (*(n - before - after for n, (before, after) in zip(x[:-1], sides, strict=True)), x[-1])

    def windows(self, x: Shape) -> Windows:
        return tuple(Window(1, before, before) for before, _ in both_sides(self.cropping, len(x) - 1, "cropping"))


class Interpolated(Layer):
    """What takes the nearest pixel, or mixes the two nearest along each axis, shares."""

    mode: str

    def work(self, x: Shape) -> Work:
        corners = 2 ** (len(x) - 1)
        return Work(add=corners - 1, multiply=corners).times(prod(self.output(x))) if self.mode == "bilinear" else Work()


@layer("upsample")
class Upsample(Interpolated):
    """Enlarge the map `factor` times: repeat each pixel (nearest), or mix the two nearest along each axis (bilinear, half-pixel centres).

    (*size, C) -> (*size', C)     size' = size * factor
    work     bilinear, an element that comes out: 2^axes multiply and 2^axes - 1 add; nearest: nothing
    """

    factor: PerAxis
    mode: Interpolation = "nearest"

    def factors(self, x: Shape) -> Shape:
        """The factor along each axis of `x`."""
        return spread(self.factor, len(size_of(x, self.kind)), "factor")

    def output(self, x: Shape) -> Shape:
        return (*(n * factor for n, factor in zip(x[:-1], self.factors(x), strict=True)), x[-1])

    def windows(self, x: Shape) -> Windows:
        if self.mode == "nearest":
            return tuple(Window(1, 1 - f, 0, f) for f in self.factors(x))
        # o lies at (2 o + 1 - f) / 2 f and sees the pixels less than 1 away
        return tuple(Window(2, 2 - 3 * f, f, 2 * f) for f in self.factors(x))


@layer("resize")
class Resize(Interpolated):
    """Bring the map to `size`, or to `factor` times its own: the nearest pixel, or a mix of the two nearest along each axis (bilinear).

    (*size, C) -> (*size', C)     size' = the option size, or floor(size * factor)
    work     bilinear, an element that comes out: 2^axes multiply and 2^axes - 1 add; nearest: nothing

    Pixel o of m lies at (o + 1/2) * n / m - 1/2 of n (half_pixel, as Keras), o * n / m (asymmetric) or o * (n - 1) / (m - 1)
    (align_corners); beyond the border it is the border. From half way on the nearest is the next pixel (asymmetric: the one before).
    """

    size: MaybePerAxis = None
    factor: MaybeFactor = None
    mode: Interpolation = "bilinear"
    coordinates: Coordinates = "half_pixel"

    def check(self) -> None:
        if (self.size is None) == (self.factor is None):
            raise LayerError("resize needs a size or a factor, one of the two", "size")
        if self.mode == "nearest" and self.coordinates == "align_corners":
            raise LayerError("align_corners is for mode: bilinear; nearest has half_pixel and asymmetric", "coordinates")

    def output(self, x: Shape) -> Shape:
        axes = len(size_of(x, self.kind))
        if self.size is not None:
            return (*spread(self.size, axes, "size"), x[-1])
        assert self.factor is not None
        ratios = [Fraction(factor).limit_denominator(10**6) for factor in spread(self.factor, axes, "factor")]
        made = tuple([n * ratio.numerator // ratio.denominator for n, ratio in zip(x[:-1], ratios, strict=True)])
        if min(made) < 1:
            raise LayerError(f"{' x '.join(map(str, made))} pixels are left of {shown(x)}", "factor")
        return (*made, x[-1])

    def places(self, n: int, m: int) -> tuple[int, int, int]:
        """(stride, shift, up): output o of m lies at (o * stride + shift) / up of n."""
        places = {"half_pixel": (2 * n, n - m, 2 * m), "asymmetric": (n, 0, m), "align_corners": (n - 1, 0, max(m - 1, 1))}
        return places[self.coordinates]

    def windows(self, x: Shape) -> Windows:
        return tuple([self.window(n, m) for n, m in zip(x[:-1], self.output(x)[:-1], strict=True)])

    def window(self, n: int, m: int) -> Window:
        """Along one axis. Bilinear, an output sees the pixels less than 1 away."""
        if n == m:
            return Window(1, 0, 0)
        if n == 1:
            return Window(1, 1 - m, 0, m)
        stride, shift, up = self.places(n, m)
        if self.mode == "nearest":
            half = up // 2 if self.coordinates == "half_pixel" else 0
            return Window(stride, shift + half - up + 1, shift + half, up)
        return Window(stride, shift - up + 1, shift + up - 1, up)

    def shares(self, n: int, m: int) -> list[list[tuple[int, Fraction]]]:
        """Of each of m pixels: those of n that it is mixed of, one or two, and their shares."""
        stride, shift, up = self.places(n, m)
        made = []
        for o in range(m):
            at = min(max(Fraction(o * stride + shift, up), Fraction(0)), Fraction(n - 1))
            if self.mode == "nearest":
                at = Fraction(int(at + Fraction(1, 2) if self.coordinates == "half_pixel" else at))
            low, share = int(at), at % 1
            made.append([(low, 1 - share), (low + 1, share)] if share else [(low, Fraction(1))])
        return made
