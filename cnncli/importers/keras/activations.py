"""Activations: as layers, as the `activation` of another layer, and as operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import LayerError, nearest
from ...layers import Layer, Shape
from ...layers.activation import (
    Exponential,
    HardSigmoid,
    HardTanh,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Sigmoid,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from ...layers.rectifier import Celu, Elu, Gelu, HardSwish, LeakyRelu, Mish, Prelu, Relu, Relu6, Selu, Silu
from ...layers.values import written
from ..elementwise import FUNCTIONS, SharedPrelu
from .use import Use
from .vocabulary import keras, operation, ours

ACTIVATIONS: dict[str, Layer] = {
    "linear": Linear(),
    "relu": Relu(),
    "relu6": Relu6(),
    "leaky_relu": LeakyRelu(slope=0.2),
    "elu": Elu(),
    "celu": Celu(),
    "selu": Selu(),
    "gelu": Gelu(),
    "gelu_tanh": Gelu(approximate=True),  # ours
    "silu": Silu(),
    "swish": Silu(),
    "mish": Mish(),
    "hard_silu": HardSwish(),
    "hard_swish": HardSwish(),
    "hard_sigmoid": HardSigmoid(),
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "softmax": Softmax(),
    "log_softmax": LogSoftmax(),
    "softplus": Softplus(),
    "log_sigmoid": LogSigmoid(),
    "softsign": Softsign(),
    "hard_tanh": HardTanh(),
    "exponential": Exponential(),
    **{
        name: FUNCTIONS[name]
        for name in ("hard_shrink", "soft_shrink", "sparse_plus",
                     "sparse_sigmoid", "squareplus", "tanh_shrink", "threshold")
    },
}  # fmt: skip


def activation(value: Any, xs: tuple[Shape, ...] = ()) -> Layer:
    """An activation by name, or a layer that stands for one, within a layer that reads `xs`."""
    if value is None:
        return ACTIVATIONS["linear"]
    cls = value.get("class_name") if isinstance(value, dict) else None
    if isinstance(cls, str) and cls in _AS_OPTION and isinstance(value.get("config"), dict):
        return _AS_OPTION[cls](Use(cls, value["config"], xs))
    if isinstance(value, dict):  # a function registered under a name
        value = value.get("config") if isinstance(value.get("config"), str) else value.get("class_name", value)
    value = value.removeprefix("cnncli>") if isinstance(value, str) else value
    if not isinstance(value, str) or value not in ACTIVATIONS:
        hint = nearest(value, ACTIVATIONS) if isinstance(value, str) else ""
        raise LayerError(f"activation is {written(value)}, which cnncli does not know{hint}")
    return ACTIVATIONS[value]


@keras("Activation")
def named(use: Use) -> Layer:
    return activation(use.get("activation"))


@keras("ReLU")
def relu(use: Use) -> Layer:
    most = None if use.get("max_value", None) is None else use.number("max_value")
    slope, threshold = use.number("negative_slope", 0.0), use.number("threshold", 0.0)
    if threshold or (most is not None and (slope or most != 6)):
        return Relu(max=most, slope=slope, threshold=threshold)
    return Relu6() if most else LeakyRelu(slope=slope) if slope else Relu()


@keras("ThresholdedReLU")
def thresholded_relu(use: Use) -> Layer:
    return Relu(threshold=use.number("theta", 1.0))


@keras("LeakyReLU")
def leaky_relu(use: Use) -> Layer:
    return LeakyRelu(slope=use.number("alpha" if "alpha" in use.options else "negative_slope", 0.3))


@keras("ELU")
@operation("Elu")
def elu(use: Use) -> Layer:
    return Elu(alpha=use.number("alpha", 1.0))


@ours("Celu")
@operation("Celu")
def celu(use: Use) -> Layer:
    alpha = use.number("alpha", 1.0)
    if alpha <= 0:
        raise use.fail("alpha", "a number above 0")
    return Celu(alpha=alpha)


@keras("PReLU")
def prelu(use: Use) -> Layer:
    shared = () if use.get("shared_axes", None) is None else use.axis("shared_axes")
    rank = len(use.x)
    told = {tuple(range(1, rank + 1)): "one", (): "element", tuple(range(1, rank)): "channel"}.get(shared)
    return Prelu(slopes=told) if told else SharedPrelu(shared=shared)


@keras("Softmax")
def softmax(use: Use) -> Layer:
    """Over the last axis; Keras records no other, when the layer is an option of another."""
    if use.xs and use.axis("axis") != (len(use.x),):
        raise LayerError(f"axis is {written(use.get('axis'))}; cnncli's softmax is over the channels, the last axis")
    return Softmax()


_AS_OPTION: dict[str, Callable[[Use], Layer]] = {
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "ELU": elu,
    "Celu": celu,
    "PReLU": prelu,
    "Softmax": softmax,
    "ThresholdedReLU": thresholded_relu,
}

_OPERATIONS = {  # operations on tensors by class, and the activation that they are
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Silu": "silu", "Selu": "selu", "HardSilu": "hard_silu",
    "HardSigmoid": "hard_sigmoid", "Softplus": "softplus", "Tanh": "tanh", "Softsign": "softsign", "LogSigmoid": "log_sigmoid",
    "SoftShrink": "soft_shrink", "HardShrink": "hard_shrink", "HardTanh": "hard_tanh", "TanhShrink": "tanh_shrink",
    "SparsePlus": "sparse_plus", "SparseSigmoid": "sparse_sigmoid", "Squareplus": "squareplus", "Threshold": "threshold",
    "Exp": "exponential", "Mish": "mish",
}  # fmt: skip


@operation(*_OPERATIONS)
def function(use: Use) -> Layer:
    return ACTIVATIONS[_OPERATIONS[use.cls]]


@operation("LeakyRelu")
def leaky_relu_operation(use: Use) -> Layer:
    return LeakyRelu(slope=use.number("negative_slope", 0.2))


@operation("Gelu")
def gelu(use: Use) -> Layer:
    return Gelu(approximate=use.flag("approximate", True))


@operation("Softmax", "LogSoftmax")
def softmax_operation(use: Use) -> Layer:
    if use.axis("axis") != (len(use.x),):
        raise LayerError(f"axis is {written(use.get('axis'))}; cnncli's softmax is over the channels, the last axis")
    return {"Softmax": Softmax(), "LogSoftmax": LogSoftmax()}[use.cls]
