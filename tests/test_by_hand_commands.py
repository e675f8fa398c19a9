"""convolve, pool and trace: what they read, what they print, what they refuse."""

from __future__ import annotations

import csv
import json
import math
import os
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from test_startup import HEAVY, woken

from cnncli.by_hand import image, kernels
from cnncli.by_hand.kernels import named
from cnncli.by_hand.loss import LOSSES
from cnncli.by_hand.number import number, show
from cnncli.cli import main
from cnncli.cli.commands import convolve, trace

ONE = "input: [2]\nlayers:\n  - dense: {units: 2, activation: sigmoid}\n"


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=text)


def asked(*words: str) -> Any:
    done = run(*words, "--format", "json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*words: str, text: str | None = None) -> str:
    """What is said when a command is refused: exit code 2, nothing on standard output."""
    done = run(*words, text=text)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr


def conv(given: str, kernel: str, *words: str) -> Any:
    return asked("convolve", "--input", given, "--kernel", kernel, *words)["output"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("-2.0", -2),
        ("1e3", 1000),
        ("1/3", Fraction(1, 3)),
        ("4/2", 2),
        ("0.1", Fraction(1, 10)),
        ("+.5", Fraction(1, 2)),
        ("−3", -3),
        ("5.", 5),
    ],
)
def test_numbers_are_read_exactly(text: str, value: Any) -> None:
    """Numbers are exact, whatever form they are written in."""
    assert (number(text), type(number(text))) == (value, type(value))


@pytest.mark.parametrize("text", ["nan", "inf", "", "x", "1,5", "1/0", "1e999", "1_0", "0x1", "9" * 70, "1/2/3", "1e39"])
def test_what_is_no_number_is_refused(text: str) -> None:
    """NaN, infinity and words are no numbers to compute with."""
    with pytest.raises(ValueError, match=r"is not a number|too large"):
        number(text)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3, None, "3"), (3.0, None, "3"), (Fraction(6, 2), None, "3"), (-0.0, None, "0"), (Fraction(1, 4), None, "0.25"),
        (Fraction(1, 3), None, "1/3"), (Fraction(1, 3), 3, "0.333"), (0.1 + 0.2, None, "0.3"), (0.999999931, None, "1.00000"),
        (0.999999931, 9, "0.999999931"), (6.8256e-8, None, "6.8256e-08"), (12345678, 3, "12345678"),
        (Fraction(1, 3001), None, "0.000333222"),
    ],
)  # fmt: skip
def test_numbers_are_shown_as_people_write_them(value: Any, digits: int | None, text: str) -> None:
    """Whole numbers in full, short fractions as such; what is only rounded to a whole number shows it."""
    assert show(value, digits) == text


def test_steps_are_the_products() -> None:
    """Each position's products, negative factors in brackets, the bias behind; then the matrix, aligned."""
    text = run("convolve", "--input", "1 2 3; 4 5 6; 7 8 9", "--kernel", "1 0; 0 -1", "--bias", "-2", "--steps").stdout
    assert text.startswith("(0,0): 1·1 + 2·0 + 4·0 + 5·(-1) - 2 = -6\n(0,1): 2·1 + 3·0 + 5·0 + 6·(-1) - 2 = -6\n")
    assert text.endswith("\ncross-correlation, 3×3 → 2×2:\n  ⎡ -6  -6 ⎤\n  ⎣ -6  -6 ⎦\n")


def test_steps_of_channels_stand_apart() -> None:
    """With several channels, the products of each stand in brackets of their own."""
    text = run("convolve", "--input", "1 2 | 3 4", "--kernel", "5 6 | 7 8", "--steps").stdout
    assert "(0,0): (1·5 + 2·6) + (3·7 + 4·8) = 70\n" in text


