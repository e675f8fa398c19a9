"""Pooling: Keras' own with `valid` and `same`; ours with explicit padding, `ceil`, or as many bins as are asked for."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from ..layers.base import spread
from ..layers.window import both_sides
from .own import Own, Sides, along, matrix, own, padded, same_sides
from .registry import LAST, by_axes, counterpart


class PaddedPool(Own):
    """What our pooling layers share. `padding` is `valid`, `same`, or (before, after) for each axis."""

    options = ("pool_size", "strides", "padding", "ceil")
    pool_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Any
    ceil: bool

    def sides(self, sizes: tuple[int, ...]) -> Sides:
        """The padding in numbers; with `ceil` as much after as a last window needs that begins before the padding after does."""
        ones = (1,) * len(sizes)
        given = {"valid": [(0, 0)] * len(sizes), "same": same_sides(sizes, self.pool_size, self.strides, ones)}
        sides = given[self.padding] if isinstance(self.padding, str) else self.padding
        if not self.ceil:
            return sides
        found = []
        for n, k, s, (before, after) in zip(sizes, self.pool_size, self.strides, sides, strict=True):
            begin = -(-(before + n + after - k) // s) * s
            begin -= s if begin >= before + n else 0
            found.append((before, max(begin + k - before - n, after)))
        return found


@own
class PaddedMaxPool(PaddedPool):
    """Max pooling with explicit padding, which never wins, or with windows that hang over the end."""

    def call(self, inputs: Any) -> Any:
        least = -1e30 if inputs.dtype != "float16" else -6e4  # infinity would spoil gradients
        around = padded(inputs, self.sides(inputs.shape[1:-1]), least)
        return ops.max_pool(around, self.pool_size, self.strides, "valid", **LAST)


@own
class PaddedAvgPool(PaddedPool):
    """Average pooling with explicit padding, which is not averaged, or with windows that hang over the end."""

    def call(self, inputs: Any) -> Any:
        sides = self.sides(inputs.shape[1:-1])
        sums, shares = (
            ops.average_pool(padded(part, sides), self.pool_size, self.strides, "valid", **LAST)
            for part in (inputs, ops.ones_like(inputs[:1, ..., :1]))
        )
        return sums / shares


@own
class AdaptiveAvgPool(Own):
    """The means of `output_size` bins along each axis; bin o of m holds the pixels from floor(o*n/m) to before ceil((o+1)*n/m)."""

    options = ("output_size",)
    output_size: tuple[int, ...]

    def call(self, inputs: Any) -> Any:
        return along(inputs, [bins(n, m) for n, m in zip(inputs.shape[1:-1], self.output_size, strict=True)], 1)


@own
class AdaptiveMaxPool(Own):
    """The largest of `output_size` bins along each axis, cut as those of AdaptiveAvgPool; of equal ones the first gets the gradient."""

    options = ("output_size",)
    output_size: tuple[int, ...]

    def call(self, inputs: Any) -> Any:
        for axis, m in reversed([*enumerate(self.output_size, 1)]):  # the last first: then the first in the row of the bin wins
            cut = edges(inputs.shape[axis], m)
            most = max(last - first for first, last in cut)
            pixels = [[min(first + step, last - 1) for step in range(most)] for first, last in cut]  # the last again in smaller bins
            held = ops.take(inputs, pixels, axis=axis)
            place = ops.argmax(held, axis=axis + 1, keepdims=True)
            inputs = ops.squeeze(ops.take_along_axis(held, place, axis=axis + 1), axis=axis + 1)
        return inputs


def edges(n: int, m: int) -> list[tuple[int, int]]:
    """The first pixel of each of m bins of n, and that after its last."""
    return [(o * n // m, -(-(o + 1) * n // m)) for o in range(m)]


def bins(n: int, m: int) -> list[list[float]]:
    """The share of each of n pixels in each of m bins."""
    cut = edges(n, m)
    return matrix(n, m, lambda i, o: (cut[o][0] <= i < cut[o][1]) / (cut[o][1] - cut[o][0]))


@counterpart("max_pool", "avg_pool")
def pool(layer: Any, name: str | None, x: Shape) -> Any:
    layers, axes = keras.layers, len(x) - 1
    size = spread(layer.size, axes, "size")
    stride = size if layer.stride is None else spread(layer.stride, axes, "stride")
    if layer.kind == "max_pool":
        ours, made = PaddedMaxPool, by_axes(layer.kind, x, layers.MaxPooling1D, layers.MaxPooling2D, layers.MaxPooling3D)
    elif layer.kind == "avg_pool":
        ours, made = PaddedAvgPool, by_axes(layer.kind, x, layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D)
    else:
        raise NotImplementedError(layer.kind)
    repeated = layer.kind == "avg_pool" and layer.padding == "same" and keras.backend.backend() == "torch"  # there Keras repeats borders
    if isinstance(layer.padding, str) and not layer.ceil and not repeated:
        return made(size if axes > 1 else size[0], stride if axes > 1 else stride[0], layer.padding, name=name, **LAST)
    padding = layer.padding if isinstance(layer.padding, str) else both_sides(layer.padding, axes, "padding")
    return ours(pool_size=size, strides=stride, padding=padding, ceil=layer.ceil, name=name)


@counterpart("global_avg_pool")
def global_avg_pool(layer: Any, name: str | None, x: Shape) -> Any:
    pools = keras.layers.GlobalAveragePooling1D, keras.layers.GlobalAveragePooling2D, keras.layers.GlobalAveragePooling3D
    return by_axes(layer.kind, x, *pools)(keepdims=layer.keep_axes, name=name, **LAST)


@counterpart("global_max_pool")
def global_max_pool(layer: Any, name: str | None, x: Shape) -> Any:
    pools = keras.layers.GlobalMaxPooling1D, keras.layers.GlobalMaxPooling2D, keras.layers.GlobalMaxPooling3D
    return by_axes(layer.kind, x, *pools)(keepdims=layer.keep_axes, name=name, **LAST)


@counterpart("adaptive_avg_pool", "adaptive_max_pool")
def adaptive_pool(layer: Any, name: str | None, x: Shape) -> Any:
    made = {"adaptive_avg_pool": AdaptiveAvgPool, "adaptive_max_pool": AdaptiveMaxPool}[layer.kind]
    return made(output_size=spread(layer.size, len(x) - 1, "size"), name=name)
