"""The Python API: what load takes, reports that show themselves, and the other public functions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import cnncli
from cnncli.cli import main

SPEC: dict[str, Any] = {
    "name": "small",
    "input": (8, 8, 1),
    "parameters": {"width": 4},
    "layers": [{"conv": {"filters": "$width", "kernel": [3, 3], "bias": False}}, {"relu": None}, "flatten", {"dense": 10}],
}
TEXT = """
name: small
input: [8, 8, 1]
parameters: {width: 4}
layers:
  - conv: {filters: $width, kernel: 3, bias: false}
  - relu
  - flatten
  - dense: 10
"""


def params(*args: Any, **options: Any) -> int:
    """The parameters of what load returns."""
    return int(cnncli.analyze(cnncli.load(*args, **options)).totals["params"])


@pytest.mark.parametrize("width", [0.5, "0.5", Decimal("0.5"), Fraction(1, 2)])
def test_settings_are_numbers_or_text(width: object) -> None:
    """Settings as one writes them in Python."""
    assert params("mobilenet", settings={"width": width}) == 1_342_536


@pytest.mark.parametrize("size", [(160, 160, 3), [160, 160, 3], "160x160x3"])
def test_the_size_of_the_input_is_a_tuple_or_text(size: Any) -> None:
    """An input as Keras writes it."""
    report = cnncli.analyze(cnncli.load("mobilenet", settings={"width": 1}, input_size=size))
    assert report.inputs == {"input": (160, 160, 3)}


def test_numbers_of_numpy_are_numbers() -> None:
    """Settings and sizes that NumPy computed."""
    numpy = pytest.importorskip("numpy")
    assert params("mobilenet", settings={"width": numpy.float64(0.5)}, input_size=tuple(numpy.array([160, 160, 3]))) == 1_342_536


def test_load_takes_what_python_has(tmp_path: Path) -> None:
    """A path as text or object, YAML text, a mapping, flow text, and a model."""
    file = tmp_path / "small.yaml"
    file.write_text(TEXT, encoding="utf-8")
    expected = params(str(file))
    assert expected == 36 + 6 * 6 * 4 * 10 + 10
    flow = json.dumps({**SPEC, "layers": ["relu" if layer == {"relu": None} else layer for layer in SPEC["layers"]]})
    for spec in (file, TEXT, SPEC, flow):
        assert params(spec) == expected
        assert params(spec, settings={"width": 8}) == 72 + 6 * 6 * 8 * 10 + 10
        assert params(spec, input_size=(16, 16, 1)) == 36 + 14 * 14 * 4 * 10 + 10
    model = {"class_name": "Sequential", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4, 4, 1]}},
        {"class_name": "Flatten", "config": {"name": "flat"}},
    ]}}  # fmt: skip
    (tmp_path / "model.json").write_text(json.dumps(model), encoding="utf-8")
    assert params(tmp_path / "model.json") == 0


def test_what_is_shared_in_a_mapping_is_written_out() -> None:
    """One object used twice is no anchor."""
    conv = {"conv": {"filters": 2, "kernel": [1, 1]}}
    assert params({"input": [4, 4, 2], "layers": [conv, conv]}) == 12


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cnncli.load({"input": [8, 8, 1], "layers": [{"conv": {"filtes": 3}}]}), "mapping:"),
        (lambda: cnncli.load("input: [8, 8, 1]\nlayers: [nothing]"), "text:2:10"),
        (lambda: cnncli.load({"input": [8, 8, 1], "layers": [object()]}), "type object"),
        (lambda: cnncli.load("no_such_network"), "no such file"),
        (lambda: cnncli.load(SPEC, settings={"depth": 2}), "no parameter"),
        (lambda: cnncli.load("mobilenet", settings={"width": None}), "'width' is empty, which is no number"),
        (lambda: cnncli.analyze("lenet5", batch=0), "no images"),
        (lambda: cnncli.explain("lenet5", "conv_9"), "conv_9"),
        (lambda: cnncli.explain("lenet5", only=["parms"]), "did you mean 'params'"),
        (lambda: cnncli.verify("lenet5", only=["shape"]), "did you mean 'shapes'"),
    ],
)
def test_refusals_are_errors_of_cnncli(call: Any, words: str) -> None:
    """Whatever is refused raises CnncliError with the place."""
    with pytest.raises(cnncli.errors.CnncliError, match=words):
        call()


def test_reports_show_themselves() -> None:
    """repr in a line, str as summarize prints it, to_dict as its JSON."""
    report = cnncli.analyze("lenet5")
    assert repr(report) == "<Report of LeNet-5: 9 layers, 61,706 parameters, 416,520 MACs>"
    run = CliRunner()
    assert str(report) == run.invoke(main, ["summarize", "lenet5"]).stdout
    assert report.to_dict() == json.loads(run.invoke(main, ["summarize", "lenet5", "--format", "json"]).stdout)
    assert repr(report.rows[1]) == "<Row conv_1: conv, (28, 28, 6), 156 parameters, 117,600 MACs>"


def test_html_is_escaped() -> None:
    """In a notebook a name is text, not markup; every row is there."""
    html = cnncli.analyze({**SPEC, "name": "<script>alert(1)</script>\x1b[2J", "source": "a & b"})._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "a &amp; b" in html
    assert "\x1b" not in html
    assert html.count("<tr>") >= 6


def test_rows_become_a_data_frame() -> None:
    """Rows are mappings from names to figures; to_rows has every column of summarize."""
    report = cnncli.analyze("lenet5")
    row = report.rows[1]
    assert isinstance(row, Mapping)
    expected = {
        "name": "conv_1", "kind": "conv", "block": "", "inputs": ("input",), "output_shape": (28, 28, 6), "params": 156,
        "trainable_params": 156, "params_without_bias": 150, "macs": 117_600, "param_bytes": 624, "activation_bytes": 18_816,
        "non_trainable_params": 0, "flops": 235_200, "receptive_field": 5, "effective_stride": 1,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert set(row) >= {*row.figures._fields, *expected}
    rows = report.to_rows()
    assert [(one["name"], one["params"]) for one in rows] == [(one.name, one.figures.params) for one in report.rows]
    assert rows[1]["options"]
    assert [one["params"] for one in report.to_rows(depth=0)] == [61_706]
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(report.rows)
    assert list(frame["params"]) == [one.figures.params for one in report.rows]
    assert list(pandas.DataFrame(rows)["macs"]) == [one.figures.macs for one in report.rows]


def test_explain_and_convert() -> None:
    """The workings, printed as the command prints them; the text of a spec."""
    explanations = cnncli.explain("alexnet", "conv_1", only=["params"])
    assert [line.value for line in explanations[0].workings] == [34_944, 34_848]
    done = CliRunner().invoke(main, ["explain", "alexnet", "conv_1", "--only", "params"])
    assert str(explanations) == done.stdout
    assert cnncli.convert("lenet5") == CliRunner().invoke(main, ["convert", "lenet5"]).stdout
    assert params(cnncli.convert(SPEC)) == params(SPEC)
    assert params(cnncli.convert(cnncli.load("lenet5"), names=True)) == 61_706


PROGRAM = """
import sys
import cnncli
before = {name for name in sys.modules if name.startswith("cnncli")}
assert before == {"cnncli"}, before
assert not {"click", "yaml", "rich", "numpy", "keras", "json"} & set(sys.modules), sys.modules
functions = {name: getattr(cnncli, name) for name in ("analyze", "convert", "explain", "load", "train", "verify")}
import cnncli.convert, cnncli.explain, cnncli.verify
from cnncli.explain import TOPICS
assert {name: getattr(cnncli, name) for name in functions} == functions
assert all(callable(function) and function.__doc__ for function in functions.values())
assert set(cnncli.__all__) <= set(dir(cnncli))
assert issubclass(cnncli.errors.SpecError, cnncli.errors.CnncliError)
assert not hasattr(cnncli, "nothing")
"""


def test_the_import_is_light_and_functions_keep_their_names() -> None:
    """Packages inside are called convert, explain and verify as well."""
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)


@pytest.mark.keras
def test_verify_from_python() -> None:
    """The certificate of a mapping."""
    pytest.importorskip("tensorflow")
    certificate = cnncli.verify(SPEC, only=["shapes", "weights"])
    assert certificate.mismatches == []
    assert str(certificate).startswith("small: all ")


@pytest.mark.keras
@pytest.mark.filterwarnings("default")
def test_train_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """A mapping is trained with a recipe in Python's values; nothing is printed when quiet; refusals are raised."""
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    spec = {**SPEC, "layers": [*SPEC["layers"][:-1], {"dense": {"units": 10, "activation": "softmax"}}]}
    recipe: dict[str, Any] = {"data": "digits", "epochs": 0.2, "batch": 32, "lr": 0.01, "optimizer": {"sgd": {"momentum": 0.9}}}
    result = cnncli.train(spec, settings={"width": 2}, output="run", device="cpu", quiet=True, augment=[], **recipe)
    assert result["folder"] == str(tmp_path / "run")
    assert 0 < result["accuracy"] <= 1
    assert (tmp_path / "run" / "model.keras").exists()
    assert capfd.readouterr().out == ""
    with pytest.raises(cnncli.errors.CnncliError):
        cnncli.train(spec, data="digits", epoch=3, quiet=True)
    with pytest.raises(cnncli.errors.CnncliError, match="tpu"):
        cnncli.train(spec, data="digits", device="tpu", quiet=True)


