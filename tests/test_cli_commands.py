"""The other commands: list, show, validate, layers, schema, completion; and help."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

from cnncli import __version__
from cnncli.cli import COMMANDS, main
from cnncli.layers import KINDS
from cnncli.spec import find, shipped
from cnncli.spec.schema import schema
from cnncli.spec.source import read
from cnncli.spec.tree import Scalar, Sequence, Tree, parse

VOCABULARY = [kind for kind in KINDS if kind != "input"]


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=text)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_an_example(command: str, flag: str) -> None:
    """-h and --help of every command end with an example; its first word is cnncli and its second the command."""
    result = run(command, flag)
    assert result.exit_code == 0, result.output
    assert re.search(rf"Example: .*cnncli {command}", result.stdout)


# Their examples need a framework, a trained network, or a model of another program; their own tests run them.
ELSEWHERE = {"verify", "convert", "train", "lr-find", "evaluate", "predict", "doctor", "grade"}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in ELSEWHERE])
def test_examples_run(command: str, tmp_path: Path) -> None:
    """The example in each command's help runs as it stands."""
    example = re.search(r"Example: (.*(\n .*)*)", run(command, "--help").stdout)
    assert example is not None
    (tmp_path / "one.yaml").write_text("input: [4, 4, 1]\nlayers: [relu]\n", encoding="utf-8")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    line = " ".join(example[1].split())
    done = subprocess.run(["bash", "-ec", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_is_listed() -> None:
    """cnncli --help lists every command with the first sentence of its own help, and every file of a command is listed."""
    text = run("--help").stdout
    for command, sentence in COMMANDS.items():
        assert f"  {command} " in text
        help_of_its_own = main.get_command(click.Context(main), command).help
        assert " ".join(help_of_its_own.split("\n\n")[0].split()) == sentence
    assert "..." not in text.split("Analyse:")[1]
    files = {path.stem for path in (Path(__file__).parent.parent / "cnncli/cli/commands").glob("*.py")} - {"__init__"}
    assert files == {command.replace("-", "_") for command in COMMANDS}


def test_version() -> None:
    """--version tells the version."""
    assert run("--version").stdout == f"cnncli {__version__}\n"


def test_unknown_command() -> None:
    """A command that is not there is refused with the nearest."""
    result = run("sumarize")
    assert result.exit_code == 2
    assert "no command is called 'sumarize'; did you mean 'summarize'?" in result.stderr


def test_spec_without_a_command(tmp_path: Path) -> None:
    """A spec in the place of the command leads to summarize."""
    (tmp_path / "net.yaml").write_text("input: [4]\nlayers: [relu]\n")
    for spec in ("lenet5", str(tmp_path / "net.yaml")):
        assert run(spec).stderr.endswith(f"; to show this network, write cnncli summarize {spec}\n")
    assert run("nothing").stderr.endswith("no command is called 'nothing'\n")


def test_folder_of_a_run_is_no_spec(tmp_path: Path) -> None:
    """Its model is."""
    (tmp_path / "model.keras").touch()
    refused = run("summarize", str(tmp_path)).stderr
    assert refused == f"{tmp_path}: this is a directory; a spec is one file; for the model of this run, name {tmp_path}/model.keras\n"


def test_list_has_all_that_ships() -> None:
    """list tells every architecture with raw figures in CSV and JSON."""
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(run("list", "--format", "csv").stdout))}
    assert list(rows) == list(shipped())
    assert (rows["vgg16"]["params"], rows["vgg16"]["macs"], rows["vgg16"]["receptive_field"]) == ("138357544", "15470264320", "212")
    assert rows["vgg16"]["source"].startswith("Simonyan")
    found = {each["name"]: each for each in json.loads(run("list", "--format", "json").stdout)}
    assert found["vgg16"]["input"] == [224, 224, 3]
    assert list(found) == list(shipped())


def test_list_of_a_part() -> None:
    """list PART tells those with PART in their names; none is refused."""
    assert "resnet50" in run("list", "resnet").stdout
    assert "vgg16" not in run("list", "resnet").stdout
    assert run("list", "zzz").exit_code == 2


@pytest.mark.parametrize("name", ["lenet5", "alexnet.yaml"])
def test_show_prints_the_file_unchanged(name: str) -> None:
    """show prints the bytes of the file, with its comments; what is not there is refused."""
    assert run("show", name).stdout_bytes == Path(find(name)).read_bytes()
    assert run("show", "no_such_network").exit_code == 2


def test_show_then_summarize() -> None:
    """What show prints, summarize reads from standard input, with the same figures."""
    text = run("show", "vgg16").stdout
    assert run("get", "-", "params", text=text).stdout == "138357544\n"


