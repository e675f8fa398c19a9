"""What engines of several devices must look after, for in it the parts of a batch are more than the whole of it in pieces."""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..engine import layers

STRIDE = 1_000_003  # between the seeds of two devices' dropout


def draw_apart(model: Any, device: int) -> None:
    """Let every device drop other units than the first one, which has just the same weights and states of chance."""
    import keras

    for one in model.variables:
        if one.path.endswith("seed_generator_state"):
            one.assign(one.value + keras.ops.convert_to_tensor([STRIDE * device, 0], one.dtype))


def normalizations(model: Any) -> Iterator[Any]:
    """Every batch normalization."""
    import keras

    return (layer for layer in layers(model) if isinstance(layer, keras.layers.BatchNormalization))