@pytest.mark.parametrize(
    ("given", "kernel", "words", "expected"),
    [
        ("1 2 3 4", "1 1", [], [3, 5, 7]),
        ("[1, 2, 3, 4]", "[1, 1]", ["--stride", "2"], [3, 7]),
        ("1 2 3 4", "1 1", ["--dilation", "2"], [4, 6]),
        ("1 2 3", "1 10 100", ["--padding", "same"], [210, 321, 32]),
        ("1 2 3", "1 10 100", ["--padding", "same", "--flip"], [12, 123, 230]),
        ("1 2; 3 4", "1", ["--padding", "1,0"], [[0, 0], [1, 2], [3, 4], [0, 0]]),
        ("1 2; 3 4", "1", ["--padding", "1:0"], [[0, 0, 0], [0, 1, 2], [0, 3, 4]]),
        ("1 2; 3 4", "1", ["--padding", "1:0,0:1"], [[0, 0, 0], [1, 2, 0], [3, 4, 0]]),
        ("1 2; 3 4", "1", ["--padding", "[[0, 0], [0, 1]]"], [[1, 2, 0], [3, 4, 0]]),
        ("1,2;3,4", "1 1", [], [[3], [7]]),  # a row over a matrix
        ("1 2 3", "[[1, 1]]", [], [[3, 5]]),
        ("1 2; 3 4 | 5 6; 7 8", "1 | 10", [], [[51, 62], [73, 84]]),  # the channels are summed
        ("1 2; 3 4 | 5 6; 7 8", "10", [], [[[10, 20], [30, 40]], [[50, 60], [70, 80]]]),  # each channel by itself
        ("1 2; 3 4 | 5 6; 7 8", "[[[[1]], [[0]]], [[[0]], [[1]]], [[[1]], [[1]]]]", ["--bias", "0 0 1"],
         [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[7, 9], [11, 13]]]),
        ("1 2; 3 4", "box:2", [], [[2.5]]),
        ("1/3 1/3 1/3", "1 1 1", [], [1]),
        ("3 6 9", "box", [], [6]),
    ],
)  # fmt: skip
def test_convolutions_worked_out_by_hand(given: str, kernel: str, words: list[str], expected: Any) -> None:
    """Rows, matrices, channels and filters; stride, padding, dilation, bias and flip."""
    assert conv(given, kernel, *words) == expected


def test_convolve_is_its_definition() -> None:
    """For random matrices, kernels, strides and dilations each number is the sum of its products; flipped, with the kernel turned."""
    chance = Random(1)
    for _ in range(25):
        h, w, k, stride, dilation = (chance.randint(*bounds) for bounds in ((5, 8), (5, 8), (1, 3), (1, 3), (1, 2)))
        x = [[chance.randint(-9, 9) for _ in range(w)] for _ in range(h)]
        kernel = [[chance.randint(-9, 9) for _ in range(k)] for _ in range(k)]
        for flip in (False, True):
            taps = [row[::-1] for row in kernel[::-1]] if flip else kernel
            span = (k - 1) * dilation + 1
            expected = [
                [
                    sum(x[i + a * dilation][j + b * dilation] * taps[a][b] for a in range(k) for b in range(k))
                    for j in range(0, w - span + 1, stride)
                ]
                for i in range(0, h - span + 1, stride)
            ]
            words = ["--stride", str(stride), "--dilation", str(dilation), *(["--flip"] if flip else [])]
            assert conv(str(x), str(kernel), *words) == expected


@pytest.mark.parametrize("flip", [False, True])
def test_convolve_is_that_of_scipy(flip: bool) -> None:
    """An independent program finds the same."""
    signal = pytest.importorskip("scipy.signal")
    x, kernel = [[1, 2, 0], [4, -5, 6], [7, 8, 9]], [[1, 2], [3, -4]]
    expected = (signal.convolve2d if flip else signal.correlate2d)(x, kernel, mode="valid").tolist()
    assert conv(str(x), str(kernel), *(["--flip"] if flip else [])) == expected


