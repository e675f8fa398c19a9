"""Conversion: a network as a spec that gives the same network, and that a person would have written."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import networks

from cnncli.convert import spec_text
from cnncli.errors import LayerError
from cnncli.expectation import misses
from cnncli.importers import load_model
from cnncli.importers.merge import BroadcastAdd
from cnncli.importers.opaque import Opaque
from cnncli.layers import KINDS
from cnncli.layers.frozen import EVERY, frozen
from cnncli.network import Input, Network, Scope
from cnncli.report import analyze
from cnncli.spec import load, loads, shipped

FIXTURES = Path(__file__).parent / "fixtures" / "keras"
TOTALS = ("layers", "params", "trainable_params", "macs", "element_wise", "receptive_field", "effective_stride", "peak_memory_bytes")


def facts(network: Network) -> list[Any]:
    """All that counts of each node, in order."""
    return [(node.kind, node.inputs, node.output, node.facts.weights, node.facts.work, node.facts.windows) for node in network.nodes]


def without_blocks(network: Network) -> Network:
    """The same network as if it had been written layer by layer."""
    for node in network.nodes:
        node.scope = None
    return network


def same(network: Network, text: str) -> None:
    """The text gives the network, layer by layer, and what it expects of itself holds."""
    document = loads(text)
    assert facts(document.network) == facts(network)
    assert [node.shared for node in document.network.nodes] == [node.shared for node in network.nodes]
    assert document.network.outputs == network.outputs
    assert misses(document.expect, analyze(document.network).totals) == []


@pytest.mark.parametrize("name", shipped())
def test_architectures_stay_the_same(name: str) -> None:
    """Every shipped architecture is the same network after conversion, also when its blocks have to be found, or are left out."""
    network = load(name).network
    same(network, spec_text(network))
    same(network, spec_text(network, names=True))
    same(network, spec_text(without_blocks(network)))


@settings(deadline=None, max_examples=150)
@given(networks())
def test_random_networks_stay_the_same(network: Network) -> None:
    """So does every network that nobody would draw."""
    same(network, spec_text(network))
    same(network, spec_text(without_blocks(network)))


def test_what_a_layer_cannot_unsay_is_no_default() -> None:
    """Most convolutions are bounded, one is not, and nothing that it could say would free it of a default."""
    layers = [f"  - conv: {{filters: {filters}, kernel: 1, max_norm: 3}}\n" for filters in range(1, 7)]
    network = loads("".join(["input: [8, 8, 4]\nlayers:\n", *layers, "  - conv: {filters: 9, kernel: 1}\n"])).network
    same(network, spec_text(network))


@settings(deadline=None, max_examples=50)
@given(networks())
def test_another_order_is_the_same_network(network: Network) -> None:
    """Told branch by branch, the layers may come in another order; what each is, and every total but the peak of memory, stays."""
    told = loads(spec_text(network, keep_order=False)).network
    assert Counter(map(str, [(fact[0], *fact[2:]) for fact in facts(told)])) == Counter(
        map(str, [(fact[0], *fact[2:]) for fact in facts(network)])
    )
    assert {key: analyze(told).totals[key] for key in TOTALS[:-1]} == {key: analyze(network).totals[key] for key in TOTALS[:-1]}


def test_names_are_kept_when_asked_for() -> None:
    """With `names` every layer is called as before; without, those that are read by name."""
    network = load("unet").network
    assert [node.name for node in loads(spec_text(network, names=True)).network.nodes] == [node.name for node in network.nodes]
    assert {"down1", "up4"} <= set(loads(spec_text(network)).network.labels)


HAND_WRITTEN = ("resnet50", "densenet121", "mobilenet_v2", "googlenet", "inception_v3", "efficientnet_b0", "unet", "vgg16", "resnet1001")


@pytest.mark.parametrize("name", HAND_WRITTEN)
def test_files_are_as_short_as_those_written_by_hand(name: str) -> None:
    """Layer by layer these networks have up to 3,339 lines; with the blocks that are found they are about as short as by hand."""

    def lines(text: str) -> int:
        return sum(bool(line.partition("#")[0].strip()) for line in text.splitlines())

    document = load(name)
    assert lines(spec_text(without_blocks(document.network))) <= 1.1 * lines(document.text) + 3


RESIDUAL = """\
name: small
input: [16, 16, 3]

defaults:
  conv: {kernel: 3, padding: same, bias: false}

