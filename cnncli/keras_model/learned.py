"""How the weights of a layer begin, in Keras."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers.initializers import Dirac
from .own import own


@own
class DiracKernel(keras.initializers.Initializer):
    """The first kernels of each group pass their channel on: kernel[middle, d, d] = 1. Of a depthwise kernel, the first of each channel."""

    def __init__(self, groups: int = 1, depthwise: bool = False) -> None:
        self.groups, self.depthwise = groups, depthwise

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        *taps, rows, columns = shape
        made = (
            ops.tile(ops.eye(1, columns), (rows, 1))
            if self.depthwise
            else ops.tile(ops.eye(rows, columns // self.groups), (1, self.groups))
        )
        for size in reversed(taps):
            made = ops.stack([made if tap == size // 2 else ops.zeros_like(made) for tap in range(size)])
        return ops.cast(made, dtype or keras.config.floatx())

    def get_config(self) -> dict[str, Any]:
        return {"groups": self.groups, "depthwise": self.depthwise}


def initializer(given: Any, layer: Any = None, kernel: str = "") -> Any:
    """Keras' initializer, a new one each time: each draws its own numbers."""
    if isinstance(given, Dirac):
        return DiracKernel(getattr(layer, "groups", 1), depthwise="depthwise" in kernel)
    made = getattr(keras.initializers, "".join(part.capitalize() for part in given.name.split("_")))
    return made(**{name: getattr(given, name) for name in given.fields})


def learned(layer: Any, *kernels: str) -> dict[str, Any]:
    """Keras' arguments for the kernels of these names, and for the bias."""
    found = {"bias_initializer": initializer(layer.bias_initializer)}
    for kernel in kernels:
        found[f"{kernel}_initializer"] = initializer(layer.initializer, layer, kernel)
    return found
