"""What training reads of a layer, in Keras: how its weights begin, what they add to the loss, how large they may be."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from ..layers.initializers import ZEROS, Dirac, Whitening
from .own import own


@own
class DiracKernel(keras.initializers.Initializer):
    """The first kernels of each group pass their channel on: kernel[middle, d, d] = 1. Of a depthwise kernel, the first of each channel.

    The others, along the axis `filters`, are zero, or drawn by the initializer `rest`.
    """

    def __init__(self, groups: int = 1, depthwise: bool = False, rest: Any = None, filters: int = -1) -> None:
        self.groups, self.depthwise, self.filters = groups, depthwise, filters
        self.rest = keras.initializers.get(rest)

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        *taps, rows, columns = shape
        made = (
            ops.tile(ops.eye(1, columns), (rows, 1))
            if self.depthwise
            else ops.tile(ops.eye(rows, columns // self.groups), (1, self.groups))
        )
        for size in reversed(taps):
            made = ops.stack([made if tap == size // 2 else ops.zeros_like(made) for tap in range(size)])
        made = ops.cast(made, dtype or keras.config.floatx())
        if self.rest is None:
            return made
        others = [axis for axis in range(len(shape)) if axis != self.filters % len(shape)]
        return ops.where(ops.any(made > 0, axis=others, keepdims=True), made, self.rest(shape, dtype))

    def get_config(self) -> dict[str, Any]:
        rest = keras.initializers.serialize(self.rest) if self.rest else None
        return {"groups": self.groups, "depthwise": self.depthwise, "rest": rest, "filters": self.filters}


@own
class WhiteningKernel(keras.initializers.GlorotUniform):
    """What a kernel is that waits for the images that it is to whiten."""


def initializer(given: Any, layer: Any = None, kernel: str = "") -> Any:
    """Keras' initializer, a new one each time: each draws its own numbers."""
    if isinstance(given, Dirac):
        rest = None if given.rest == ZEROS else initializer(given.rest)
        filters = -2 if layer.kind == "conv_transpose" else -1
        return DiracKernel(getattr(layer, "groups", 1), "depthwise" in kernel, rest, filters)
    if isinstance(given, Whitening):
        return WhiteningKernel()
    made = getattr(keras.initializers, "".join(part.capitalize() for part in given.name.split("_")))
    return made(**{name: getattr(given, name) for name in given.fields})


@own
class GroupedMaxNorm(keras.constraints.Constraint):
    """MaxNorm where the last axis of a kernel holds the channels of several groups, each of which has filters of its own."""

    def __init__(self, max_value: float, axis: Any, groups: int) -> None:
        self.max_value, self.axis, self.groups = max_value, axis, groups

    def __call__(self, w: Any) -> Any:
        each = keras.constraints.MaxNorm(self.max_value, self.axis)
        return ops.concatenate([each(part) for part in ops.split(w, self.groups, -1)], -1)

    def get_config(self) -> dict[str, Any]:
        return {"max_value": self.max_value, "axis": self.axis, "groups": self.groups}


def regularizer(layer: Any) -> Any:
    """What the kernels add to the loss; None where it is nothing."""
    made = keras.regularizers
    if layer.l1 and layer.l2:
        return made.L1L2(layer.l1, layer.l2)
    return made.L1(layer.l1) if layer.l1 else made.L2(layer.l2) if layer.l2 else None


def constraint(layer: Any, kernel: str, rank: int) -> Any:
    """What a kernel must keep to; None where it is free."""
    axes = list(layer.incoming(kernel, rank))
    if layer.max_norm is None:
        return None
    if layer.kind == "conv_transpose" and layer.groups > 1:
        return GroupedMaxNorm(layer.max_norm, axes, layer.groups)
    return keras.constraints.MaxNorm(layer.max_norm, axes)


def learned(layer: Any, x: Shape, *kernels: str) -> dict[str, Any]:
    """Keras' arguments for the kernels, which it calls so, and for the bias."""
    found = {"bias_initializer": initializer(layer.bias_initializer)}
    for kernel, weight in zip(kernels, layer.kernels(x), strict=True):
        found[f"{kernel}_initializer"] = initializer(layer.initializer, layer, kernel)
        found[f"{kernel}_regularizer"] = regularizer(layer)
        found[f"{kernel}_constraint"] = constraint(layer, kernel, len(weight.shape))
    return found
