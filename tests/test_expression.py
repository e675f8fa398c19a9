"""Arithmetic in values: exact, bounded, and nothing else."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.spec.expression import FUNCTIONS, LARGEST, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$(4 * filters)", 256), ("$(filters // 3 % 5)", 1), ("$(-filters + 100)", 36), ("$(filters / 4)", 16),
        ("$(7 / 2)", Fraction(7, 2)),
        ("$(0.25 * filters)", 16), ("$(1.1 * 10)", 11), ("$(ceil(1.1 * 10))", 11), ("$(floor(3.7))", 3), ("$(round(2.5))", 3),
        ("$(round(-0.5))", 0), ("$(min(3, filters, 5))", 3), ("$(max(filters, 100))", 100), ("$(max(4))", 4),
        ("$(min(4))", 4), ("$(word)", 12), ("$filters", 64),
        ("$word", "12"),
        ("$list", ["1", "2"]), ("64", "64"), ("$( 2*(3+4) )", 14), ("$(1_000)", 1000),
    ],
)  # fmt: skip
def test_values(text: str, value: object) -> None:
    """`$name` is the value itself, `$(...)` the number it comes to, anything else its own text. 1.1 x 10 is 11, not 11.000000000000002."""
    assert resolve(text, {"filters": 64, "word": "12", "list": ["1", "2"]}) == value


@pytest.mark.parametrize("x", [*range(1, 40), 100, 113, Fraction(352, 10), Fraction(27, 2)])
def test_round8(x: int | Fraction) -> None:
    """The nearest multiple of 8, at least 8, and never below 0.9 x: what MobileNet's code does with its divisor 8."""
    expected = max(8, int(x + 4) // 8 * 8)
    if expected < Fraction(9, 10) * x:
        expected += 8
    assert FUNCTIONS["round8"][0](x) == expected


@settings(deadline=None)
@given(st.fractions(-1000, 1000, max_denominator=64))
def test_rounding_against_the_definition(x: Fraction) -> None:
    """floor and ceil are the neighbouring whole numbers; round is the nearest, halves upwards."""
    text = f"({x.numerator} / {x.denominator})"
    assert resolve(f"$(floor{text})", {}) == math.floor(x)
    assert resolve(f"$(ceil{text})", {}) == math.ceil(x)
    assert resolve(f"$(round{text})", {}) == math.floor(x + Fraction(1, 2))


@settings(deadline=None)
@given(st.text("0123456789+-*/%().,$_ abminx'\"[]{}:=<>!@\n", max_size=40))
def test_any_text_is_a_bounded_number_or_refused(text: str) -> None:
    """Whatever stands in the parentheses: a number within bounds, or ValueError with a reason."""
    try:
        value = resolve(f"$({text})", {"a": 3, "b": Fraction(1, 3)})
    except ValueError:
        return
    assert isinstance(value, (int, Fraction))
    assert abs(value) <= LARGEST


@pytest.mark.parametrize("text", ["$(1if 2 else 3)", '$("a\\d")', "$(0x1for x in y)"])
def test_python_warns_of_nothing(text: str) -> None:
    """What is no arithmetic is refused in our words alone; newer Pythons would warn of some of it besides."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ValueError, match="is not arithmetic"):
            resolve(text, {})
    assert caught == []
