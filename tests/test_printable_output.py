"""Text of others reaches no terminal unescaped: run on a pseudo-terminal, for click strips codes where output is piped."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli import convert, load
from cnncli.cli import main
from cnncli.render.csv import cell, unescape
from cnncli.render.json import dumps

ROOT = Path(__file__).parent.parent
CLI = [sys.executable, "-m", "cnncli"]
CODES = "\x1b[2J\x1b]0;title\x07\x1b]52;c;Y21k\x07\x9b31m\u202e\u2066\u200b\u2028\ufeff"
OWN = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")  # the codes that rich and click write themselves, which set colours and move the cursor
needs_pty = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")


def on_terminal(words: list[str], cwd: Path) -> tuple[str, int]:
    """What a command writes on a terminal, and its exit code."""
    import pty

    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm-256color"}
    with subprocess.Popen([*CLI, *words], stdout=follower, stderr=follower, stdin=follower, env=environment, cwd=cwd) as process:
        os.close(follower)
        written = b""
        try:
            while piece := os.read(leader, 65536):
                written += piece
        except OSError:  # the terminal is gone with its last writer
            pass
        code = process.wait(timeout=60)
    os.close(leader)
    return written.decode(), code


def assert_harmless(text: str) -> None:
    """Nothing but printable characters, layout, and codes that draw tables."""
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text
    rest = OWN.sub("", text.replace("\r\n", "\n"))
    assert [char for char in rest if not char.isprintable() and char not in "\n\t"] == []


def yaml(text: str) -> str:
    """Text in double quotes, as YAML escapes it."""
    return json.dumps(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files whose text is full of codes."""
    spec = f"name: {yaml('good' + CODES)}\nsource: {yaml(CODES)}\ninput: [8, 8, 1]\nparameters: {{width: 4}}\n"
    (tmp_path / "named.yaml").write_text(f"{spec}layers: [{{conv: {{filters: $width, kernel: 3}}}}, relu]\n", encoding="utf-8")
    (tmp_path / "refused.yaml").write_text(f"{spec}layers: [{{{yaml('conv' + CODES)}: 3}}]  # \u202e\n", encoding="utf-8")
    (tmp_path / f"file{CODES.replace('/', '')}.yaml").write_text("input: [8, 8, 1]\nlayers: [relu]\n", encoding="utf-8")
    layers = [
        {"class_name": "InputLayer", "config": {"name": "input", "batch_shape": [None, 8, 8, 1]}},
        {"class_name": "ReLU", "config": {"name": f"relu{CODES}\nforged"}},
    ]
    model = {"class_name": "Sequential", "config": {"name": f"model{CODES}\nforged", "layers": layers}}
    (tmp_path / "model.json").write_text(json.dumps(model), encoding="utf-8")
    return tmp_path


COMMANDS = [
    "summarize named.yaml", "summarize named.yaml --format csv", "summarize named.yaml --format markdown --columns all",
    "summarize named.yaml --format latex", "summarize named.yaml --format json", "summarize named.yaml model.json --depth 0",
    "summarize refused.yaml", "summarize model.json", "summarize model.json --format csv", "summarize model.json --format markdown",
    "explain model.json", "explain model.json --format latex", "explain model.json --format json", "get named.yaml name source",
    "get model.json name", "validate named.yaml refused.yaml", "show named.yaml", "show refused.yaml", "convert model.json",
    "convert named.yaml", "export named.yaml --to keras-code", "export named.yaml --to torch-code", "export named.yaml --to dot",
    "export named.yaml --to mermaid", "export model.json --to dot", "export model.json --to mermaid", "exercise named.yaml",
    "exercise model.json", "exercise model.json --format csv", "calc --input 8x8x1 CODES", "summarize CODES", "get named.yaml CODES",
    "summarize named.yaml --set CODES", "summarize named.yaml --set width=CODES", "summarize named.yaml --input CODES",
    "summarize named.yaml --columns CODES", "summarize named.yaml --format CODES", "CODES", "--CODES", "layers CODES", "list CODES",
    "convolve --input CODES --kernel 1", "trace named.yaml --weights CODES --input ones", "explain named.yaml CODES",
    "solve size CODES 5", "grade CODES CODES", "summarize named.yaml -o nowhere/CODES",
]  # fmt: skip


@needs_pty
@pytest.mark.parametrize("line", COMMANDS)
def test_terminal_gets_no_codes_of_others(line: str, folder: Path) -> None:
    """Names, sources, quoted values and lines, options and file names are shown, never obeyed."""
    words = [word.replace("CODES", CODES) for word in line.split()]
    text, code = on_terminal(words, folder)
    refused = "CODES" in line or "model.json" in line or "validate" in line or line == "summarize refused.yaml"
    assert code == (2 if refused else 0), text
    assert text.strip()
    assert_harmless(text)


