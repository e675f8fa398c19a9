"""Sheets that do not print their own answers, files that are not overwritten, and marks that say what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cnncli import analyze, load
from cnncli.chain import build, pieces
from cnncli.cli import main
from cnncli.homework import Request, make
from cnncli.homework.formats.table import table
from cnncli.homework.quantity import value
from cnncli.homework.sheet import Question
from cnncli.homework.slips import slips
from cnncli.homework.wording import shown


def run(*words: str, stdin: bytes | None = None) -> Result:
    """The result of a command."""
    return CliRunner().invoke(main, [*words], input=stdin)


def question(layers: str, shape: tuple[int, ...], quantity: str) -> Question:
    """A question about the last of some layers."""
    report = analyze(build([shape], pieces(layers.split())))
    return Question(1, report, report.network.nodes[-1], quantity)


def test_the_work_of_a_transposed_convolution_goes_with_its_input() -> None:
    """5x5 to 10x10: the usual slip counts the positions of the output, one position is the 25th part."""
    asked = question("conv_transpose:8,3,stride=2,padding=same", (5, 5, 4), "macs")
    assert asked.answer == 25 * 9 * 4 * 8
    known = {slip.value: slip for slip in slips(asked)}
    assert known[100 * 9 * 4 * 8].rule == "positions"
    assert "once for each of the 5x5 positions of the input" in known[100 * 9 * 4 * 8].words
    assert known[9 * 4 * 8].words.endswith("the work of one position; there are 25")
    params = 9 * 4 * 8 + 8
    assert "times the 25 positions" in known[params * 25].words
    assert params * 100 not in known


def test_positions_of_other_layers_are_those_of_the_output() -> None:
    """A convolution is applied once for each position of its output."""
    known = {slip.value: slip.words for slip in slips(question("conv:8,3", (10, 10, 4), "macs"))}
    assert "what comes of padding same" in known[100 * 9 * 4 * 8]
    assert "the work of one position; there are 64" in known[9 * 4 * 8]


def grade(tmp_path: Path, answer: int, given: str) -> dict[str, Any]:
    """The mark for an answer to a question whose right answer is known."""
    asked = {"question": "1", "text": "", "quantity": "params", "answer": answer}
    asked["slips"] = [{"value": 170_016, "rule": "bias", "words": "170,016 is ..."}]
    key = {"schema": "cnncli/exercise/1", "sheets": [{"student": "", "id": "a", "questions": [asked]}]}
    (tmp_path / "key.json").write_text(json.dumps(key))
    (tmp_path / "answers.csv").write_text(f'question,answer\n1,"{given}"\n')
    done = run("grade", str(tmp_path / "key.json"), str(tmp_path / "answers.csv"), "--format", "json")
    mark: dict[str, Any] = json.loads(done.stdout)["results"][0]["marks"][0]
    return mark


@pytest.mark.parametrize(
    ("given", "right", "rule"),
    [
        ("169344", True, ""),
        ("169k", True, ""),
        ("169.3k", True, ""),
        ("170k", False, "rounded"),
        ("1.7e5", False, "rounded"),
        ("170,000", False, "rounded"),
        ("170016", False, "bias"),
        ("180k", False, ""),
        ("170,100", False, ""),
    ],
)
def test_rounded_answers(given: str, right: bool, rule: str, tmp_path: Path) -> None:
    """Right to three digits is right; the right answer rounded further is said to be rounded, not put down to a slip."""
    mark = grade(tmp_path, 169_344, given)
    assert (mark["right"], mark["rule"]) == (right, rule)


@pytest.mark.parametrize("name", ["lenet5", "vgg16", "resnet18", "googlenet"])
def test_a_table_shows_no_shape_that_is_asked_before(name: str) -> None:
    """A layer that passes a shape on does not show it where the layer above it asks for it; no question repeats a shape."""
    for seed in range(8):
        sheet = make(Request(name, (), 30, seed, "easy"), load(name).network)
        asked = {one.node.index for one in sheet.questions if one.quantity == "output_shape"}
        assert sheet.report
        nodes = sheet.report.network.nodes
        drawn = table(sheet, lambda one: "?")
        column = next(column for column in drawn.columns if column.name == "output_shape")
        cells = [column.get(node) for node in nodes]
        for node in nodes:
            hidden = [index for index in node.inputs if cells[index] in ("?", "")]
            if any(nodes[index].output == node.output for index in hidden):
                assert cells[node.index] in ("?", ""), node.name
        for one in sheet.questions:
            answers = {shown(nodes[index].output) for index in one.node.inputs if index in asked}
            assert not any(answer in one.text for answer in answers if "x" in answer)


@pytest.mark.parametrize("name", ["cifar10_cnn_bn", "resnet18"])
@pytest.mark.parametrize("quantity", ["activation_bytes", "receptive_field"])
def test_a_table_shows_no_figure_that_the_next_layer_repeats(name: str, quantity: str) -> None:
    """Activations and normalization pass on bytes and fields, forward and backward: they show none that is asked beside them."""
    blanks = 0
    for seed in range(8):
        sheet = make(Request(name, (), 20, seed, "hard"), load(name).network)
        assert sheet.report
        nodes = sheet.report.network.nodes
        column = next((column for column in table(sheet, lambda one: "?").columns if column.name == quantity), None)
        cells = [column.get(node) if column else "" for node in nodes]
        blanks += cells.count("?")
        for node in nodes:
            same = [index for index in node.inputs if value(sheet.report, nodes[index], quantity) == value(sheet.report, node, quantity)]
            for index in same:
                pair = {cells[index], cells[node.index]}
                assert "?" not in pair or pair <= {"?", ""} or not nodes[index].inputs
    assert blanks


def test_all_students_have_the_same_blanks_of_a_table() -> None:
    """With other blanks, one student's sheet would show the answers of another's. Drawn layers differ."""
    network = load("lenet5").network
    sheets = [make(Request("lenet5", (), 8, 3, "hard", student), network) for student in ("ann", "bob")]
    blanks = [[(one.node.name, one.quantity) for one in sheet.questions] for sheet in sheets]
    assert blanks[0] == blanks[1]
    drawn = [make(Request("", ("conv",), 4, 3, "hard", student)) for student in ("ann", "bob")]
    assert [one.answer for one in drawn[0].questions] != [one.answer for one in drawn[1].questions]


def test_a_kind_that_runs_out_leaves_room_for_others() -> None:
    """flatten at level easy has few different questions: the sheet has them once each, and others of conv; alone, it is short."""
    both = make(Request("", ("global_avg_pool", "conv"), 200, 1, "easy"))
    texts = [one.text for one in both.questions]
    assert len(texts) == len(set(texts)) == 200
    done = run("exercise", "--kind", "global_avg_pool", "--count", "1000")
    assert done.exit_code == 0
    assert "there are no others at the level easy" in done.stderr
    asked = done.stdout.count("........")
    assert f"global_avg_pool: {asked} questions, not 1000" in done.stderr
    alone = make(Request("", ("batch_norm",), 1, 1, "easy"))
    assert len(alone.questions) == 1


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["exercise", "--kind", "conv", "--key", "same", "-o", "./same"],
        ["exercise", "x.yaml", "-o", "x.yaml"],
        ["exercise", "x", "--key", "x.yaml"],
        ["summarize", "x.yaml", "-o", "x.yaml"],
        ["summarize", "x", "-o", "link.yaml"],
        ["convert", "x.yaml", "-o", "sub/../x.yaml"],
        ["convolve", "--input", "m.csv", "--kernel", "1", "-o", "m.csv"],
        ["pool", "--input", "m.csv", "--size", "1", "-o", "m.csv"],
        ["grade", "key.json", "answers.csv", "-o", "answers.csv"],
    ],
)
def test_one_file_has_one_role(words: list[str], here: Path) -> None:
    """A file that is read is not replaced, and two results do not go to one file, however it is spelled."""
    (here / "sub").mkdir()
    for name in ("x.yaml", "m.csv", "key.json", "answers.csv"):
        (here / name).write_text("input: [4]\nlayers: [{dense: 2}]\n" if name == "x.yaml" else "1\n")
    (here / "link.yaml").symlink_to("x.yaml")
    before = {path: path.read_bytes() for path in here.iterdir() if path.is_file()}
    done = run(*words)
    assert done.exit_code == 2
    assert "the same file" in done.stderr or "would replace the file that is read" in done.stderr
    assert {path: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("line", ["extends: base.yaml", "extends: middle.yaml", "backbone: base.yaml\nlayers: [relu]"])
@pytest.mark.parametrize("words", ["summarize SPEC", "convert SPEC", "export SPEC --to dot", "exercise SPEC"])
def test_a_file_that_a_spec_names_is_not_replaced(words: str, line: str, here: Path) -> None:
    """The base of a spec and its backbone are read as well as the spec."""
    (here / "base.yaml").write_text("input: [4, 4, 1]\nlayers: [{conv: {filters: 2, kernel: 3}}]\n")
    (here / "middle.yaml").write_text("extends: base.yaml\n")
    (here / "spec.yaml").write_text(line + "\n")
    before = (here / "base.yaml").read_bytes()
    done = run(*words.replace("SPEC", "spec.yaml").split(), "-o", "base.yaml")
    assert (done.exit_code, (here / "base.yaml").read_bytes()) == (2, before)
    assert "-o base.yaml would replace the file that is read" in done.stderr.replace(f"{here}/", "")


@pytest.mark.parametrize("name", ["recipe.json", "result.json", "spec.yaml", "spec_base_1.yaml", "model.keras", "checkpoints/last.npz"])
@pytest.mark.parametrize("words", ["summarize lenet5", "convert lenet5", "export lenet5 --to onnx", "exercise lenet5"])
def test_no_file_of_a_run_is_replaced(words: str, name: str, here: Path) -> None:
    """A run without one of its files is lost. Other files in its directory may be replaced."""
    (here / "run" / "checkpoints").mkdir(parents=True)
    for other in ("recipe.json", name, "mine.txt"):
        (here / "run" / other).write_text("kept")
    done = run(*words.split(), "-o", f"run/{name}")
    assert (done.exit_code, (here / "run" / name).read_text()) == (2, "kept")
    refused_by_ending = words.startswith("exercise") and name.endswith(".json") and ".json is no format of this command" in done.stderr
    assert "would replace a file of a run; give another name" in done.stderr or refused_by_ending
    assert run(*words.split(), "-o", "run/mine.txt").exit_code == 0


def test_a_new_name_is_no_input(here: Path) -> None:
    """convert lenet5 -o lenet5.yaml writes a new file: the one that is read is another."""
    assert run("convert", "lenet5", "-o", "lenet5.yaml").exit_code == 0
    assert (here / "lenet5.yaml").exists()


def test_the_key_of_another_exercise_is_not_replaced(here: Path) -> None:
    """The same exercise may be written again; another one's key, or a file that is no key, stays."""
    first = ["exercise", "--kind", "conv", "--students", "ann,bob", "-o", "sheets"]
    assert run(*first).exit_code == 0
    assert run(*first).exit_code == 0
    key = (here / "sheets" / "key.json").read_bytes()
    done = run(*first, "--seed", "1")
    assert done.exit_code == 2
    assert "sheets/key.json exists and is not the key of this exercise" in done.stderr
    assert (here / "sheets" / "key.json").read_bytes() == key
    (here / "notes.json").write_text("{}")
    assert run("exercise", "--kind", "conv", "--key", "notes.json").exit_code == 2
    assert (here / "notes.json").read_text() == "{}"