blocks:
  residual:
    - add:
        main:
          - conv: $(in_channels // 4)
          - batch_norm
          - relu
          - conv: $in_channels
        shortcut: []
    - relu

layers:
  - conv: 16
  - residual:
    repeat: 2
  - conv: {filters: 32, stride: 2}
  - residual:
    repeat: 3
  - conv: {filters: 64, stride: 2}
  - residual
  - global_avg_pool
  - dense: {units: 10, bias: false, activation: softmax}

expect: {params: 58_864, macs: 2_470_528}
"""


def test_blocks_are_found() -> None:
    """What recurs becomes a block, what differs its parameters, sums of channels are said by the channels that come in."""
    network = without_blocks(loads(RESIDUAL).network)
    assert spec_text(network) == RESIDUAL


def test_blocks_of_a_spec_are_kept() -> None:
    """A spec's own blocks stay, under their names; values that are everywhere the same are no longer parameters."""
    text = "input: [8, 8, 4]\nblocks:\n  twice(filters, kernel=3):\n    - conv: {filters: $filters, kernel: $kernel}\n    - relu\n"
    told = spec_text(loads(f"{text}layers: [{{twice: 8}}, {{twice: 16}}]\n").network)
    assert "  twice:\n    - conv: {filters: $(2 * in_channels), kernel: 3}\n    - relu\n" in told
    assert "layers:\n  - twice:\n    repeat: 2\n" in told


def layers_of(text: str, **how: bool) -> str:
    """The lines of `layers` for a spec on 8 x 8 x 4."""
    return spec_text(loads(f"input: [8, 8, 4]\n{text}").network, **how).partition("layers:\n")[2].partition("\nexpect")[0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("layers: [relu, relu, relu]", "  - relu:\n    repeat: 3\n"),
        ("layers: [{max_pool: {size: 2, stride: 2}}]", "  - max_pool: 2\n"),
        ("layers: [{leaky_relu: 0.2}]", "  - leaky_relu: 0.2\n"),
        ("layers: [{global_avg_pool: {keep_axes: true}}]", "  - global_avg_pool: {keep_axes: true}\n"),
        ("layers: [{rescale: $(1 / 255)}]", "  - rescale: $(1 / 255)\n"),
        ("layers: [{rescale: 0.017124753831663668}]", "  - rescale: $(1 / 58.395)\n"),
        ("layers: [{rescale: {scale: -2.1179039301310043, offset: 1e30}}]", "  - rescale: {scale: $(-485 / 229), offset: 1e+30}\n"),
        ("layers: [{dense: {units: 4, activation: {elu: 0.5}}}]", "  - dense: {units: 4, activation: {elu: 0.5}}\n"),
        ("layers: [{conv: {filters: 4, kernel: [1, 3]}}]", "  - conv: {filters: 4, kernel: [1, 3]}\n"),
        ("layers: [{add: {a: [relu], b: []}}]", "  - add:\n      main:\n        - relu\n      shortcut: []\n"),
        ("layers: [{multiply: {a: [], b: [sigmoid]}}]", "  - multiply:\n      features: []\n      gate:\n        - sigmoid\n"),
        (
            "layers: [{concat: {a: [{conv: {filters: 2, kernel: 1}}], b: [{conv: {filters: 2, kernel: 1}}], c: [{max_pool: 1}]}}]",
            "  - concat:\n      1x1:\n        - conv: {filters: 2, kernel: 1}\n      1x1_2:\n        - conv: {filters: 2, kernel: 1}\n"
            "      pool:\n        - max_pool: 1\n",
        ),
        (
            "layers: [{relu: , name: skip}, tanh, relu, {add: , from: [skip, above]}]",
            "  - relu:\n    name: skip\n  - add:\n      shortcut: []\n      main:\n        - tanh\n        - relu\n",
        ),
        (
            "layers: [{relu: , name: skip}, tanh, {add: , from: [above, skip]}]",
            "  - relu:\n    name: skip\n  - add:\n      main:\n        - tanh\n      shortcut: []\n",
        ),
    ],
)  # fmt: skip
def test_items_are_told_as_people_write_them(given: str, told: str) -> None:
    """Lone values, runs, branches with names by what stands in them; `from` only where branches do not tell it."""
    assert layers_of(given) == told


def test_paths_through_other_levels_are_told_by_names() -> None:
    """A merge around a branch that enlarges the map again (U-Net) is wired by name, not nested."""
    told = layers_of("layers: [{relu: , name: level}, {max_pool: 2}, {upsample: 2}, {concat: , from: [above, level]}]")
    assert told == "  - relu:\n    name: level\n  - max_pool: 2\n  - upsample: 2\n  - concat:\n    from: [above, level]\n"


