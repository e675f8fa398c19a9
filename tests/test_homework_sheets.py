"""Sheets of exercises: what is asked comes to what the analysis says, the same seed gives the same sheet, and programs can read them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from cnncli import analyze, load
from cnncli.cli import main
from cnncli.cli.commands.exercise import LEVELS as OFFERED
from cnncli.errors import UsageError
from cnncli.homework import Request, Sheet, keys, make
from cnncli.homework.chance import Chance, derived
from cnncli.homework.drawn import DRAWN
from cnncli.homework.formats import STYLES, write
from cnncli.homework.formats.solution import workings
from cnncli.homework.request import LEVELS
from cnncli.layers import KINDS
from cnncli.network import Input, Network
from cnncli.totals import one_if_equal

GOLDEN = Path(__file__).parent / "golden"
SPECS = ("lenet5", "cifar10_cnn_bn", "mobilenet_v2", "resnet18", "m5_audio", "c3d", "mlp_mnist", "squeezenet")


def run(*arguments: str) -> Result:
    """The command, as from a shell."""
    return CliRunner().invoke(main, list(arguments))


def of_spec(name: str, **options: object) -> Sheet:
    return make(Request(name)._replace(**options), load(name).network)  # type: ignore[arg-type]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", DRAWN)
def test_every_drawn_question_has_the_answer_of_the_layers_own_facts(kind: str, level: str) -> None:
    """The layer that was drawn, placed anew and counted from its weights, shapes and work, comes to the answer; many seeds."""
    for seed in range(12):
        try:
            sheet = make(Request("", (kind,), 6, seed, level))
        except UsageError:
            pytest.fail(f"nothing drawn for {kind} at {level}")
        for question in sheet.questions:
            shape, *_ = [node.output for node in question.report.network.nodes]
            network = Network()
            place = network.place(Input(shape=shape), ())
            for node in question.report.network.nodes[1:]:
                place = network.place(KINDS[node.kind](**{name: getattr(node.layer, name) for name in node.layer.fields}), (place.index,))
            weights = place.facts.weights
            row = analyze(network).rows[-1]
            expected = {
                "output_shape": place.output,
                "params": sum(weight.count for weight in weights),
                "trainable_params": sum(weight.count for weight in weights if weight.trainable),
                "macs": place.facts.work.macs,
                "flops": 2 * place.facts.work.macs,
                "receptive_field": one_if_equal(row.receptive_field.size),
                "param_bytes": 4 * sum(weight.count for weight in weights),
                "activation_bytes": 4 * place.facts.elements,
            }
            assert question.answer == expected[question.quantity]


@pytest.mark.parametrize("name", SPECS)
def test_every_question_of_a_spec_has_the_answer_of_the_report(name: str) -> None:
    """What is asked of a layer is what the report has in its row, and never nothing."""
    rows = {row.name: row for row in analyze(load(name).network).rows}
    for seed in range(5):
        for question in of_spec(name, seed=seed, count=30, level="hard").questions:
            row = rows[question.node.name]
            whole = {"output_shape": row.output_shape, "receptive_field": one_if_equal(row.receptive_field.size)}
            found = whole[question.quantity] if question.quantity in whole else getattr(row.figures, question.quantity)
            assert question.answer == found
            assert found


@pytest.mark.parametrize("name", SPECS)
def test_the_workings_end_at_the_answer(name: str) -> None:
    """Each solution has workings, and one of them comes to the answer (of a shape: to each of its numbers)."""
    for question in of_spec(name, count=40, level="hard").questions:
        values = [line.value for line in workings(question)]
        if isinstance(question.answer, tuple):
            continue
        assert question.answer in values, question.text


def test_easy_numbers_are_kind() -> None:
    """At easy a layer's options are small: no side above 20, no channel count above 10, no kernel above 3."""
    for seed in range(30):
        for question in make(Request("", ("conv",), 5, seed)).questions:
            node = question.node
            assert max(node.facts.shapes[0]) <= 20
            assert node.output[-1] <= 10
            assert question.quantity in ("output_shape", "params")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("source", ["lenet5", "conv"])
def test_the_same_seed_gives_the_same_bytes(source: str, style: str) -> None:
    """A sheet is the golden one, letter by letter, on every Python and platform."""
    request = Request("lenet5", (), 8, 7, "hard") if source == "lenet5" else Request("", ("conv", "max_pool"), 6, 7, "medium")
    sheet = make(request, load("lenet5").network if request.spec else None)
    golden = GOLDEN / f"exercise_{source}.{style}"
    if os.environ.get("CNNCLI_UPDATE_GOLDEN"):
        golden.write_text(write(sheet, style, style != "moodle"), encoding="utf-8")
    assert write(sheet, style, style != "moodle") == golden.read_text(encoding="utf-8")