def test_validate_says_how_it_went() -> None:
    """A file that is as it expects: exit code 0, and one line that says what was compared."""
    result = run("validate", "vgg16")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"vgg16.yaml: 25 layers, 138,357,544 parameters; as expected: params, .*\n", result.stdout)


def test_validate_tells_what_is_not_as_expected(tmp_path: Path) -> None:
    """A total that is not as the file expects is told at its place, underlined: exit code 1."""
    spec = tmp_path / "wrong.yaml"
    spec.write_text("input: [1]\nlayers: [{dense: 2}]\nexpect:\n  params: 5\n  layers: 2\n", encoding="utf-8")
    result = run("validate", str(spec))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{spec}:4:11: params is 4, expected 5\n      params: 5\n              ^\n"


def test_validate_tells_every_fault_of_every_file(tmp_path: Path) -> None:
    """All files are read, whatever is wrong with some; a refused file weighs more than a missed figure: exit code 2."""
    (tmp_path / "two.yaml").write_text("input: [4, 4, 1]\nlayers: [{dens: 2}, {conv: {filtes: 2, kernel: 1}}]\n", encoding="utf-8")
    (tmp_path / "good.yaml").write_text("input: [4, 4, 1]\nlayers: [relu]\n", encoding="utf-8")
    result = run("validate", str(tmp_path / "two.yaml"), str(tmp_path / "good.yaml"), "nothing", "lenet5", "--expect", "params<=1")
    assert result.exit_code == 2
    for words in ("dense", "filters", "nothing: no such file", "lenet5.yaml: params is 61,706, expected <= 1"):
        assert words in result.stderr
    assert result.stdout == f"{tmp_path}/good.yaml: 2 layers, 0 parameters; as expected: params\n"


@pytest.mark.parametrize(
    ("condition", "code"),
    [("params<=61_706", 0), ("params < 61706", 1), ("receptive_field==16", 0), ("macs>=1_000_000", 1), ("parms<=1", 2), ("params", 2)],
)
def test_validate_expects_what_it_is_told(condition: str, code: int) -> None:
    """--expect adds a condition; one that is none is wrong usage."""
    assert run("validate", "lenet5", "--expect", condition).exit_code == code


@pytest.mark.parametrize("kind", VOCABULARY)
def test_layers_tells_all_of_a_kind(kind: str) -> None:
    """layers KIND tells the docstring, every option, what it accepts and its default."""
    result = run("layers", kind)
    assert result.exit_code == 0
    cls = KINDS[kind]
    assert (cls.__doc__ or "").strip().splitlines()[0] in result.stdout
    for field in cls.fields.values():
        assert re.search(rf"^{field.name} +\S.*{re.escape(field.reader.words)}$", result.stdout, re.MULTILINE)


def test_layers_lists_the_vocabulary() -> None:
    """layers lists every kind that users write, with its meaning; JSON has the options apart."""
    lines = run("layers").stdout.splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + len(VOCABULARY)]] == VOCABULARY
    found = {each["kind"]: each for each in json.loads(run("layers", "--format", "json").stdout)}
    assert list(found) == VOCABULARY
    assert found["conv"]["main_option"] == "filters"
    stride = next(option for option in found["conv"]["options"] if option["name"] == "stride")
    assert (stride["required"], stride["default"]) == (False, 1)


def test_layers_leads_other_words_to_ours() -> None:
    """The words of other programs are led to ours."""
    result = run("layers", "Conv2D")
    assert result.exit_code == 2
    assert "no kind of layer is called 'Conv2D'; here it is called 'conv'" in result.stderr


def as_editors_read(tree: Tree) -> Any:
    """A YAML tree with the types that an editor gives it (YAML 1.2, core schema)."""
    if isinstance(tree, Sequence):
        return [as_editors_read(item) for item in tree.items]
    if not isinstance(tree, Scalar):
        return {name: as_editors_read(entry) for name, entry in tree.entries.items()}
    text = tree.text
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", text) else text or None


@pytest.mark.parametrize("name", sorted(shipped()))
def test_schema_accepts_all_that_ships(name: str) -> None:
    """The JSON Schema of the notation finds nothing wrong with a shipped file."""
    jsonschema.Draft202012Validator(json.loads(run("schema").stdout)).validate(as_editors_read(parse(read(find(name)))))