@needs_pty
def test_file_names_are_escaped(folder: Path) -> None:
    """File names in results and refusals."""
    names = sorted(path.name for path in folder.glob("file*"))
    for words in (["validate", *names], ["summarize", *names], ["get", names[0], "name"], ["explain", names[0]], ["show", f"no{names[0]}"]):
        text, _ = on_terminal(words, folder)
        assert_harmless(text)
        assert "file" in text or "\\x1b" not in text


@needs_pty
def test_answers_forge_no_result(tmp_path: Path) -> None:
    """A student's answers cannot draw a result over the real one, nor write lines of their own."""
    made = CliRunner().invoke(main, ["exercise", "--kind", "conv", "--count", "3", "--key", str(tmp_path / "key.json")])
    assert made.exit_code == 0
    forged = "1\x1b[2J\x1b[H3 of 3 (100%): passed\x1b[8m"
    with open(tmp_path / "answers.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["question", "answer"], *[[str(number), f"{forged}\n\n3 of 3 (100%): passed"] for number in (1, 2, 3)]])
    text, code = on_terminal(["grade", "key.json", "answers.csv"], tmp_path)
    assert code == 1
    assert_harmless(text)
    lines = text.replace("\r\n", "\n").splitlines()
    assert [line for line in lines if line.startswith("3 of 3")] == []
    assert lines[-1].startswith("0 of 3 (0%): not passed")
    assert "\\x1b[2J" in text


def test_files_get_no_codes_of_others(folder: Path) -> None:
    """What is written with -o is escaped as what is printed."""
    for style in ("csv", "markdown", "latex", "json"):
        target = folder / f"out.{style}"
        done = CliRunner().invoke(main, ["summarize", str(folder / "named.yaml"), "--format", style, "-o", str(target)])
        assert done.exit_code == 0, done.stderr
        assert_harmless(target.read_text(encoding="utf-8"))


def test_words_of_the_command_line_begin_no_line(folder: Path) -> None:
    """A file name with a line break is no line of its own in a message, and no text of a spec."""
    forged = "bad\nforged: 3 layers.yaml"
    (folder / forged).write_text("input: [8, 8, 1]\nlayers: [nothing]\n", encoding="utf-8")
    for words in (
        ["validate", str(folder / forged)], ["summarize", str(folder / forged)], ["summarize", forged], ["validate", forged],
        ["grade", forged, forged], ["get", "lenet5", forged], ["summarize", "lenet5", "--set", f"{forged}=1"], [forged],
        ["convert", "lenet5", "-o", f"{folder}/none/{forged}"], ["convert", "lenet5", f"--output={folder}/none/{forged}"],
    ):  # fmt: skip
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 2
        assert "\nforged" not in done.stderr
        assert "\\nforged" in done.stderr


def test_show_gives_pipes_the_exact_bytes(folder: Path) -> None:
    """Only on a terminal is a file escaped."""
    done = subprocess.run([*CLI, "show", "refused.yaml"], cwd=folder, capture_output=True, check=True)
    assert done.stdout == (folder / "refused.yaml").read_bytes()


def test_json_keeps_its_values(folder: Path) -> None:
    """Escaped JSON has the same values, and nothing in it that is not printable."""
    value = {"name": CODES + "é×→\U000e0001\x7f\x85 \xad", "list": [1, "\u202e"]}
    text = dumps(value, 2)
    assert json.loads(text) == value
    assert "é×→" in text
    assert_harmless(text)
    done = CliRunner().invoke(main, ["summarize", str(folder / "named.yaml"), "--format", "json"])
    assert json.loads(done.stdout)["name"] == load(str(folder / "named.yaml")).name


def test_converted_names_are_read_again() -> None:
    """The YAML of convert has no character that YAML refuses, and gives the same name."""
    name = f"a{CODES}\U000e0001: é"
    text = convert({"name": name, "input": [4, 4, 1], "layers": ["relu"]})
    assert_harmless(text)
    assert load(text).name == " ".join(name.split())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"), ("+SUM(A1)", "'+SUM(A1)"), ("-2+3", "'-2+3"), ("@a", "'@a"), ("\t=1", "\\t=1"), ("\r=1", "\\r=1"),
        (" =1", "' =1"), ("＝1", "'＝1"), (("=a", "b"), "'=a b"), ("conv_1", "conv_1"), (-1, "-1"), ((-1, -3), "-1 -3"), ("-4", "-4"),
        ("+3.5e-2", "+3.5e-2"), ("-1/2", "-1/2"), ("1,234", "1,234"), (None, ""), (True, "true"), ("a\x1b[2J", "a\\x1b[2J"),
    ],
)  # fmt: skip
def test_cells_hold_no_formulas(value: object, expected: str) -> None:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers do not."""
    assert cell(value) == expected


@pytest.mark.parametrize("text", ["=1+1", "@anna", "-x", "anna", "'tis", "'", "", "-4"])
def test_cells_are_read_as_they_were_written(text: str) -> None:
    """The apostrophe is taken away again."""
    assert unescape(cell(text)) == text


def test_tables_and_marks_as_csv_hold_no_formulas(tmp_path: Path) -> None:
    """Names of a network and answers of students, in the CSV of summarize and grade."""
    (tmp_path / "spec.yaml").write_text("name: =cmd()\ninput: [8, 8, 1]\nlayers: [relu]\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["summarize", str(tmp_path / "spec.yaml"), "lenet5", "--format", "csv", "--columns", "name,start"])
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[:3] == [["network", "name", "start"], ["'=cmd()", "input", "0"], ["'=cmd()", "relu_1", "0"]]
    key = tmp_path / "key.json"
    assert CliRunner().invoke(main, ["exercise", "--kind", "dense", "--count", "1", "--key", str(key)]).exit_code == 0
    (tmp_path / "answers.csv").write_text("student,question,answer\n=HYPERLINK(1),1,-4\n@b,1,=1+1\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["grade", str(key), str(tmp_path / "answers.csv"), "--format", "csv"])
    rows = [(row["student"], row["given"]) for row in csv.DictReader(io.StringIO(done.stdout))]
    assert rows == [("'=HYPERLINK(1)", "-4"), ("'@b", "'=1+1")]


def test_students_with_marks_in_their_names_are_graded(tmp_path: Path) -> None:
    """A CSV sheet of @anna, filled in, is read as hers."""
    out, key = tmp_path / "out", tmp_path / "key.json"
    words = ["exercise", "--kind", "dense", "--count", "1", "--students", "@anna,=bob", "--format", "csv", "--answers"]
    assert CliRunner().invoke(main, [*words, "--key", str(key), "-o", str(out)]).exit_code == 0
    sheets = sorted(map(str, out.glob("*.csv")))
    assert "'@anna" in "".join(Path(sheet).read_text(encoding="utf-8") for sheet in sheets)
    done = CliRunner().invoke(main, ["grade", str(key), *sheets])
    assert done.exit_code == 0, done.output


def test_class_names_are_escaped() -> None:
    """The names of class folders, in the tables of evaluate, the answers of predict, and the pictures."""
    pytest.importorskip("matplotlib")
    from cnncli.cli.commands.evaluate import told
    from cnncli.cli.commands.predict import told as answered
    from cnncli.training.pictures import literal

    names = [f"cat{CODES}", "dog\nforged"]
    rows = [{"class": name, "images": 1, "recall": 1.0, "precision": None} for name in names]
    pairs = [{"class": names[0], "taken_for": names[1], "images": 1}]
    result = {"evaluated_on": "test", "accuracy": 1.0, "loss": 0.1, "images": 2, "calibration_error": 0.0}
    lines = told({**result, "per_class": rows, "most_confused": pairs, "confusion": [[1, 0], [1, 0]]})
    classes = [{"class": name, "probability": 0.5} for name in names]
    lines += answered({"image": f"file{CODES}\nforged", "fitted": "", "classes": classes})
    assert "\\x1b[2J" in "".join(lines)
    assert [line for line in lines if not line.isprintable()] == []
    widths = {len(line) for line in lines if line.endswith("      -")}
    assert len(widths) == 1  # columns are aligned by what is shown
    assert literal(f"$\\frac{CODES}$").isprintable()


def test_titles_of_pictures_are_drawn_letter_by_letter(tmp_path: Path) -> None:
    """Dollar signs in names are not read as TeX."""
    pytest.importorskip("matplotlib")
    numpy = pytest.importorskip("numpy")
    from cnncli.training.pictures import confusion

    confusion(numpy.eye(2, dtype=int), ["$\\frac$", "$x^$"], "$\\nothing{$", tmp_path / "table.png")
    assert (tmp_path / "table.png").stat().st_size > 1000


PRINTS = re.compile(r"click\.(echo|secho|echo_via_pager|prompt|confirm)|print|sys\.(stdout|stderr)\.(buffer\.)?write(lines)?")
# They write no text of others: the border between processes, rich's consoles (which get escaped text), and a file that is asked for.
ALLOWED = {
    "cli/output.py",
    "cli/files.py",
    "cli/progress.py",
    "render/table.py",
    "importers/keras/file.py",
    "training/distributed/on_jax.py",
}


def test_commands_print_in_one_place() -> None:
    """Whatever is printed goes through cnncli.cli.output."""
    for path in sorted((ROOT / "cnncli").rglob("*.py")):
        name = path.relative_to(ROOT / "cnncli").as_posix()
        if name not in ALLOWED:
            calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
            assert [ast.unparse(call) for call in calls if PRINTS.fullmatch(ast.unparse(call))] == [], name
