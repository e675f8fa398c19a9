"""What is expected of totals: how it is read, when it holds, what is said when it does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnncli.expectation import KEYS, OPERATORS, misses, parse, parse_condition
from cnncli.totals import TOTALS


@pytest.mark.parametrize(
    ("value", "operator", "number"),
    [
        ("25_636_712", "==", 25_636_712),
        (25_636_712, "==", 25_636_712),
        ("= 5", "==", 5),
        ("== 5", "==", 5),
        ("<= 5_000_000", "<=", 5_000_000),
        (">=5", ">=", 5),
        ("< 5", "<", 5),
        ("> 5", ">", 5),
        ("<= 1e6", "<=", 1_000_000),
        ("<=1.5E+3", "<=", 1500),
        ("1.25e1", "==", Fraction(25, 2)),
        ("2.0", "==", 2),
        ("1/2", "==", Fraction(1, 2)),
        ("0.25", "==", Fraction(1, 4)),
        (["55", "55", "96"], "==", (55, 55, 96)),
    ],
)
def test_value_is_a_number_a_bound_or_a_list(value: object, operator: str, number: object) -> None:
    """A value is a whole number, an exact fraction, a bound, or one number for each axis."""
    assert parse("params", value)[1:3] == (operator, number)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["many", "", "5 million", "<> 5", "1e", "1e6/2", "1e100", "1/0", "9" * 50, [], ["<5"], ["x"], {}])
def test_anything_else_is_refused(value: object) -> None:
    """What is no number, bound or list of numbers is refused with what was expected, and never evaluated."""
    with pytest.raises(ValueError, match="params is"):
        parse("params", value)  # type: ignore[arg-type]


def test_unknown_key_is_refused_with_the_nearest() -> None:
    """A total that does not exist is refused; the nearest that does is named, or else all of them."""
    with pytest.raises(ValueError, match="no total is called 'parms'; did you mean 'params'"):
        parse("parms", "5")
    with pytest.raises(ValueError, match="no total is called 'Mult-Adds'; here it is called 'macs'"):
        parse("Mult-Adds", "5")
    with pytest.raises(ValueError, match="expect takes layers, params, "):
        parse("zzz", "5")


def test_condition_is_one_word() -> None:
    """`params<=60_000` on a command line is what `params: <= 60_000` is in a file."""
    assert parse_condition("params<=60_000") == parse("params", "<= 60_000")
    assert parse_condition(" macs == 5 ") == parse("macs", "5")
    with pytest.raises(ValueError, match="such as params<=60000"):
        parse_condition("params")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("actual", [4, 5, 6])
def test_operators_mean_what_they_say(operator: str, actual: int) -> None:
    """A bound holds exactly when Python's own comparison does."""
    assert parse("macs", f"{operator} 5").holds(actual) == eval(f"{actual} {operator} 5")


@pytest.mark.parametrize(
    ("value", "actual", "holds"),
    [
        ("483", 483, True),
        (["483", "483"], 483, True),
        (["483", "484"], 483, False),
        ("3", (3, 3), True),
        ("3", (3, 5), False),
        ("<= 5", (3, 5), True),
        (["3", "5"], (3, 5), True),
        (["5", "3"], (3, 5), False),
        ("1", None, False),
        ("1/2", Fraction(1, 2), True),
    ],
)
def test_one_number_stands_for_all_axes(value: object, actual: object, holds: bool) -> None:
    """A number is compared with every axis, a list axis by axis; a figure that there is none of is never as expected."""
    assert parse("receptive_field", value).holds(actual) is holds  # type: ignore[arg-type]


def test_misses_are_told_in_words() -> None:
    """What is not as expected is told with both figures as people read them; what is as expected is not told."""
    wanted = [parse("params", "25_636_713"), parse("macs", "<= 5"), parse("layers", "3"), parse("output_shape", ["10"])]
    totals = {"params": 25_636_712, "macs": 5_000, "layers": 3, "output_shape": (7, 7)}
    assert misses(wanted, totals) == [
        "params is 25,636,712, expected 25,636,713",
        "macs is 5,000, expected <= 5",
        "output_shape is [7, 7], expected [10]",
    ]


def test_what_can_be_expected_is_a_total() -> None:
    """Every key that a file may expect is a total of the report; the totals that are no figure cannot be expected."""
    assert set(KEYS) <= set(TOTALS)
    assert {key for key in TOTALS if key not in KEYS} == {
        "peak_memory_at",
        "peak_memory_tensors",
        "training_gradient_bytes",
        "training_optimizer_bytes",
        "training_activation_bytes",
    }
