"""What a file, or a user, expects of a network's totals: `params: 61_706`, `macs<=5_000_000`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .printable import quote
from .synonyms import figure_hint

if TYPE_CHECKING:
    from .layers.values import Raw

# The totals of a report that can be expected. Fields and strides are one number where all axes agree, else a list.
KEYS = (
    "layers",
    "params",
    "trainable_params",
    "non_trainable_params",
    "params_without_bias",
    "constants",
    "macs",
    "flops",
    "add",
    "multiply",
    "compare",
    "divide",
    "exp",
    "element_wise",
    "output_shape",
    "receptive_field",
    "effective_stride",
    "param_bytes",
    "activation_bytes",
    "peak_memory_bytes",
    "training_memory_bytes",
)

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_BOUND = re.compile(r"(<=|>=|==|=|<|>|)\s*([-+]?\d+(?:_\d+)*(?:/\d+|(?:\.\d+)?(?:[eE][-+]?\d{1,2})?))", re.ASCII)
_CONDITION = re.compile(r"\s*(\w+)\s*([<>=].*?)\s*", re.ASCII)
_LONGEST = 40  # digits and signs of one number


class Expectation(NamedTuple):
    """One condition on a total; `place` is where it was written."""

    key: str
    operator: str
    value: Any  # a whole number, a Fraction, or a tuple of them
    place: object = None

    def holds(self, actual: Any) -> bool:
        """Whether `actual` is as expected. One number stands for all axes, on either side."""
        if actual is None:
            return False
        if isinstance(actual, tuple) and isinstance(self.value, tuple):
            return actual == self.value
        return all(OPERATORS[self.operator](one, bound) for one in listed(actual) for bound in listed(self.value))

    def missed(self, actual: Any) -> str:
        """What is not as expected, in words."""
        bound = "" if self.operator == "==" else self.operator + " "
        return f"{self.key} is {shown(actual)}, expected {bound}{shown(self.value)}"


def parse(key: str, value: Raw | list[str], place: object = None) -> Expectation:
    """Read one line of `expect`. Raises ValueError for an unknown key, or for a value that is no condition."""
    if key not in KEYS:
        raise ValueError(f"no total is called {quote(key)}{figure_hint(key, KEYS) or '; expect takes ' + ', '.join(KEYS)}")
    if not isinstance(value, list):
        return Expectation(key, *_bound(key, value), place)
    pairs = [_bound(key, entry) for entry in value]
    if not pairs or any(sign != "==" for sign, _ in pairs):
        raise ValueError(f"{key} is a list; expected a number for each axis")
    return Expectation(key, "==", tuple(number for _, number in pairs), place)


def parse_condition(text: str) -> Expectation:
    """Read `params<=60000`."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"{quote(text)} is no condition; expected one such as params<=60000")
    key, value = match.groups()
    return parse(key, value)


def _bound(key: str, value: Raw) -> tuple[str, Any]:
    """The sign and the number of `<= 5_000_000`; no sign means equal."""
    text = str(value).strip()
    match = _BOUND.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise ValueError(f"{key} is {quote(text, _LONGEST)}; expected a number, a list of numbers, or a bound such as <= 5_000_000")
    sign, number = match.groups()
    sign = sign if sign in OPERATORS else "=="
    if number.replace("_", "").lstrip("+-").isdecimal():
        return sign, int(number)
    from fractions import Fraction  # here, since only half strides and 1e6 need it

    try:
        value = Fraction(number.replace("_", ""))
        return sign, value.numerator if value.denominator == 1 else value
    except ZeroDivisionError:
        raise ValueError(f"{key} is {number}, which no number is") from None


def misses(expectations: Iterable[Expectation], totals: Mapping[str, Any]) -> list[str]:
    """What is not as expected, in words."""
    return [one.missed(totals[one.key]) for one in expectations if not one.holds(totals[one.key])]


def listed(value: Any) -> tuple[Any, ...]:
    """One number, or one for each axis, as a tuple."""
    return value if isinstance(value, tuple) else (value,)


def shown(value: Any) -> str:
    """A number for people."""
    if isinstance(value, tuple):
        return f"[{', '.join(shown(one) for one in value)}]"
    return "none" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
