"""Convolutions: Keras' own with `valid` and `same`; ours where padding is explicit, or where Keras or its backends have gaps."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from ..layers.base import spread
from ..layers.window import both_sides
from .activation import fused
from .learned import learned
from .own import OwnAffine, dilated, own, padded, same_sides
from .registry import LAST, by_axes, counterpart

SLIDING = ("kernel_size", "strides", "padding", "dilation_rate", "use_bias")


class SlidingConv(OwnAffine):
    """What our convolutions share. `padding` is `valid`, `same`, or (before, after) for each axis."""

    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Any
    dilation_rate: tuple[int, ...]

    def surrounded(self, inputs: Any) -> Any:
        """The map with its padding."""
        if self.padding == "valid":
            return inputs
        if self.padding == "same":
            return padded(inputs, same_sides(inputs.shape[1:-1], self.kernel_size, self.strides, self.dilation_rate))
        return padded(inputs, self.padding)

    def spread(self, kernel: Any) -> tuple[Any, tuple[int, ...]]:
        """The kernel and its dilation; with its zeros written out where TensorFlow cannot dilate: with strides, and along three axes."""
        rate = self.dilation_rate
        if max(rate) == 1 or keras.backend.backend() != "tensorflow" or (max(self.strides) == 1 and len(rate) < 3):
            return kernel, rate
        return dilated(kernel, rate), (1,) * len(rate)

    def slide(self, inputs: Any, kernel: Any) -> Any:
        """Slide (grouped) kernels over the map."""
        kernel, rate = self.spread(kernel)
        return ops.conv(self.surrounded(inputs), kernel, self.strides, "valid", dilation_rate=rate, **LAST)

    def slide_each(self, inputs: Any, kernel: Any) -> Any:
        """Slide kernels (*kernel, C, multiplier) over each channel by itself."""
        if len(self.strides) < 3 and len(set(self.strides)) == 1:
            kernel, rate = self.spread(kernel)
            return ops.depthwise_conv(self.surrounded(inputs), kernel, self.strides, "valid", dilation_rate=rate, **LAST)
        *taps, channels, multiplier = kernel.shape  # as many groups as channels
        return self.slide(inputs, ops.reshape(kernel, (*taps, 1, channels * multiplier)))


@own
class PaddedConv(SlidingConv):
    """Convolution with explicit padding, or with stride and dilation at once."""

    options = (*SLIDING, "filters", "groups")
    filters: int
    groups: int
    kernel: Any

    def kernel_shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        return {"kernel": (*self.kernel_size, channels // self.groups, self.filters)}

    def channels_out(self, channels: int) -> int:
        return self.filters

    def transform(self, inputs: Any) -> Any:
        return self.slide(inputs, self.kernel)


@own
class PaddedDepthwiseConv(SlidingConv):
    """Depthwise convolution with explicit padding, over three axes, or with strides that differ."""

    options = (*SLIDING, "depth_multiplier")
    depth_multiplier: int
    kernel: Any

    def kernel_shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        return {"kernel": (*self.kernel_size, channels, self.depth_multiplier)}

    def channels_out(self, channels: int) -> int:
        return channels * self.depth_multiplier

    def transform(self, inputs: Any) -> Any:
        return self.slide_each(inputs, self.kernel)


@own
class PaddedSeparableConv(SlidingConv):
    """Separable convolution with explicit padding, over three axes, or with strides that differ."""

    options = (*SLIDING, "filters", "depth_multiplier")
    filters: int
    depth_multiplier: int
    depthwise_kernel: Any
    pointwise_kernel: Any

    def kernel_shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        ones = (1,) * len(self.kernel_size)
        return {
            "depthwise_kernel": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise_kernel": (*ones, channels * self.depth_multiplier, self.filters),
        }

    def channels_out(self, channels: int) -> int:
        return self.filters

    def transform(self, inputs: Any) -> Any:
        return ops.conv(self.slide_each(inputs, self.depthwise_kernel), self.pointwise_kernel, 1, "valid", **LAST)


def arguments(layer: Any, name: str | None, x: Shape, *kernels: str) -> dict[str, Any]:
    """Keras' words for the options that all convolutions share; `kernels` is what its arguments call the arrays."""
    axes = len(x) - 1
    named = {"kernel": "kernel_size", "stride": "strides", "dilation": "dilation_rate"}
    found: dict[str, Any] = {word: spread(getattr(layer, option), axes, option) for option, word in named.items()}
    padding = layer.padding if isinstance(layer.padding, str) else both_sides(layer.padding, axes, "padding")
    found.update(padding=padding, use_bias=layer.bias, activation=fused(layer.activation, layer.output(x)), name=name)
    found.update(learned(layer, x, *kernels))
    return found


def ordinary(common: dict[str, Any]) -> bool:
    """Whether Keras' own layers do it on every backend."""
    both = max(common["strides"]) > 1 and max(common["dilation_rate"]) > 1
    deep = len(common["strides"]) > 2 and max(common["dilation_rate"]) > 1
    return isinstance(common["padding"], str) and not both and not deep


@counterpart("conv")
def conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x, "kernel")
    made = by_axes("conv", x, layers.Conv1D, layers.Conv2D, layers.Conv3D)
    more = {"filters": layer.filters, "groups": layer.groups}
    return made(**common, **more, **LAST) if ordinary(common) else PaddedConv(**common, **more)


@counterpart("depthwise_conv")
def depthwise_conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x, "depthwise")
    made = by_axes("depthwise_conv", x, layers.DepthwiseConv1D, layers.DepthwiseConv2D, PaddedDepthwiseConv)
    plain = ordinary(common) and len(x) < 4 and len(set(common["strides"])) == 1
    more = {"depth_multiplier": layer.multiplier}
    return made(**common, **more, **LAST) if plain else PaddedDepthwiseConv(**common, **more)


@counterpart("separable_conv")
def separable_conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x, "depthwise", "pointwise")
    made = by_axes("separable_conv", x, layers.SeparableConv1D, layers.SeparableConv2D, PaddedSeparableConv)
    plain = ordinary(common) and len(x) < 4 and len(set(common["strides"])) == 1
    more = {"filters": layer.filters, "depth_multiplier": layer.multiplier}
    return made(**common, **more, **LAST) if plain else PaddedSeparableConv(**common, **more)
