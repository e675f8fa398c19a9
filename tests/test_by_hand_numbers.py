"""Numbers as people type them into convolve, pool and trace: exact decimals, rows, separators."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli.by_hand.number import number
from cnncli.by_hand.reading import from_csv, inline
from cnncli.cli import main
from cnncli.errors import UsageError


def run(*arguments: str, code: int = 0) -> str:
    """What a command prints; of a refusal the message."""
    done = CliRunner().invoke(main, [*arguments])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_decimals_are_exact() -> None:
    """0.1 + 0.2 - 0.3 is 0, in a kernel, a pool, and a network with a slope of its own."""
    steps = run("convolve", "--input", "0.1 0.2 0.3", "--kernel", "1 1 -1", "--steps")
    assert steps.startswith("(0): 0.1·1 + 0.2·1 + 0.3·(-1) = 0\n")
    assert number("1e-3") == Fraction(1, 1000)
    assert number("-2.50") == Fraction(-5, 2)
    pooled = run("pool", "--input", "0.1 0.2; 0.3 0.6", "--size", "2", "--average", "--steps")
    assert "(0.1 + 0.2 + 0.3 + 0.6) / 4 = 0.3\n" in pooled


def test_decimals_stay_exact_through_a_network(tmp_path: Path) -> None:
    """A dense layer with a leaky ReLU of slope 0.1: 0.1 · (0.1·1 + 0.2·1 - 0.6) is -0.03."""
    spec = "input: [2]\nlayers: [{dense: {units: 1, activation: {leaky_relu: 0.1}}}]\n"
    (tmp_path / "spec.yaml").write_text(spec)
    (tmp_path / "weights.yaml").write_text("dense_1: {kernel: [0.1, 0.2], bias: [-0.6]}\n")
    text = run("trace", str(tmp_path / "spec.yaml"), "--weights", str(tmp_path / "weights.yaml"), "--input", "1 1")
    assert "-0.3" in text
    assert "-0.03" in text
    assert "e-" not in text


@pytest.mark.parametrize("text", ["1 2 3\n4 5 6", "1 2 3\r\n4 5 6\r\n", "1, 2, 3; 4, 5, 6", "1 2 3;\n4 5 6;", "\n1\t2\t3\n4\t5\t6"])
def test_rows_stand_on_lines_or_between_semicolons(text: str) -> None:
    """A new line ends a row, as a semicolon does."""
    array = inline(text).array
    assert (array.shape, array.values) == ((2, 3), [1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize("text", ["1 2 3, 4 5 6", "1,5 2,5", "1, 2 3"])
def test_mixed_separators_are_refused(text: str) -> None:
    """Blanks here and commas there may mean rows, or decimals: neither is guessed."""
    with pytest.raises(UsageError, match="write ; between rows"):
        inline(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,5;2,5\n0,5;1\n", [[1.5, 2.5], [0.5, 1]]),
        ("1,5\t-2,25\n0,5\t1\n", [[1.5, -2.25], [0.5, 1]]),
        ('"1,5";"2"\n', [[1.5, 2]]),
        ("1,2,3\n4,5,6\n", [[1, 2, 3], [4, 5, 6]]),
        ("1.5 2\n3 4\n", [[1.5, 2], [3, 4]]),
    ],
)
def test_decimal_commas_between_semicolons_and_tabs(text: str, expected: list[list[float]], tmp_path: Path) -> None:
    """A spreadsheet with decimal commas puts semicolons or tabs between its cells."""
    path = tmp_path / "m.csv"
    path.write_text(text)
    assert from_csv(str(path)).array.nested() == [[Fraction(value) for value in row] for row in expected]


@pytest.mark.parametrize(("text", "place"), [("1,5 2,5\n", ":1:3"), ("1;2\n1,2,3;4\n", ":2:1")])
def test_separators_that_may_mean_two_things_are_refused(text: str, place: str, tmp_path: Path) -> None:
    """Where a comma may be a decimal or a separator the cell is refused with its place."""
    path = tmp_path / "m.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=place):
        from_csv(str(path))


@pytest.mark.parametrize(
    "kernel",
    [
        "gabor:3,wavelength=1e-308",
        "gabor:4,wavelength=1e-308",
        "gaussian:3,sigma=1e-200",
        "gaussian:4,sigma=1e-200",
        "gabor:3,sigma=1e-200",
    ],
)
def test_kernels_at_the_limits_of_numbers_are_refused(kernel: str) -> None:
    """Options at which a kernel is no more made of numbers: one line, exit code 2."""
    assert "has no finite numbers with" in run("convolve", "--input", "1 2 3; 4 5 6", "--kernel", kernel, code=2)


def test_a_negative_base_has_no_power() -> None:
    """Local response normalization whose sum falls below 0: refused at its layer."""
    spec = "input: [2, 2, 1]\nlayers: [{local_response_norm: {alpha: -1, k: 0}}]\n"
    done = CliRunner().invoke(main, ["trace", "-", "--weights", "ones", "--input", "1 2; 3 4"], input=spec)
    assert done.exit_code == 2
    assert "local_response_norm_1 meets a number that it has no result for" in done.stderr
