"""The form of JSON values: what is expected to be a mapping, a list, a word or a whole number is, or is refused."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers.values import written
from .use import is_whole


def mapping(value: Any, what: str) -> dict[str, Any]:
    """`value`, which is a mapping."""
    if not isinstance(value, dict):
        raise LayerError(f"{what} is {written(value)}; expected a mapping")
    return value


def sequence(value: Any, what: str) -> list[Any]:
    """`value`, which is a list."""
    if not isinstance(value, list):
        raise LayerError(f"{what} is {written(value)}; expected a list")
    return value


def text(value: Any, what: str) -> str:
    """`value`, which is a word."""
    if not isinstance(value, str) or not value or len(value) > 500:
        raise LayerError(f"{what} is {written(value)}; expected a word")
    if not value.isprintable():
        raise LayerError(f"{what} is {written(value)}, which cannot be printed")
    return value


def index(value: Any, what: str) -> int:
    """`value`, which is a whole number from 0."""
    if not is_whole(value):
        raise LayerError(f"{what} is {written(value)}; expected a whole number from 0")
    return int(value)
