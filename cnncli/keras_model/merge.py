"""Merges."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import keras

from ..layers import Shape
from .registry import counterpart

CLASSES = ("add", "subtract", "multiply", "average", "maximum", "minimum")


@counterpart(*CLASSES)
def merge(layer: Any, name: str | None, *xs: Shape) -> Any:
    return getattr(keras.layers, layer.kind.capitalize())(name=name)


@counterpart("concat")
def concat(layer: Any, name: str | None, *xs: Shape) -> Any:
    return keras.layers.Concatenate(axis=-1, name=name)
