"""Normalisation, and fixed or trainable factors."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ..layers import Shape
from .own import Own, own
from .registry import counterpart


@own
class LocalResponseNorm(Own):
    """y = x / (k + alpha * sum of squares over `size` neighbouring channels) ^ beta"""

    options = ("size", "alpha", "beta", "k")
    size: int
    alpha: float
    beta: float
    k: float

    def call(self, inputs: Any) -> Any:
        channels, half = inputs.shape[-1], min(self.size // 2, inputs.shape[-1] - 1)
        squares = ops.pad(ops.square(inputs), [(0, 0)] * (len(inputs.shape) - 1) + [(half, half)])
        total = squares[..., :channels]
        for shift in range(1, 2 * half + 1):
            total = total + squares[..., shift : shift + channels]
        return inputs / (self.k + self.alpha * total) ** self.beta


@own
class Scale(Own):
    """y = gamma * x, one trainable gamma for each channel, `init` at first."""

    options = ("init",)
    init: float

    def build(self, input_shape: Any) -> None:
        self.gamma = self.add_weight(name="gamma", shape=input_shape[-1:], initializer=keras.initializers.Constant(self.init))

    def call(self, inputs: Any) -> Any:
        return inputs * self.gamma


@counterpart("local_response_norm")
def local_response_norm(layer: Any, name: str | None, x: Shape) -> Any:
    return LocalResponseNorm(size=layer.size, alpha=layer.alpha, beta=layer.beta, k=layer.k, name=name)


@counterpart("scale")
def scale(layer: Any, name: str | None, x: Shape) -> Any:
    return Scale(init=layer.init, name=name)


@counterpart("batch_norm")
def batch_norm(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.BatchNormalization(momentum=layer.momentum, name=name, **shared(layer))


@counterpart("layer_norm")
def layer_norm(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.LayerNormalization(axis=-1, name=name, **shared(layer))


@counterpart("group_norm")
def group_norm(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.GroupNormalization(groups=layer.groups, name=name, **shared(layer))


@counterpart("instance_norm")
def instance_norm(layer: Any, name: str | None, x: Shape) -> Any:
    return keras.layers.GroupNormalization(groups=x[-1], name=name, **shared(layer))


def shared(layer: Any) -> dict[str, Any]:
    """The options that normalisations share."""
    return {"epsilon": layer.epsilon, "center": layer.center, "scale": layer.scale}


@counterpart("normalize")
def normalize(layer: Any, name: str | None, x: Shape) -> Any:
    """Keras keeps the figures as weights when they were measured, as here, and not when they are arguments."""
    made = keras.layers.Normalization(axis=-1, name=name)
    made.build((None, *x))
    made.adapt_mean.assign([float(value) for value in each(layer.mean, x[-1])])
    made.adapt_variance.assign([float(value) for value in each(layer.variance, x[-1])])
    made.finalize_state()
    return made


def each(value: Any, channels: int) -> tuple[float, ...]:
    """One figure for each channel."""
    return value if isinstance(value, tuple) else (value,) * channels


@counterpart("rescale")
def rescale(layer: Any, name: str | None, x: Shape) -> Any:
    scale, offset = (list(figure) if isinstance(figure, tuple) else figure for figure in (layer.scale, layer.offset))
    return keras.layers.Rescaling(scale, offset, name=name)