def test_chance_is_pinned() -> None:
    """The draws of a seed, and the seed of a student, are those that were written down once."""
    chance = Chance(7)
    assert [chance.below(100) for _ in range(6)] == [32, 15, 65, 7, 53, 36]
    assert derived(7, "") == 7
    assert derived(7, "Ann") == 557_055_577_796_900_634
    assert Chance(1).some_of(range(5), 9) == [0, 1, 2, 3, 4]


def test_seeds_and_students_have_sheets_of_their_own() -> None:
    """Thirty seeds and thirty names: no two sheets ask the same."""
    drawn = [make(Request("", ("conv", "dense"), 10, seed)) for seed in range(30)]
    named = [make(Request("", ("conv", "dense"), 10, 0, "easy", f"student {number}")) for number in range(30)]
    asked = {tuple(one.text for one in sheet.questions) for sheet in (*drawn, *named)}
    assert len(asked) == 60
    assert len({sheet.id for sheet in (*drawn, *named)}) == 60


@pytest.mark.parametrize("style", ["markdown", "latex", "csv"])
@pytest.mark.parametrize("source", [("lenet5", "--level", "hard"), ("--kind", "conv,dense", "--level", "hard")])
def test_sheets_of_students_have_no_answers(source: tuple[str, ...], style: str) -> None:
    """Take away the numbers of the question itself, and none of a question's answer is in its line; of a table each blank is a blank."""
    text = run("exercise", *source, "--seed", "5", "--format", style).output
    solved = run("exercise", *source, "--seed", "5", "--format", style, "--answers").output
    assert text != solved
    if style == "csv":
        assert all(row["answer"] == "" for row in csv.DictReader(io.StringIO(text)))
    else:
        assert text.count("........") == (10 if "lenet5" in source or style == "markdown" else 0)
        assert "=" not in text.replace("margin=", "").partition("\n")[2].replace("a4paper", "")


def test_nothing_beside_a_blank_tells_it() -> None:
    """Where MACs are asked, FLOPs are not shown; where parameters are, their bytes are not."""
    text = run("exercise", "lenet5", "--level", "hard", "--count", "40", "--seed", "1").output
    sheet = of_spec("lenet5", level="hard", count=40, seed=1)
    header, *lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    rows = {line[0].replace("\\", ""): dict(zip(header, line, strict=True)) for line in lines[1:]}
    for question in sheet.questions:
        row = rows[question.node.name]
        for asked, told in (("macs", "FLOPs"), ("flops", "MACs"), ("params", "weight bytes"), ("param_bytes", "params")):
            if question.quantity == asked:
                assert row[told] == "" or row[told].startswith("........")


def test_latex_compiles(tmp_path: Path) -> None:
    """Both kinds of sheet, blank and solved, are whole documents."""
    program = shutil.which("pdflatex")
    if not program:
        pytest.skip("pdflatex is not installed")
    for number, source in enumerate([("lenet5", "--level", "hard"), ("--kind", "conv,batch_norm,pad", "--level", "hard")]):
        for solved in ([], ["--answers"]):
            file = tmp_path / f"sheet_{number}.tex"
            assert run("exercise", *source, "--format", "latex", *solved, "-o", str(file)).exit_code == 0
            done = subprocess.run([program, "-interaction=nonstopmode", "-halt-on-error", file.name], cwd=tmp_path, capture_output=True)
            assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_moodle_is_well_formed() -> None:
    """Each question has a name, a text and answers; exactly the right ones are worth 100; every number is a number."""
    sheet = make(Request("", ("conv", "batch_norm"), 12, 3, "hard"))
    quiz = ElementTree.fromstring(write(sheet, "moodle").encode())
    category, *questions = quiz.findall("question")
    assert category.get("type") == "category"
    assert len(questions) == 12
    for made, question in zip(questions, sheet.questions, strict=True):
        assert made.get("type") == ("numerical" if isinstance(question.answer, int) else "shortanswer")
        assert made.findtext("name/text")
        assert question.text in (made.findtext("questiontext/text") or "")
        right = [answer.findtext("text") for answer in made.findall("answer") if answer.get("fraction") == "100"]
        assert str(question.answer) in right
        wrong = [answer.findtext("text") for answer in made.findall("answer") if answer.get("fraction") == "0"]
        assert not set(right) & set(wrong)
        assert all(answer.findtext("feedback/text") for answer in made.findall("answer") if answer.get("fraction") == "0")


