"""Networks of several outputs and inputs: receptive fields, names, and shared weights."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner

from cnncli import analyze
from cnncli.cli import main
from cnncli.convert import spec_text
from cnncli.export.keras_code import keras_code
from cnncli.export.mermaid import mermaid
from cnncli.export.onnx import export as export_onnx
from cnncli.export.torch_code import torch_code
from cnncli.report import Report
from cnncli.spec import loads

HEADS = {
    "policy": "  - conv: {filters: 2, kernel: 3, padding: same}\n    from: trunk\n    name: policy\n",
    "value": "  - conv: {filters: 1, kernel: 1}\n    from: trunk\n    name: value\n",
    "classes": ("  - conv: {filters: 4, kernel: 5, stride: 2}\n    from: trunk\n  - global_avg_pool\n  - dense: 3\n    name: classes\n"),
}
SIAMESE = """
input: {left: [28, 28, 1], right: [28, 28, 1]}
layers:
  - conv: {filters: 8, kernel: 3}
    from: left
    name: a
  - conv: {filters: 8, kernel: 3}
    from: right
    weights: a
    name: b
  - max_pool: 2
    name: small
  - subtract:
    from: [a, b]
    name: difference
outputs: [difference, small]
"""


def three_heads(order: tuple[str, ...], outputs: tuple[str, ...] = ("policy", "value", "classes")) -> str:
    """One trunk and three heads, written in some order."""
    trunk = "input: [19, 19, 3]\nlayers:\n  - conv: {filters: 8, kernel: 3, padding: same}\n    name: trunk\n"
    return trunk + "".join(HEADS[name] for name in order) + f"outputs: [{', '.join(outputs)}]\n"


def report_of(text: str) -> Report:
    """The report of a spec."""
    return analyze(loads(text).network)


def run(*arguments: str, spec: str) -> str:
    """What a command prints of a spec on standard input."""
    done = CliRunner().invoke(main, [*arguments], input=spec)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("order", list(itertools.permutations(HEADS)))
def test_totals_do_not_depend_on_the_order_of_heads(order: tuple[str, ...]) -> None:
    """However the heads are written or the outputs listed, and after convert: the same totals."""
    expected = {name: field and field.size for name, field in report_of(three_heads(tuple(HEADS))).output_fields.items()}
    assert expected == {"policy": (5, 5), "value": (3, 3), "classes": (7, 7)}
    for text in (three_heads(order), three_heads(order, order), spec_text(loads(three_heads(order)).network)):
        report = report_of(text)
        assert report.totals["receptive_field"] == 7
        assert report.totals["effective_stride"] == 2
        assert {name: field and field.size for name, field in report.output_fields.items()} == expected


def test_the_summary_and_json_have_the_field_of_each_output() -> None:
    """The footer lists the outputs where they differ; JSON and get have each."""
    text = three_heads(tuple(HEADS))
    field = next(line for line in run("summarize", "-", spec=text).splitlines() if line.startswith("field  "))
    assert field.split(None, 1)[1] == (
        "policy 5 pixels, every 1; value 3 pixels, every 1; classes 7 pixels, every 2, on the last map with a finite field"
    )
    found = json.loads(run("summarize", "-", "--format", "json", spec=text))["output_receptive_fields"]
    assert {name: field["size"] for name, field in found.items()} == {"policy": [5, 5], "value": [3, 3], "classes": [7, 7]}
    keys = ("output_receptive_fields.value", "output_receptive_fields.value.start")
    assert run("get", "-", *keys, spec=text) == "3\n-1 -1\n"


def test_a_receptive_field_of_a_layer_is_its_size() -> None:
    """`layers.X.receptive_field` is the size, as the total is; what is below it can still be asked for."""
    text = "input: [28, 20, 1]\nlayers:\n  - conv: {filters: 1, kernel: [3, 5]}\n  - max_pool: 2\n  - flatten\n"
    keys = ("layers.conv_1.receptive_field", "layers.conv_1.receptive_field.stride", "layers.flatten_1.receptive_field")
    assert run("get", "-", *keys, spec=text) == "3 5\n1 1\n\n"
    assert run("get", "-", "layers.a.receptive_field", spec=SIAMESE) == "3\n"


def test_a_layer_is_measured_on_the_input_that_it_sees() -> None:
    """The second branch of a siamese network has fields on the second input, what reads both on the first."""
    report = report_of(SIAMESE)
    rows = {row.name: row for row in report.rows}
    assert {name: row.receptive_field.size for name, row in rows.items()} == {
        "left": (1, 1), "right": (1, 1), "a": (3, 3), "b": (3, 3), "small": (4, 4), "difference": (3, 3),
    }  # fmt: skip
    assert [name for name, row in rows.items() if row.receptive_field_input == "right"] == ["right", "b", "small"]


def test_shared_layers_are_marked() -> None:
    """The table says whose weights a layer uses and what the mark means, JSON names the layer."""
    rows = {row.name: row for row in report_of(SIAMESE).rows}
    assert {name: row.shared_weights for name, row in rows.items() if row.shared_weights} == {"b": {"kernel": "a", "bias": "a"}}
    table = run("summarize", "-", spec=SIAMESE)
    assert "8 of 3x3 = a " in table
    assert "= NAME: uses the weights of the layer NAME, which are counted there." in table
    assert "= conv_1" not in run("summarize", "lenet5", spec="")
    layers = json.loads(run("summarize", "-", "--format", "json", spec=SIAMESE))["layers"]
    assert {layer["name"]: layer["shared_weights"] for layer in layers}["b"] == {"kernel": "a", "bias": "a"}


PYRAMID = """
input: [32, 32, 3]
blocks:
  double(filters):
    - conv: {filters: $filters, kernel: 3, padding: same}
    - conv: {filters: $filters, kernel: 3, padding: same}
  stage(filters):
    - double: $filters
      name: inner
    - max_pool: 2
    - upsample: 2
    - add:
      from: [above, inner]
