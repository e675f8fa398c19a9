"""Verification: whatever is wrong is found, named and placed; whatever is right is certified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from cnncli.cli.commands import verify as cli
from cnncli.errors import UsageError
from cnncli.layers.base import Weight, Work
from cnncli.layers.conv import Conv
from cnncli.layers.dense import Dense
from cnncli.layers.norm import BatchNorm
from cnncli.layers.pool import AvgPool, MaxPool
from cnncli.layers.transposed import ConvTranspose
from cnncli.network import Network
from cnncli.random_networks import random_draft
from cnncli.spec import loads, shipped
from cnncli.verify import QUANTITIES, Certificate, certify, certify_random, verify
from cnncli.verify.certificate import worded

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

NET = """
name: net
input: [16, 15, 4]
layers:
  - conv: {filters: 8, kernel: 3, stride: 2, padding: same}
  - batch_norm
  - relu
  - max_pool: {size: 2, stride: 1}
  - avg_pool: {size: 3, stride: 2, padding: 1}
  - conv_transpose: {filters: 4, kernel: 3, stride: 2}
  - add: {main: [conv: {filters: 4, kernel: 3, padding: same, dilation: 2}], shortcut: []}
  - flatten
  - dense: 3
"""


@pytest.fixture(scope="module")
def keras() -> Any:
    pytest.importorskip("keras", reason="compares with Keras; pip install 'cnncli[train]'")
    from cnncli.verify import wake_keras

    wake_keras("this test")
    import keras

    return keras


def net(text: str = NET) -> Network:
    return loads(text, "net").network


def compared(predicted: str, built: str) -> Certificate:
    """The figures of one spec against the model of another with equally named layers."""
    from cnncli.keras_model import build

    return verify(net(predicted), build(net(built)))


def test_what_is_right_is_certified(keras: Any) -> None:
    """All quantities are compared, nothing differs, and the framework's own counter is heard."""
    certificate = certify(net(), QUANTITIES)
    assert certificate.mismatches == []
    assert certificate.largest_difference == 0
    assert set(certificate.compared) == set(QUANTITIES)
    assert all(count >= 10 for count in certificate.compared.values())
    counted = certificate.counted
    assert counted
    assert counted.twice_macs > 0
    assert counted.flops == counted.twice_macs + sum(counted.explained.values())


CHANGES = [
    ("stride: 2, padding: same", "stride: 1, padding: same", "conv_1", "output shape"),
    ("filters: 8, kernel: 3", "filters: 8, kernel: 5", "conv_1", "weight kernel"),
    ("filters: 8, kernel: 3", "filters: 8, kernel: 5", "conv_1", "MACs"),
    ("padding: same}\n  - batch_norm", "padding: same, bias: false}\n  - batch_norm", "conv_1", "weights"),
    ("- batch_norm", "- batch_norm: {center: false}", "batch_norm_1", "bytes of weights"),
    ("dilation: 2", "dilation: 1", "add_1", "field of position [0, 0] on input"),
    ("max_pool: {size: 2, stride: 1}", "max_pool: {size: 3, stride: 1, padding: [[1, 0], [0, 1]]}", "add_1", "field of position"),
    ("size: 3, stride: 2, padding: 1}", "size: 3, stride: 2, padding: [[2, 0], [0, 2]]}", "avg_pool_1", "field of position"),
    ("- dense: 3", "- dense: 4", "dense_1", "MACs of all layers"),
]


@pytest.mark.parametrize(("said", "done", "node", "quantity"), CHANGES)
def test_a_model_that_differs_is_told(keras: Any, said: str, done: str, node: str, quantity: str) -> None:
    """A model that was built otherwise differs in what was changed, at the layer that was changed, with its place in the file."""
    assert said in NET
    certificate = compared(NET, NET.replace(said, done))
    found = [one for one in certificate.mismatches if one.node == node and one.quantity.startswith(quantity)]
    assert found
    assert str(found[0]).startswith("net:")
    assert f" {node}: {found[0].quantity}: predicted {worded(found[0].predicted)}, built {worded(found[0].built)}" in str(found[0])


