"""Grading: perfect answers have full marks, slips are told by the rule behind them, and bad files are refused with their line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli import analyze, load
from cnncli.cli import main
from cnncli.homework import Request, make
from cnncli.homework.key import key_of
from cnncli.homework.numbers import readings, shape
from cnncli.homework.sheet import Question
from cnncli.homework.slips import slips
from cnncli.layers import KINDS, Shape
from cnncli.network import Input, Network
from cnncli.spec import shipped


def run(*arguments: str) -> Result:
    """The command, as from a shell."""
    return CliRunner().invoke(main, list(arguments))


def asked(quantity: str, x: Shape, *layers: tuple[str, dict[str, Any]]) -> Question:
    """A question about the last of some layers."""
    network = Network("drawn")
    place = network.place(Input(shape=x), ())
    for kind, options in layers:
        place = network.place(KINDS[kind](**options), (place.index,))
    network.outputs = (place.index,)
    return Question(1, analyze(network), place, quantity)


CONV = ("conv", {"filters": 16, "kernel": 5})
GROUPED = ("conv", {"filters": 8, "kernel": 3, "groups": 2})
STRIDED = ("conv", {"filters": 4, "kernel": 3, "stride": 2, "padding": "same"})
PADDED = ("conv", {"filters": 4, "kernel": 5, "padding": 2})
DILATED = ("conv", {"filters": 4, "kernel": 3, "dilation": 2})

# worked out by hand: what was asked, what went in, the layers; the wrong answer, the rule behind it, and words of the diagnosis
CASES = [
    ("params", (14, 14, 6), [CONV], 2400, "bias", "the count without the 16 biases"),
    ("params", (14, 14, 6), [CONV], 2401, "bias", "one bias for the whole layer"),
    ("params", (14, 14, 6), [CONV], 4800, "bias", "a bias for every weight"),
    ("params", (14, 14, 6), [CONV], 2406, "swapped", "6 come in and 16 go out"),
    ("params", (14, 14, 6), [CONV], 496, "kernel_not_squared", "5x5 = 25 weights"),
    ("params", (14, 14, 6), [CONV], 416, "one_channel", "each sees 6"),
    ("params", (8, 8, 4), [("conv", {"filters": 2, "kernel": 3, "bias": False})], 74, "no_bias", "this layer has none"),
    ("params", (8, 8, 4), [GROUPED], 296, "groups", "the 2 groups share the 4 channels"),
    ("params", (8, 8, 4), [("depthwise_conv", {"kernel": 3})], 148, "groups", "a plain convolution"),
    ("params", (8, 8, 10), [("batch_norm", {})], 20, "trained", "only the 2 trained of each channel; there are 4"),
    ("trainable_params", (8, 8, 10), [("batch_norm", {})], 40, "trained", "all 4 of each channel; only 2 are trained"),
    ("macs", (14, 14, 6), [CONV], 480_000, "operations", "the FLOPs; MACs are half"),
    ("flops", (14, 14, 6), [CONV], 240_000, "operations", "the MACs; FLOPs are twice that"),
    ("macs", (14, 14, 6), [CONV], 241_600, "one_position", "the 16 biases are no multiply-accumulates"),
    ("macs", (14, 14, 6), [CONV], 2400, "one_position", "the work of one position; there are 100"),
    ("macs", (14, 14, 6), [CONV], 470_400, "padding", "here nothing is padded"),
    ("output_shape", (7, 7, 3), [STRIDED], (3, 3, 4), "rounding", "the floor of 7x7 over 2; padding same takes the ceiling"),
    ("output_shape", (8, 8, 3), [("max_pool", {"size": 3})], (3, 3, 3), "rounding", "the ceiling of 5 over 3; the floor is taken"),
    ("output_shape", (8, 8, 3), [("max_pool", {"size": 3, "ceil": True})], (2, 2, 3), "rounding", "ceil takes the ceiling"),
    ("output_shape", (10, 10, 3), [PADDED], (8, 8, 4), "padding", "the padding counted once"),
    ("output_shape", (10, 10, 3), [PADDED], (6, 6, 4), "padding", "without the padding of 2"),
    ("output_shape", (10, 10, 3), [STRIDED], (10, 10, 4), "stride", "the stride is 2"),
    ("output_shape", (10, 10, 3), [CONV], (5, 5, 16), "plus_one", "without the + 1"),
    ("output_shape", (10, 10, 3), [DILATED], (8, 8, 4), "dilation", "without the dilation of 2"),
    ("output_shape", (10, 10, 3), [CONV], (16, 6, 6), "order", "channels first"),
    ("output_shape", (10, 10, 3), [CONV], (6, 6, 3), "swapped", "3 come in and 16 go out"),
    ("output_shape", (10, 10, 3), [CONV], (6, 6), "order", "without the 16 channels"),
    ("receptive_field", (32, 32, 1), [CONV, ("avg_pool", {"size": 2}), CONV], 10, "field", "2 pixels apart (the jump)"),
    ("receptive_field", (32, 32, 1), [CONV, ("avg_pool", {"size": 2}), CONV], 16, "field", "adds 4 times"),
    ("receptive_field", (32, 32, 1), [("max_pool", {"size": 2}), ("max_pool", {"size": 3}), CONV], 8, "no_jumps", "without the jumps"),
    ("param_bytes", (14, 14, 6), [CONV], 2416, "unit", "each takes 4 bytes"),
    ("param_bytes", (14, 14, 6), [CONV], 9.664, "unit", "in kB"),
    ("param_bytes", (14, 14, 6), [CONV], 9.4375, "unit", "in KiB"),
    ("activation_bytes", (14, 14, 6), [CONV], 6250, "unit", "KiB (1,024 bytes) told as kB"),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "x", "layers", "wrong", "rule", "words"), CASES, ids=[f"{case[4]}-{case[3]}" for case in CASES])
def test_every_usual_slip_is_told(quantity: str, x: Shape, layers: list[Any], wrong: Any, rule: str, words: str) -> None:
    """The wrong answer of each mistaken rule, by hand, is known, with the rule and the numbers that it takes."""
    question = asked(quantity, x, *layers)
    [slip] = [slip for slip in slips(question) if slip.value == wrong]
    assert (slip.rule, words in slip.words) == (rule, True), slip


@pytest.mark.parametrize("name", shipped())
def test_perfect_answers_have_full_marks(name: str, tmp_path: Path) -> None:
    """Of every spec that ships: the solved sheet, read as answers, is right in all; and no slip has the value of its answer."""
    sheet = make(Request(name, (), 25, 7, "hard"), load(name).network)
    keyed = key_of(sheet)
    assert all(slip.value != one.answer for one in keyed.questions for slip in one.slips)
    from cnncli.homework import grade, read_answers
    from cnncli.homework.formats import write

    [result] = grade([keyed], read_answers(write(sheet, "csv", True).encode(), "answers.csv"), "answers.csv")
    assert result.points == result.of == len(sheet.questions)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sheet, its key and its solution."""
    monkeypatch.chdir(tmp_path)
    assert run("exercise", "lenet5", "--level", "hard", "--seed", "3", "-o", "sheet.md", "--key", "key.json").exit_code == 0
    assert run("exercise", "lenet5", "--level", "hard", "--seed", "3", "-o", "right.csv", "--format", "csv", "--answers").exit_code == 0
    return tmp_path