@pytest.mark.parametrize("name", kernels.NAMES)
def test_named_kernels_are_what_they_are_for(name: str) -> None:
    """Smoothing kernels sum to 1, sharpening too; kernels that look for edges sum to 0, so that nothing comes of an even area."""
    total = sum(named(name).values)
    if name == "gabor":
        values, turned = named("gabor:5").nested(), named("gabor:5,theta=90").nested()
        assert [list(row) for row in zip(*turned, strict=True)] == [pytest.approx(row) for row in values]
        assert values[2][2] == 1
    else:
        assert total == (1 if name in ("identity", "box", "gaussian", "sharpen", "emboss") else 0)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity:3", [[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        ("gaussian", [[Fraction(n, 16) for n in row] for row in ([1, 2, 1], [2, 4, 2], [1, 2, 1])]),
        ("sobel_x", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        ("scharr_y", [[-3, -10, -3], [0, 0, 0], [3, 10, 3]]),
        ("blur:2", [[Fraction(1, 4)] * 2] * 2),
        ("vertical_edge", [[1, 0, -1]] * 3),
    ],
)
def test_named_kernels(name: str, expected: Any) -> None:
    """Some kernels in full, exactly."""
    assert named(name).nested() == expected


def test_gaussian_with_sigma_is_the_bell() -> None:
    """Neighbours differ by exp(-(1 - 0) / (2 sigma^2)), and all sum to 1."""
    found = named("gaussian:5,sigma=2").nested()
    assert found[2][3] / found[2][2] == pytest.approx(math.exp(-1 / 8))
    assert sum(map(sum, found)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        ("sobel", "no kernel is called 'sobel'; they are identity, "),
        ("sobel_x:5", "sobel_x is a kernel of 3x3"),
        ("box:0", "the size of box is a whole number from 1 to 101, not 0"),
        ("gaussian:3,sgma=1", "gaussian has no option 'sgma'; it has sigma"),
        ("gaussian:3,sigma=0", "sigma of gaussian is a number above 0, not 0"),
        ("gabor:x", "gabor: 'x' is not a number"),
    ],
)
def test_kernels_that_are_not_there(kernel: str, words: str) -> None:
    """A name that is none is led to the nearest; options are checked."""
    assert words in refused("convolve", "--input", "1 2; 3 4", "--kernel", kernel)


@pytest.mark.parametrize(
    ("given", "kernel", "words"),
    [
        ("1 2; 3 4", "1 2 3; 4 5 6; 7 8 9", "a window of 3 does not fit in 2 pixels"),
        ("1 2; 3", "1", "ragged: row 1 holds 2 numbers, and row 2 1 number"),
        ("[[1, 2], [3]]", "1", "ragged: entry 1 holds 2 numbers, and entry 2 1 number"),
        ("[[1, 2], 3]", "1", "ragged"),
        ("[[1, 2]", "1", "a bracket is not closed"),
        ("[[1, 2]]]", "1", "a bracket too many closes"),
        ("[" * 50, "1", "nested more than"),
        ("[]", "1", "nothing in it"),
        ("1 nan; 2 3", "1", "'nan' is not a number"),
        ("nan", "1", "'nan' is not a number"),
        ("", "1", "the value of --input is empty"),
        (" ; ", "1", "there are no numbers"),
        ("matrix.csv", "1", "matrix.csv: no such file"),
        ("a/b", "1", "a/b: no such file"),
        ("picture.png", "1", "picture.png"),
        ("1 2 | 3 4 | 5 6", "1 | 2", "the kernel has 2 channels and the input 3 channels"),
        ("[[[[[1]]]]]", "1", "the input has 5 axes"),
        ("1 2; 3 4", "[[[[[1]]]]]", "the kernel has 5 axes"),
    ],
)
def test_matrices_that_are_refused(given: str, kernel: str, words: str) -> None:
    """Ragged, empty, unreadable, too small, or of other channels: said, and nothing printed."""
    assert words in refused("convolve", "--input", given, "--kernel", kernel)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2\n3,x\n", "m.csv:2:3: 'x' is not a number"),
        ("1,2\n3,nan\n", "m.csv:2:3: 'nan' is not a number"),
        ("1,2\n3\n", "m.csv:2: this row holds 1 number, and the first 2"),
        ("1,,2\n", "m.csv:1:3: an empty cell"),
        ("", "m.csv: empty"),
        ("\n\n", "m.csv: empty"),
        ("a;b\n1;2\n", "m.csv:1:1: 'a' is not a number"),
        ("1 2\n3 4\n\n5\n", "m.csv: the channels differ"),
    ],
)
def test_tables_that_are_refused(text: str, words: str, tmp_path: Path) -> None:
    """What is wrong in a CSV file is told with file, line and column; the output is not written."""
    (tmp_path / "m.csv").write_text(text, encoding="utf-8")
    out = tmp_path / "out.csv"
    said = refused("convolve", "--input", str(tmp_path / "m.csv"), "--kernel", "1", "-o", str(out))
    assert words in said
    assert not out.exists()


