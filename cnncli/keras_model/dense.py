"""Fully connected layers."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import keras

from ..layers import Shape
from .activation import fused
from .registry import counterpart


@counterpart("dense")
def dense(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.Dense(layer.units, activation=fused(layer.activation, layer.output(x)), use_bias=layer.bias, name=name)