def test_cloze_has_a_field_for_each_blank() -> None:
    """A table in Moodle is one cloze question; its fields hold the answers in the order of the questions."""
    sheet = of_spec("cifar10_cnn_bn", count=12, level="hard", seed=4)
    quiz = ElementTree.fromstring(write(sheet, "moodle").encode())
    [made] = [one for one in quiz.findall("question") if one.get("type") == "cloze"]
    fields = re.findall(r"\{1:(NUMERICAL|SHORTANSWER):=((?:\\.|[^~}])*)", made.findtext("questiontext/text") or "")
    expected = [
        ("NUMERICAL", f"{one.answer}:0") if isinstance(one.answer, int) else ("SHORTANSWER", "x".join(map(str, one.answer)))
        for one in sheet.questions
    ]
    assert sorted(fields) == sorted(expected)


def test_gift_escapes_what_is_its_own() -> None:
    """Every brace, colon, tilde, sign of equality and hash in the words has a stroke before it."""
    text = write(make(Request("", ("conv",), 10, 3, "hard")), "gift", True)
    for block in text.strip().split("\n\n")[1:]:
        assert block.startswith("::")
        assert block.endswith("\n}")
        assert len(re.findall(r"(?<!\\)\{", block)) == len(re.findall(r"(?<!\\)\}", block)) == 1


def test_levels_are_those_of_the_room() -> None:
    """What --help offers is what there is."""
    assert OFFERED == LEVELS


def test_each_student_gets_a_file_and_the_teacher_the_key(tmp_path: Path) -> None:
    """A folder with a sheet for each, all different, and one key for all."""
    names = tmp_path / "names.csv"
    names.write_bytes("\ufeffname;group\r\nAnn Müller;1\r\nBo;2\r\n".encode())
    folder = tmp_path / "out"
    done = run("exercise", "--kind", "conv", "--students", str(names), "-o", str(folder), "--format", "csv")
    assert done.exit_code == 0, done.output
    assert sorted(file.name for file in folder.iterdir()) == ["Ann_Müller.csv", "Bo.csv", "key.json"]
    assert [one["student"] for one in json.loads((folder / "key.json").read_text(encoding="utf-8"))["sheets"]] == ["Ann Müller", "Bo"]
    first, second = ([row["text"] for row in csv.DictReader(io.StringIO((folder / f"{name}.csv").read_text(encoding="utf-8")))]
                     for name in ("Ann_Müller", "Bo"))  # fmt: skip
    assert first != second


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("exercise",), "name a SPEC, or the kinds of layers to draw with --kind"),
        (("exercise", "lenet5", "--kind", "conv"), "one of them"),
        (("exercise", "--kind", "convv"), "--kind 'convv'; did you mean 'conv'?"),
        (("exercise", "--kind", "softmax"), "--kind 'softmax'; no exercises are drawn for it"),
        (("exercise", "--kind", "flatten", "--students", "a,b"), "name the folder with -o"),
        (("exercise", "--kind", "conv", "--students", "a,a", "-o", "x"), "'a' stands there twice"),
        (("exercise", "--kind", "conv", "--students", "a b,a_b", "-o", "x"), "the students 'a b' and 'a_b' would get the same file"),
        (("exercise", "--kind", "conv", "--students", "gone.csv", "-o", "x"), "gone.csv is not there"),
        (("exercise", "--kind", "conv", "--students", ",", "-o", "x"), "no names of students"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, a message that tells what to do, and nothing written."""
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert not [*tmp_path.iterdir()]


def test_the_key_is_documented() -> None:
    """The key has the schema, the request, and for each question the answer and its slips with their words."""
    held = json.loads(keys([of_spec("lenet5", count=4)]))
    assert held["schema"] == "cnncli/exercise/1"
    [sheet] = held["sheets"]
    assert (sheet["spec"], sheet["count"], len(sheet["questions"])) == ("lenet5", 4, 4)
    assert all(set(one) == {"question", "text", "quantity", "answer", "slips"} for one in sheet["questions"])
    assert all(set(slip) == {"value", "rule", "words"} for one in sheet["questions"] for slip in one["slips"])