@pytest.mark.parametrize("text", ["1,2\n3,4\n", "1;2\n3;4", "1\t2\r\n3\t4\r\n", "1 2\n3 4\n\n\n", '\ufeff"1","2"\n"3", 4\n'])
def test_tables_are_read(text: str, tmp_path: Path) -> None:
    """Commas, semicolons, tabs or blanks; quotes, a byte-order mark and empty lines at the end do no harm."""
    (tmp_path / "m.csv").write_text(text, encoding="utf-8", newline="")
    assert conv(str(tmp_path / "m.csv"), "2") == [[2, 4], [6, 8]]
    assert json.loads(run("convolve", "--input", "-", "--kernel", "2", "--format", "json", text=text).stdout)["output"] == [[2, 4], [6, 8]]


def test_tables_are_written_and_read_again(tmp_path: Path) -> None:
    """The ending tells the format; channels stand apart by an empty line, and are read again so."""
    out = str(tmp_path / "out.csv")
    assert run("convolve", "--input", "1 2; 3 4 | 5 6; 7 9", "--kernel", "1/2", "-o", out).stdout == ""
    assert Path(out).read_text(encoding="utf-8") == "0.5,1\n1.5,2\n\n2.5,3\n3.5,4.5\n"
    assert conv(out, "2") == [[[1, 2], [3, 4]], [[5, 6], [7, 9]]]


def test_matrices_are_drawn() -> None:
    """Markdown draws a table, LaTeX a bmatrix (or, being wide, an array that has no bound), CSV raw numbers."""
    words = ["pool", "--input", "1 2; 10 1/3", "--size", "1"]
    assert run(*words).stdout == "max_pool, 2×2 → 2×2:\n  ⎡  1    2 ⎤\n  ⎣ 10  1/3 ⎦\n"
    assert run(*words, "--format", "markdown").stdout == "max_pool, 2×2 → 2×2:\n\n|   |   |\n|--:|--:|\n| 1 | 2 |\n| 10 | 1/3 |\n"
    latex = run(*words, "--format", "latex").stdout
    assert "\\begin{bmatrix}\n1 & 2 \\\\\n10 & \\tfrac{1}{3}\n\\end{bmatrix}" in latex
    assert "\\begin{array}{rrrrrrrrrrr}" in run("pool", "--input", "1 2 3 4 5 6 7 8 9 10 11", "--size", "1", "--format", "latex").stdout
    assert run(*words, "--digits", "2").stdout.splitlines()[-1] == "  ⎣ 10  0.33 ⎦"
    assert [*csv.reader(run(*words, "--format", "csv").stdout.splitlines())] == [["1", "2"], ["10", repr(1 / 3)]]


