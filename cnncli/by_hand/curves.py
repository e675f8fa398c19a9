"""Activations, number by number. At a corner the slope is that of TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from .array import Array
from .number import exact
from .rules import Weights, each, rule
from .variable import Value, divide, erf, exp, log, plain, tanh, total

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al. 2017, section 2, equation 14


@each("linear")
def linear(layer: Any, x: Value) -> Value:
    return x


@each("relu")
def relu(layer: Any, x: Value) -> Value:
    """TensorFlow has a slope at the threshold, and none at a largest value of 6, only where that is all there is."""
    if x > layer.threshold:
        through = layer.max is None or (x < layer.max if layer.max == 6 and not layer.threshold else x <= layer.max)
        return x if through else exact(layer.max) + 0 * x
    lies = layer.slope and (x < layer.threshold or (layer.max is None and not layer.threshold))
    return exact(layer.slope) * (x - exact(layer.threshold)) if lies else 0 * x


@each("relu6")
def relu6(layer: Any, x: Value) -> Value:
    return (x if x < 6 else 6 + 0 * x) if x > 0 else 0 * x


@each("leaky_relu")
def leaky_relu(layer: Any, x: Value) -> Value:
    return x if x > 0 else exact(layer.slope) * x


@rule("prelu")
def prelu(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    alpha = weights["alpha"].values
    for place, value in enumerate(x.values):
        yield value if value > 0 else alpha[place % len(alpha)] * value if value < 0 else 0 * value


@each("elu")
def elu(layer: Any, x: Value) -> Value:
    return x if x > 0 else layer.alpha * (exp(x) - 1)


@each("celu")
def celu(layer: Any, x: Value) -> Value:
    return x if x > 0 else layer.alpha * (exp(divide(x, layer.alpha)) - 1)


@each("selu")
def selu(layer: Any, x: Value) -> Value:
    return SELU_SCALE * (x if x >= 0 else SELU_ALPHA * (exp(x) - 1))


@each("gelu")
def gelu(layer: Any, x: Value) -> Value:
    if layer.approximate:
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))))
    return 0.5 * x * (1 + erf(math.sqrt(0.5) * x))


@each("sigmoid")
def sigmoid(layer: Any, x: Value) -> Value:
    if x > 0:
        return divide(1.0, 1 + exp(-x))
    power = exp(x)  # which cannot grow beyond all bounds
    return divide(power, 1 + power)


@each("silu")
def silu(layer: Any, x: Value) -> Value:
    return x * sigmoid(layer, x)


@each("tanh")
def tanh_of(layer: Any, x: Value) -> Value:
    return tanh(x)


@each("softplus")
def softplus(layer: Any, x: Value) -> Value:
    return x + log(1 + exp(-x)) if x > 0 else log(1 + exp(x))


@each("log_sigmoid")
def log_sigmoid(layer: Any, x: Value) -> Value:
    return -softplus(layer, -x)


@each("softsign")
def softsign(layer: Any, x: Value) -> Value:
    return divide(x, 1 + (x if x > 0 else -x))


@each("hard_tanh")
def hard_tanh(layer: Any, x: Value) -> Value:
    return x if -1 <= plain(x) <= 1 else (1 if x > 0 else -1) + 0 * x


@each("exponential")
def exponential(layer: Any, x: Value) -> Value:
    return exp(x)


@each("mish")
def mish(layer: Any, x: Value) -> Value:
    return x * tanh(softplus(layer, x))


@each("hard_sigmoid")
def hard_sigmoid(layer: Any, x: Value) -> Value:
    if -3 <= plain(x) <= 3:
        return Fraction(1, 6) * x + Fraction(1, 2)
    return (1 if x > 0 else 0) + 0 * x


@each("hard_swish")
def hard_swish(layer: Any, x: Value) -> Value:
    return x * hard_sigmoid(layer, x)


@rule("log_softmax")
def log_softmax(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    for start in range(0, len(x.values), x.shape[-1]):
        position = x.values[start : start + x.shape[-1]]
        largest = max(plain(value) for value in position)
        whole = log(total([exp(value - largest) for value in position]))
        yield from (value - largest - whole for value in position)


@rule("softmax")
def softmax(layer: Any, weights: Weights, x: Array) -> Iterator[Value]:
    for start in range(0, len(x.values), x.shape[-1]):
        position = x.values[start : start + x.shape[-1]]
        largest = max(plain(value) for value in position)  # the shares do not change when all are shifted
        powers = [exp(value - largest) for value in position]
        whole = total(powers)
        yield from (divide(power, whole) for power in powers)