def test_figures_are_worded_for_people() -> None:
    """Large numbers in groups of three, weights in words; JSON keeps the values."""
    assert worded(31_204_307_072) == "31,204,307,072"
    assert worded(("kernel", (5, 5, 1, 6), True)) == "kernel (5, 5, 1, 6) trainable"
    assert worded([("bias", (6,), False), ("k", (2,), True)]) == "bias (6,) not trainable; k (2,) trainable"
    assert worded([]) == "none"
    assert worded((28, 28, 1)) == "(28, 28, 1)"
    assert worded(None) == "nothing"


def test_no_more_can_differ_than_is_compared(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head counts the framework's own count of each layer with kernels among the figures."""
    monkeypatch.setattr(Conv, "macs", lambda self, x: 1)
    monkeypatch.setattr(Dense, "macs", lambda self, x: 1)
    certificate = certify(net("input: [5, 5, 1]\nlayers: [{conv: {filters: 2, kernel: 3}}, flatten, {dense: 2}]"), ("macs",))
    assert certificate.compared == {"macs": 4 + 1 + 2}  # each layer, their sum, and two with kernels
    assert len(certificate.mismatches) == 2 + 1 + 2


def test_a_field_alone_may_differ(keras: Any) -> None:
    """Dilation changes neither shapes nor weights nor MACs: only what is seen."""
    quantities = {one.quantity.split(" position")[0] for one in compared(NET, NET.replace("dilation: 2", "dilation: 1")).mismatches}
    assert quantities == {"field of"}


def test_frozen_weights_are_told(keras: Any) -> None:
    """Trainability is compared weight by weight."""
    from cnncli.keras_model import build

    model = build(net())
    model.get_layer("dense_1").trainable = False
    found = verify(net(), model, ("weights",)).mismatches
    assert [(one.node, one.quantity) for one in found] == [("dense_1", "weight kernel"), ("dense_1", "weight bias")]
    assert verify(net(), model, ("weights",)).largest_difference is None  # no number differs, but a fact


def test_other_types_take_other_memory(keras: Any) -> None:
    """Bytes are those of the arrays as they are, so a model of half precision has half of them."""
    from cnncli.keras_model import build

    keras.config.set_dtype_policy("float16")
    try:
        model = build(net())
    finally:
        keras.config.set_dtype_policy("float32")
    wrong = {one.quantity: one for one in verify(net(), model, ("memory",)).mismatches}
    assert set(wrong) == {"bytes of weights", "bytes of output", "bytes of all weights"}
    assert all(one.predicted == 2 * one.built for one in wrong.values())  # type: ignore[operator]


RULES: list[tuple[type, str, Callable[..., Any], str]] = [
    (Conv, "macs", lambda self, x: 1, "MACs"),
    (Dense, "macs", lambda self, x: 0, "MACs"),
    (BatchNorm, "weights", lambda self, x: (Weight("gamma", x[-1:]), Weight("beta", x[-1:])), "weights"),
    (Conv, "windows", lambda self, x: tuple(w.window._replace(first=w.window.first - 1) for w in self.slides(x)), "field of position"),
    (MaxPool, "windows", lambda self, x: tuple(w.window._replace(last=w.window.last + 1) for w in self.slides(x)), "field of position"),
    (AvgPool, "windows", lambda self, x: tuple(w.window._replace(stride=1) for w in self.slides(x)), "field of position"),
    (ConvTranspose, "windows", lambda self, x: tuple(s.window._replace(up=1) for s in self.stamps(x)), "field of position"),
    (ConvTranspose, "output", lambda self, x: (*(2 * n for n in x[:-1]), self.filters), "output shape"),
]


@pytest.mark.parametrize(("layer", "rule", "wrong", "quantity"), RULES)
def test_a_wrong_rule_is_found(
    keras: Any, monkeypatch: pytest.MonkeyPatch, layer: type, rule: str, wrong: Callable[..., Any], quantity: str
) -> None:
    """Whichever rule of a layer is broken, the built model says otherwise."""
    monkeypatch.setattr(layer, rule, wrong)
    text = "input: [9, 4]\nlayers:\n  - conv: {filters: 4, kernel: 3, padding: same}\n  - batch_norm\n  - max_pool: {size: 3, stride: 2}\n"
    text += "  - conv_transpose: {filters: 2, kernel: 3, stride: 2}\n  - avg_pool: 2\n  - dense: 3\n"
    certificate = certify(net(text), QUANTITIES)
    assert {one.quantity for one in certificate.mismatches if one.quantity.startswith(quantity)}
    assert certificate.lines()[0].startswith("net: ")
    assert " figures differ (" in certificate.lines()[0]


def test_what_cannot_be_built_is_told_with_its_place(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that Keras refuses, whatever it raises, is a mismatch at its line."""
    from cnncli.keras_model.registry import COUNTERPARTS

    monkeypatch.setitem(COUNTERPARTS, "batch_norm", lambda layer, name, x: keras.layers.Conv2D(-1, 3, name=name))
    [mismatch] = certify(net(), QUANTITIES).mismatches
    assert str(mismatch).startswith("net:6:5: batch_norm_1: layer: predicted one that can be built, built ValueError: ")


def test_the_counter_is_believed(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the kernels agree but the framework counts other operations, and no known reason explains it, that is a mismatch."""
    from cnncli.verify import counter

    name, count = counter.COUNTERS[keras.backend.backend()]
    monkeypatch.setitem(counter.COUNTERS, keras.backend.backend(), (name, lambda pair: (count(pair)[0] + 2, count(pair)[1])))
    found = certify(net(), ("macs",)).mismatches
    explained = certify(net(), ("macs",)).counted
    assert explained
    assert {one.quantity for one in found} == {"operations as the framework counts them"}
    assert all(one.difference == 2 for one in found)


def test_differences_of_the_counter_are_explained_by_class(keras: Any) -> None:
    """Bias, padding, groups, dilation and transposition are counted differently by this counter or that; the sum comes out."""
    text = """
input: [12, 12, 4]
layers:
  - conv: {filters: 8, kernel: 3, padding: same, groups: 2}
  - conv: {filters: 8, kernel: 3, padding: same, dilation: 2}
  - depthwise_conv: {kernel: 3, stride: 2, padding: same}
  - separable_conv: {filters: 6, kernel: 3, padding: same}
  - conv_transpose: {filters: 4, kernel: 3, stride: 2, padding: same}
  - conv_transpose: {filters: 4, kernel: 2}
  - conv: {filters: 2, kernel: 3, stride: 2, dilation: 2, padding: 2}
"""
    certificate = certify(net(text), ("macs",))
    counted = certificate.counted
    assert counted
    assert certificate.mismatches == []
    assert counted.flops == counted.twice_macs + sum(counted.explained.values())
    assert bool(counted.explained) == (keras.backend.backend() != "torch")


def test_the_rounding_of_jax_is_no_difference() -> None:
    """XLA's analysis keeps its counts in single precision: 31,204,307,072 comes out as a multiple of 2,048."""
    program = """
from cnncli.spec import loads
from cnncli.verify import certify
text = "input: [572, 572, 1]\\nlayers: [{conv: {filters: 128, kernel: 80, stride: 4, padding: same}}]"
found = certify(loads(text, "net").network, ("macs",))
assert not found.mismatches, found.lines()
[rounding] = [more for words, more in found.counted.explained.items() if "rounding" in words]
assert rounding == -128, rounding
"""
    pytest.importorskip("jax")
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr


def fields(text: str) -> dict[tuple[str, str], object]:
    """The fields that the built model has, by node and position."""
    from cnncli.keras_model import build
    from cnncli.verify.check import paired
    from cnncli.verify.support import fields as found

    network = net(text)
    model = build(network)
    return {(node.name, words): built for node, words, _, built in found(network, paired(network, model))}


def test_nothing_hides_a_pixel(keras: Any) -> None:
    """Relus, maxima, differences of equal branches, gates and normalisation cut or cancel gradients; the field is whole all the same."""
    text = """
input: [40, 2]
layers:
  - conv: {filters: 2, kernel: 3}
  - relu
  - max_pool: {size: 3, stride: 1}
  - subtract: {a: [], b: []}
  - instance_norm
  - maximum: {a: [], b: [conv: {filters: 2, kernel: 3, padding: same, activation: softmax}]}
  - minimum: {a: [], b: [], c: [conv: {filters: 2, kernel: 3, padding: same, activation: softmax}]}
  - layer_norm
  - conv: {filters: 1, kernel: 3, activation: softmax}
"""
    found = fields(text)  # 3 + 2 + 2 + 2 + 2 pixels, of which the padding of the third and fourth has none at the left
    assert found["conv_4", "field of position [0] on input"] == ((0, 8),)
    assert found["conv_4", "field of position [16] on input"] == ((14, 24),)
    assert found["conv_4", "field of position [33] on input"] == ((31, 39),)


def test_a_frozen_kernel_that_begins_with_zeros_sees_all_it_covers(keras: Any) -> None:
    """What a window looks at does not depend on where its weights begin, nor on whether they learn."""
    layers = "[{conv: {filters: 8, kernel: 2, initializer: dirac}, freeze: true}, {batch_norm: {}, freeze: true}]"
    assert certify(net(f"input: [3, 1]\nlayers: {layers}"), ("receptive_field",)).mismatches == []


def test_depth_does_not_fade(keras: Any) -> None:
    """A hundred convolutions: the outermost gradients would be 3^-100, too small for single precision; the field is 201 all the same."""
    text = "input: [301, 1]\nlayers:\n  - conv: {filters: 1, kernel: 3, padding: same}\n    repeat: 100\n"
    assert fields(text)["conv_100", "field of position [150] on input"] == ((50, 250),)


def test_gates_see_everything(keras: Any) -> None:
    """Squeeze-and-excitation: every position sees the whole map, through the gate."""
    text = "input: [9, 8, 2]\nlayers:\n  - multiply: {features: [], gate: [global_avg_pool: {keep_axes: true}, dense: 2]}\n"
    assert set(fields(text).values()) == {((0, 8), (0, 7))}


def test_a_deep_network_is_built(keras: Any) -> None:
    """Keras walks through a network by recursion; a network deeper than Python's usual limit is built and verified all the same."""
    certificate = certify(net("input: [4]\nlayers:\n  - linear\n  - relu:\n    repeat: 1500\n"), ("shapes",))
    assert certificate.compared == {"shapes": 1502}
    assert certificate.mismatches == []


def test_random_networks_agree(keras: Any) -> None:
    """Some legal but odd networks, of every kind: no figure differs."""
    for seed in range(25):
        assert certify_random(seed, QUANTITIES)[1] is None


def test_a_random_network_that_fails_is_made_small(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a broken rule, what is left of a random network is the layer whose rule it is."""
    monkeypatch.setattr(AvgPool, "work", lambda self, x: Work(macs=7))
    seed = next(seed for seed in range(100) if "- avg_pool" in random_draft(Random(seed)).text())
    failure = certify_random(seed, ("macs",))[1]
    assert failure
    assert [node.kind for node in loads(failure.spec).network.nodes] == ["input", "avg_pool"]
    quantities = {one.quantity for one in failure.certificate.mismatches}
    assert quantities == {"MACs", "MACs of all layers", "operations as the framework counts them"}


def invoke(*words: str) -> Any:
    return CliRunner().invoke(cli.command, words, catch_exceptions=False, prog_name="cnncli verify")


def test_command_certifies(keras: Any) -> None:
    """Exit code 0 and the counts, with the versions of all who took part."""
    done = invoke("lenet", "exercise_6x6", "--random", "2", "--seed", "5")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("LeNet: all ")
    assert lines[0].endswith(" memory)")
    assert lines[-2].startswith("2 random networks, seeds 5 to 6: all ")
    assert lines[-1].startswith("largest difference: 0 (cnncli 0.")
    assert f"keras {keras.__version__}, {keras.backend.backend()} " in lines[-1]


def test_what_is_woken_is_not_looked_through_again(keras: Any) -> None:
    """Clearing a network away collects garbage; the framework's 400,000 objects are set aside before."""
    program = "import gc\nfrom cnncli.verify import wake_keras\nwake_keras('verify')\nprint(gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 100_000


def test_a_network_without_layers_agrees(keras: Any) -> None:
    """Its one tensor comes back from Keras without a list."""
    assert compared("input: [4]\nlayers: []\n", "input: [4]\nlayers: []\n").mismatches == []


def test_a_network_that_keras_lacks_does_not_stop_the_others(keras: Any, tmp_path: Path) -> None:
    """It is refused by name on standard error with exit code 2, and told in JSON; what comes behind it is compared."""
    layers = [("InputLayer", {"batch_shape": [None, 4, 2]}), ("UnitNormalization", {"axis": -1})]
    told = [{"class_name": cls, "config": {"name": f"layer_{number}", **config}} for number, (cls, config) in enumerate(layers)]
    path = tmp_path / "odd.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "odd", "layers": told}}), encoding="utf-8")
    done = invoke(str(path), "exercise_6x6", "--only", "shapes")
    assert done.exit_code == 2
    assert f"{path}:layer_1: unit_norm is a layer of a model that was read" in done.stderr  # the name stands once
    assert "figures agree" in done.stdout
    found = json.loads(invoke(str(path), "exercise_6x6", "--only", "shapes", "--format", "json").stdout)
    assert not found["verified"]
    assert [one["name"] for one in found["refused"]] == ["odd"]
    assert [one["verified"] for one in found["networks"]] == [True]


def test_command_tells_what_differs(keras: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1, and every mismatch with file:line:column; in JSON with both figures."""
    monkeypatch.setattr(Dense, "macs", lambda self, x: 1)
    seed = next(seed for seed in range(100) if "- dense" in random_draft(Random(seed)).text())
    done = invoke("lenet", "--only", "shapes,macs", "--random", "1", "--seed", str(seed))
    assert done.exit_code == 1
    assert "lenet.yaml:" in done.stdout
    assert ": dense_1: MACs: predicted 1, built " in done.stdout
    assert "draws a network that does not agree; it shrinks to\n\nname: random\ninput: " in done.stdout
    found = json.loads(invoke("lenet", "--only", "shapes,macs", "--format", "json").stdout)
    assert (found["schema"], found["verified"]) == ("cnncli/certificate/1", False)
    [network] = found["networks"]
    assert network["compared"] == {"shapes": 9, "macs": 10 + 5}
    first = network["mismatches"][0]
    assert (first["quantity"], first["predicted"]) == ("MACs", 1)
    assert first["difference"] == first["built"] - 1
    assert network["largest_difference"] == max(one["difference"] for one in network["mismatches"])


def test_command_takes_parameters_and_inputs(keras: Any) -> None:
    """--set and --input bear on what is predicted and on what is built."""
    done = invoke("mobilenet", "--set", "width=0.25", "--input", "96x64x3", "--only", "shapes,weights")
    assert done.exit_code == 0


def test_command_knows_the_quantities() -> None:
    """The command's list of quantities, written out so that --help stays light, is that of the room; others are refused."""
    assert cli.QUANTITIES == QUANTITIES
    done = invoke("lenet", "--only", "shapes,colour")
    assert done.exit_code == 2
    assert "no quantity is called 'colour'; they are shapes, weights, macs, receptive_field, memory" in done.stderr
    with pytest.raises(UsageError, match="nothing to verify; name a spec, or give --all or --random N"):
        invoke()


def test_without_keras_the_command_says_what_to_install() -> None:
    """Where Keras or its backend is missing: how to get it, and exit code 2."""
    program = "import sys; sys.modules['keras'] = None\nfrom cnncli.verify import wake_keras\nwake_keras('verify')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    words = "verify needs Keras and a backend of it, and keras is not installed: pip install 'cnncli[train]'"
    assert done.stderr.splitlines()[-1] == f"cnncli.errors.UsageError: {words}"
    assert UsageError.exit_code == 2


@pytest.mark.parametrize(
    ("backend", "missing", "words"),
    [
        ("nonsuch", "", "KERAS_BACKEND (or ~/.keras/keras.json) says nonsuch; verify runs with tensorflow, jax or torch"),
        ("numpy", "scipy", "KERAS_BACKEND (or ~/.keras/keras.json) says numpy; verify runs with tensorflow, jax or torch"),
        ("jax", "jax", "and jax is not installed: pip install jax, or KERAS_BACKEND=tensorflow"),
    ],
)
def test_a_backend_that_cannot_serve_is_refused(keras: Any, backend: str, missing: str, words: str) -> None:
    """An unknown backend, one without gradients, one that is not installed: exit code 2 and what to do, no traceback."""
    program = f"import sys; sys.modules.update(dict.fromkeys({missing.split()}))\nfrom cnncli.cli import main\nmain(['verify', 'lenet'])"
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_shipped_architectures_are_as_predicted(keras: Any, name: str) -> None:
    """Every architecture that ships: no figure differs from the built model's."""
    from cnncli.spec import load

    certificate = certify(load(name).network, QUANTITIES)
    assert certificate.mismatches == []
    assert len(certificate.compared) == len(QUANTITIES)


@pytest.mark.slow
def test_hundreds_of_random_networks_agree(keras: Any) -> None:
    """Many more, with other seeds."""
    for seed in range(100_000, 100_500):
        assert certify_random(seed, QUANTITIES)[1] is None
