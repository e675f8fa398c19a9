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

    def slide(self, inputs: Any, kernel: Any) -> Any:
        """Slide (grouped) kernels over the map. TensorFlow cannot dilate them and stride at once, nor dilate along three axes."""
        if max(self.dilation_rate) > 1 and (max(self.strides) > 1 or len(self.strides) > 2):
            kernel, dilation = dilated(kernel, self.dilation_rate), (1,) * len(self.strides)
        else:
            dilation = self.dilation_rate
        return ops.conv(self.surrounded(inputs), kernel, self.strides, "valid", dilation_rate=dilation, **LAST)

    def slide_each(self, inputs: Any, kernel: Any) -> Any:
        """Slide kernels (*kernel, C, multiplier) over each channel by itself: a convolution with as many groups as channels."""
        *taps, channels, multiplier = kernel.shape
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
        if len(self.strides) > 2 or len(set(self.strides)) > 1 or (max(self.strides) > 1 and max(self.dilation_rate) > 1):
            return self.slide_each(inputs, self.kernel)
        rate = self.dilation_rate
        return ops.depthwise_conv(self.surrounded(inputs), self.kernel, self.strides, "valid", dilation_rate=rate, **LAST)


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


def arguments(layer: Any, name: str | None, x: Shape) -> dict[str, Any]:
    """Keras' words for the options that all convolutions share."""
    axes = len(x) - 1
    named = {"kernel": "kernel_size", "stride": "strides", "dilation": "dilation_rate"}
    found: dict[str, Any] = {word: spread(getattr(layer, option), axes, option) for option, word in named.items()}
    padding = layer.padding if isinstance(layer.padding, str) else both_sides(layer.padding, axes, "padding")
    found.update(padding=padding, use_bias=layer.bias, activation=fused(layer.activation, layer.output(x)), name=name)
    return found


def ordinary(common: dict[str, Any]) -> bool:
    """Whether Keras' own layers do it on every backend."""
    both = max(common["strides"]) > 1 and max(common["dilation_rate"]) > 1
    deep = len(common["strides"]) > 2 and max(common["dilation_rate"]) > 1
    return isinstance(common["padding"], str) and not both and not deep


@counterpart("conv")
def conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x)
    made = by_axes("conv", x, layers.Conv1D, layers.Conv2D, layers.Conv3D)
    more = {"filters": layer.filters, "groups": layer.groups}
    return made(**common, **more, **LAST) if ordinary(common) else PaddedConv(**common, **more)


@counterpart("depthwise_conv")
def depthwise_conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x)
    made = by_axes("depthwise_conv", x, layers.DepthwiseConv1D, layers.DepthwiseConv2D, PaddedDepthwiseConv)
    plain = ordinary(common) and len(x) < 4 and len(set(common["strides"])) == 1
    more = {"depth_multiplier": layer.multiplier}
    return made(**common, **more, **LAST) if plain else PaddedDepthwiseConv(**common, **more)


@counterpart("separable_conv")
def separable_conv(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x)
    made = by_axes("separable_conv", x, layers.SeparableConv1D, layers.SeparableConv2D, PaddedSeparableConv)
    plain = ordinary(common) and len(x) < 4 and len(set(common["strides"])) == 1
    more = {"filters": layer.filters, "depth_multiplier": layer.multiplier}
    return made(**common, **more, **LAST) if plain else PaddedSeparableConv(**common, **more)
