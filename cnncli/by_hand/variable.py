"""Numbers that remember where they come from, so that gradients follow: reverse-mode automatic differentiation.

Every operation here takes plain numbers and variables alike. A rule is written once, as the formula; fed with plain numbers it gives
its result, exact where these are; fed with variables it leaves the trail along which `backward` goes.

Source: Griewank & Walther 2008, Evaluating Derivatives, chapter 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from operator import mul
from typing import Any

from .number import Number

Value = Any  # a plain number or a Variable


class Variable:
    """A number, the variables that it was computed from, and its slope with respect to each."""

    __slots__ = ("grad", "parents", "slopes", "value")

    def __init__(self, value: Number, parents: Sequence[Variable] = (), slopes: Sequence[Number] = ()) -> None:
        self.value, self.parents, self.slopes = value, parents, slopes
        self.grad: Number = 0

    def __add__(self, other: Value) -> Value:
        return made(self.value + plain(other), (self, 1), (other, 1))

    def __sub__(self, other: Value) -> Value:
        return made(self.value - plain(other), (self, 1), (other, -1))

    def __rsub__(self, other: Value) -> Value:
        return made(other - self.value, (self, -1))

    def __mul__(self, other: Value) -> Value:
        return made(self.value * plain(other), (self, plain(other)), (other, self.value))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Value:
        return made(-self.value, (self, -1))

    def __gt__(self, other: Value) -> bool:
        return bool(self.value > plain(other))

    def __ge__(self, other: Value) -> bool:
        return bool(self.value >= plain(other))

    def __lt__(self, other: Value) -> bool:
        return bool(self.value < plain(other))

    def __le__(self, other: Value) -> bool:
        return bool(self.value <= plain(other))


def plain(value: Value) -> Any:
    """The number, without its past."""
    return value.value if type(value) is Variable else value


def made(value: Number, *terms: tuple[Value, Number]) -> Value:
    """A result, and its slope with respect to each operand: a plain number when no operand is a variable."""
    known = [term for term in terms if type(term[0]) is Variable]
    return Variable(value, [one for one, _ in known], [slope for _, slope in known]) if known else value


def dot(xs: Sequence[Value], ws: Sequence[Value]) -> Value:
    """x1 * w1 + x2 * w2 + ..."""
    types = {*map(type, xs), *map(type, ws)}
    if Variable not in types:
        return _dot_plain(xs, ws, types)
    left, right = [plain(x) for x in xs], [plain(w) for w in ws]
    terms = [(x, w) for x, w in zip(xs, right, strict=True) if type(x) is Variable]
    terms += [(w, x) for w, x in zip(ws, left, strict=True) if type(w) is Variable]
    return Variable(sum(map(mul, left, right)), [one for one, _ in terms], [slope for _, slope in terms])


def _dot_plain(xs: Sequence[Any], ws: Sequence[Any], types: set[type]) -> Any:
    """The same of plain numbers: fractions as whole numbers over one denominator, which is several times as fast."""
    if Fraction not in types:
        return sum(map(mul, xs, ws))
    if float in types:
        return sum(map(mul, map(float, xs), map(float, ws)))
    (left, below), (right, under) = common_denominator(xs), common_denominator(ws)
    return Fraction(sum(map(mul, left, right)), below * under)


def common_denominator(values: Sequence[Any]) -> tuple[list[int], int]:
    """The numerators of whole numbers and fractions over their common denominator, and that."""
    below = math.lcm(*{value.denominator for value in values})
    return [value.numerator * (below // value.denominator) for value in values], below


def total(xs: Sequence[Value]) -> Value:
    """x1 + x2 + ..."""
    return dot(xs, [1] * len(xs))


def mean(xs: Sequence[Value]) -> Value:
    """The sum, divided by how many there are."""
    return divide(total(xs), len(xs))


def divide(a: Value, b: Value) -> Value:
    """a / b, exact where both are."""
    share, each = ratio(plain(a), plain(b)), ratio(1, plain(b))
    return made(share, (a, each), (b, -share * each))


def ratio(x: Number, y: Number) -> Number:
    """The same of plain numbers."""
    return x / y if isinstance(x, float) or isinstance(y, float) else Fraction(x) / y


def exp(x: Value) -> Value:
    """e to the power of x."""
    y = math.exp(plain(x))
    return made(y, (x, y))


def log(x: Value) -> Value:
    """The natural logarithm."""
    return made(math.log(plain(x)), (x, 1 / plain(x)))


def tanh(x: Value) -> Value:
    """The hyperbolic tangent."""
    y = math.tanh(plain(x))
    return made(y, (x, 1 - y * y))


def erf(x: Value) -> Value:
    """The error function."""
    at = plain(x)
    return made(math.erf(at), (x, 2 / math.sqrt(math.pi) * math.exp(-float(at) * at)))


def power(x: Value, exponent: float) -> Value:
    """x to a fixed power. Raises ValueError where that is no real number."""
    if plain(x) < 0 and not float(exponent).is_integer():
        raise ValueError("a negative number to a broken power")
    y = float(plain(x)) ** exponent
    return made(y, (x, exponent * y / plain(x)))


def sqrt(x: Value) -> Value:
    """The square root."""
    y = math.sqrt(plain(x))
    return made(y, (x, 0.5 / y if y else math.inf))


def backward(result: Value) -> None:
    """Add to the `grad` of every variable behind `result` the slope of `result` with respect to it."""
    if type(result) is not Variable:
        return
    result.grad = 1
    for variable in reversed(_ordered(result)):
        if variable.grad:
            for parent, slope in zip(variable.parents, variable.slopes, strict=True):
                parent.grad += variable.grad * slope


def _ordered(result: Variable) -> list[Variable]:
    """All variables behind one, each after those that it comes from."""
    order: list[Variable] = []
    seen: set[int] = set()
    waiting = [(result, False)]
    while waiting:
        variable, done = waiting.pop()
        if done:
            order.append(variable)
        elif id(variable) not in seen:
            seen.add(id(variable))
            waiting.append((variable, True))
            waiting.extend([(parent, False) for parent in variable.parents if id(parent) not in seen])
    return order