def test_sheets_of_another_exercise_are_not_replaced(here: Path) -> None:
    """Nor is a csv that a student has filled in, or the list of students."""
    words = ["exercise", "--kind", "conv", "--students", "ann", "-o", "sheets", "--key", "key.json"]
    assert run(*words).exit_code == 0
    sheet = (here / "sheets" / "ann.md").read_bytes()
    done = run(*words[:-1], "other.json", "--seed", "1")
    assert done.exit_code == 2
    assert "sheets/ann.md belongs to another exercise (conv with seed 0, for ann)" in done.stderr
    assert run("exercise", "lenet5", "-o", "sheets/ann.md").exit_code == 2
    assert (here / "sheets" / "ann.md").read_bytes() == sheet
    assert not (here / "other.json").exists()
    table = ["exercise", "--kind", "conv", "--format", "csv", "-o", "sheet.csv"]
    assert run(*table).exit_code == 0
    assert run(*table).exit_code == 0
    filled = (here / "sheet.csv").read_text().rstrip() + "5\n"
    (here / "sheet.csv").write_text(filled)
    assert "sheet.csv is another sheet, or one that is filled in" in run(*table).stderr
    assert (here / "sheet.csv").read_text() == filled
    (here / "names.csv").write_text("student\nnames\n")
    done = run("exercise", "--kind", "conv", "--students", "names.csv", "-o", ".", "--format", "csv")
    assert done.exit_code == 2
    assert (here / "names.csv").read_text() == "student\nnames\n"
    assert "both go to standard output" in run("exercise", "--kind", "conv", "--key", "-").stderr