@pytest.mark.parametrize(
    "text",
    [
        "layers: [relu]",
        "input: [4, 4, 1]",
        "input: 4\nlayers: [relu]",
        "input: [4, 4, 1]\nlayers: relu",
        "input: [4, 4, 1]\nlayers: [{conv: {filtes: 2}}]",
        "input: [4, 4, 1]\nlayers: [{conv: {filters: 0, kernel: 1}}]",
        "input: [4, 4, 1]\nlayers: [{conv: {filters: 2, kernel: 1, bias: no}}]",
        "input: [4, 4, 1]\nlayers: [{conv: {filters: 2, kernel: 1, padding: sames}}]",
        "input: [4, 4, 1]\nlayers: [{relu: , repeat: often}]",
        "input: [4, 4, 1]\nlayers: [[relu]]",
        "input: [4, 4, 1]\nlayers: [relu]\nexpect: {parms: 5}",
        "input: [4, 4, 1]\nlayers: [relu]\nlayer: []",
        "input: [4, 4, 1]\nlayers: [relu]\ntrain: {learning_rate: 1}",
    ],
)
def test_schema_refuses(text: str) -> None:
    """The schema finds what is wrong while it is being typed: sections, options and values that there are not."""
    from cnncli.spec.source import Source

    tree = as_editors_read(parse(Source("text", text)))
    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(tree))


def test_schemas_are_schemas() -> None:
    """Both schemas are JSON Schemas of draft 2020-12; every option has its description."""
    for which in ("spec", "summary"):
        found = json.loads(run("schema", which).stdout)
        jsonschema.Draft202012Validator.check_schema(found)
        assert found["$schema"].endswith("2020-12/schema")
    definitions = schema()["$defs"]
    for kind in VOCABULARY:
        assert definitions[kind]["description"]
        for option in definitions[kind]["anyOf"][1]["properties"].values():
            assert option["description"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    """completion prints a script for each shell; by default that of $SHELL."""
    assert "_CNNCLI_COMPLETE" in run("completion", shell).stdout
    named = CliRunner(env={"SHELL": f"/usr/bin/{shell}"}).invoke(main, ["completion"])
    assert named.stdout == run("completion", shell).stdout


def test_completion_of_an_unknown_shell() -> None:
    """Where $SHELL is none that we know, the shell is asked for."""
    result = CliRunner(env={"SHELL": "/bin/sh"}).invoke(main, ["completion"])
    assert result.exit_code == 2
    assert "which shell? bash, zsh, fish" in result.stderr


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cnncli summarize vgg1", {"vgg11", "vgg13", "vgg16", "vgg19"}),
        ("cnncli sum", {"summarize"}),
        ("cnncli summarize vgg16 --columns name,mac", {"name,macs"}),
        ("cnncli summarize vgg16 --format j", {"json"}),
        ("cnncli layers batch", {"batch_norm"}),
        ("cnncli show alexnet_", {"alexnet_groups"}),
    ],
)
def test_what_is_completed(line: str, offered: set[str]) -> None:
    """Commands, architectures, columns, formats and kinds are completed."""
    words = shlex.split(line)
    environment = {"_CNNCLI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    result = CliRunner(env=environment).invoke(main, [], prog_name="cnncli")
    assert offered <= {text.partition(",")[2] for text in result.stdout.splitlines()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_script_is_bash() -> None:
    """bash reads its script without complaint."""
    done = subprocess.run(["bash", "-n"], input=run("completion", "bash").stdout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "alias"),
    [
        (["get", "lenet5", "activation_bytes", "--batch", "8"], ("--batch", "--batch-size")),
        (["calc", "--input", "8x8x3", "conv:4,3", "--batch", "8"], ("--batch", "--batch-size")),
        (["export", "lenet5", "--to", "dot"], ("--to", "--format")),
    ],
)
def test_options_have_their_usual_names_too(words: list[str], alias: tuple[str, str]) -> None:
    """The names that other programs give an option do the same."""
    usual = [alias[1] if word == alias[0] else word for word in words]
    first, second = run(*words), run(*usual)
    assert (first.exit_code, first.stdout) == (0, second.stdout)


def test_recipe_options_have_their_usual_names_too() -> None:
    """train and lr-find take --batch-size and --learning-rate."""
    for command in ("train", "lr-find"):
        text = run(command, "--help").stdout
        assert "--batch, --batch-size VALUE" in text
        assert "--lr, --learning-rate VALUE" in text


def test_the_command_alone_prints_its_help() -> None:
    """cnncli without a command prints the help and exits with 0; -V is --version."""
    assert (run().exit_code, run().stdout) == (0, run("--help").stdout)
    assert run("-V").stdout == run("--version").stdout


def test_two_values_of_one_parameter_are_refused() -> None:
    """The last one would win without a word; the same value twice does no harm."""
    refused = run("get", "mobilenet", "params", "--set", "width=0.5", "--set", "width=0.25")
    assert refused.exit_code == 2
    assert "Invalid value for '--set': width is given twice, as 0.5 and as 0.25; give one of them" in refused.stderr
    assert run("get", "mobilenet", "params", "--set", "width=0.5", "--set", "width=0.5").exit_code == 0
