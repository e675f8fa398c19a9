"""One value, as people read it and as a script does."""

from __future__ import annotations

from typing import Any


def people(value: Any) -> str:
    """1,792 · (224, 224, 64) · 1/2 · - for nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple) and value:
        numbers = all(isinstance(one, int) for one in value)
        return str(value) if numbers else ", ".join(map(people, value))
    return "-" if value in (None, ()) else str(value)


def bare(value: Any) -> str:
    """1792 · 224 224 64 · 1/2 · nothing at all for nothing: raw, and easy to split."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        return " ".join(map(bare, value))
    return "" if value is None else str(value)


def plain(value: Any) -> Any:
    """The value as JSON has it: whole numbers stay whole, fractions are exact text such as "1/2"."""
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    whole = getattr(value, "denominator", 0) == 1
    return int(value) if whole else str(value)


def megabytes(count: int) -> str:
    """553.4 MB: decimal units, four digits."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:,.{max(0, 3 - len(str(count // size)))}f} {unit}"
    return f"{count} bytes"
