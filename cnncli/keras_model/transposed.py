"""Transposed convolution: Keras' own where its padding means the same on every backend; ours with groups, cuts and dilation."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from ..layers.base import spread
from .conv import arguments
from .own import OwnAffine, dilated, own, padded
from .registry import LAST, by_axes, counterpart


@own
class CutConvTranspose(OwnAffine):
    """Transposed convolution in groups and dilated; `padding` (before, after) is cut off each axis, `output_padding` added.

    `padding` may be `valid` or `same` too. The kernel is (*kernel, filters / groups, C), as Keras has it.
    """

    options = ("kernel_size", "strides", "padding", "output_padding", "dilation_rate", "use_bias", "filters", "groups")
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: Any
    output_padding: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    filters: int
    groups: int
    kernel: Any

    def kernel_shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        return {"kernel": (*self.kernel_size, self.filters // self.groups, channels)}

    def channels_out(self, channels: int) -> int:
        return self.filters

    def cuts(self) -> list[tuple[int, int]]:
        """What is cut off before and after each axis of the whole; negative where zeros are added."""
        if self.padding == "valid":
            sides = [(0, 0) for _ in self.strides]
        elif self.padding == "same":  # so that size * stride remains; more is cut after than before
            whole = [(k - 1) * d + 1 - s for k, d, s in zip(self.kernel_size, self.dilation_rate, self.strides, strict=True)]
            sides = [(max(cut, 0) // 2, cut - max(cut, 0) // 2) for cut in whole]
        else:
            sides = self.padding
        return [(before, after - extra) for (before, after), extra in zip(sides, self.output_padding, strict=True)]

    def transform(self, inputs: Any) -> Any:
        kernel, rate, none = self.kernel, self.dilation_rate, (0,) * len(self.strides)
        if keras.backend.backend() == "tensorflow":  # it cannot dilate here
            kernel, rate = dilated(kernel, rate), (1,) * len(rate)
        parts = [
            ops.conv_transpose(channels, kernels, self.strides, "valid", output_padding=none, dilation_rate=rate, **LAST)
            for channels, kernels in zip(ops.split(inputs, self.groups, -1), ops.split(kernel, self.groups, -1), strict=True)
        ]
        whole = parts[0] if self.groups == 1 else ops.concatenate(parts, -1)
        return padded(whole, [(-before, -after) for before, after in self.cuts()])


@counterpart("conv_transpose")
def conv_transpose(layer: Any, name: str | None, x: Shape) -> Any:
    layers, common = keras.layers, arguments(layer, name, x, "kernel")
    made = by_axes("conv_transpose", x, layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
    extra = spread(layer.output_padding, len(x) - 1, "output_padding")
    fits = all(e < s for e, s in zip(extra, common["strides"], strict=True))
    if len(x) > 3 and layer.padding == "same":  # along three axes TensorFlow puts a kernel that is smaller than its stride elsewhere
        fits = fits and all(k >= s for k, s in zip(common["kernel_size"], common["strides"], strict=True))
    if isinstance(layer.padding, str) and layer.groups == 1 and max(common["dilation_rate"]) == 1 and fits:
        # told no output_padding, Keras would enlarge `valid` where strides are larger than the kernel
        return made(filters=layer.filters, output_padding=extra if layer.padding == "valid" else None, **common, **LAST)
    return CutConvTranspose(filters=layer.filters, groups=layer.groups, output_padding=extra, **common)