@pytest.mark.parametrize("sheet", ["key.json", "sheet.md"])
def test_the_key_or_the_sheet_grade(files: Path, sheet: str) -> None:
    """The stored key, and the one made again from the sheet's line, give full marks and exit code 0."""
    done = run("grade", sheet, "right.csv")
    assert done.exit_code == 0, done.output
    assert "10 of 10 (100%): passed" in done.output


@pytest.mark.parametrize("style", ["latex", "moodle", "gift"])
def test_other_formats_tell_what_they_were_made_from(files: Path, style: str) -> None:
    """Their line makes the key again too."""
    run("exercise", "lenet5", "--level", "hard", "--seed", "3", "-o", "sheet", "--format", style)
    assert run("grade", "sheet", "right.csv").exit_code == 0


def test_partial_credit_and_exit_codes(files: Path) -> None:
    """A diagnosed slip is half a point with --partial and none without; --pass tells what is enough."""
    key = json.loads(Path("key.json").read_text(encoding="utf-8"))["sheets"][0]["questions"]
    rows = list(csv.DictReader(io.StringIO(Path("right.csv").read_text(encoding="utf-8"))))
    place = next(number for number, one in enumerate(key) if one["slips"] and isinstance(one["answer"], int))
    rows[place]["answer"] = str(key[place]["slips"][0]["value"])
    Path("a.csv").write_text("question,answer\n" + "".join(f"{row['question']},{row['answer']}\n" for row in rows), encoding="utf-8")
    assert run("grade", "key.json", "a.csv").exit_code == 1
    assert run("grade", "key.json", "a.csv", "--pass", "90%").exit_code == 0
    for extra, points in (([], 9), (["--partial"], 9.5)):
        done = run("grade", "key.json", "a.csv", "--format", "json", *extra)
        held = json.loads(done.stdout)
        [result] = held["results"]
        mark = result["marks"][place]
        assert (held["schema"], held["passed"], result["points"]) == ("cnncli/grade/1", False, points)
        assert (mark["right"], mark["rule"], mark["words"]) == (False, key[place]["slips"][0]["rule"], key[place]["slips"][0]["words"])
    table = list(csv.DictReader(io.StringIO(run("grade", "key.json", "a.csv", "--format", "csv", "--partial").stdout)))
    assert sum(float(row["points"]) for row in table) == 9.5


