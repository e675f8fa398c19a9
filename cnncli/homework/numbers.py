"""Numbers and shapes as people write them: 1,234, 1 234, 1_234, 1.234e3, 34.9k, 28x28x6, (28, 28, 6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_NUMBER = re.compile(
    r"([-+−]?)(\d[\d.,_'’ \u00a0\u2009\u202f]*|\.\d+)(?:(?:[eE]|\s*[·*x×]\s*10\s*\^\s*)([-+]?\d{1,3}))?\s*([A-Za-z]*)", re.ASCII
)
_UNITS = {
    "": 1, "k": 10**3, "K": 10**3, "M": 10**6, "m": 10**6, "G": 10**9, "B": 1, "b": 1, "bytes": 1, "byte": 1, "kB": 10**3, "KB": 10**3,
    "kb": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "kiB": 2**10, "MiB": 2**20, "GiB": 2**30, "px": 1, "pixels": 1, "pixel": 1,
    "params": 1, "parameters": 1, "weights": 1, "MACs": 1, "macs": 1, "FLOPs": 1, "flops": 1,
}  # fmt: skip
_LONGEST = 80


class Reading(NamedTuple):
    """What a text may mean: a number, by how much it may be rounded, and by how much if its zeros at the end are rounded too."""

    value: float
    within: float
    roughly: float = 0.0

    def means(self, number: float) -> bool:
        """Whether it may stand for the number."""
        return abs(self.value - number) <= max(self.within, 1e-9 * abs(number) if isinstance(number, float) else 0)

    def rounds(self, number: float) -> bool:
        """Whether it is the number rounded to fewer digits than are enough."""
        return abs(self.value - number) <= self.roughly


def readings(text: str) -> list[Reading]:
    """What a number may mean: 1.234 is a little more than one, or by another custom more than a thousand. Empty: it is no number."""
    text = text.strip().strip("`*$≈~= ").strip()
    met = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if not met or met[4] not in _UNITS:
        return []
    digits = re.sub(r"[_'’\s]", "", met[2])
    return [_read(met[1], custom, int(met[3] or 0), _UNITS[met[4]]) for custom in _customs(digits)]


def _customs(digits: str) -> Iterator[str]:
    """The digits with a point before the fraction, by each custom that fits."""
    for thousands, point in ((",", "."), (".", ",")):
        whole, _, fraction = digits.partition(point)
        grouped = re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})+", whole)
        if (grouped or whole.isdigit() or not whole) and (fraction.isdigit() or not fraction):
            made = whole.replace(thousands, "") + (f".{fraction}" if fraction else "")
            if made:
                yield made


def _read(sign: str, digits: str, exponent: int, unit: int) -> Reading:
    """The number; what is cut off by a unit, a power or a point may be rounded, if three digits are left."""
    from fractions import Fraction

    whole, _, fraction = digits.partition(".")
    exponent = max(-60, min(60, exponent))  # beyond, nothing is counted
    step = Fraction(10) ** (exponent - len(fraction)) * unit
    number = int(whole + fraction) * step
    digits = (whole + fraction).lstrip("0")
    short = step > 1 or bool(fraction)
    zeros = len(digits) - len(digits.rstrip("0"))
    rough = step * 10**zeros / 2 if (short or zeros > 1) and len(digits.rstrip("0")) > 1 else 0
    number = -number if sign in ("-", "−") else number
    exact = int(number) if number.denominator == 1 else float(number)
    return Reading(exact, float(step / 2) if short and len(digits) >= 3 else 0.0, float(rough))


def shape(text: str) -> tuple[int, ...] | None:
    """28x28x6, 28 × 28 × 6, (28, 28, 6) or [None, 28, 28, 6]; None where it is no shape."""
    inner = text.strip().strip("`*$= ").strip()
    if len(inner) > _LONGEST:
        return None
    inner = re.sub(r"^[\[(]|[\])]$", "", inner).strip().rstrip(",;")
    parts = re.split(r"\s*[x×X*·]\s*", inner) if re.search(r"[x×X*·]", inner) else re.split(r"\s*[,;]\s*|\s+", inner)
    parts = parts[1:] if parts[0] in ("None", "none", "?", "N", "-1") and len(parts) > 1 else parts
    return tuple(map(int, parts)) if all(re.fullmatch(r"\d{1,12}", part, re.ASCII) for part in parts) else None
