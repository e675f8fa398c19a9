"""Numbers that remember how they came about.

A `Term` is a whole number, so a layer computes with it as with any other; but what comes out knows the sum, product or quotient
that it is. So the workings are read off the very code that gives the figures: nothing states a formula a second time.

    n, k, s = named("n", 227), named("k", 11), named("s", 4)
    (n - k) // s + 1        is 55, and is ⌊(n − k)/s⌋ + 1

Constants are worked into each other as people do it: (k − 1)·1 + 1 is k, and p + p is 2·p.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from fractions import Fraction

    Exact: TypeAlias = "int | Fraction"

Key: TypeAlias = "tuple[Any, ...]"  # what is equal is written alike


class Term(int):
    """A number and how it came about. `op` says what `parts` are:

    name      ()                                     `symbol` stands for the number
    sum       ((factor, term), ...), constant        2·p − k + 1
    product   (term, ...), constant                  2·n·n·C
    floor, ceil, divide     (above, below)           ⌊a/b⌋, ⌈a/b⌉, a/b
    max, min  (term, ...)                            max(a, 0)
    """

    op: str
    parts: tuple[Any, ...]
    constant: int
    symbol: str
    value: Exact  # the number itself, where it is no whole one (a stride after up-sampling)
    key: Key

    def __new__(cls, value: Exact, op: str, parts: tuple[Any, ...] = (), constant: int = 0, symbol: str = "") -> Term:
        self = super().__new__(cls, int(value))
        self.value, self.op, self.parts, self.constant, self.symbol = value, op, parts, constant, symbol
        self.key = (op, symbol, constant, *map(key_of, parts)) if op != "name" else (op, symbol, value)
        return self

    def __add__(self, other: int) -> int:
        return _sum([(1, self), (1, other)])

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        return _sum([(1, self), (-1, other)])

    def __rsub__(self, other: int) -> int:
        return _sum([(1, other), (-1, self)])

    def __neg__(self) -> int:
        return _sum([(-1, self)])

    def __mul__(self, other: int) -> int:
        return product([self, other])

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int:
        return floor(self, other)

    def __rfloordiv__(self, other: int) -> int:
        return floor(other, self)


def named(symbol: str, value: Exact) -> Term:
    """A number that has a name."""
    return Term(value, "name", symbol=symbol)


def key_of(part: Any) -> Any:
    """What tells one part of a term from others."""
    return part.key if isinstance(part, Term) else tuple(map(key_of, part)) if isinstance(part, tuple) else part


def exact(number: int) -> Exact:
    """The number that a term or a plain number is."""
    return number.value if isinstance(number, Term) else number


def add(numbers: Iterable[int]) -> int:
    """The sum, like terms together."""
    return _sum([(1, one) for one in numbers])


def _sum(parts: Iterable[tuple[int, int]]) -> int:
    """Signed numbers added up: constants together, like terms together, sums within taken apart."""
    constant, found = 0, dict[Key, tuple[int, Term]]()
    for factor, part in parts:
        if not isinstance(part, Term):
            constant += factor * part
            continue
        inner = part.parts if part.op == "sum" else ((1, part),)
        constant += factor * part.constant if part.op == "sum" else 0
        for count, term in inner:
            if term.op == "product" and term.constant != 1:
                count, term = count * term.constant, _times(1, list(term.parts))
            before = found.get(term.key, (0, term))[0]
            found[term.key] = (before + factor * count, term)
    left = [(count, term) for count, term in found.values() if count]
    if not left:
        return constant
    if not constant and len(left) == 1 and left[0][0] == 1:
        return left[0][1]
    return Term(sum([count * term.value for count, term in left], constant), "sum", tuple(left), constant)


def product(numbers: Iterable[int]) -> int:
    """The product: constants together, products within taken apart."""
    constant: int = 1
    found: list[Term] = []
    for number in numbers:
        if isinstance(number, Term) and number.op == "sum" and len(number.parts) == 1 and not number.constant:
            constant *= number.parts[0][0]
            number = number.parts[0][1]
        if not isinstance(number, Term):
            constant *= number
        elif number.op == "product":
            constant *= number.constant
            found.extend(number.parts)
        else:
            found.append(number)
    if not found or not constant:
        return constant
    if len(found) == 1:
        return _sum([(constant, found[0])]) if found[0].op != "sum" or constant == 1 else _times(constant, found)
    return _times(constant, found)


def _times(constant: int, found: list[Term]) -> Term:
    value: Exact = constant
    for term in found:
        value *= term.value
    return Term(value, "product", tuple(found), constant)


def floor(above: int, below: int) -> int:
    """Whole division. −⌊−a/b⌋ is ⌈a/b⌉, and what divides evenly is a/b where both have plain names."""
    if not isinstance(below, Term) and below == 1:
        return above
    if not isinstance(above, Term) and not isinstance(below, Term):
        return above // below
    if isinstance(above, Term) and above.op == "sum" and above.parts[0][0] < 0:
        return -ceil(-above, below)
    value = int(exact(above) // exact(below))
    plain = isinstance(above, Term) and above.op == "name" and isinstance(below, Term)
    return Term(value, "divide" if plain and value * below == int(above) else "floor", (above, below))


def ceil(above: int, below: int) -> int:
    """Division to the whole number above."""
    return above if not isinstance(below, Term) and below == 1 else Term(-(-int(above) // int(below)), "ceil", (above, below))


def divide(above: int, below: int) -> int:
    """Exact division, which may give a fraction."""
    if not isinstance(below, Term) and below == 1:
        return above
    from fractions import Fraction

    value = Fraction(exact(above)) / Fraction(exact(below))
    return Term(int(value) if value.denominator == 1 else value, "divide", (above, below))


def most(*numbers: int) -> int:
    """The largest of several."""
    if len(numbers) == 1:
        return numbers[0]
    return Term(max(map(exact, numbers)), "max", numbers) if any(isinstance(one, Term) for one in numbers) else max(numbers)


def least(*numbers: int) -> int:
    """The smallest of several."""
    if len(numbers) == 1:
        return numbers[0]
    return Term(min(map(exact, numbers)), "min", numbers) if any(isinstance(one, Term) for one in numbers) else min(numbers)


def put(number: int, names: Mapping[Key, Term]) -> int:
    """The same number, with names in the place of parts that have one."""
    if not isinstance(number, Term):
        return number
    if number.key in names:
        return names[number.key]
    if number.op == "sum":
        return _sum([(1, number.constant), *((count, put(term, names)) for count, term in number.parts)])
    if number.op == "product":
        return product([number.constant, *(put(term, names) for term in number.parts)])
    if number.op == "name":
        return number
    return _BUILD[number.op](*[put(part, names) for part in number.parts])


_BUILD: dict[str, Callable[..., int]] = {"floor": floor, "ceil": ceil, "divide": floor, "max": most, "min": least}


def factored(number: int) -> int:
    """k·k·C·F + F as (k·k·C + 1)·F: the last factor that all terms of a sum share, taken out."""
    if not isinstance(number, Term) or number.op != "sum" or number.constant or len(number.parts) < 2:
        return number
    terms = [(count, term.parts if term.op == "product" else (term,), term.constant or 1) for count, term in number.parts]
    for factor in reversed(terms[0][1]):
        if all(factor.key in [one.key for one in factors] for _, factors, _ in terms):
            rest = [(count, product([constant, *_without(factors, factor)])) for count, factors, constant in terms]
            return product([factored(_sum(rest)), factor])
    return number


def _without(factors: tuple[Term, ...], factor: Term) -> list[Term]:
    """The factors less one."""
    left = list(factors)
    left.pop(next(index for index in reversed(range(len(left))) if left[index].key == factor.key))
    return left
