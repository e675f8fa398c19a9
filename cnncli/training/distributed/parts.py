"""What engines of several devices must look after, for in it the parts of a batch are more than the whole of it in pieces."""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..engine import layers

STRIDE = 1_000_003  # between the seeds of two devices' dropout


def normalizations(model: Any) -> Iterator[Any]:
    """Every batch normalization."""
    import keras

    return (layer for layer in layers(model) if isinstance(layer, keras.layers.BatchNormalization))
