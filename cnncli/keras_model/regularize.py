"""Layers that disturb training."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from .own import Own, own
from .registry import by_axes, counterpart


@own
class DropPath(Own):
    """In training, zero whole images at `rate` and divide the others by 1 - rate."""

    options = ("rate",)
    rate: float

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.seed = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or not self.rate:
            return inputs
        one_each = (ops.shape(inputs)[0], *(1,) * (len(inputs.shape) - 1))
        kept = keras.random.uniform(one_each, seed=self.seed) >= self.rate
        return inputs * ops.cast(kept, inputs.dtype) / (1.0 - self.rate)


@counterpart("dropout")
def dropout(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.Dropout(layer.rate, name=name)


@counterpart("spatial_dropout")
def spatial_dropout(layer: Any, name: str | None, x: Shape) -> Any:
    layers = keras.layers
    return by_axes("spatial_dropout", x, layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D)(layer.rate, name=name)


@counterpart("gaussian_noise")
def gaussian_noise(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.GaussianNoise(layer.stddev, name=name)


@counterpart("drop_path")
def drop_path(layer: Any, name: str | None, x: Shape) -> Any:
    return DropPath(rate=layer.rate, name=name)
