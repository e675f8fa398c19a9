"""ONNX files that are written: ONNX itself finds them whole and runs them, and read again they are the same network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from onnx_graphs import numpy, onnx, reference
from strategies import drafts

from cnncli import analyze, load
from cnncli.by_hand.array import Array
from cnncli.by_hand.trace import forward
from cnncli.errors import LayerError
from cnncli.export.onnx import export
from cnncli.export.onnx.writer import OPERATORS
from cnncli.importers import load_model
from cnncli.importers.onnx.layers import WithArray
from cnncli.layers.base import KINDS
from cnncli.layers.frozen import bare
from cnncli.network import Input, Network
from cnncli.random_networks import Draft
from cnncli.spec import loads, shipped

pytestmark = pytest.mark.onnx
QUICK = [
    "lenet5",
    "m5_audio",
    "cifar10_cnn_bn",
    "googlenet_aux",
    "densenet121",
    "shufflenet_v2",
    "convnext_tiny",
    "mobilenet_v3_small",
    "unet",
]


def written(network: Network) -> bytes:
    """The file as one piece."""
    return b"".join(export(network))


def back(folder: Path, network: Network) -> Network:
    """The network, written and read again."""
    path = folder / "model.onnx"
    with open(path, "wb") as file:
        file.writelines(export(network))
    return load_model(str(path)).network


def counts(network: Network) -> dict[str, Any]:
    """What must survive: outputs, parameters, MACs. ONNX has no word for what training leaves alone, so nothing counts as frozen."""
    still = {node.index: node.layer for node in network.nodes if node.layer.frozen}
    loose = {index: bare(layer)(**{name: getattr(layer, name) for name in layer.fields}) for index, layer in still.items()}
    totals = analyze(network.with_layers(loose)).totals
    counted = sum(1 for node in network.nodes if node.kind == "normalize")  # each keeps a count that computes nothing; the file has none
    return {
        "outputs": [network.nodes[index].output for index in network.outputs],
        "params": totals["params"] - counted,
        "non_trainable_params": totals["non_trainable_params"] - counted,
        "macs": totals["macs"],
    }


def test_every_kind_can_be_written() -> None:
    """Every kind of layer of the vocabulary has an operator, or several; inputs are the graph's own."""
    assert set(OPERATORS) == set(KINDS) - {"input"}


