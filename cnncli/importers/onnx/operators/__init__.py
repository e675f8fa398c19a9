"""What ONNX's operators are as layers: a function each, entered by name; a table where they differ in their names alone."""

from __future__ import annotations

from ..step import OPERATORS
from . import activation, arithmetic, conv, dense, layout, norm, pool, reduce, resize  # noqa: F401  (fill the table)

__all__ = ["OPERATORS"]
