"""ONNX graphs, read without ONNX: what PyTorch exported is what PyTorch says of it; every operator is the layer that it should be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cnncli import analyze
from cnncli.importers import load_model
from cnncli.network import Network

FOLDER = Path(__file__).parent / "fixtures" / "onnx"
FACTS: dict[str, Any] = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))


def fixture(tmp_path: Path, name: str, **options: Any) -> Network:
    """The network of one of the files that PyTorch exported."""
    path = tmp_path / f"{name}.onnx"
    path.write_bytes(gzip.decompress((FOLDER / f"{name}.onnx.gz").read_bytes()))
    return load_model(str(path), **options).network


def test_every_file_has_its_facts() -> None:
    """The folder and the facts name the same files."""
    assert {path.name.removesuffix(".onnx.gz") for path in FOLDER.glob("*.gz")} == set(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_exported_by_pytorch(name: str, tmp_path: Path) -> None:
    """Output shapes (channels first, as in the file), parameters and MACs are those of the module; the weights are not in the file."""
    report = analyze(fixture(tmp_path, name))
    facts = FACTS[name]
    assert [list(shape) for shape in report.outputs.values()] == facts["outputs"]
    assert report.totals["macs"] == facts["macs"]
    if not name.startswith("norms"):  # its file also has ones and zeros that PyTorch put in where a norm has no weights
        assert report.totals["params"] == facts["params"]
    if name.endswith("trained"):
        assert report.totals["trainable_params"] == facts["trained"]


@pytest.mark.parametrize("name", ["resnet_trained", "volume_trained", "mobilenet_v3_trained"])
def test_moving_averages_are_not_trainable(name: str, tmp_path: Path) -> None:
    """A batch norm has four numbers a channel, of which two are trainable."""
    network = fixture(tmp_path, name)
    moving = sum(2 * node.output[-1] for node in network.nodes if node.kind == "batch_norm")
    assert analyze(network).totals["non_trainable_params"] == moving > 0


def test_measured_figures_are_not_trainable(tmp_path: Path) -> None:
    """An array that is subtracted, or divided by, was measured beforehand: the mean and deviation of three channels."""
    assert analyze(fixture(tmp_path, "odd_opset13")).totals["non_trainable_params"] == 6


_GATE = "flatten dense relu dense"
_ACTIVATIONS = """
    relu relu6 leaky_relu prelu prelu elu selu gelu gelu silu mish hard_swish hard_sigmoid sigmoid tanh softplus softmax hard_tanh
    log_softmax softsign
"""
KINDS = {
    "googlenet_opset13": f"conv relu max_pool local_response_norm {'conv relu ' * 5}max_pool conv relu concat avg_pool "
    "flatten dense softmax",
    "attention_opset17": "conv global_avg_pool dense relu dense sigmoid reshape upsample multiply "
    f"global_avg_pool {_GATE} global_max_pool {_GATE} add sigmoid reshape multiply reduce reduce concat conv sigmoid multiply",
    "tied_trained": "conv relu conv relu global_avg_pool dense relu dense",
    "norms_opset17": "conv group_norm instance_norm instance_norm group_norm batch_norm local_response_norm batch_norm batch_norm",
    "activations_opset13": " ".join(f"conv {kind}" for kind in _ACTIVATIONS.split()),
}
_UNIT = "channel_slice channel_slice conv relu depthwise_conv conv relu concat channel_shuffle"
_NEXT = "depthwise_conv layer_norm dense gelu dense scale add"
KINDS["shufflenet_opset17"] = KINDS["shufflenet_dynamo"] = f"conv relu {_UNIT} {_UNIT} conv global_avg_pool dense"
KINDS["convnext_opset13"] = KINDS["convnext_dynamo"] = f"conv layer_norm {_NEXT} layer_norm conv {_NEXT} global_avg_pool layer_norm dense"


@pytest.mark.parametrize("name", KINDS)
def test_idioms_are_the_layers_they_mean(name: str, tmp_path: Path) -> None:
    """What the exporter wrote with several nodes is one layer again; pixels that only move to and fro cost none."""
    assert " ".join(node.kind for node in fixture(tmp_path, name).nodes[1:]) == KINDS[name]


def test_options_of_idioms(tmp_path: Path) -> None:
    """The options of an idiom are read off its parts: PyTorch's defaults come out again."""
    layers = {node.name: node.layer for node in fixture(tmp_path, "norms_opset17").nodes}
    named = {name: {key: getattr(layer, key) for key in layer.fields} for name, layer in layers.items()}
    assert named["/1/Add"] == {"groups": 4, "epsilon": 1e-05, "center": True, "scale": True}
    assert named["/4/Add"] == {"groups": 2, "epsilon": 1e-05, "center": False, "scale": False}
    assert named["/6/Div"] == {"size": 3, "alpha": pytest.approx(1e-4 / 3), "beta": 0.75, "k": 1.0}
    assert named["/5/BatchNormalization"] == {"momentum": 0.9, "epsilon": 1e-05, "center": False, "scale": False}


def test_names_of_the_file_are_kept(tmp_path: Path) -> None:
    """Layers are called as the nodes of the file are, inputs as its inputs; several nodes that are one layer, as the last of them."""
    names = [node.name for node in fixture(tmp_path, "convnext_opset13").nodes]
    assert names[:6] == ["x0", "/stages/stages.0/Conv", "/stages/stages.1/Add_1", "/stages/stages.2/dw/Conv", "/stages/stages.2/norm/Add_1",
                         "/stages/stages.2/a/Add"]  # fmt: skip
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "first"), [("resnet_trained", "0"), ("convnext_dynamo", "stages")])
def test_modules_are_blocks(name: str, first: str, tmp_path: Path) -> None:
    """Layers stand in the modules of the program they were exported from: one row for each when they are folded."""
    rows = analyze(fixture(tmp_path, name)).folded(1)
    assert rows[1].name == first
    assert rows[1].kind == "block"
    assert len(rows[1].nodes) > 10


def test_weights_used_twice_count_once(tmp_path: Path) -> None:
    """A convolution used again shares its weights with its first use; so does a dense layer whose kernel is another's, transposed."""
    network = fixture(tmp_path, "tied_trained")
    first, second = [node for node in network.nodes if node.kind == "conv"]
    assert (first.shared, second.shared) == (None, first.index)
    assert [sum(weight.count for weight in node.facts.weights) for node in network.nodes if node.kind == "dense"] == [24, 0]


def test_channels_first_is_how_shapes_are_shown(tmp_path: Path) -> None:
    """A network holds (*size, channels); its report shows what the file writes, (channels, *size)."""
    network = fixture(tmp_path, "two_dynamo")
    assert network.channels_first
    assert network.nodes[0].output == (8, 8, 3)
    report = analyze(network)
    assert report.inputs == {"x0": (3, 8, 8), "x1": (1, 8, 8)}
    assert [row.output_shape for row in report.rows][2:4] == [(4, 6, 6), (4, 6, 6)]


def test_reading_wakes_no_framework(tmp_path: Path) -> None:
    """ONNX files are read without onnx, numpy or protobuf."""
    import subprocess
    import sys

    (tmp_path / "m.onnx").write_bytes(gzip.decompress((FOLDER / "resnet_trained.onnx.gz").read_bytes()))
    program = (
        "import sys; from cnncli.importers import load_model; load_model('m.onnx'); "
        "print([name for name in ('onnx', 'numpy', 'google.protobuf', 'torch', 'keras', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
