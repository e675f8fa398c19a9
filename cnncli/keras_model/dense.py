"""Fully connected layers."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import keras

from ..layers import Shape
from .activation import fused
from .learned import learned
from .registry import counterpart


@counterpart("dense")
def dense(layer: Any, name: str | None, x: Shape) -> Any:
    active = fused(layer.activation, layer.output(x))
    return keras.layers.Dense(layer.units, activation=active, use_bias=layer.bias, name=name, **learned(layer, x, "kernel"))
