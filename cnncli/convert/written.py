"""Values as the notation has them."""

from __future__ import annotations

import json
from typing import Any

from ..layers.base import Options
from ..printable import printable
from .words import Ref

_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"


def lone(values: dict[str, Any], main: str | None) -> str:
    """A mapping on one line, or the value of the main option where it is alone and no mapping itself."""
    if main is None or [*values] != [main] or isinstance(values[main], bool):
        return flow(values)
    value = shown(values[main])
    return flow(values) if value.startswith("{") else value


def flow(values: dict[str, Any]) -> str:
    """A mapping on one line."""
    return "{" + ", ".join(f"{name}: {shown(value)}" for name, value in values.items()) + "}"


def shown(value: Any) -> str:
    """A value as the notation has it."""
    if isinstance(value, Ref):
        name, times, over = value
        return f"$({times} * {name})" if times > 1 else f"$({name} // {over})" if over > 1 else f"${name}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(shown, value)) + "]"
    if isinstance(value, Options):
        options = {name: getattr(value, name) for name, field in value.fields.items() if getattr(value, name) != field.default}
        return f"{{{value.title()}: {lone(options, value.main_option())}}}" if options else value.title()
    return number(value) if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """A number; a simple fraction is said so: $(1 / 255), $(1 / 58.395), $(-485 / 229)."""
    text = repr(value).replace("e-0", "e-").removesuffix(".0")
    if len(text) > 10:
        from fractions import Fraction

        below, near = f"{1 / value:.8g}", Fraction(value).limit_denominator(1000)
        if len(below) <= 8 and 1 / float(below) == value:
            return f"$(1 / {below})"
        if near.numerator / near.denominator == value:
            return f"$({near.numerator} / {near.denominator})"
    return text


def quoted(text: str) -> str:
    """Text as a YAML scalar."""
    text = text.encode("utf-8", "replace").decode()
    plain = text and text.isprintable() and text[0] not in _INDICATORS and text == text.strip()
    if plain and ": " not in text and " #" not in text and not text.endswith(":"):
        return text
    return printable(json.dumps(text, ensure_ascii=False))
