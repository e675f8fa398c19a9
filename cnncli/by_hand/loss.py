"""What a network's outputs are measured by, and what they should have been."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import UsageError
from .array import Array
from .number import show
from .variable import Value, divide, log, plain, total


class Loss(NamedTuple):
    """A loss: how it is written, and what it makes of outputs y and targets t."""

    formula: str
    of: Callable[[list[Value], list[Any]], Value]


def squares(y: list[Value], t: list[Any]) -> Value:
    """The sum of the squared differences."""
    apart = [one - aim for one, aim in zip(y, t, strict=True)]
    return total([one * one for one in apart])


def cross_entropy(y: list[Value], t: list[Any]) -> Value:
    """Of shares that sum to 1."""
    return -total([aim * _logarithm(one) for one, aim in zip(y, t, strict=True) if aim])


def binary_cross_entropy(y: list[Value], t: list[Any]) -> Value:
    """Of probabilities that have nothing to do with each other."""
    hits = [aim * _logarithm(one) for one, aim in zip(y, t, strict=True) if aim]
    return -total(hits + [(1 - aim) * _logarithm(1 - one) for one, aim in zip(y, t, strict=True) if aim != 1])


def _logarithm(share: Value) -> Value:
    if not share > 0:
        raise UsageError(f"the loss takes the logarithm of {show(plain(share))}; end the network with softmax or sigmoid")
    return log(share)


LOSSES = {
    "squared_error": Loss("sum of (y - t)^2", squares),
    "half_squared_error": Loss("1/2 sum of (y - t)^2", lambda y, t: divide(squares(y, t), 2)),
    "mean_squared_error": Loss("mean of (y - t)^2", lambda y, t: divide(squares(y, t), len(y))),
    "cross_entropy": Loss("- sum of t ln(y)", cross_entropy),
    "binary_cross_entropy": Loss("- sum of t ln(y) + (1 - t) ln(1 - y)", binary_cross_entropy),
}


def target_of(name: str, given: Array, output: Array) -> list[Any]:
    """The targets of an output: as many numbers, or for cross_entropy the number of the class, from 0."""
    classes = output.shape[-1]
    if name == "cross_entropy":
        if classes == 1:
            raise UsageError("cross_entropy compares shares of several classes; of one output, take binary_cross_entropy")
        sums = [sum(map(plain, output.values[start : start + classes])) for start in range(0, len(output.values), classes)]
        if any(abs(share - 1) > 1e-6 for share in sums):
            raise UsageError(f"cross_entropy needs shares that sum to 1, but they sum to {show(sums[0])}; end the network with softmax")
        if len(given.values) == 1 and len(output.values) == classes:
            [number] = given.values
            if number not in range(classes):
                raise UsageError(f"the target is class {show(number)}; there are {classes}, from 0 to {classes - 1}")
            return [int(place == number) for place in range(classes)]
    if len(given.values) != len(output.values) or _long(given.shape) != _long(output.shape):
        raise UsageError(f"the target has the shape {given.shape}; expected that of the output, {output.shape}")
    return given.values


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of more than one."""
    return tuple(length for length in shape if length != 1)
