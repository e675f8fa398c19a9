"""Activations, as layers and behind others; and layers that do nothing at inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....layers import Layer, Shape
from ....layers.activation import ACTIVATIONS
from ....layers.augment import Augmentation
from ....layers.base import KINDS
from ....layers.regularize import Drop, GaussianNoise
from ....network import Node
from ..writer import Writer, writes

_PLAIN = {
    "relu": "Relu", "selu": "Selu", "mish": "Mish", "hard_swish": "HardSwish", "sigmoid": "Sigmoid", "tanh": "Tanh", "softplus": "Softplus",
    "softsign": "Softsign", "exponential": "Exp",
}  # fmt: skip
_OPTIONS: dict[str, Callable[[Any], tuple[str, dict[str, Any]]]] = {
    "leaky_relu": lambda layer: ("LeakyRelu", {"alpha": float(layer.slope)}),
    "celu": lambda layer: ("Celu", {"alpha": float(layer.alpha)}),
    "elu": lambda layer: ("Elu", {"alpha": float(layer.alpha)}),
    "gelu": lambda layer: ("Gelu", {"approximate": "tanh" if layer.approximate else "none"}),
    "hard_sigmoid": lambda layer: ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "softmax": lambda layer: ("Softmax", {"axis": 1}),
    "log_softmax": lambda layer: ("LogSoftmax", {"axis": 1}),
}


def activated(writer: Writer, layer: Layer, x: str, shape: Shape) -> str:
    """What an activation makes of a tensor (N, C, *size); `shape` is ours."""
    if layer.kind == "linear":
        return x
    if layer.kind == "relu" and not layer.is_plain:  # type: ignore[attr-defined]
        return rectified(writer, layer, x)
    if layer.kind in _PLAIN:
        return writer.op(_PLAIN[layer.kind], x)
    if layer.kind in _OPTIONS:
        op, options = _OPTIONS[layer.kind](layer)
        return writer.op(op, x, **options)
    if layer.kind == "prelu":
        [slopes] = layer.weights(shape)
        return writer.op("PRelu", x, writer.weight("alpha", (slopes.shape[-1], *slopes.shape[:-1]), value=0.25))
    if layer.kind == "silu":
        return writer.op("Mul", x, writer.op("Sigmoid", x))
    if layer.kind == "log_sigmoid":
        return writer.op("Neg", writer.op("Softplus", writer.op("Neg", x)))
    least, most = {"relu6": (0.0, 6.0), "hard_tanh": (-1.0, 1.0)}[layer.kind]
    return writer.op("Clip", x, writer.constant((), least), writer.constant((), most))


def rectified(writer: Writer, layer: Any, x: str) -> str:
    """What is above the threshold, less what is below it times the slope."""
    if layer.slope and layer.max is None and not layer.threshold:
        return writer.op("LeakyRelu", x, alpha=float(layer.slope))
    above = x
    if layer.threshold:
        above = writer.op("ThresholdedRelu", x, alpha=float(layer.threshold))
    if layer.max is not None:
        above = writer.op("Clip", above, writer.constant((), 0.0), writer.constant((), float(layer.max)))
    elif not layer.threshold:
        above = writer.op("Relu", x)
    if not layer.slope:
        return above
    below = writer.op("Relu", writer.op("Sub", writer.constant((), float(layer.threshold)), x))
    return writer.op("Sub", above, writer.op("Mul", below, writer.constant((), float(layer.slope))))


@writes(*ACTIVATIONS)
def activation(writer: Writer, node: Node, xs: list[str]) -> str:
    return activated(writer, node.layer, xs[0], node.output)


@writes("dropout")
def dropout(writer: Writer, node: Node, xs: list[str]) -> str:
    return writer.op("Dropout", xs[0], writer.constant((), float(node.layer.rate)))  # type: ignore[attr-defined]


@writes(*[kind for kind, cls in KINDS.items() if issubclass(cls, (Drop, GaussianNoise, Augmentation)) and kind != "dropout"])
def nothing(writer: Writer, node: Node, xs: list[str]) -> str:
    return xs[0]