def test_one_sheet_is_one(here: Path) -> None:
    """Counts of one have no s."""
    assert run("exercise", "--kind", "conv", "--students", "ann", "-o", "sheets").stderr.startswith("1 sheet in sheets")


@pytest.mark.parametrize("name", ["out.foo", "out.docx"])
def test_unknown_endings_are_refused(name: str, here: Path) -> None:
    """-o with an ending that no format has is refused, unless a format is chosen; without an ending it is text."""
    words = ["convolve", "--input", "1 2 3", "--kernel", "1 1"]
    done = run(*words, "-o", name)
    assert done.exit_code == 2
    assert "endings are .csv, .json" in done.stderr
    assert not (here / name).exists()
    assert run(*words, "-o", name, "--format", "json").exit_code == 0
    assert run(*words, "-o", "out").exit_code == 0


def test_endless_and_binary_files_are_refused(here: Path) -> None:
    """show and grade read a bounded part of a file, and show prints text alone."""
    (here / "binary.yaml").write_bytes(b"\x00\xff\xfe")
    assert "not UTF-8 text" in run("show", "binary.yaml").stderr
    for words in (
        ["show", "/dev/zero"],
        ["grade", "/dev/zero", "answers.csv"],
        ["exercise", "--kind", "conv", "--students", "/dev/zero", "-o", "s"],
    ):
        if os.path.exists("/dev/zero"):
            done = run(*words)
            assert done.exit_code == 2
            assert "MiB" in done.stderr


def test_gift_questions_say_that_they_are_plain_text() -> None:
    """Without a mark Moodle reads the text of a question as HTML."""
    text = run("exercise", "--kind", "conv", "--format", "gift").stdout
    assert text.count("::[plain]A ") == 10


def test_the_heading_of_a_merge_has_every_input() -> None:
    """Inputs of equal shape are counted, not left out."""
    text = run("calc", "--input", "4x4x8", "add", "[", "conv:8,3,padding=same", "/", "]").stdout
    assert "add, 2 x (4, 4, 8) → (4, 4, 8)" in text
