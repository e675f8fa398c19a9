"""Layers that change where pixels stand, or the shape they stand in."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any, ClassVar

import keras
from keras import ops

from ..layers import Shape, pixel_shuffle
from ..layers.base import spread
from ..layers.pixel_shuffle import PixelShuffle
from ..layers.spatial import Resize
from ..layers.window import both_sides
from .own import Own, along, matrix, own
from .registry import LAST, by_axes, counterpart


@own
class Bilinear(Own):
    """Enlarge the map by `factors`, mixing the two nearest pixels along each axis (half-pixel centres)."""

    options = ("factors",)
    factors: tuple[int, ...]

    def call(self, inputs: Any) -> Any:
        return mixed(inputs, Resize(size=tuple([n * factor for n, factor in zip(inputs.shape[1:-1], self.factors, strict=True)])))


@own
class Resized(Own):
    """Bring the map to `size` where Keras has no such layer: other axes than two, or other places than half-pixel."""

    options = ("size", "mode", "coordinates")
    size: tuple[int, ...]
    mode: str
    coordinates: str

    def call(self, inputs: Any) -> Any:
        return mixed(inputs, Resize(size=self.size, mode=self.mode, coordinates=self.coordinates))


def mixed(inputs: Any, layer: Resize) -> Any:
    """Each pixel of the shares of those that it is mixed of, axis by axis."""
    axes = list(zip(inputs.shape[1:-1], layer.output(tuple(inputs.shape[1:]))[:-1], strict=True))
    shares = [[dict(place) for place in layer.shares(n, m)] for n, m in axes]
    return along(inputs, [matrix(n, m, lambda p, o, of=of: of[o].get(p, 0)) for (n, m), of in zip(axes, shares, strict=True)], 1)  # type: ignore[misc]


class Dealt(Own):
    """Blocks of `block` pixels along each axis as channels, or back; `mode` says in which order these lie."""

    options = ("block", "mode")
    block: int
    mode: str
    rule: ClassVar[type[PixelShuffle]]

    def call(self, inputs: Any) -> Any:
        layer, x = self.rule(block=self.block, mode=self.mode), tuple(inputs.shape[1:])
        shape, order = layer.dealt(x)
        moved = ops.transpose(ops.reshape(inputs, (-1, *shape)), (0, *[axis + 1 for axis in order]))
        return ops.reshape(moved, (-1, *layer.output(x)))


@own
class DepthToSpace(Dealt):
    """The channels of each position as a block of pixels."""

    rule = pixel_shuffle.DepthToSpace


@own
class SpaceToDepth(Dealt):
    """A block of pixels as the channels of one position."""

    rule = pixel_shuffle.SpaceToDepth


@counterpart("depth_to_space", "space_to_depth")
def dealt(layer: Any, name: str | None, x: Shape) -> Any:
    made = {"depth_to_space": DepthToSpace, "space_to_depth": SpaceToDepth}[layer.kind]
    return made(block=layer.block, mode=layer.mode, name=name)


@counterpart("flatten")
def flatten(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.Flatten(name=name, **LAST)


@counterpart("reshape")
def reshape(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.Reshape(layer.shape, name=name)


@counterpart("permute")
def permute(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.Permute(layer.axes, name=name)


@counterpart("pad")
def pad(layer: Any, name: str | None, x: Shape) -> Any:
    layers, sides = keras.layers, both_sides(layer.padding, len(x) - 1, "padding")
    made = by_axes("pad", x, layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
    return made(sides if len(sides) > 1 else sides[0], name=name, **LAST)


@counterpart("crop")
def crop(layer: Any, name: str | None, x: Shape) -> Any:
    layers, sides = keras.layers, both_sides(layer.cropping, len(x) - 1, "cropping")
    if len(sides) == 1:
        return layers.Cropping1D(sides[0], name=name)
    return by_axes("crop", x, None, layers.Cropping2D, layers.Cropping3D)(sides, name=name, **LAST)


@counterpart("upsample")
def upsample(layer: Any, name: str | None, x: Shape) -> Any:
    layers, factors = keras.layers, spread(layer.factor, len(x) - 1, "factor")
    if layer.mode == "bilinear" and len(factors) != 2:
        return Bilinear(factors=factors, name=name)
    if len(factors) == 1:
        return layers.UpSampling1D(factors[0], name=name)
    if len(factors) == 2:
        return layers.UpSampling2D(factors, interpolation=layer.mode, name=name, **LAST)
    return by_axes("upsample", x, None, None, layers.UpSampling3D)(factors, name=name, **LAST)


@counterpart("resize")
def resize(layer: Any, name: str | None, x: Shape) -> Any:
    *size, _ = layer.output(x)
    if len(size) == 2 and layer.coordinates == "half_pixel":
        return keras.layers.Resizing(*size, interpolation=layer.mode, name=name, **LAST)
    return Resized(size=tuple(size), mode=layer.mode, coordinates=layer.coordinates, name=name)