@pytest.mark.parametrize("read", [cnncli.load, cnncli.analyze, cnncli.convert])
def test_slips_in_a_spec_are_warnings_at_the_line_that_reads_it(read: Any) -> None:
    """What the commands print on standard error, Python's warnings show."""
    text = "input: [3, 32, 32]\nlayers:\n  - relu\n"
    message = r"text:1:8: input is \[3, 32, 32\], which means 32 channels; channels come last: write \[32, 32, 3\] \[channels-first\]"
    with pytest.warns(cnncli.errors.SpecWarning, match=f"^{message}$") as shown:
        read(text)
    assert [warning.filename for warning in shown] == [__file__]
    cnncli.load(TEXT)  # warnings are errors here


def test_commands_show_slips_once_and_not_as_warnings_of_python(tmp_path: Path) -> None:
    """The command line has its own way to show them."""
    (tmp_path / "net.yaml").write_text("input: [3, 32, 32]\nlayers:\n  - relu\n")
    done = subprocess.run([sys.executable, "-m", "cnncli", "get", "net.yaml", "params"], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "0\n"
    assert done.stderr.count("channels-first") == 1
    assert "SpecWarning" not in done.stderr


def test_one_topic_is_a_word() -> None:
    """`only="params"` is `only=["params"]`."""
    assert str(cnncli.explain("lenet5", "conv_1", only="params")) == str(cnncli.explain("lenet5", "conv_1", only=["params"]))
    with pytest.raises(cnncli.errors.UsageError, match="no topic is called 'parms'; did you mean 'params'"):
        cnncli.explain("lenet5", only="parms")


def test_a_document_shows_what_it_is() -> None:
    """In a session, the value of `load`."""
    assert repr(cnncli.load(TEXT)) == "<Document of text: small, 5 layers>"