def test_outputs_and_inputs_are_named() -> None:
    """Several inputs and outputs keep their names; a name that is none in the notation is made one."""
    network = Network("two")
    left, right = (network.place(Input(shape=(4, 4, 2)), (), name).index for name in ("left/1", "right"))
    relu = network.place(KINDS["relu"](), (left,), "a.b").index
    network.outputs = (network.place(KINDS["add"](), (relu, right)).index, relu)
    text = spec_text(network)
    same(network, text)
    assert "input: {left_1: [4, 4, 2], right: [4, 4, 2]}" in text
    assert "outputs: [add_1, a_b]" in text


@pytest.mark.parametrize("name", ["a: b", "#1", "'quoted'", 'say "so"', "tab\tbed", "läuft", "- dash", "", " ", "\ud800", "x" * 300])
def test_any_name_can_be_written(name: str) -> None:
    """Whatever a model is called, the file can be read."""
    network = load("lenet5").network
    network.name = network.source = name
    assert loads(spec_text(network)).network.nodes


def model(layer: Any) -> Network:
    """One layer on 4 x 4 x 2."""
    network = Network("one")
    network.place(Input(shape=(4, 4, 2)), (), "input")
    network.outputs = (network.place(layer, (0, 0) if layer.merges else (0,), "odd").index,)
    return network


@pytest.mark.parametrize("layer", [Opaque(shape=(4,)), type("Odd", (KINDS["relu"],), {"kind": "odd"})()])
def test_what_has_no_word_is_refused(layer: Any) -> None:
    """A layer that the notation cannot say is refused by its name; so is one that is used twice."""
    with pytest.raises(LayerError, match="odd is"):
        spec_text(model(layer))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (KINDS["batch_norm"](epsilon=-0.001), "odd: epsilon of batch_norm is -0.001; expected a number from 0"),
        (KINDS["relu"](max=-1.0), "odd: max of relu is -1.0; expected a number from 0"),
        (KINDS["dense"](units=2, activation=KINDS["leaky_relu"](slope=-0.1)), "odd: slope of leaky_relu is -0.1; expected a number from 0"),
    ],
)
def test_values_that_no_spec_can_have_are_refused(layer: Any, words: str) -> None:
    """What another program allows is refused where it is converted, not where the spec is read."""
    with pytest.raises(LayerError, match=re.escape(words)):
        spec_text(model(layer))


TOWERS = """\
layers:
  - tower: 4
    name: one
  - tower: 4
    from: right
    weights: one
  - subtract:
    from: [one, above]
  - dense: 4
    name: dense
  - dense: 4
    weights: dense
"""


def test_weights_that_are_shared_are_told() -> None:
    """Of single layers, and of blocks that are used whole with the weights of another use; what the two are is not folded away."""
    head = "input: {left: [8, 8, 1], right: [8, 8, 1]}\nblocks:\n  tower(units):\n    - [conv]\n    - relu\n    - global_avg_pool\n"
    network = loads(head.replace("[conv]", "conv: {filters: $units, kernel: 3}") + TOWERS).network
    told = spec_text(network)
    assert "  tower:\n    - conv: {filters: 4, kernel: 3}\n" in told
    assert TOWERS.replace("tower: 4", "tower:") in told
    for text in (told, spec_text(network, names=True), spec_text(without_blocks(network))):
        again = loads(text).network
        assert facts(again) == facts(network)
        assert [node.shared for node in again.nodes] == [node.shared for node in network.nodes]


def test_what_does_the_same_is_no_other_layer() -> None:
    """A merge that could stretch its inputs, but need not, is that of the vocabulary; nothing is said of layers without weights."""
    assert "- add" in spec_text(model(BroadcastAdd()))
    assert "freeze" not in spec_text(model(frozen(KINDS["relu"]())))


@pytest.mark.parametrize(("names", "told"), [({"*"}, "true"), ({"bias"}, "bias"), ({"kernel", "bias"}, "[bias, kernel]")])
def test_what_is_frozen_stays_frozen(names: set[str], told: str) -> None:
    """It stands beside the kind, and the spec that is read again has as many trainable weights."""
    network = model(frozen(KINDS["dense"](units=2), frozenset(names)))
    text = spec_text(network)
    assert f"  - dense: 2\n    freeze: {told}\n" in text
    assert loads(text).network.nodes[1].facts.weights == network.nodes[1].facts.weights


def test_a_network_without_layers_is_a_spec() -> None:
    """Whose list is empty, as it has to be written."""
    network = Network("none")
    network.place(Input(shape=(4,)), (), "x", None, "")
    assert facts(loads(spec_text(network)).network) == facts(network)