def test_unanswered_questions_have_no_points(files: Path) -> None:
    """A missing row and an empty answer are told as no answer."""
    Path("a.csv").write_text("question,answer\n1,\n", encoding="utf-8")
    done = run("grade", "key.json", "a.csv")
    assert done.exit_code == 1
    assert done.output.count("no answer") == 10


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "a.csv is empty"),
        (b"\xef\xbb\xbf\r\n", "a.csv is empty"),
        (b"question,answer\n", "a.csv: no answers"),
        (b"number,answer\n1,2\n", "a.csv:1: no column question"),
        (b"question,reply\n1,2\n", "a.csv:1: no column answer"),
        (b"question,answer\n1,2\n99,3\n", "a.csv:3: the sheet has no question 99; it has 1 to 10"),
        (b"question,answer\n1,2\n\n1,3\n", "a.csv:4: question 1 is answered twice, first in line 2"),
        (b"question,answer\n1,1,234\n", "a.csv:2: 3 cells, but 2 columns; quote an answer"),
        (b"question,answer\n1,\xff\n", "a.csv:2: byte 0xff is no UTF-8"),
        (b"question,answer\n1,\0\n", "a.csv:2: a zero byte"),
        (b'question,answer\n1,"2\n', "a.csv:3: unexpected end of data"),
        (b"question,answer,sheet\n1,2,0123456789ab\n", "a.csv:2: an answer to sheet 0123456789ab"),
    ],
)
def test_bad_answers_are_refused_with_their_line(files: Path, raw: bytes, message: str) -> None:
    """Exit code 2, the file and the line, what is wrong; and no output is written."""
    Path("a.csv").write_bytes(raw)
    done = run("grade", "key.json", "a.csv", "-o", "marks.txt")
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert not Path("marks.txt").exists()


@pytest.mark.parametrize(
    "raw",
    [
        "\ufeffquestion;answer\r\n1;{}\r\n".encode(),
        b"Question\tAnswer\r1\t{}\r",
        "question,answer\n(01),{}\n".encode("utf-16"),
        b'answer,note,question\n"{}","a, b",1.\n',
    ],
)
def test_what_spreadsheets_write_is_read(files: Path, raw: bytes) -> None:
    """A byte order mark, semicolons, tabs, Windows' and old Mac's ends of line, UTF-16, other columns in between."""
    codec = "utf-16" if raw[:2] == b"\xff\xfe" else "utf-8"
    answer = json.loads(Path("key.json").read_text(encoding="utf-8"))["sheets"][0]["questions"][0]["answer"]
    text = "x".join(map(str, answer)) if isinstance(answer, list) else str(answer)
    Path("a.csv").write_bytes(raw.decode(codec).replace("{}", text).encode(codec))
    done = run("grade", "key.json", "a.csv", "--pass", "10")
    assert (done.exit_code, "1 of 10" in done.output) == (0, True), done.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# a letter\n", "is no sheet of cnncli exercise, nor its key"),
        ("<!-- cnncli/exercise/2 {} -->", "bad:1: a sheet of version 2; this cnncli reads version 1"),
        ('{"schema": "cnncli/exercise/9", "sheets": []}', "bad: a sheet of version 9"),
        ('{"schema": "cnncli/exercise/1", "sheets": []}', "the key has no questions"),
        ('{"schema": "cnncli/exercise/1", "sheets": [{}]}', "the key is damaged"),
        ('{"schema": "other"}', "is no key of cnncli exercise"),
        ('{"schema": \n!', "bad:2: no key"),
        ('# cnncli/exercise/1 {"spec": 3}', "bad:1: this line of the sheet was changed"),
        ('# cnncli/exercise/1 {"spec": "", "kinds": ["conv"], "count": 999999999, "seed": 1, "level": "easy", "student": "", "id": "0"}',
         "bad:1: this line of the sheet was changed"),
        ('# cnncli/exercise/1 {"spec": "", "kinds": [], "count": 3, "seed": 1, "level": "easy", "student": "", "id": "0"}',
         "neither a spec alone nor kinds alone"),
        ('# cnncli/exercise/1 {"spec": "-", "kinds": [], "count": 3, "seed": 1, "level": "easy", "student": "", "id": "0"}',
         "made from a spec on standard input; grade with its key"),
        ('# cnncli/exercise/1 {"spec": "lenet5", "kinds": [], "count": 3, "seed": 1, "level": "easy", "student": "", "id": "0"}',
         "bad:1: the spec has changed since the sheet was made"),
    ],
)  # fmt: skip
def test_bad_sheets_are_refused(files: Path, text: str, message: str) -> None:
    """Another file, another version, a line that was changed: each is told apart."""
    Path("bad").write_text(text, encoding="utf-8")
    done = run("grade", "bad", "right.csv")
    assert (done.exit_code, message in done.output) == (2, True), done.output


