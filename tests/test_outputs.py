"""Networks of several outputs and inputs: receptive fields, names, and shared weights."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner

from cnncli import analyze
from cnncli.cli import main
from cnncli.convert import spec_text
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
    assert "= conv_1: uses the weights of conv_1, which are counted there." in table
    assert "= conv_1" not in run("summarize", "lenet5", spec="")
    layers = json.loads(run("summarize", "-", "--format", "json", spec=SIAMESE))["layers"]
    assert {layer["name"]: layer["shared_weights"] for layer in layers}["b"] == {"kernel": "a", "bias": "a"}