@pytest.mark.parametrize(
    ("words", "output", "gradient"),
    [
        (["--size", "2"], [[4]], [[0, 0], [0, 1]]),
        (["--size", "2", "--average"], [[2.5]], [[0.25, 0.25], [0.25, 0.25]]),
        (["--size", "1", "--stride", "2"], [[1]], [[1, 0], [0, 0]]),
        (["--size", "2", "--stride", "1", "--padding", "same"], [[4, 4], [4, 4]], [[0, 0], [0, 4]]),
        (["--size", "2", "--stride", "1", "--padding", "same", "--average"], [[2.5, 3], [3.5, 4]], [[0.25, 0.75], [0.75, 2.25]]),
        (["--size", "1,2"], [[2], [4]], [[0, 1], [0, 1]]),
    ],
)
def test_pooling_there_and_back(words: list[str], output: Any, gradient: Any) -> None:
    """The largest and the mean of 1 2; 3 4 and their gradients: padding neither wins nor counts."""
    found = asked("pool", "--input", "1 2; 3 4", *words, "--backward", "1")
    assert (found["output"], found["input_gradient"]) == (output, gradient)


def test_pooling_backward_of_each() -> None:
    """One number for each of the result; another shape is refused; steps name the window."""
    assert asked("pool", "--input", "1 5 2 3", "--size", "2", "--backward", "10 20")["input_gradient"] == [0, 10, 0, 20]
    assert "expected that of the result, (2,)" in refused("pool", "--input", "1 5 2 3", "--size", "2", "--backward", "1 2 3")
    assert "(0): max(1, 5) = 5\n(1): max(2, 3) = 3\n" in run("pool", "--input", "1 5 2 3", "--size", "2", "--steps").stdout
    assert "(0): (1 + (-5)) / 2 = -2" in run("pool", "--input", "1 -5", "--size", "2", "--steps", "--average").stdout


def test_steps_are_not_dropped(tmp_path: Path) -> None:
    """Where only the result has room, steps are refused."""
    words = ["convolve", "--input", "1 2; 3 4", "--kernel", "1", "--steps"]
    for more in (["--format", "csv"], ["-o", str(tmp_path / "x.png")], ["-o", str(tmp_path / "x.csv")]):
        assert "there is room for the result alone" in refused(*words, *more)


def test_json_tells_the_kernel_as_it_was_slid() -> None:
    """A named kernel is written out, and turned where it was turned."""
    assert asked("convolve", "--input", "1 2; 3 4", "--kernel", "1 2; 3 4", "--flip")["kernel"] == [[4, 3], [2, 1]]
    assert asked("convolve", "--input", "1 2 3", "--kernel", "gaussian")["kernel"] == [0.25, 0.5, 0.25]


def test_too_much_work_is_refused(tmp_path: Path) -> None:
    """Millions of products are refused with how many there would be, also those that would only be printed."""
    (tmp_path / "m.csv").write_text("\n".join([",".join(["1"] * 400)] * 400), encoding="utf-8")
    given = str(tmp_path / "m.csv")
    count = (400 + 2 * 100 - 15 + 1) ** 2 * 15**2
    assert f"there are {count:,} products to be computed" in refused("convolve", "--input", given, "--kernel", "box:15", "--padding", "100")
    assert "there are 160,000 products to be shown, and at most 100,000" in refused(
        "convolve", "--input", given, "--kernel", "1", "--steps"
    )
    assert "numbers to be compared" in refused("pool", "--input", given, "--size", "15", "--stride", "1")


def test_words_that_are_written_out_are_those_of_the_rooms() -> None:
    """The help names every kernel, loss and way to write an image."""
    text = " ".join(run("convolve", "--help").stdout.split())
    assert all(name in text for name in (*kernels.NAMES, "blur"))
    assert tuple(LOSSES) == trace.LOSSES
    assert all(loss.removeprefix("half_").removeprefix("mean_") in run("trace", "--help").stdout for loss in LOSSES)
    assert convolve.PIXELS == image.PIXELS


@pytest.mark.parametrize("words", [["convolve", "--input", "1 2", "--kernel", "box:1"], ["pool", "--input", "1 2", "--size", "1"],
                                   ["trace", "exercise_6x6", "--weights", "ones", "--input", "ones", "--backward"]])  # fmt: skip
