"""Activations, as layers of their own and fused into others."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Layer, Shape
from .own import Own, own
from .registry import counterpart, make

# What Keras calls those that have no options.
SAME_NAME = (
    "relu", "relu6", "selu", "silu", "mish", "hard_sigmoid", "sigmoid", "tanh", "softmax", "log_softmax", "softplus", "log_sigmoid",
    "softsign", "hard_tanh", "exponential", "linear",
)  # fmt: skip
NAMED = {**{kind: kind for kind in SAME_NAME}, "hard_swish": "hard_silu"}


@own
def gelu_tanh(x: Any) -> Any:
    """The gelu that is approximated by a tanh."""
    return keras.activations.gelu(x, approximate=True)


@own
class Celu(Own):
    """The celu with an alpha, which Keras has as a function alone (whose slope at 0 is 2 with TensorFlow)."""

    options = ("alpha",)
    alpha: float

    def call(self, inputs: Any) -> Any:
        return ops.where(inputs > 0, inputs, self.alpha * ops.elu(inputs / self.alpha))


def fused(layer: Layer, x: Shape) -> Any:
    """The activation for another layer whose output is `x`: a name, a function, or a layer where it has options or weights."""
    if layer.kind in NAMED and getattr(layer, "is_plain", True):
        return NAMED[layer.kind]
    if layer.kind == "gelu":
        return gelu_tanh if layer.approximate else "gelu"  # type: ignore[attr-defined]
    made = make(layer, None, x)
    made.build((None, *x))  # Keras would leave that to the first call of the layer around it, and know of no weights until then
    return made


@counterpart(*NAMED, "gelu")
def named(layer: Layer, name: str | None, x: Shape) -> Any:
    return keras.layers.Activation(fused(layer, x), name=name)


@counterpart("relu")
def relu(layer: Any, name: str | None, x: Shape) -> Any:
    if layer.is_plain:
        return named(layer, name, x)
    return keras.layers.ReLU(max_value=layer.max, negative_slope=layer.slope, threshold=layer.threshold, name=name)


@counterpart("leaky_relu")
def leaky_relu(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.LeakyReLU(negative_slope=layer.slope, name=name)


@counterpart("celu")
def celu(layer: Any, name: str | None, x: Shape) -> Any:
    return Celu(alpha=layer.alpha, name=name)


@counterpart("elu")
def elu(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.ELU(alpha=layer.alpha, name=name)


@counterpart("prelu")
def prelu(layer: Any, name: str | None, x: Shape) -> Any:
    """The slopes are 1/4 at first, as in the paper's section 2.1."""
    slope = keras.initializers.Constant(0.25)
    return keras.layers.PReLU(
        alpha_initializer=slope, shared_axes=[axis for axis, n in enumerate(layer.weights(x)[0].shape, 1) if n == 1] or None, name=name
    )