@pytest.mark.parametrize("name", QUICK)
def test_architectures_come_back(name: str, tmp_path: Path) -> None:
    """An architecture that is written and read again has the same outputs, parameters and MACs."""
    network = load(name).network
    assert counts(back(tmp_path, network)) == counts(network)


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped())
def test_all_architectures_come_back(name: str, tmp_path: Path) -> None:
    """All of them, and ONNX's own checker and shape inference find nothing."""
    network = load(name).network
    assert counts(back(tmp_path, network)) == counts(network)
    onnx.checker.check_model(tmp_path / "model.onnx", full_check=True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(drafts())
def test_random_networks_come_back(tmp_path: Path, draft: Draft) -> None:
    """Legal networks with odd options: ONNX's checker and shape inference find nothing, and read again they count the same."""
    network = loads(draft.text(), "random").network
    assume(not any(node.kind == "permute" and not nodes_before(network, node.index) for node in network.nodes))
    try:
        data = written(network)
    except LayerError as error:
        assert "adaptive" in str(error)  # noqa: PT017  (most networks have none)
        return
    onnx.checker.check_model(onnx.load_model_from_string(data), full_check=True)
    again, was = counts(back(tmp_path, network)), counts(network)
    if any(node.layer.frozen for node in network.nodes):  # the file does not say what training leaves alone
        del again["non_trainable_params"], was["non_trainable_params"]
    assert again == was


def nodes_before(network: Network, index: int) -> list[int]:
    """What a layer reads that is no input: a permutation right at the input reads as another layout of it."""
    return [source for source in network.nodes[index].inputs if not isinstance(network.nodes[source].layer, Input)]


def run(network: Network, *images: Any) -> list[Any]:
    """What ONNX's reference implementation computes of images with the channels last; the outputs the same."""
    made = onnx.load_model_from_string(written(network))
    onnx.checker.check_model(made, full_check=True)
    feeds = {each.name: numpy.moveaxis(image, -1, 1) for each, image in zip(made.graph.input, images, strict=True)}
    return [numpy.moveaxis(output, 1, -1) for output in reference.ReferenceEvaluator(made).run(None, feeds)]


ONE = {
    "conv": "{filters: 4, kernel: [3, 2], stride: [1, 2], padding: [[1, 0], 1], dilation: [2, 1], groups: 2, activation: {elu: 0.2}}",
    "depthwise_conv": "{kernel: 3, padding: same, stride: 2, multiplier: 2, activation: relu6}",
    "separable_conv": "{filters: 5, kernel: 3, bias: false, activation: prelu}",
    "conv_transpose": "{filters: 4, kernel: 3, stride: 2, padding: 1, output_padding: 1, activation: gelu}",
    "max_pool": "{size: 3, stride: 2, ceil: true}", "avg_pool": "{size: 2, padding: 1}", "global_max_pool": "{}",
    "global_avg_pool": "{keep_axes: true}", "adaptive_avg_pool": "{size: [3, 4]}", "adaptive_max_pool": "{size: [2, 8]}",
    "dense": "{units: 5, activation: silu}",
    "flatten": "{}", "reshape": "{shape: [4, -1]}", "permute": "{axes: [3, 1, 2]}", "channel_shuffle": "{groups: 2}",
    "channel_slice": "{start: 1, stop: 3}", "channel_pad": "{before: 1, after: 2}", "pad": "{padding: [[1, 2], 0]}",
    "crop": "{cropping: [[1, 2], 1]}", "upsample": "{factor: [2, 3]}", "resize": "{size: [3, 12], mode: nearest}",
    "batch_norm": "{center: false}", "layer_norm": "{scale: false}",
    "group_norm": "{groups: 2, center: false}", "instance_norm": "{}", "scale": "{init: 0.1}",
    "local_response_norm": "{size: 3, alpha: 0.5}",
    "normalize": "{mean: 0.5, variance: 4}",
    "rescale": "{scale: [2, 2, 2, 2], offset: [0, -1, -2, -3]}", "dropout": "0.3", "spatial_dropout": "0.3",
    "drop_path": "0.3", "gaussian_noise": "0.3", "relu": "{max: 2, slope: 0.5, threshold: 1}",
    "softmax": "{}", "gelu": "{approximate: true}", "elu": "{alpha: 0.5}", "celu": "{alpha: 0.5}", "mish": "{}", "hard_swish": "{}",
    "add": "[main]", "subtract": "[main]", "multiply": "[main]", "average": "[main]", "maximum": "[main]", "minimum": "[main]",
    "concat": "[main]", "depth_to_space": "{block: 2, mode: crd}", "space_to_depth": "{block: 2, mode: crd}",
}  # fmt: skip


def network_of(kind: str, options: str, shape: str = "[6, 8, 4]") -> Network:
    """A network of one layer; of a merge, of the image and its relu."""
    layer = f"{{{kind}: {{main: [relu], other: [], more: []}}}}" if options == "[main]" else f"{{{kind}: {options}}}"
    if kind == "subtract":
        layer = "{subtract: {main: [relu], other: []}}"
    return loads(f"name: one\nsource: none\ninput: {shape}\nlayers: [{layer}]\n").network


@pytest.mark.parametrize("kind", ONE)
def test_what_is_written_runs(kind: str) -> None:
    """ONNX's reference implementation runs each kind of layer on three images at once, and the shape is the one that was predicted."""
    network = network_of(kind, ONE[kind])
    image = numpy.random.default_rng(1).random((3, 6, 8, 4), dtype=numpy.float32)
    [output] = run(network, image)
    assert output.shape == (3, *network.nodes[-1].output)
    assert numpy.isfinite(output).all()


def mean_inside(x: Any) -> Any:
    """The mean of 2x2 windows, of the pixels that lie on the map, with a border of 1."""
    padded, inside = (numpy.pad(each, ((0, 0), (1, 1), (1, 1), (0, 0))) for each in (x, numpy.ones_like(x)))
    summed, count = (each.reshape(4, 4, 2, 5, 2, 4).sum(axis=(2, 4)) for each in (padded, inside))
    return summed / count


def damped(x: Any) -> Any:
    """x / (2 + 0.5 * the squares of three neighbouring channels) ^ 0.75."""
    squares = numpy.pad(x * x, ((0, 0), (0, 0), (0, 0), (1, 1)))
    return x / (2 + 0.5 * (squares[..., :-2] + squares[..., 1:-1] + squares[..., 2:])) ** 0.75


MOVED = {
    "avg_pool": mean_inside,
    "local_response_norm": damped,
    "flatten": lambda x: x.reshape(4, -1),
    "reshape": lambda x: x.reshape(4, 4, 48),
    "permute": lambda x: x.transpose(0, 3, 1, 2),
    "channel_shuffle": lambda x: x[..., [0, 2, 1, 3]],
    "channel_slice": lambda x: x[..., 1:3],
    "channel_pad": lambda x: numpy.pad(x, ((0, 0), (0, 0), (0, 0), (1, 2))),
    "pad": lambda x: numpy.pad(x, ((0, 0), (1, 2), (0, 0), (0, 0))),
    "crop": lambda x: x[:, 1:4, 1:7],
    "depth_to_space": lambda x: x.reshape(4, 6, 8, 2, 2).transpose(0, 1, 3, 2, 4).reshape(4, 12, 16, 1),
    "space_to_depth": lambda x: numpy.stack([x[:, a::2, b::2] for a in (0, 1) for b in (0, 1)], axis=-1).reshape(4, 3, 4, 16),
    "upsample": lambda x: x.repeat(2, axis=1).repeat(3, axis=2),
    "resize": lambda x: x[:, 1::2][:, :, [0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7]],
    "rescale": lambda x: 2 * x - numpy.arange(4),
    "normalize": lambda x: (x - 0.5) / 2,
    "adaptive_max_pool": lambda x: x.reshape(4, 2, 3, 8, 4).max(axis=2),
    "gaussian_noise": lambda x: x,
    "celu": lambda x: numpy.where(x > 0, x, 0.5 * numpy.expm1(x / 0.5)),
    "maximum": lambda x: numpy.maximum(x, 0),
    "minimum": lambda x: x.clip(max=numpy.maximum(x, 0)),
    "concat": lambda x: numpy.concatenate([numpy.maximum(x, 0), x, x], axis=-1),
}


SHUFFLED = [
    ("depth_to_space: {block: 2, mode: dcr}", (3, 5, 8), lambda x: x.reshape(2, 3, 5, 2, 2, 2).transpose(0, 1, 3, 2, 4, 5)),
    ("depth_to_space: {block: 2, mode: crd}", (3, 5, 8), lambda x: x.reshape(2, 3, 5, 2, 2, 2).transpose(0, 1, 4, 2, 5, 3)),
    ("depth_to_space: {block: 3, mode: crd}", (4, 6), lambda x: x.reshape(2, 4, 2, 3).transpose(0, 1, 3, 2)),
    ("depth_to_space: {block: 2, mode: dcr}", (2, 1, 3, 16),
     lambda x: x.reshape(2, 2, 1, 3, 2, 2, 2, 2).transpose(0, 1, 4, 2, 5, 3, 6, 7)),
    ("space_to_depth: {block: 2, mode: dcr}", (4, 6, 3), lambda x: x.reshape(2, 2, 2, 3, 2, 3).transpose(0, 1, 3, 2, 4, 5)),
    ("space_to_depth: {block: 2, mode: crd}", (4, 6, 3), lambda x: x.reshape(2, 2, 2, 3, 2, 3).transpose(0, 1, 3, 5, 2, 4)),
    ("space_to_depth: {block: 2, mode: crd}", (2, 6, 3), lambda x: x.reshape(2, 1, 2, 3, 2, 3).transpose(0, 1, 3, 5, 2, 4)),
    ("space_to_depth: {block: 3, mode: dcr}", (6, 2), lambda x: x.reshape(2, 2, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape", "moved"), SHUFFLED)
def test_blocks_and_channels_are_traded_in_either_order(tmp_path: Path, layer: str, shape: tuple[int, ...], moved: Any) -> None:
    """Also along one axis or three, for which ONNX has no operator; and all are read again as the layer that they were."""
    network = loads(f"input: {list(shape)}\nlayers: [{{{layer}}}, {{dense: 2}}]").network
    image = numpy.random.default_rng(1).random((2, *shape), dtype=numpy.float32)
    [output] = run(loads(f"input: {list(shape)}\nlayers: [{{{layer}}}]").network, image)
    assert (output == moved(image).reshape(output.shape)).all()
    assert back(tmp_path, network).nodes[1].layer == network.nodes[1].layer


@pytest.mark.parametrize("kind", MOVED)
def test_pixels_go_where_the_notation_says(kind: str) -> None:
    """Layers that move numbers or do arithmetic with them do it in our order, positions before channels, also where ONNX has another.

    (As many images as channels: the reference takes the one for the other in local response normalisation.)
    """
    image = numpy.random.default_rng(1).random((4, 6, 8, 4), dtype=numpy.float32) - numpy.float32(0.5)
    [output] = run(network_of(kind, ONE[kind]), image)
    assert numpy.allclose(output, MOVED[kind](image))


BENT = [
    "relu: 1", "relu: {slope: 0.25}", "relu: {threshold: 0.5}", "relu: {max: 0.5, slope: 0.25, threshold: 0.25}", "relu6: {}",
    "leaky_relu: {}", "elu: 0.5", "selu: {}", "gelu: {}", "silu: {}", "mish: {}", "hard_swish: {}", "hard_sigmoid: {}", "softmax: {}",
    "log_softmax: {}", "log_sigmoid: {}", "softsign: {}", "hard_tanh: {}", "exponential: {}",
]  # fmt: skip


@pytest.mark.parametrize("layer", BENT)
def test_activations_are_those_worked_out_by_hand(layer: str) -> None:
    """What ONNX computes of numbers from -4 to 4 is what the rule on plain numbers does."""
    network = loads(f"name: one\ninput: [4, 2]\nlayers: [{{{layer}}}]\n").network
    image = numpy.array([[[-4, -1], [-0.3, 0], [0.25, 0.3], [0.9, 4]]], numpy.float32)
    [output] = run(network, image)
    values = forward(network, {}, {0: Array((4, 2), [float(x) for x in image.ravel()])})[-1].output.values
    assert numpy.allclose(output.ravel(), values, atol=1e-6)


def test_weights_are_the_same_every_time() -> None:
    """Nothing in a file depends on when or where it is written; weights are small, spread evenly around 0, and not all alike."""
    network = load("cifar10_cnn").network
    assert written(network) == written(network)
    arrays = onnx.load_model_from_string(written(network)).graph.initializer
    kernels = [onnx.numpy_helper.to_array(each) for each in arrays if each.name.endswith(".kernel")]
    for kernel in kernels:
        inputs = numpy.prod(kernel.shape[1:])
        assert abs(kernel.mean()) < 0.1 * kernel.std()
        assert kernel.std() == pytest.approx((2 / inputs) ** 0.5, rel=0.1)


def test_layers_are_called_by_their_names() -> None:
    """The node that ends a layer, and the tensor that it makes, have the layer's name; the batch is open."""
    made = onnx.load_model_from_string(written(load("lenet5").network))
    names = [node.name for node in load("lenet5").network.nodes[1:]]
    assert [node.name for node in made.graph.node if node.name in names] == names
    assert [node.output[0] for node in made.graph.node if node.name in names] == names
    assert [dim.dim_param or dim.dim_value for dim in made.graph.input[0].type.tensor_type.shape.dim] == ["N", 1, 32, 32]


def test_options_are_no_weights(tmp_path: Path) -> None:
    """A rescaling behind a convolution comes back as one, though its figures look like the factors of a trained layer."""
    text = "{input: [8, 8, 3], layers: [conv: {filters: 3, kernel: 3}, rescale: {scale: [2, 3, 4], offset: [0, 1, 2]}]}"
    made = loads(text, "net.yaml").network
    path = tmp_path / "net.onnx"
    path.write_bytes(b"".join(export(made)))
    again = load_model(str(path)).network
    assert [node.kind for node in again.nodes] == ["input", "conv", "rescale", "rescale"]
    assert analyze(again).totals["params"] == analyze(made).totals["params"]


def test_weights_used_twice_are_written_once(tmp_path: Path) -> None:
    """A layer in two places has its arrays once in the file."""
    network = load("mlp_mnist").network
    layers = [node for node in network.nodes if node.kind == "dense"]
    again = Network("twice")
    image = again.place(Input(shape=(64,)), ())
    first = again.place(layers[1].layer, (image.index,))
    second = again.place(layers[1].layer, (first.index,))
    again.share(second, first)
    assert first.output == second.output == (64,)
    made = onnx.load_model_from_string(written(again))
    assert len(made.graph.initializer) == 2
    assert analyze(back(tmp_path, again)).totals["params"] == 64 * 65


def test_what_onnx_cannot_say_is_refused() -> None:
    """Layers that ONNX has no word for are refused by name, all of them at once; bins that do not divide the map, too."""
    network = Network("none")
    image = network.place(Input(shape=(4, 6)), ())
    network.place(WithArray(function="add", shape=(1, 6)), (image.index,), "odd")
    with pytest.raises(LayerError, match=r"these layers cannot be written as ONNX: with_array \(odd\)"):
        export(network)
    with pytest.raises(LayerError, match=r"adaptive_avg_pool_1: ONNX has adaptive pooling where the bins divide the map"):
        export(network_of("adaptive_avg_pool", "4"))


def test_any_name_can_be_written() -> None:
    """Also one that is no UTF-8, as the name of a file may be: it is shown as such."""
    network = network_of("relu", "")
    network.name = "\udcff"
    assert onnx.load_from_string(b"".join(export(network))).graph.name == "\\udcff"


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**64 - 1))
def test_numbers_are_written_as_they_are_read(value: int) -> None:
    """Whole numbers of any size come back; the reference is ONNX's own reader."""
    from cnncli.export.onnx.message import Message
    from cnncli.importers.onnx import messages

    signed = value - 2**64 if value >= 2**63 else value
    data = b"".join(Message(messages.ATTRIBUTE, name="a", i=signed, type=2).pieces)
    assert onnx.AttributeProto.FromString(data).i == signed


def test_long_networks_take_time_in_proportion() -> None:
    """Twice the layers are twice the bytes, not more."""
    sizes = []
    for count in (50, 100, 200):
        layers = "{conv: {filters: 4, kernel: 3, padding: same}}"
        text = f"name: long\nsource: none\ninput: [8, 8, 4]\nlayers:\n  - {layers[1:-1]}\n    repeat: {count}\n"
        sizes.append(len(written(loads(text).network)))
    assert abs(sizes[2] - 2 * sizes[1] + 2 * sizes[0] - sizes[1]) < 0.1 * sizes[2]
