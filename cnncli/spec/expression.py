"""Arithmetic in values: `$name` and `$(4 * filters)`. Exact (whole numbers and fractions), bounded, and without `eval`."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import nearest
from ..layers.values import _REAL, _WHOLE, written
from ..printable import QUOTED, printable, quote

if TYPE_CHECKING:
    from fractions import Fraction

    from ..layers.values import Raw

    Exact = int | Fraction

LONGEST = 300  # characters of an expression
LARGEST = 10**15
HALF = "this is half an expression: YAML ends a plain value inside braces at a comma; put it in quotes"


def resolve(text: str, names: Mapping[str, Raw]) -> Raw:
    """What a scalar stands for: itself, or the value of its `$name` or `$(arithmetic)`. Raises ValueError."""
    if not text.startswith("$"):
        return text
    if text[1:].isidentifier():
        return _value(text[1:], names)
    if not text.startswith("$("):
        raise ValueError(f"{quote(text)} is neither $name nor $(arithmetic)")
    if text.count("(") > text.count(")"):
        raise ValueError(f'{HALF}: "{printable(text[:QUOTED])}, ...)"')
    if not text.endswith(")"):
        raise ValueError(f"{quote(text)} goes on after its expression; the whole value must be $(arithmetic)")
    try:
        return _evaluate(_parsed(text[2:-1]), names)
    except NotArithmetic:
        raise ValueError(f"{quote(text, 80)} is not arithmetic; there are + - * / // % and {', '.join(FUNCTIONS)}") from None


class NotANumberError(ValueError):
    """A parameter is used in arithmetic and is no number."""

    def __init__(self, name: str, value: Raw) -> None:
        super().__init__(f"{quote(name)} is {written(value)}, which is no number")
        self.cause = f"${name} is {written(value)}"


class NotArithmetic(Exception):  # noqa: N818  (caught a few lines above)
    """Something in the expression is none of the few forms that are arithmetic."""


def number(value: Raw, shown: str) -> Exact:
    """The number that a value is. Raises ValueError."""
    if isinstance(value, str):
        if _WHOLE.fullmatch(value) and len(value) < 20:
            return int(value)
        if _REAL.fullmatch(value) and len(value) < 40:
            return _bounded(_fraction(value.replace("_", "")))
        raise NotANumberError(shown, value)
    if isinstance(value, (list, dict)):
        raise NotANumberError(shown, value)
    return value


def _value(name: str, names: Mapping[str, Raw]) -> Raw:
    if name not in names:
        hint = nearest(name, names) or (f"; known here: {', '.join(names)}" if names else "; there are none here")
        raise ValueError(f"no parameter is called {quote(name)}{hint}")
    return names[name]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise ValueError(f"an expression of more than {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about text that is refused anyway: 1if 2 else 3
            return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotArithmetic from None


def _evaluate(node: ast.expr, names: Mapping[str, Raw]) -> Exact:
    """Walk the few forms that are arithmetic; all else is refused by its text."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return _bounded(node.value if isinstance(node.value, int) else _fraction(repr(node.value)))
    if isinstance(node, ast.Name):
        return number(_value(node.id, names), node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        value = _evaluate(node.operand, names)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _evaluate(node.left, names), _evaluate(node.right, names)
        if right == 0 and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
            raise ValueError(f"{quote(ast.unparse(node))} divides by zero")
        return _bounded(OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_evaluate(argument, names) for argument in node.args])
    raise NotArithmetic


def _call(name: str, arguments: list[Exact]) -> Exact:
    if name not in FUNCTIONS:
        raise ValueError(f"no function is called {quote(name)}; there are {', '.join(FUNCTIONS)}{nearest(name, FUNCTIONS)}")
    function, most = FUNCTIONS[name]
    if not 1 <= len(arguments) <= most:
        raise ValueError(f"{name} takes {'one argument' if most == 1 else 'at least one argument'}, not {len(arguments)}")
    return _bounded(function(*arguments))


def _fraction(text: str) -> Exact:
    from fractions import Fraction  # only where a number is not whole: its import is not free

    if text == "inf":  # what the parser makes of 1e999
        raise ValueError("a number that is not finite")
    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value


def _divide(left: Exact, right: Exact) -> Exact:
    from fractions import Fraction

    return left // right if left % right == 0 else Fraction(left) / right


def _bounded(value: Exact) -> Exact:
    if not -LARGEST <= value <= LARGEST or value.denominator > LARGEST:
        raise ValueError("a number beyond 1e15 (or with a denominator beyond it)")
    return value.numerator if value.denominator == 1 else value


def round_half_up(x: Exact) -> int:
    """The nearest whole number, halves upwards."""
    return (2 * x + 1) // 2


def round8(x: Exact) -> int:
    """The nearest multiple of 8 that is not below 0.9 x, at least 8.

    Source: Howard et al. 2017, arXiv:1704.04861, as MobileNetV2 (arXiv:1801.04381) and EfficientNet (arXiv:1905.11946) round channels.
    """
    rounded: int = max(8, (x + 4) // 8 * 8)
    return rounded + 8 if 10 * rounded < 9 * x else rounded


OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divide,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "min": (lambda *values: min(values), 16),
    "max": (lambda *values: max(values), 16),
    "round": (round_half_up, 1),
    "ceil": (lambda x: -(-x // 1), 1),
    "floor": (lambda x: x // 1, 1),
    "round8": (round8, 1),
}
