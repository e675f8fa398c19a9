"""cnncli trace: a small network on given numbers, every map, the loss and the gradients; and what it refuses."""

from __future__ import annotations

import json
import math
from math import prod
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cnncli import load
from cnncli.by_hand.array import Array
from cnncli.by_hand.supply import LAYOUTS, Given, fitted, inputs, weights
from cnncli.by_hand.trace import gradients
from cnncli.by_hand.variable import dot
from cnncli.cli import main

SMALL = "input: [3, 3, 1]\nlayers:\n  - conv: {filters: 2, kernel: 2}\n  - flatten\n  - dense: {units: 2, activation: softmax}\n"
WEIGHTS = """
conv_1:
  kernel: {per_filter: [[[1, 0], [0, 1]], [[0, 1], [2, 0]]]}
  bias: [0, -1]
dense_1:
  kernel: {per_unit: [[1, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]]}
  bias: 0
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small network and its weights."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "w.yaml").write_text(WEIGHTS, encoding="utf-8")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["trace", *words])


def asked(*words: str) -> Any:
    done = run(*words, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    return found, {layer["name"]: layer for layer in found["layers"]}


def refused(*words: str) -> str:
    done = run(*words)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    return done.stderr


X = "1 2 3; 4 5 6; 7 8 9"


def test_forward(room: Path) -> None:
    """Filters apart in the weights come out as channels; whole numbers stay whole."""
    _, layers = asked("net.yaml", "--weights", "w.yaml", "--input", X)
    # filter 0: 1 + 5, 2 + 6, 4 + 8, 5 + 9; filter 1: 2 + 2 * 4 - 1, ...
    assert layers["conv_1"]["output"] == [[[6, 9], [8, 12]], [[12, 18], [14, 21]]]
    assert layers["dense_1"]["stages"]["with bias"] == [6, 9]
    assert layers["dense_1"]["output"] == pytest.approx([1 / (1 + math.exp(3)), 1 / (1 + math.exp(-3))])


def test_backward_of_cross_entropy(room: Path) -> None:
    """Behind a softmax the gradient of cross-entropy is y - t; that of the kernel is it times what came in."""
    found, layers = asked("net.yaml", "--weights", "w.yaml", "--input", X, "--backward", "--target", "0")
    y = layers["dense_1"]["output"]
    assert found["loss"]["name"] == "cross_entropy"
    assert found["loss"]["value"] == pytest.approx(-math.log(y[0]))
    assert layers["dense_1"]["gradients"]["bias"] == pytest.approx([y[0] - 1, y[1]])
    assert layers["dense_1"]["gradients"]["kernel"][3] == pytest.approx([12 * (y[0] - 1), 12 * y[1]])
    # only the first pixel of each channel is read: its window is 1 2 4 5
    assert [value for row in layers["conv_1"]["gradients"]["kernel"] for [[value, _]] in row] == pytest.approx(
        [n * (y[0] - 1) for n in (1, 2, 4, 5)]
    )
    assert layers["input"]["output_gradient"][0][0] == pytest.approx([y[0] - 1])
    assert layers["flatten_1"]["output_gradient"][2:] == [0] * 6


@pytest.mark.parametrize(
    ("loss", "value", "slope"),
    [
        ("squared_error", 5, [4, -2]),  # (3 - 1)^2 + (4 - 5)^2
        ("half_squared_error", 2.5, [2, -1]),
        ("mean_squared_error", 2.5, [2, -1]),
    ],
)
def test_losses(loss: str, value: float, slope: list[float], room: Path) -> None:
    """Squared errors, exactly, with their gradients; squared_error is the rule where there is no softmax."""
    (room / "id.yaml").write_text("input: [2]\nlayers: [linear]\n", encoding="utf-8")
    found, layers = asked("id.yaml", "--weights", "ones", "--input", "3 4", "--backward", "--target", "1 5", "--loss", loss)
    assert (found["loss"]["value"], layers["input"]["output_gradient"]) == (value, slope)
    assert asked("id.yaml", "--weights", "ones", "--input", "3 4", "--backward", "--target", "1 5")[0]["loss"]["name"] == "squared_error"


def test_binary_cross_entropy(room: Path) -> None:
    """Behind a sigmoid the gradient is y - t too."""
    (room / "s.yaml").write_text("input: [2]\nlayers: [sigmoid]\n", encoding="utf-8")
    words = ["s.yaml", "--weights", "ones", "--input", "0 1", "--backward", "--loss", "binary_cross_entropy", "--target", "1 0"]
    found, layers = asked(*words)
    y = layers["sigmoid_1"]["output"]
    assert found["loss"]["value"] == pytest.approx(-math.log(y[0]) - math.log(1 - y[1]))
    assert layers["input"]["output_gradient"] == pytest.approx([y[0] - 1, y[1]])


def test_without_a_target_the_outputs_are_summed(room: Path) -> None:
    """--backward alone gives the gradients of the sum of all outputs."""
    (room / "id.yaml").write_text("input: [2]\nlayers:\n  - dense: {units: 1, bias: false}\n", encoding="utf-8")
    found, layers = asked("id.yaml", "--weights", "ones", "--input", "3 4", "--backward")
    assert (found["loss"]["value"], layers["dense_1"]["gradients"]["kernel"]) == (7, [[3], [4]])


def test_several_inputs_and_outputs(room: Path) -> None:
    """Inputs and targets by their names, from YAML; the losses of the outputs are summed."""
    text = "input: {a: [1], b: [1]}\nlayers:\n  - add:\n    from: [a, b]\n    name: s\n  - relu\n    \noutputs: [s, r]\n"
    text = text.replace("  - relu\n    \n", "  - relu:\n    name: r\n")
    (room / "two.yaml").write_text(text, encoding="utf-8")
    (room / "x.yaml").write_text("a: [2]\nb: [3]\n", encoding="utf-8")
    (room / "t.yaml").write_text("s: 0\nr: 0\n", encoding="utf-8")
    found, layers = asked("two.yaml", "--weights", "ones", "--input", "x.yaml", "--backward", "--target", "t.yaml")
    assert found["loss"]["value"] == 50
    assert [layers[name]["output_gradient"] for name in "ab"] == [[20], [20]]
    assert "has 2 inputs; give each by its name: a, b" in refused("two.yaml", "--weights", "ones", "--input", "1")
    assert "has 2 outputs" in refused("two.yaml", "--weights", "ones", "--input", "x.yaml", "--backward", "--target", "1")
    (room / "x.yaml").write_text("a: [2]\n", encoding="utf-8")
    assert "the input 'b', shape (1,), is missing" in refused("two.yaml", "--weights", "ones", "--input", "x.yaml")


def test_layouts_are_the_same_numbers(room: Path) -> None:
    """The layout of Keras and the one for each filter, unit or channel say the same."""
    text = "input: [2, 2, 2]\nlayers:\n  - conv: {filters: 2, kernel: 1, bias: false}\n"
    (room / "c.yaml").write_text(text, encoding="utf-8")
    (room / "keras.yaml").write_text("conv_1: {kernel: [[[[1, 2], [3, 4]]]]}\n", encoding="utf-8")  # (1, 1, channels, filters)
    (room / "filters.yaml").write_text("conv_1: {kernel: {per_filter: [[[[1]], [[3]]], [[[2]], [[4]]]]}}\n", encoding="utf-8")
    (room / "x.yaml").write_text("[[[1, 5], [2, 6]], [[3, 7], [4, 8]]]\n", encoding="utf-8")
    (room / "channels.yaml").write_text("per_channel: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]\n", encoding="utf-8")
    found = {
        json.dumps(asked("c.yaml", "--weights", weights, "--input", given))
        for weights in ("keras.yaml", "filters.yaml")
        for given in ("x.yaml", "channels.yaml", "1 2; 3 4 | 5 6; 7 8")
    }
    assert len(found) == 1
    assert json.loads(found.pop())[1]["conv_1"]["output"][0] == [[16, 22], [20, 28]]


@pytest.mark.parametrize(("kind", "name"), LAYOUTS)
def test_every_layout_is_turned_into_that_of_keras(kind: str, name: str) -> None:
    """Written for each filter, unit or channel, a number stands where Keras has it with its indices in another order."""
    shape = {"dense": (2, 3), "input": (3, 4, 2)}.get(kind, (2, 3, 4, 5) if name != "pointwise_kernel" else (1, 1, 4, 5))
    word, first = LAYOUTS[kind, name]
    expected = Array(shape, [*range(prod(shape))])
    axes = [axis % len(shape) for axis in first]
    there = expected.moved([*axes, *(axis for axis in range(len(shape)) if axis not in axes)])
    node: Any = SimpleNamespace(kind=kind, name="it", inputs=() if kind == "input" else (0,))
    assert fitted(Given(there, layout=word), shape, node, name) == expected
    assert fitted(Given(expected), shape, node, name) == expected


def test_made_up_weights(room: Path) -> None:
    """random:SEED gives the same every time and another for another seed; ones and zeros are what they say."""
    same = [run("net.yaml", "--weights", "random:3", "--input", "random:4").stdout for _ in range(2)]
    assert same[0] == same[1] != run("net.yaml", "--weights", "random:5", "--input", "random:4").stdout
    assert asked("net.yaml", "--weights", "ones", "--input", "ones")[1]["conv_1"]["output"][0][0] == [5, 5]
    assert asked("net.yaml", "--weights", "zeros", "--input", "ones")[1]["dense_1"]["output"] == [0.5, 0.5]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("conv_1: {kernel: 1}", "weights are missing:\n  conv_1: bias, shape (2,)\n  dense_1: kernel, shape (8, 2) (or per_unit:"),
        (WEIGHTS + "relu_1: {alpha: 1}", "no layer with weights is called 'relu_1'"),
        (WEIGHTS.replace("conv_1", "conv1"), "no layer with weights is called 'conv1'; did you mean 'conv_1'?"),
        (WEIGHTS.replace("  bias: 0", "  bais: 0"), "w.yaml:7:9: dense_1 has no weight 'bais'; did you mean 'bias'?"),
        (WEIGHTS.replace("[0, -1]", "[0, -1, 2]"), "w.yaml:4:9: bias of conv_1 has the shape (3,); expected (2,)"),
        (WEIGHTS.replace("per_unit", "per_filter"), "kernel of dense_1 is not written per_filter; it may be written per_unit"),
        (
            WEIGHTS.replace("{per_unit: ", "").replace("]]}\n  bias: 0", "]]\n  bias: 0"),
            "has the shape (2, 8); expected (8, 2) (or per_unit:",
        ),
        (WEIGHTS.replace("[0, -1]", "[0, x]"), "w.yaml:4:13: 'x' is not a number"),
        (WEIGHTS.replace("[0, -1]", "[0, .nan]"), "'.nan' is not a number"),
        (WEIGHTS.replace("[0, -1]", "[0, [1]]"), "w.yaml:4:13: ragged"),
        (WEIGHTS.replace("[0, -1]", "[]"), "numbers are expected here"),
        ("- 1", "weights are a mapping of layers"),
        ("conv_1: 1", "the weights of conv_1 are a mapping"),
        ("conv_1: {kernel: {per_cent: 1}}", "expected, or one of per_filter, per_unit, per_channel"),
        ("conv_1: [", "w.yaml:1:9: the text ends within brackets; close them"),
    ],
)
def test_weights_that_are_refused(weights: str, words: str, room: Path) -> None:
    """Missing (all at once, with the shape), unknown, of another shape, no numbers: said, with the place in the file."""
    (room / "w.yaml").write_text(weights, encoding="utf-8")
    assert words in refused("net.yaml", "--weights", "w.yaml", "--input", X, "-o", "out.txt")
    assert not (room / "out.txt").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weights", "random", "--input", X], "'random' is neither a file nor a rule for weights"),
        (["--weights", "none.yaml", "--input", X], "none.yaml"),
        (["--weights", "ones", "--input", "1 2; 3 4"], "the input has the shape (2, 2); expected (3, 3, 1)"),
        (["--weights", "ones", "--input", "ones:3"], "'ones:3' is neither a file nor a rule for inputs"),
        (["--weights", "ones", "--input", X, "--target", "1"], "--loss and --target go with --backward"),
        (["--weights", "ones", "--input", X, "--backward", "--loss", "squared_error"], "squared_error compares the output with a target"),
        (["--weights", "ones", "--input", X, "--backward", "--target", "2"], "the target is class 2; there are 2, from 0 to 1"),
        (
            ["--weights", "ones", "--input", X, "--backward", "--target", "1 0 0"],
            "the target has the shape (3,); expected that of the output, (2,)",
        ),
        (["--weights", "ones", "--input", X, "--format", "csv"], "'csv' is not one of 'text', 'markdown', 'latex', 'json'"),
    ],
)
def test_what_else_is_refused(words: list[str], said: str, room: Path) -> None:
    """Inputs and targets that do not fit, and options that do not go together."""
    assert said in refused("net.yaml", *words)


def test_cross_entropy_needs_shares(room: Path) -> None:
    """Outputs that do not sum to 1 have no cross-entropy; of one output there is the binary one; of 0 there is no logarithm."""
    (room / "id.yaml").write_text("input: [2]\nlayers: [linear]\n", encoding="utf-8")
    (room / "one.yaml").write_text("input: [1]\nlayers: [linear]\n", encoding="utf-8")
    common = ["--weights", "ones", "--backward", "--loss", "cross_entropy", "--target", "1"]
    assert "shares that sum to 1, but they sum to 7" in refused("id.yaml", "--input", "3 4", *common)
    assert "take binary_cross_entropy" in refused("one.yaml", "--input", "1", *common)
    assert "takes the logarithm of 0" in refused("id.yaml", "--input", "1 0", *common)


def test_large_networks_are_refused() -> None:
    """What would take too long is refused with an estimate."""
    said = refused("vgg16", "--weights", "ones", "--input", "ones")
    assert "VGG-16 takes about 15," in said
    assert "at most 10,000,000 are done by hand" in said


def test_text_tells_every_map(room: Path) -> None:
    """Each layer under its name, each channel apart; then the loss, and the gradients from the last layer to the first."""
    text = run("net.yaml", "--weights", "w.yaml", "--input", X, "--backward", "--target", "0").stdout
    assert "conv_1: conv, (2, 2, 2)\nproducts, channel 0:\n  ⎡  6   8 ⎤\n  ⎣ 12  14 ⎦\n" in text
    places = [
        text.index(words) for words in ("dense_1: dense", "loss\n", "gradients of dense_1", "gradients of conv_1", "gradients of input")
    ]
    assert places == sorted(places)
    assert "kernel (2, 2, 1, 2), filter 1:" in text
    assert text.count("cross_entropy = - sum of t ln(y) = 3.04859") == 1


@pytest.mark.parametrize("style", ["markdown", "latex"])
def test_other_formats(style: str, room: Path) -> None:
    """Markdown and LaTeX carry the same numbers; the ending of a file tells which."""
    words = ["net.yaml", "--weights", "w.yaml", "--input", X, "--backward"]
    text = run(*words, "--format", style).stdout
    assert ("| 12 | 14 |" if style == "markdown" else "12 & 14") in text
    name = f"out.{'md' if style == 'markdown' else 'tex'}"
    assert run(*words, "-o", name).stdout == ""
    assert Path(name).read_text(encoding="utf-8") == text


RESIDUAL = """
input: [6, 5, 2]
layers:
  - conv: {filters: 4, kernel: 3, padding: same}
  - add:
      body:
        - batch_norm
        - relu
        - depthwise_conv: {kernel: 3, padding: same, activation: silu}
        - multiply:
            features: []
            gate: [{global_avg_pool: {keep_axes: true}}, {dense: {units: 2, activation: relu}}, {dense: {units: 4, activation: sigmoid}}]
      shortcut: []
  - concat:
      a: [{max_pool: {size: 2, padding: same}}, {separable_conv: {filters: 3, kernel: 2, padding: same}}]
      b: [{avg_pool: {size: 3, stride: 2, padding: 1}}]
  - layer_norm
  - conv_transpose: {filters: 2, kernel: 3, stride: 2, activation: gelu}
  - flatten
  - dense: {units: 3, activation: softmax}