def test_computing_by_hand_wakes_no_framework(words: list[str]) -> None:
    """Neither numpy nor Pillow nor a framework is woken for numbers; convolve and pool do not even read YAML."""
    names = woken(*words)
    assert names & {"rich", "PIL", *HEAVY} == set()
    assert ("yaml" in names) is (words[0] == "trace")


def png(path: Path, rows: list[list[Any]], colour: bool) -> None:
    """A PNG of 8 bits, made here."""
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in (pixel if colour else [pixel])) for row in rows)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2 if colour else 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def test_images_in_and_out(tmp_path: Path) -> None:
    """Grey images are one matrix, those in colour three; results are cut off, stretched, or stripped of their signs."""
    pytest.importorskip("PIL", reason="images need Pillow")
    grey, colour, out = tmp_path / "g.png", tmp_path / "c.png", tmp_path / "out.png"
    png(grey, [[0, 100], [200, 250]], False)
    png(colour, [[[10, 20, 30], [40, 50, 60]]], True)
    assert conv(str(grey), "1") == [[0, 100], [200, 250]]
    assert conv(str(colour), "2") == [[[20, 80]], [[40, 100]], [[60, 120]]]
    assert conv(str(colour), "1", "--grey") == [[18, 48]]
    for pixels, expected in (("clip", [[0, 0], [0, 255]]), ("scale", [[0, 85], [170, 255]]), ("absolute", [[255, 100], [0, 255]])):
        given = "-300 -100; 0 300" if pixels != "scale" else "-3 -1; 1 3"
        assert run("convolve", "--input", given, "--kernel", "1", "-o", str(out), "--pixels", pixels).exit_code == 0
        assert conv(str(out), "1") == expected
    assert run("convolve", "--input", str(colour), "--kernel", "identity", "--padding", "same", "-o", str(out)).exit_code == 0
    assert conv(str(out), "1") == [[[10, 40]], [[20, 50]], [[30, 60]]]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no permissions of this kind")
def test_images_replace_files_as_other_output_does(tmp_path: Path) -> None:
    """A file keeps its permissions, and a link stays a link."""
    pytest.importorskip("PIL", reason="images need Pillow")
    target, link = tmp_path / "out.png", tmp_path / "link.png"
    target.touch(mode=0o600)
    link.symlink_to(target)
    assert run("convolve", "--input", "1 2; 3 4", "--kernel", "1", "-o", str(link)).exit_code == 0
    assert (target.stat().st_mode & 0o777, link.is_symlink()) == (0o600, True)
    assert conv(str(target), "1") == [[1, 2], [3, 4]]
    assert run("pool", "--input", "1 2; 3 4", "--size", "1", "-o", str(link)).exit_code == 0
    assert target.stat().st_mode & 0o777 == 0o600


def test_image_and_format(tmp_path: Path) -> None:
    """An image is no JSON: --format beside it is refused, not ignored."""
    for words in (("convolve", "--kernel", "1"), ("pool", "--size", "1")):
        message = refused(*words, "--input", "1 2; 3 4", "--format", "json", "-o", str(tmp_path / "out.png"))
        assert "out.png is an image, and --format json is none; leave --format out" in message
    assert not any(tmp_path.iterdir())


def test_images_that_are_refused(tmp_path: Path) -> None:
    """A broken image, and a result that no image can hold: said, and nothing written."""
    pytest.importorskip("PIL", reason="images need Pillow")
    broken, out = tmp_path / "b.png", tmp_path / "out.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    assert "cannot be read as an image" in refused("convolve", "--input", str(broken), "--kernel", "1")
    assert "an image holds 1 or 3 matrices" in refused("convolve", "--input", "1 2 | 3 4", "--kernel", "1", "-o", str(out))
    assert "an image holds 1 or 3 matrices" in refused("convolve", "--input", "1 2", "--kernel", "1", "-o", str(out))
    assert "cannot be written" in refused("convolve", "--input", "1 2; 3 4", "--kernel", "1", "-o", str(tmp_path / "no" / "out.png"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.png"]