layers:
  - double: 8
    name: c3
  - max_pool: 2
  - stage: 8
    repeat: 2
    name: c4
  - conv: {filters: 8, kernel: 1}
    name: unread
  - upsample: 2
  - concat:
    from: [above, c3]
  - double: 8
    name: out3
outputs: [out3, c4]
"""


def test_a_block_is_called_as_its_user_calls_it() -> None:
    """The last layer of a named use of a block and the use itself have its name; in a block names get numbers."""
    report = report_of(PYRAMID)
    assert [(row.name, row.scope) for row in report.rows] == [
        ("input", ""), ("conv_1", "c3"), ("c3", "c3"), ("max_pool_1", ""),
        ("conv_3", "stage_1/inner"), ("inner_1", "stage_1/inner"), ("max_pool_2", "stage_1"), ("upsample_1", "stage_1"),
        ("add_1", "stage_1"),
        ("conv_5", "c4/inner"), ("inner_2", "c4/inner"), ("max_pool_3", "c4"), ("upsample_2", "c4"), ("c4", "c4"),
        ("unread", ""), ("upsample_3", ""), ("concat_1", ""), ("conv_7", "out3"), ("out3", "out3"),
    ]  # fmt: skip
    assert [row.name for row in report.folded(1)] == [
        "input", "c3", "max_pool_1", "stage_1", "c4", "unread", "upsample_3", "concat_1", "out3",
    ]  # fmt: skip
    assert list(report.outputs.items()) == [("out3", (32, 32, 8)), ("c4", (16, 16, 8))]


def test_automatic_names_still_lead_to_renamed_layers() -> None:
    """get and explain take the user's name and the automatic one; an unknown name is refused with the nearest."""
    keys = ("layers.out3.output_shape", "layers.conv_8.output_shape", "outputs.c4", "outputs.add_2", "output_receptive_fields.add_2")
    assert run("get", "-", *keys, spec=PYRAMID).splitlines() == ["32 32 8", "32 32 8", "16 16 8", "16 16 8", "24"]
    assert run("explain", "-", "conv_8", "--only", "params", spec=PYRAMID).startswith("out3: ")
    done = CliRunner().invoke(main, ["get", "-", "layers.out4.params"], input=PYRAMID)
    assert (done.exit_code, done.stderr) == (2, "Error: layers has no 'out4'; did you mean 'out3'?\n")


def test_an_output_of_two_names_has_both() -> None:
    """A repetition of nothing gives the output above another name: both are outputs, of one layer."""
    text = "input: [8]\nlayers:\n  - dense: 4\n    name: a\n  - dense: 4\n    repeat: 0\n    name: b\noutputs: [a, b]\n"
    report = report_of(text)
    assert (report.outputs, report.network.outputs) == ({"a": (4,), "b": (4,)}, (1,))
    assert run("get", "-", "outputs.b", "layers.b.params", spec=text) == "4\n36\n"


def test_a_name_like_an_automatic_one() -> None:
    """The automatic names make way for it, of layers and of blocks."""
    text = PYRAMID.replace("c3", "conv_3").replace("c4", "stage_1")
    names = [(row.name, row.scope) for row in report_of(text).rows]
    assert names[2] == ("conv_3", "conv_3")
    assert names[4:6] == [("conv_4", "stage_2/inner"), ("inner_1", "stage_2/inner")]
    assert names[13] == ("stage_1", "stage_1")
    assert len(set(names)) == len(names)


def test_convert_keeps_the_names_that_users_gave() -> None:
    """Also those that nothing reads; what is written again gives the same layers under the same names."""
    text = spec_text(loads(PYRAMID).network)
    assert "  - stage:\n    repeat: 2\n    name: c4\n" in text
    assert "name: unread\n" in text
    again, before = report_of(text), report_of(PYRAMID)
    assert [(row.name, row.scope, row.output_shape) for row in again.rows] == [
        (row.name, row.scope, row.output_shape) for row in before.rows
    ]
    assert again.outputs == before.outputs


def test_names_reach_other_formats() -> None:
    """ONNX, Keras code, PyTorch code and drawings have the names of blocks and outputs."""
    network = loads(PYRAMID).network
    onnx = b"".join(export_onnx(network))
    assert all(name in onnx for name in (b"out3", b"c4", b"c3"))
    assert b"conv_8" not in onnx
    names = '{"conv_2": "c3", "conv_4": "inner_1", "conv_6": "inner_2", "add_2": "c4", "conv_8": "out3"}'
    assert f"name = Names({names})" in keras_code(network)
    assert "return out3, c4" in torch_code(network)
    assert '"c4<br>5 layers<br>16×16×8"' in "".join(mermaid(network, 1))


def test_keras_has_the_names() -> None:
    """The layers and the outputs of the Keras model, and of the code, have the names of the report."""
    pytest.importorskip("keras")
    from cnncli.keras_model import build

    report = report_of(PYRAMID)
    model = build(report.network)
    assert [layer.name for layer in model.layers] == [row.name for row in report.rows]
    assert list(model.output_names) == ["out3", "c4"]
    names: dict[str, object] = {}
    exec(keras_code(report.network), names)
    coded = names["build_model"]()  # type: ignore[operator]
    assert {layer.name for layer in coded.layers} == {row.name for row in report.rows}
    assert coded.output_names == ["out3", "c4"]
