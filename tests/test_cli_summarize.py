"""cnncli summarize and get: what they print, and what their options do."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnncli import analyze
from cnncli.cli import main
from cnncli.cli.options import DTYPES, FORMATS, OPTIMIZERS
from cnncli.optimizers import PRESETS
from cnncli.render import FORMATS as KNOWN_FORMATS
from cnncli.report import ELEMENT_BYTES
from cnncli.spec import load

SPEC = "name: piped\ninput: [6, 6, 1]\nlayers: [{conv: {filters: 2, kernel: 3}}, flatten, {dense: 3}]\n"


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=text)


def totals(*words: str) -> dict[str, object]:
    result = run("summarize", *words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)["totals"]
    assert isinstance(found, dict)
    return found


def test_table_is_the_default() -> None:
    """`cnncli summarize vgg16` prints the layers, the total and the rules; all of it on standard output."""
    result = run("summarize", "vgg16")
    assert result.exit_code == 0
    assert result.stderr == ""
    for words in ("VGG-16", "conv_13", "138,357,544", "15,470,264,320", "FLOPs = 2 x MACs", "arXiv:1409.1556"):
        assert words in result.stdout


def test_choices_are_those_of_the_rooms_below() -> None:
    """Types, optimizers and formats, written out for a quick --help, are those that the report and the renderers know."""
    assert list(DTYPES) == list(ELEMENT_BYTES)
    assert list(OPTIMIZERS) == list(PRESETS)
    assert FORMATS == KNOWN_FORMATS


@pytest.fixture
def unknown(tmp_path: Path) -> list[str]:
    """A model within which another has a layer of its own, and what keeps that."""
    own = {"class_name": "mine>Swish", "config": {"name": "own"}}
    inner = {"class_name": "Sequential", "config": {"name": "stem", "layers": [own, {"class_name": "Flatten", "config": {"name": "flat"}}]}}
    first = {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4, 4, 2]}}
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "whole", "layers": [first, inner]}}))
    return [str(path), "--opaque", "own=4x4x3"]


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize(("depth", "mark"), [("0", "whole, partial"), ("1", "stem, partial"), ("2", "total, partial")])
def test_every_total_without_an_opaque_layer_says_so(unknown: list[str], style: str, depth: str, mark: str) -> None:
    """The sum of a network and of a block, in whatever columns; JSON names the layer; standard error does in all of them."""
    columns = [] if style in ("json", "jsonl") else ["--columns", "name,params"]
    done = run("summarize", *unknown, "--depth", depth, "--format", style, *columns)
    assert done.stderr == f"{unknown[0]}: partial; every total lacks what is in own\n"
    if style in ("json", "jsonl"):
        assert json.loads(done.stdout)["partial"] == ["own"]
    elif (style, depth) != ("csv", "2"):  # it has no total: columns are for summing
        assert mark in done.stdout
    assert "whole: total, partial" in run("explain", *unknown).stdout
    assert (run("get", *unknown, "params").stderr, run("get", *unknown, "partial").stdout) == (done.stderr, "own\n")


def test_advice_on_opaque_holds_in_every_command(unknown: list[str]) -> None:
    """Not all commands have --opaque, so the refusal names one that has."""
    for words in (["summarize"], ["convert"], ["validate"], ["export", "--to", "dot"]):
        assert "; summarize --opaque Swish keeps it for its shape alone" in run(*words, unknown[0]).stderr


@pytest.mark.parametrize("style", FORMATS)
def test_every_format(style: str) -> None:
    """Each format has the parameters of the whole, as numbers are written there."""
    result = run("summarize", "lenet5", "resnet18", "--format", style)
    assert result.exit_code == 0
    for figures in ((61_706, 11_699_112), (850, 513_000)):
        if style == "csv" and figures[0] == 61_706:
            continue  # it has no total: columns are for summing
        for figure in figures:
            assert (f"{figure:,}" if style in ("table", "markdown", "latex") else str(figure)) in result.stdout


@pytest.mark.parametrize(
    "command", [["summarize", "lenet5"], ["summarize", "lenet5", "vgg16", "--depth", "1"], ["list", "lenet"], ["layers"]]
)
def test_json_lines(command: list[str]) -> None:
    """jsonl is one object per line for one network as for several, and the objects are those of json."""
    lines = run(*command, "--format", "jsonl").stdout.splitlines()
    found = json.loads(run(*command, "--format", "json").stdout)
    assert [json.loads(line) for line in lines] == (found if isinstance(found, list) else [found])


def test_options_bear_on_the_figures() -> None:
    """--batch, --dtype and --optimizer change memory; --input and --set the network: each as the library does it."""
    words = ("mobilenet", "--set", "width=0.5", "--input", "160x160x3", "--batch", "8", "--dtype", "float16", "--optimizer", "sgd")
    report = analyze(load("mobilenet", {"width": "0.5"}, "160x160x3"), batch=8, dtype="float16", optimizer="sgd")
    found = totals(*words)
    assert found["macs"] == report.totals["macs"] != totals("mobilenet")["macs"]
    for key in ("activation_bytes", "peak_memory_bytes", "training_memory_bytes", "param_bytes"):
        assert found[key] == report.totals[key]


def test_columns(tmp_path: Path) -> None:
    """--columns picks what is shown, in its order."""
    result = run("summarize", "lenet5", "--columns", "flops,name", "--format", "csv")
    assert result.stdout.splitlines()[:2] == ["flops,name", "0,input"]


def test_columns_help() -> None:
    """--columns help tells every column and what it means, without a spec."""
    from cnncli.render.columns import COLUMNS

    result = run("summarize", "--columns", "help")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(COLUMNS)


def test_depth() -> None:
    """--depth 1 folds the stages of ResNet-50; --depth 0 puts networks side by side in one table."""
    rows = list(csv.DictReader(io.StringIO(run("summarize", "resnet50", "--depth", "1", "--format", "csv").stdout)))
    assert [row["name"] for row in rows if row["kind"] == "block"] == ["stage_1", "stage_2", "stage_3", "stage_4"]
    rows = list(csv.DictReader(io.StringIO(run("summarize", "resnet50", "vgg16", "--depth", "0", "--format", "csv").stdout)))
    assert [(row["name"], row["params"]) for row in rows] == [("ResNet-50", "25636712"), ("VGG-16", "138357544")]


def test_standard_input() -> None:
    """- is standard input."""
    result = run("summarize", "-", "--format", "json", text=SPEC)
    assert json.loads(result.stdout)["name"] == "piped"
    assert json.loads(result.stdout)["layers"][1]["place"].startswith("stdin:3:")


def test_output_file_is_whole_or_not_there(tmp_path: Path) -> None:
    """-o writes the same text to a file, keeps the rights of one that was there, and leaves nothing beside it."""
    target = tmp_path / "out.csv"
    assert run("summarize", "lenet5", "--format", "csv", "-o", str(target)).stdout == ""
    assert target.read_text(encoding="utf-8") == run("summarize", "lenet5", "--format", "csv").stdout
    target.chmod(0o640)
    run("summarize", "alexnet", "--format", "csv", "-o", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert "dense_3" in target.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_failed_output_leaves_the_old_file(tmp_path: Path) -> None:
    """Where the columns are refused, or the spec, the file that was there stays as it was, and nothing lies beside it."""
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    for words in (("lenet5", "--columns", "nothing"), ("no_such_network",)):
        assert run("summarize", *words, "-o", str(target)).exit_code == 2
        assert target.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]


def test_output_through_a_link_and_to_a_device(tmp_path: Path) -> None:
    """-o follows a link to the file that it means; a device is written to, not replaced; - is standard output."""
    (tmp_path / "real.txt").write_text("old", encoding="utf-8")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real.txt")
    run("summarize", "lenet5", "-o", str(link))
    assert link.is_symlink()
    assert "61,706" in (tmp_path / "real.txt").read_text(encoding="utf-8")
    assert run("summarize", "lenet5", "-o", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()
    assert "61,706" in run("summarize", "lenet5", "-o", "-").stdout


@pytest.mark.parametrize("target", ["missing/out.txt", "."])
def test_output_that_cannot_be_written(tmp_path: Path, target: str) -> None:
    """A folder that is not there, or a folder itself, is refused with its name."""
    result = run("summarize", "lenet5", "-o", str(tmp_path / target))
    assert result.exit_code == 2
    assert str(tmp_path) in result.stderr


@pytest.mark.parametrize(
    ("keys", "lines"),
    [
        (["params"], ["138357544"]),
        (["totals.params", "macs"], ["138357544", "15470264320"]),
        (["layers.conv_1.output_shape"], ["224 224 64"]),
        (["receptive_field", "effective_stride"], ["212", "32"]),
        (["input"], ["224 224 3"]),
        (["layers.conv_1.receptive_field.start"], ["-1 -1"]),
        (["layers.dense_1.receptive_field.size"], [""]),
        (["peak_memory_tensors"], ["conv_1 conv_2"]),
    ],
)
def test_get_prints_bare_values(keys: list[str], lines: list[str]) -> None:
    """get prints one raw value a line, lists with spaces between, an empty line for what there is none of."""
    result = run("get", "vgg16", *keys)
    assert (result.exit_code, result.stdout.split("\n")) == (0, [*lines, ""])


def test_get_as_json() -> None:
    """get --format json prints each value as JSON."""
    result = run("get", "vgg16", "input", "name", "layers.dense_1.receptive_field.size", "--format", "json")
    assert result.stdout.splitlines() == ["[224, 224, 3]", '"VGG-16"', "null"]


def test_get_takes_the_options_of_summarize() -> None:
    """get is of the network that the options make."""
    assert run("get", "mobilenet", "input", "--set", "resolution=128").stdout == "128 128 3\n"
    assert run("get", "-", "peak_memory_bytes", "--batch", "10", "--dtype", "int8", text=SPEC).stdout == "680\n"


def test_get_prints_all_or_nothing() -> None:
    """One key that leads nowhere: exit code 2, the nearest key, and no value at all."""
    result = run("get", "vgg16", "params", "mac")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: no figure is called 'mac'; here it is called 'macs'\n"


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("a.json", "{"),
        ("a.jsonl", "{"),
        ("a.csv", "name,"),
        ("a.md", "## LeNet-5"),
        ("a.tex", "% "),
        ("a.txt", "LeNet-5"),
        ("a", "LeNet-5"),
    ],
)
def test_the_ending_of_the_file_sets_the_format(name: str, begin: str, tmp_path: Path) -> None:
    """As of convolve; a format that is given goes before."""
    assert run("summarize", "lenet5", "-o", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / name).read_text().startswith(begin)
    run("summarize", "-o", str(tmp_path / name), "--format", "csv", "lenet5")
    assert (tmp_path / name).read_text().startswith("name,")


def test_an_ending_of_another_format_is_refused(tmp_path: Path) -> None:
    """A table in a file called .xml would mislead."""
    done = run("summarize", "lenet5", "-o", str(tmp_path / "a.xml"))
    assert done.exit_code == 2
    assert done.stderr.endswith(".xml is no format of this command; endings are .csv, .json, .jsonl, .md, .tex, or give --format\n")
    assert run("exercise", "--kind", "conv", "--count", "1", "-o", str(tmp_path / "a.tex")).exit_code == 0
    assert (tmp_path / "a.tex").read_text().startswith("%")
