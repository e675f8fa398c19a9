"""Numbers as people type them into convolve, pool and trace: exact decimals, rows, separators."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise
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


@pytest.mark.parametrize("text", ["[1 2; 3 4]", "[1 2\n 3 4]", "[1, 2; 3, 4]", "[[1, 2],\n [3, 4]]", "1 2\r\n3 4\r\n"])
def test_rows_within_one_pair_of_brackets(text: str) -> None:
    """[1 2; 3 4] is a matrix, as other programs write it; it was a row of four."""
    assert inline(text).array.nested() == [[1, 2], [3, 4]]


def test_an_empty_line_ends_a_channel() -> None:
    """As it does in a file."""
    assert inline("1 2\n3 4\n\n5 6\n7 8").array.nested() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1 2 3, 4 5 6]", "blanks and commas are mixed"),
        ("[[1 2; 3 4]]", "rows within brackets are lists of their own: [[1, 2], [3, 4]]"),
        ("[[1, 2\n3, 4]]", "rows within brackets are lists of their own"),
    ],
)
def test_brackets_that_may_mean_two_things_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        inline(text)
    assert message in str(refused.value)


def spec_of_products(count: int) -> str:
    """A network that squares its input again and again."""
    names = ["input", *(f"p{number}" for number in range(count))]
    layers = [f"  - multiply:\n    from: [{x}, {x}]\n    name: {y}\n" for x, y in pairwise(names)]
    return f"input: [1]\nlayers:\n{''.join(layers)}"


def test_exact_numbers_do_not_grow_without_end(tmp_path: Path) -> None:
    """Squared 25 times, 0.9999999 has 200 million digits; a fraction of more than 300 becomes a float."""
    (tmp_path / "spec.yaml").write_text(spec_of_products(25))
    text = run("trace", str(tmp_path / "spec.yaml"), "--weights", "ones", "--input", "0.9999999", "--digits", "3")
    assert text.endswith("[ 0.0349 ]\n")  # e^(-2^25 / 10^7) is 0.0349


def test_a_loss_beyond_all_numbers_is_refused(tmp_path: Path) -> None:
    """1e38, the largest number, squared twice and again in the loss is beyond 1e308."""
    (tmp_path / "spec.yaml").write_text(spec_of_products(2) + "  - multiply:\n    from: [p1, input]\n  - softplus\n")
    words = ["--weights", "ones", "--input", "1" + "0" * 38, "--backward", "--target", "0"]
    message = run("trace", str(tmp_path / "spec.yaml"), *words, code=2)
    assert message == "Error: the loss has no finite value; begin with a smaller input or smaller weights\n"


def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    """grade does not wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.csv").write_text("question,answer\n1,2\n")
    assert "pipe is no sheet" in run("grade", str(tmp_path / "pipe"), str(tmp_path / "a.csv"), code=2)


def test_maps_of_many_numbers_are_refused_before_they_are_computed() -> None:
    """A trace prints every number of every map: a network with very many is refused at once."""
    spec = "input: [6, 6, 2]\nlayers: [{upsample: 67}]\n"
    words = ["trace", "-", "--weights", "ones", "--input", "random:3"]
    done = CliRunner().invoke(main, words, input=spec)
    assert done.exit_code == 2
    assert "has 323,280 numbers in its maps; at most 100,000" in done.stderr