"""


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
def test_a_network_with_branches_is_that_of_keras(room: Path) -> None:
    """Through branches, gates and merges, outputs and gradients of all weights are to 1e-6 those of automatic differentiation."""
    keras = pytest.importorskip("keras")
    import numpy as np

    from cnncli.keras_model import build
    from cnncli.verify.backend import gradients as automatic

    (room / "net.yaml").write_text(RESIDUAL, encoding="utf-8")
    network, before, policy = load("net.yaml").network, keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        model = build(network)
    finally:
        keras.config.set_floatx(before)
        keras.config.set_dtype_policy(policy)
    chance, given = Random(2), {}
    for layer in model.layers:
        for variable in layer.weights:
            values = np.array(
                [chance.uniform(0.2, 1.0) if "variance" in variable.path else chance.uniform(-1, 1) for _ in range(variable.numpy().size)]
            )
            variable.assign(values.reshape(variable.shape))
            given.setdefault(layer.name, {})[variable.path.rpartition("/")[2]] = Given(Array(tuple(variable.shape), values.tolist()))
    image = [chance.uniform(-1, 1) for _ in range(60)]
    factors = [1.0, -2.0, 3.0]
    x = inputs(network, Given(Array((6, 5, 2), image)))
    traced = gradients(network, weights(network, given), x, lambda steps: dot(steps[-1].output.values, factors))
    arrays = [np.array(image).reshape(1, 6, 5, 2), *[variable.numpy() for variable in model.trainable_variables]]

    def call(images: Any, *values: Any) -> Any:
        with keras.StatelessScope(state_mapping=[*zip(model.trainable_variables, values, strict=True)]):
            return model(images, training=False)

    assert traced.steps[-1].output.values == pytest.approx(np.asarray(call(*arrays)).ravel().tolist(), rel=1e-6)
    found = automatic(call, arrays, np.array([factors]))
    assert traced.slopes[0][0].values == pytest.approx(found[0].ravel().tolist(), rel=1e-6, abs=1e-9)
    indices = {node.name: node.index for node in network.nodes}
    for variable, gradient in zip(model.trainable_variables, found[1:], strict=True):
        name, _, weight = variable.path.rpartition("/")
        assert traced.weights[indices[name]][weight].values == pytest.approx(gradient.ravel().tolist(), rel=1e-6, abs=1e-9)
