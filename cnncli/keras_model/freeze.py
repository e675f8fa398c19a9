"""Frozen weights in Keras: whole layers, as Keras freezes them, or single weights, which Keras does not save and these classes do."""

# mypy: ignore-missing-imports, allow-subclassing-any
from __future__ import annotations

from typing import Any

import keras

from ..layers.frozen import EVERY
from ..network import Node
from .own import own

PARTLY: dict[type, type] = {}  # of each class of layers with weights: the same with some of them frozen


class Partly:
    """What a layer does otherwise, some of whose weights are frozen. `frozen` names them; it is saved with the layer."""

    frozen: tuple[str, ...]
    weights: list[Any]

    def __init__(self, *args: Any, frozen: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.frozen = tuple(frozen)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frozen": list(self.frozen)}  # type: ignore[misc]

    def build(self, *shapes: Any, **named: Any) -> None:
        super().build(*shapes, **named)  # type: ignore[misc]
        self.freeze()

    def freeze(self) -> None:
        for weight in self.weights:
            if weight.name in self.frozen:
                weight.trainable = False


def partly(*classes: type) -> None:
    """Let layers of some classes be frozen in part. All are known before a model is loaded."""
    for cls in classes:
        PARTLY[cls] = own(type(f"Partly{cls.__name__}", (Partly, cls), {"__module__": __name__}))


layers = keras.layers
partly(
    layers.Conv1D, layers.Conv2D, layers.Conv3D, layers.DepthwiseConv1D, layers.DepthwiseConv2D, layers.SeparableConv1D,
    layers.SeparableConv2D, layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose, layers.Dense, layers.PReLU,
    layers.BatchNormalization, layers.LayerNormalization, layers.GroupNormalization, layers.Normalization,
)  # fmt: skip


def freeze(made: Any, node: Node) -> None:
    """Freeze of a layer, which has been built, what the node says."""
    if node.layer.frozen == EVERY:
        made.trainable = not node.facts.weights
    elif any(weight.name in node.layer.frozen for weight in node.facts.weights):
        made.__class__ = PARTLY[type(made)]
        made.frozen = tuple(sorted(node.layer.frozen))
        made.freeze()
