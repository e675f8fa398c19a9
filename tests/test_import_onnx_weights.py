"""Which arrays of an ONNX file are weights, and which layers share them: decided by what the arrays do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cnncli import analyze
from cnncli.convert import spec_text
from cnncli.errors import LayerError
from cnncli.explain import explain
from cnncli.importers import load_model
from cnncli.network import Network
from cnncli.render import summaries
from cnncli.spec import loads

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Network:
    """The network of one of the files beside these tests."""
    return load_model(str(FIXTURES / "onnx_weights" / f"{name}.onnx")).network


def tied(tmp_path: Path) -> Network:
    """A convolution used twice, and a dense layer whose kernel is another's, transposed."""
    path = tmp_path / "tied.onnx"
    path.write_bytes(gzip.decompress((FIXTURES / "onnx" / "tied_trained.onnx.gz").read_bytes()))
    return load_model(str(path)).network


def words(network: Network, layer: str) -> str:
    """What explain says of the parameters of a layer, in its first line."""
    [explanation] = explain(network, [layer], ["params"])
    return explanation.workings[0].words


@pytest.mark.parametrize(
    ("name", "params"),
    [("same_bias_direct", 296), ("same_bias_identity", 296), ("tied_message", 144), ("bn_shared_within", 64)],
)
def test_equal_arrays_stored_once_are_counted_for_each_layer(name: str, params: int) -> None:
    """Layers with kernels of their own have biases of their own; a norm that has one array in two places shares nothing."""
    network = fixture(name)
    assert analyze(network).totals["params"] == params
    assert all(node.shared is None and not node.borrowed for node in network.nodes)
    [(title, note)] = network.notes
    assert title == "stored once"
    assert note in "".join(summaries([analyze(network)], "table"))


@pytest.mark.parametrize(
    ("name", "params", "constants"),
    [("prior_boxes", 4 * 28, 512), ("bias_in_a_constant_node", 28 * 8, 0), ("scale_256", 256 * 4, 0), ("scale_257", 257 * 4, 0)],
)
def test_what_an_array_does_makes_it_a_weight(name: str, params: int, constants: int) -> None:
    """Not where it stands, nor how many numbers it has: all of these are in nodes of the graph. Prior boxes vary along positions."""
    totals = analyze(fixture(name)).totals
    assert (totals["params"], totals["trainable_params"], totals["constants"]) == (params, params, constants)


def test_factors_and_shifts_of_a_response_norm_are_weights() -> None:
    """Global response normalisation written out: its gamma and beta count, the epsilon does not."""
    report = analyze(fixture("grn_reducel2"))
    assert (report.totals["params"], report.totals["macs"]) == (3 * 9 * 4 + 4 + 4, 3888)
    [norm] = [node for node in report.network.nodes if node.kind == "reduce" and node.layer.function == "l2"]
    assert norm.facts.work == (0, 4 * 35, 4 * 36, 0, 0, 4)  # four sums of 36 squares, and their roots


def test_a_bias_in_a_constant_node_is_the_convolution_s() -> None:
    """The addition is part of the layer: no row of its own, no multiplication."""
    network = fixture("bias_in_a_constant_node")
    assert [(node.name, node.kind) for node in network.nodes] == [("x", "input"), ("conv", "conv")]
    assert network.nodes[1].facts.work == (8 * 8 * 27 * 8, 512, 0, 0, 0, 0)


def test_constants_are_shown() -> None:
    """Beside the parameters in words, and as a figure of their own for machines."""
    report = analyze(fixture("prior_boxes"))
    assert "512 numbers that vary along positions, such as prior boxes: no parameters" in "".join(summaries([report], "table"))
    found = json.loads("".join(summaries([report], "json")))
    assert found["totals"]["constants"] == 512
    assert [layer["constants"] for layer in found["layers"]] == [0, 0, 0, 256, 256]
    assert words(report.network, "decode_size") == "no weights; 256 constants, numbers that vary along positions"


def test_a_bias_stored_once_is_explained() -> None:
    """The bias is in the formula, and the words say where the file has it."""
    network = fixture("same_bias_direct")
    assert words(network, "second") == "the bias is stored in the file as that of first"
    [explanation] = explain(network, ["second"], ["params"])
    assert explanation.workings[0].value == 148


CONVERTED = ["same_bias_direct", "same_bias_identity", "tied_message", "bn_shared_within", "bias_in_a_constant_node", "scale_256"]


@pytest.mark.parametrize("name", CONVERTED)
def test_convert_agrees_with_summarize(name: str) -> None:
    """The spec has as many parameters as the file, and no layer in it uses those of another."""
    network = fixture(name)
    text = spec_text(network, keep_order=False)
    again = loads(text, "again.yaml").network
    assert analyze(again).totals["params"] == analyze(network).totals["params"]
    assert all(node.shared is None for node in again.nodes)


def test_a_kernel_of_another_layer_is_borrowed(tmp_path: Path) -> None:
    """It is counted once; explain names its owner, and what shares whole layers only refuses the network."""
    network = tied(tmp_path)
    first, second = [node for node in network.nodes if node.kind == "dense"]
    assert second.borrowed == {"kernel": first}
    assert (len(first.facts.weights), len(second.facts.weights)) == (1, 0)
    assert words(network, second.name) == f"the kernel is that of {first.name}"
    with pytest.raises(LayerError, match=f"the kernel of {second.name} is that of {first.name}; a spec shares whole layers only"):
        spec_text(network, keep_order=False)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
def test_verify_agrees_with_summarize(tmp_path: Path) -> None:
    """Of layers that share weights, or whose file stores equal arrays once, Keras has what is counted."""
    pytest.importorskip("keras", reason="compares with Keras; pip install 'cnncli[train]'")
    from cnncli.verify import QUANTITIES, certify, wake_keras

    wake_keras("this test")
    names = ["same_bias_direct", "same_bias_identity", "bn_shared_within", "bias_in_a_constant_node", "scale_256", "scale_257"]
    for network in [*map(fixture, names), tied(tmp_path)]:
        certificate: Any = certify(network, QUANTITIES)
        assert not certificate.mismatches, certificate.lines()
