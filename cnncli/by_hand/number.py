"""Numbers as people write them and read them. Whole numbers, fractions and decimals stay exact; what functions give are floats."""

from __future__ import annotations

import math
import re
from fractions import Fraction

Number = int | Fraction | float
LARGEST = 10**38
_WRITTEN = re.compile(r"[-+]?(\d+/0*[1-9]\d*|(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?)", re.ASCII)


def number(text: str) -> Number:
    """The exact number that a text stands for: 2 and 2.0 are 2, 0.1 is 1/10, 1/9 is a fraction. Raises ValueError."""
    plain = text.strip().replace("−", "-")
    if len(plain) > 60 or not _WRITTEN.fullmatch(plain):
        shown = text.strip() if len(text) <= 30 else text[:27] + "..."
        raise ValueError(f"'{shown}' is not a number; numbers are such as 2, -0.5, 1e-3 or 1/9")
    value = Fraction(plain)
    if abs(value) > LARGEST:
        raise ValueError(f"{plain} is too large; numbers go up to {LARGEST:g}")
    return tidy(value)


def exact(value: float) -> Number:
    """The number that an option of a layer was written as: the float 0.1 is 1/10."""
    return value if isinstance(value, int) else tidy(Fraction(repr(value)))


def bound_digits(value: Number) -> Number:
    """Round a fraction of more than 300 digits to a float, so that numbers do not grow without end from layer to layer."""
    return float(value) if isinstance(value, Fraction) and value.denominator.bit_length() > 1000 else tidy(value)


def tidy(value: Number) -> Number:
    """The same number; a fraction that is whole as a whole number."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def machine(value: Number) -> int | float:
    """The number as JSON and CSV have it: fractions as floats, whole floats as whole numbers."""
    value = tidy(value)
    if isinstance(value, int):
        return value
    found = float(value)
    return int(found) if found.is_integer() and abs(found) < 2**53 else found


def show(value: Number, digits: int | None = None) -> str:
    """The number as people write it: whole as whole; a fraction as 0.25 or 1/3; others, or all when told, with so many digits."""
    value = tidy(value)
    if isinstance(value, int) or (float(value).is_integer() and abs(float(value)) < 1e15):
        return str(int(value))
    if isinstance(value, Fraction) and digits is None and value.denominator < 1000:
        decimal = f"{float(value):.6g}"
        return decimal if Fraction(decimal) == value else str(value)
    text = f"{float(value):.{digits or 6}g}"
    if "." not in text and "e" not in text and math.isfinite(value):  # it only rounds to a whole number, and says so
        text = f"{float(value):#.{max(digits or 6, 2)}g}"
        return text + "0" if text.endswith(".") else text
    return text