NESTED = """
name: nested
input: [32, 32, 3]
blocks:
  unit(filters): [{conv: {filters: $filters, kernel: 3}}, batch_norm, relu]
  residual(filters):
    - add: {main: [{conv: {filters: $filters, kernel: 3, padding: same}}, {batch_norm: {}, freeze: gamma}], same: []}
  backbone: [{unit: 8}, {unit: 16}, {unit: 16}, {residual: 16}, relu, {residual: 16}, {unit: 32}]
layers:
  - {backbone: {}, freeze: FROZEN}
  - global_avg_pool
  - dense: 5
"""


@pytest.mark.parametrize("said", ["true", "kernel"])
def test_freeze_is_said_once_of_what_is_frozen_as_a_whole(said: str) -> None:
    """Of the outermost use of a block, or of the branches; what is frozen in part says so item by item."""
    network = loads(NESTED.replace("FROZEN", said)).network
    whole = sum(node.layer.frozen == EVERY for node in network.nodes)
    for text in (spec_text(network), spec_text(network, keep_order=False)):
        assert facts(loads(text).network) == facts(network)
        assert (text.count("freeze: true"), whole > 0) == ((1, True) if said == "true" else (0, False))
    towers = loads(NESTED.replace("- {backbone: {}, freeze: FROZEN}", "- unit: 3\n  - {residual: 3, freeze: true}")).network
    assert re.findall(r"( *)freeze: (.*)", spec_text(towers, names=True)) == [("    ", "true")]


def test_what_recurs_within_a_model_within_a_model_becomes_a_block() -> None:
    """Its layers are one block of the file; that is made of others as if it stood alone."""
    network = loads(NESTED.replace("FROZEN", "true")).network
    flat = Network("flat")
    scope = Scope("backbone", None)
    for node in network.nodes:
        flat.place(node.layer, node.inputs, node.name, scope if node.scope else None, "")
    text = spec_text(flat, keep_order=False)
    assert facts(loads(text).network) == facts(network)
    blocks = text.partition("blocks:")[2].partition("layers:")[0]
    assert re.findall(r"^  (\w+)", blocks, re.MULTILINE) == ["conv_bn_relu", "residual", "backbone"]
    assert "    - conv_bn_relu: 8\n" in blocks


REFUSED = {
    "operations": "power is a square",
    "preprocessing": "shift is a random_translation",
}


@pytest.mark.parametrize("file", REFUSED)
def test_what_specs_lack_is_refused_by_name(file: str) -> None:
    """A model from a Keras file is refused for the layer that no spec can have."""
    with pytest.raises(LayerError, match=REFUSED[file]):
        spec_text(load_model(str(FIXTURES / f"{file}.json")).network, keep_order=False)


def test_what_keras_resizes_and_bends_is_told(tmp_path: Path) -> None:
    """A relu with options and a resizing that is no upsampling are told in the notation as they stand in Keras' file."""
    layers = [
        ("InputLayer", {"batch_shape": [None, 8, 8, 3]}),
        ("ReLU", {"max_value": 4.0, "negative_slope": 0.25, "threshold": 1.0}),
        ("Resizing", {"height": 5, "width": 9, "interpolation": "bilinear"}),
        ("Activation", {"activation": "log_softmax"}),
    ]
    told = [{"class_name": cls, "config": {"name": f"layer_{number}", **config}} for number, (cls, config) in enumerate(layers)]
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"name": "bent", "layers": told}}), encoding="utf-8")
    text = spec_text(load_model(str(path)).network)
    assert "  - relu: {max: 4, slope: 0.25, threshold: 1}\n  - resize: [5, 9]\n  - log_softmax\n" in text


def test_models_of_keras_stay_the_same() -> None:
    """A model from a Keras file has the same totals as a spec."""
    network = load_model(str(FIXTURES / "solid.json")).network
    told, was = (analyze(one).totals for one in (loads(spec_text(network, keep_order=False)).network, network))
    assert {key: told[key] for key in ("layers", "params", "macs")} == {key: was[key] for key in ("layers", "params", "macs")}


def test_layers_in_the_order_of_their_depth_are_told_branch_by_branch() -> None:
    """Other programs order layers by their depth, across branches; then they are told in the order of the branches."""
    network = Network("crossed")
    split = network.place(Input(shape=(4, 4, 2)), (), "x").index
    left, right = split, split
    for _ in range(2):
        left = network.place(KINDS["relu"](), (left,)).index
        right = network.place(KINDS["tanh"](), (right,)).index
    network.outputs = (network.place(KINDS["maximum"](), (left, right)).index,)
    assert "from:" in spec_text(network)
    branches = "  - maximum:\n      branch:\n        - relu:\n          repeat: 2\n      branch_2:\n        - tanh:\n          repeat: 2\n"
    assert branches in spec_text(network, keep_order=False)