def test_students_are_graded_by_their_own_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key for all, answers of all in one file; a stranger, and a row of nobody, are refused."""
    monkeypatch.chdir(tmp_path)
    assert run("exercise", "--kind", "conv", "--students", "Ann,Bo", "-o", "out", "--format", "csv", "--answers").exit_code == 0
    ann, bo = (Path("out", f"{name}.csv").read_text(encoding="utf-8") for name in ("Ann", "Bo"))
    Path("all.csv").write_text(ann + bo.partition("\n")[2], encoding="utf-8")
    for answers in (["all.csv"], ["out/Ann.csv", "out/Bo.csv"]):
        done = run("grade", "out/key.json", *answers)
        assert (done.exit_code, done.output.count("10 of 10")) == (0, 2), done.output
    for row, message in (("Anne,1,2", "no sheet of the key is for Anne; it has those of Ann, Bo"), (",1,2", "whose answers?")):
        Path("a.csv").write_text(f"student,question,answer\n{row}\n", encoding="utf-8")
        done = run("grade", "out/key.json", "a.csv")
        assert (done.exit_code, message in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1234", 1234), ("1,234", 1234), ("1 234", 1234), ("1\u202f234", 1234), ("1_234", 1234), ("1'234", 1234), ("1.234e3", 1234),
        ("1.234", 1234), ("1,234 ", 1234), ("~1234", 1234), ("1234 bytes", 1234), ("1.234 kB", 1234), ("34.9k", 34_944), ("34,9k", 34_944),
        ("1.23M", 1_234_567), ("1.23·10^6", 1_230_000), ("60", 60), ("-5", -5),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, meant: int) -> None:
    """Groups by any custom, powers, units; what is written short may be rounded."""
    assert any(reading.means(meant) for reading in readings(text))


@pytest.mark.parametrize(("text", "number"), [("35k", 34_944), ("1,235", 1234), ("34.8k", 34_944), ("3e4", 34_944), ("1,23", 123)])
def test_too_rough_is_not_right(text: str, number: int) -> None:
    """Two digits do not tell a number; nor does another one."""
    assert not any(reading.means(number) for reading in readings(text))


@pytest.mark.parametrize("text", ["", "abc", "1..2", "12 apples", "0x10", "1e9999", "9" * 200, "--1", "nan", "inf", "1,2,3x"])
def test_no_numbers(text: str) -> None:
    """What is no number is told so, and costs nothing."""
    assert not readings(text)


@pytest.mark.parametrize(
    "text",
    ["28x28x6", "28 × 28 × 6", "(28, 28, 6)", "[28,28,6]", "28*28*6", "28X28X6", "(None, 28, 28, 6)", "28 28 6", "(28, 28, 6,)", "28;28;6"],
)
def test_shapes_as_people_write_them(text: str) -> None:
    """With any sign between, in any brackets, with or without the batch."""
    assert shape(text) == (28, 28, 6)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_an_answer(text: str) -> None:
    """Whatever stands in a cell is read or not read, never a crash."""
    readings(text)
    shape(text)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10**12))
def test_a_number_written_out_means_itself_alone(number: int) -> None:
    """Plain, and in groups; the next one is another."""
    for text in (str(number), f"{number:,}", f"{number:_}"):
        assert any(reading.means(number) for reading in readings(text))
        assert not any(reading.means(number + 1) for reading in readings(text))
