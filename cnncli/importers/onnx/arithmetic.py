"""Arithmetic with the arrays of a file, element by element; stretched where one of two is a single number."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from math import prod
from typing import Any

from ...errors import LayerError
from .constant import MOST_VALUES, Constant, Number, known, unknown
from .fold import folds
from .indexing import Arrays, bounded, broadcast, given
from .node import Node


def _divide(a: Number, b: Number) -> Number:
    return a / b if isinstance(a, float) or isinstance(b, float) else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: Number, b: Number) -> Number:
    return a % b


def _power(a: Number, b: Number) -> Number:
    small = isinstance(a, int) and isinstance(b, int) and 0 <= b <= 40 and abs(a) <= 2**20
    return int(a) ** int(b) if small else float(pow(float(a), float(b)))


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
    "Div": _divide,
    "Mod": _remainder,
    "Pow": _power,
    "Max": max,
    "Min": min,
    "Equal": operator.eq,
    "Less": operator.lt,
    "Greater": operator.gt,
    "LessOrEqual": operator.le,
    "GreaterOrEqual": operator.ge,
    "And": lambda a, b: bool(a) and bool(b),
    "Or": lambda a, b: bool(a) or bool(b),
    "Not": operator.not_,
    "Neg": operator.neg,
    "Abs": abs,
    "Floor": math.floor,
    "Ceil": math.ceil,
    "Round": round,
    "Sqrt": math.sqrt,
    "Reciprocal": lambda a: 1 / a,
    "Exp": math.exp,
    "Log": math.log,
    "Where": lambda a, b, c: b if a else c,
}


@folds(*ARITHMETIC)
def arithmetic(node: Node, arrays: Arrays) -> Constant:
    parts = [given(arrays, index, "an input") for index in range(len(arrays))]
    if not parts:
        raise LayerError("reads nothing")
    shape = broadcast([part.shape for part in parts])
    count = prod(shape)
    floating = parts[-1].floating
    values = [part.values for part in parts]
    if count > MOST_VALUES or None in values or any(part.count not in (1, count) for part in parts):
        return Constant(shape, unknown, floating)
    columns = [each * count if len(each) == 1 else each for each in map(list, filter(None, values))]
    if len(columns) < len(parts):
        return known([], shape, floating)
    try:
        made = [bounded(ARITHMETIC[node.op](*numbers)) for numbers in zip(*columns, strict=True)]
    except (ArithmeticError, ValueError, TypeError) as error:
        raise LayerError(f"cannot be worked out: {error}") from None
    return known([float(value) for value in made] if floating and node.op in ("Floor", "Ceil", "Round") else made, shape, floating)


@folds("Rescale")
def rescale(node: Node, arrays: Arrays) -> Constant:
    """A size times a number, plus a number: the graph works out how large something becomes."""
    found = given(arrays, 0, "its input")
    scale, offset = node.real("scale", 1.0), node.real("offset", 0.0)
    if found.values is None:
        return Constant(found.shape, unknown, found.floating)
    numbers = [bounded(value * scale + offset) for value in found.values]
    return known(numbers if found.floating else [int(number) for number in numbers], found.shape, found.floating)
