"""Exported code: Python that can be read and that builds the same network, in Keras and in PyTorch."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import networks

from cnncli.convert.spans import title_of
from cnncli.errors import LayerError
from cnncli.export.keras_code import keras_code
from cnncli.export.keras_code.names import fit
from cnncli.export.keras_code.windows import KERAS
from cnncli.export.python import camel, identifier, shown
from cnncli.export.torch_code import torch_code
from cnncli.export.torch_code.windows import TORCH
from cnncli.importers.opaque import Opaque
from cnncli.layers import KINDS
from cnncli.network import Input, Network, Scope
from cnncli.spec import load, loads, shipped

FEW = ("lenet5", "resnet18", "shufflenet_v2", "googlenet_aux", "unet", "mobilenet_v3_small", "m5_audio", "c3d", "xception")

# one of each that needs a helper or several layers, where Keras or PyTorch lack it
ODD = """
name: odd
input: [13, 12, 6]
layers:
  - random_crop: 2
  - random_contrast: 0.1
  - random_brightness: 0.1
  - normalize: {mean: 0.5, variance: [1, 2, 1, 2, 1, 2]}
  - rescale: {scale: [1, 2, 1, 2, 1, 2], offset: -1}
  - conv: {filters: 8, kernel: [3, 4], stride: 2, padding: [1, [0, 2]], activation: {leaky_relu: 0.1}}
  - conv: {filters: 8, kernel: 4, padding: same, activation: {gelu: {approximate: true}}}
  - channel_shuffle: 2
  - scale: 0.1
  - max_pool: {size: 3, stride: 1, padding: 1}
  - avg_pool: {size: 3, stride: 2, padding: [[0, 1], 1], ceil: true}
  - batch_norm: {scale: false}
  - layer_norm
  - group_norm: {groups: 4}
  - instance_norm
  - local_response_norm: {size: 3}
  - conv_transpose: {filters: 6, kernel: 3, stride: 2, padding: 1, output_padding: 1}
  - conv_transpose: {filters: 6, kernel: 2, stride: 3, padding: same}
  - separable_conv: {filters: 8, kernel: 3, padding: same, multiplier: 2}
  - depthwise_conv: {kernel: 3, dilation: 2, padding: same}
  - space_to_depth: 2
  - depth_to_space: {block: 2, mode: crd}
  - channel_slice: {start: 1, stop: 5}
  - channel_pad: {after: 2}
  - crop: [[1, 0], 1]
  - resize: {factor: 1.5}
  - resize: {size: [9, 7], mode: nearest}
  - upsample: {factor: [2, 1], mode: bilinear}
  - adaptive_max_pool: [5, 4]
  - adaptive_avg_pool: [3, 4]
  - average: {a: [relu], b: [prelu, {relu: {max: 2, slope: 0.1, threshold: 0.2}}], c: [{hard_swish: }, {drop_path: 0.1}]}
  - multiply: {a: [log_sigmoid, hard_tanh], b: [softsign, exponential]}
  - maximum: {a: [], b: [tanh, {subtract: {d: [], e: [selu]}}]}
  - minimum: {a: [], b: [sigmoid], c: [tanh]}
  - permute: [2, 1, 3]
  - dense: 5
  - reshape: [4, 15]
  - spatial_dropout: 0.1
  - global_max_pool
  - reshape: [1, 1, 15]
  - flatten
  - log_softmax
"""


FROZEN = """
name: still
input: [8, 8, 3]
layers:
  - conv: {filters: 4, kernel: 3, activation: relu}
    freeze: true
  - batch_norm:
    freeze: true
  - separable_conv: {filters: 4, kernel: 3}
    freeze: [depthwise_kernel, bias]
  - scale:
    freeze: gamma
  - dense: 10
    freeze: kernel
"""


@pytest.mark.parametrize("name", shipped())
def test_code_of_all_architectures_is_python(name: str) -> None:
    """It compiles, imports only Keras (or PyTorch), and gives each block one function or class."""
    network = load(name).network
    for code, allowed in ((keras_code(network), {"keras", "sys"}), (torch_code(network), {"torch", "functools"})):
        tree = ast.parse(code)
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert imported <= allowed
        assert all(ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef))
        assert max(map(len, code.splitlines()[6:])) <= 125


@pytest.mark.parametrize("table", [KERAS, TORCH], ids=["keras", "torch"])
def test_every_kind_can_be_told(table: dict[str, Any]) -> None:
    """No kind of the vocabulary is missing, merges apart in PyTorch, where they are expressions."""
    merges = {kind for kind, cls in KINDS.items() if cls.merges} if table is TORCH else set()
    assert set(KINDS) - {"input"} - set(table) == merges


@settings(deadline=None, max_examples=60)
@given(networks())
def test_code_of_random_networks_is_python(network: Network) -> None:
    """It compiles, or a layer that the framework lacks is refused by its name."""
    for export in (keras_code, torch_code):
        try:
            compile(export(network), "exported", "exec")
        except LayerError as error:
            assert str(error).replace(":", " ").split()[0] in {node.name for node in network.nodes}  # noqa: PT017


BLOCKS = """
name: Two blocks
input: [8, 8, 4]
blocks:
  pair(filters, stride=1):
    - conv: {filters: $filters, kernel: 3, stride: $stride, padding: same}
    - batch_norm: {momentum: 0.9, epsilon: 1e-5}
  residual(filters):
    - add: {main: [{pair: $filters}, relu, {pair: $filters}], shortcut: []}
    - relu
layers:
  - pair: 4
  - residual: 4
    repeat: 2
  - pair: {filters: 6, stride: 2}
  - residual: 6
"""

KERAS_BLOCKS = '''

def pair(x, name, filters, strides=1):
    """(8, 8, 4) -> (8, 8, 4), for example."""
    x = layers.Conv2D(filters, 3, strides=strides, padding="same", name=name("conv"))(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name=name("batch_norm"))(x)
    return x


def residual(x, name):
    """(8, 8, 4) -> (8, 8, 4), for example."""
    in_channels = x.shape[-1]
    main = pair(x, name, in_channels)
    main = layers.ReLU(name=name("relu"))(main)
    main = pair(main, name, in_channels)
    x = layers.Add(name=name("add"))([main, x])
    x = layers.ReLU(name=name("relu"))(x)
    return x


def build_model():
    name = Names()
    inputs = keras.Input((8, 8, 4), name="input")
    x = pair(inputs, name, 4)  # 8×8×4
    for _ in range(2):
        x = residual(x, name)
    x = pair(x, name, 6, strides=2)  # 4×4×6
    x = residual(x, name)
    return keras.Model(inputs, x, name="Two blocks")
'''

TORCH_BLOCKS = """
import torch
from torch import nn
from torch.nn import functional as F


class SameConv2d(nn.Conv2d):"""

TORCH_RESIDUAL = '''

class Residual(nn.Module):
    """(4, 8, 8) -> (4, 8, 8), for example."""

    def __init__(self, in_channels):
        super().__init__()
        self.main = nn.Sequential(
            Pair(in_channels, in_channels),
            nn.ReLU(),
            Pair(in_channels, in_channels),
        )
        self.relu = nn.ReLU()

    def forward(self, x):
        x = self.main(x) + x
        return self.relu(x)


class TwoBlocks(nn.Sequential):
    """(4, 8, 8) -> (6, 4, 4)"""

    def __init__(self):
        super().__init__(
            Pair(4, 4),
            *[Residual(4) for _ in range(2)],
            Pair(4, 6, stride=2),
            Residual(6),
        )
'''


def test_blocks_become_functions_and_classes() -> None:
    """Each block is one function, or one class; what differs is an argument; a repetition is a loop."""
    network = loads(BLOCKS).network
    assert KERAS_BLOCKS in keras_code(network)
    assert TORCH_RESIDUAL in torch_code(network)
    assert "SameConv2d(in_channels, filters, 3, stride=stride)" in torch_code(network)  # one of its uses pads 0 before and 1 after


@pytest.mark.parametrize(
    ("layer", "size", "modules"),
    [
        ("conv: {filters: 5, kernel: 3, padding: same}", "[8, 9, 2]", ["nn.Conv2d(2, 5, 3, padding=1)"]),
        ("conv: {filters: 5, kernel: 3, stride: 2, padding: same}", "[9, 9, 2]", ["nn.Conv2d(2, 5, 3, stride=2, padding=1)"]),
        (
            "conv: {filters: 5, kernel: 3, stride: 2, padding: same}", "[8, 9, 2]",
            ["nn.ZeroPad2d((1, 1, 0, 1))", "nn.Conv2d(2, 5, 3, stride=2)"],
        ),
        ("conv: {filters: 4, kernel: [3, 5], padding: [1, 2]}", "[8, 9, 2]", ["nn.Conv2d(2, 4, (3, 5), padding=(1, 2))"]),
        ("conv: {filters: 4, kernel: 2, padding: [[1, 0]]}", "[8, 2]", ["nn.ZeroPad1d((1, 0))", "nn.Conv1d(2, 4, 2)"]),
        ("depthwise_conv: {kernel: 3, multiplier: 2}", "[8, 8, 3]", ["nn.Conv2d(3, 6, 3, groups=3)"]),
        (
            "separable_conv: {filters: 4, kernel: 3, activation: relu}", "[8, 8, 3]",
            ["nn.Conv2d(3, 3, 3, groups=3, bias=False)", "nn.Conv2d(3, 4, 1)", "nn.ReLU()"],
        ),
        ("conv_transpose: {filters: 4, kernel: 2, stride: 2}", "[8, 8, 3]", ["nn.ConvTranspose2d(3, 4, 2, stride=2)"]),
        (
            "conv_transpose: {filters: 4, kernel: 3, stride: 2, padding: same}", "[8, 8, 3]",
            ["nn.ConvTranspose2d(3, 4, 3, stride=2)", "nn.ZeroPad2d((0, -1, 0, -1))"],
        ),
        ("max_pool: {size: 3, stride: 2, padding: same}", "[9, 9, 3]", ["nn.MaxPool2d(3, stride=2, padding=1)"]),
        (
            "max_pool: {size: 3, stride: 2, padding: same}", "[8, 8, 3]",
            ['nn.ConstantPad2d((0, 1, 0, 1), float("-inf"))', "nn.MaxPool2d(3, stride=2)"],
        ),
        ("avg_pool: {size: 3, stride: 1, padding: same}", "[8, 8, 3]", ["nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)"]),
        ("avg_pool: {size: 2, padding: same}", "[7, 8, 3]", ["PaddedAvgPool2d(2, pad=(0, 0, 0, 1))"]),
        ("avg_pool: {size: 2, ceil: true}", "[7, 8, 3]", ["nn.AvgPool2d(2, ceil_mode=True)"]),
        ("dense: {units: 3, activation: softmax}", "[5]", ["nn.Linear(5, 3)", "nn.Softmax(dim=1)"]),
        ("dense: 3", "[4, 5]", ["ChannelLinear(5, 3)"]),
        ("batch_norm", "[4, 4, 5]", ["nn.BatchNorm2d(5, eps=0.001, momentum=0.01)"]),
        ("local_response_norm", "[4, 4, 5]", ["nn.LocalResponseNorm(5, alpha=0.0005, k=2.0)"]),
        ("global_avg_pool: {keep_axes: true}", "[4, 4, 5]", ["nn.AdaptiveAvgPool2d(1)"]),
        (
            "resize: {size: 7, coordinates: align_corners}", "[4, 4, 5]",
            ['nn.Upsample(size=7, mode="bilinear", align_corners=True)'],
        ),
        ("resize: {size: 7, mode: nearest, coordinates: asymmetric}", "[4, 4, 5]", ["nn.Upsample(size=7)"]),
        ("depth_to_space: {block: 2, mode: crd}", "[4, 4, 8]", ["nn.PixelShuffle(2)"]),
        ("depth_to_space: 3", "[4, 4, 9]", ["nn.PixelShuffle(3)"]),  # one channel: the orders are the same
        ("depth_to_space: 2", "[4, 4, 8]", ["DepthToSpace(2)"]),
        ("space_to_depth: {block: 2, mode: crd}", "[4, 4, 8]", ["nn.PixelUnshuffle(2)"]),
        ("space_to_depth: {block: 2, mode: crd}", "[4, 8]", ['SpaceToDepth(2, mode="crd")']),
        ("random_flip: both", "[4, 4, 5]", ["nn.Identity()"]),
        ("gaussian_noise: 0.1", "[4, 4, 5]", ["GaussianNoise(0.1)"]),
        ("celu: 0.5", "[4, 4, 5]", ["nn.CELU(0.5)"]),
        ("relu: {max: 2, slope: 0.1}", "[4, 4, 5]", ["BoundedReLU(most=2.0, slope=0.1)"]),
    ],
)  # fmt: skip
def test_paddings_of_pytorch_by_hand(layer: str, size: str, modules: list[str]) -> None:
    """Padding that is equal on both sides is the layer's, any other is put around the map; `same` is worked out."""
    network = loads(f"name: one\ninput: {size}\nlayers: [{{{layer}}}, {{dropout: 0.1}}]").network
    code = torch_code(network)
    for module in modules:
        name, arguments = module.split("(", 1)
        partial = f"{name.removeprefix('nn.')}(5)" if "BatchNorm" in name else module
        assert f"            {partial},\n" in code, arguments


@pytest.mark.parametrize(
    ("layer", "calls"),
    [
        ("conv: {filters: 4, kernel: 3, padding: 1}", ["layers.ZeroPadding2D(1)", 'layers.Conv2D(4, 3, name="conv_1")']),
        ("conv: {filters: 4, kernel: 3, padding: [[0, 1], 2]}", ["layers.ZeroPadding2D(((0, 1), (2, 2)))"]),
        ("conv_transpose: {filters: 4, kernel: 3, stride: 2, padding: 1}", ["strides=2, name", "layers.Cropping2D(1)"]),
        ("max_pool: {size: 3, stride: 2, padding: 1}", ['Padding(((1, 0), (1, 0)), value=float("-inf"))', "MaxPooling2D(3, strides=2"]),
        ("drop_path: 0.2", ["layers.Dropout(0.2, noise_shape=(None, 1, 1, 1)"]),
        ("celu: 0.5", ["Celu(0.5, name", "ops.elu(x / alpha)"]),
        ("conv: {filters: 1, kernel: 1, activation: {celu: 2}}", ["activation=Celu(2.0)"]),
        ("gaussian_noise: 0.1", ["layers.GaussianNoise(0.1, name"]),
        ("relu: {max: 2, threshold: 1}", ["layers.ReLU(max_value=2.0, threshold=1.0"]),
        ("conv: {filters: 1, kernel: 1, activation: {relu: 2}}", ["activation=layers.ReLU(max_value=2.0)"]),
        ("gelu: {approximate: true}", ["layers.Activation(gelu_tanh"]),
        ("instance_norm", ["layers.GroupNormalization(groups=-1"]),
        ("adaptive_avg_pool: 4", ["layers.AveragePooling2D(2"]),
        ("adaptive_avg_pool: 3", ["AdaptiveAveragePooling((3, 3)"]),
        ("adaptive_max_pool: 4", ["layers.MaxPooling2D(2"]),
        ("adaptive_max_pool: 3", ["AdaptiveMaxPooling((3, 3)", "ops.max("]),
    ],
)  # fmt: skip
def test_words_of_keras_by_hand(layer: str, calls: list[str]) -> None:
    """What Keras has no word for is padded or cropped beside the layer, or is a small class of the file's own."""
    code = keras_code(loads(f"input: [8, 8, 4]\nlayers: [{{{layer}}}]").network)
    assert all(call in code for call in calls), code


@pytest.mark.parametrize("export", [keras_code, torch_code])
def test_what_has_no_word_is_refused(export: Any) -> None:
    """An opaque layer, and one that is used twice, are refused by their names."""
    network = Network("odd")
    network.place(Input(shape=(4, 4, 2)), (), "input")
    network.outputs = (network.place(Opaque(shape=(4,)), (0,), "unknown").index,)
    with pytest.raises(LayerError, match="unknown is"):
        export(network)


@pytest.mark.parametrize("name", ['"""', "\\", 'a "quoted" one', "line\nbreak", "1", "class", "läuft", "", "\ud800", "../x"])
def test_no_name_breaks_the_code(name: str) -> None:
    """Names come from files of others; whatever they are, they stay names."""
    network = loads(BLOCKS).network
    network.name = network.source = name
    for node in network.nodes:
        node.name = f"{name}_{node.index}"
    for code in (keras_code(network), torch_code(network)):
        compile(code.encode("utf-8", "replace"), "exported", "exec")


@pytest.mark.parametrize("name", ['a"(b', 'a"b, c("d', "a\\", "it's [", "#"])
def test_no_name_breaks_a_long_line(name: str) -> None:
    """Brackets, commas and quotes within a name do not divide the call that it stands in."""
    text = "input: [8, 8, 4]\nlayers: [{conv: {filters: 8, kernel: 3, stride: 2, padding: same, l2: 0.001, max_norm: 3, bias: false}}]"
    network = loads(text).network
    network.nodes[1].name = name
    assert name in {part.value for part in ast.walk(ast.parse(keras_code(network))) if isinstance(part, ast.Constant)}


@pytest.mark.parametrize("title", ["unit", "Drop_path", "DropPath", "same_conv2d", "Names", "Padding", "Custom", "F", "sum", "build_model"])
def test_nothing_is_defined_twice(title: str) -> None:
    """A block, and the network, may be called as a helper is, as one another, or as what the code calls."""
    text = BLOCKS.replace("Two blocks", title).replace("pair", title).replace("batch_norm", "drop_path: 0.1  #")
    network = loads(text + "  - max_pool: {size: 3, stride: 1, padding: 1}\n").network
    for export, called in ((keras_code, "sum"), (torch_code, "F")):
        defined = [part.name for part in ast.parse(export(network)).body if isinstance(part, (ast.ClassDef, ast.FunctionDef))]
        assert len({*defined}) == len(defined)
        assert called not in defined


def test_names_are_made_fit() -> None:
    """For Python, for classes, for Keras, for blocks."""
    assert [identifier(text) for text in ("a b", "1x1", "class", "layers", "")] == ["a_b", "_1x1", "class_", "layers_", "_"]
    assert [camel(text) for text in ("identity_block", "ResNet-50", "2D", "")] == ["IdentityBlock", "ResNet50", "Network2D", "Network"]
    assert [fit(name) for name in ("conv1/bn", "_x")] == ["conv1.bn", "x_x"]
    assert [title_of(Scope(name, None)) for name in ("block_3", "conv_1", "my model", "3")] == [
        "block",
        "conv_block",
        "my_model",
        "block_3",
    ]
    assert shown((1,)) == "(1,)"


# What follows runs the code.


def same_in_keras(network: Network) -> None:
    """Every layer has the shape and the weights of its node, under its name; so have the outputs."""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(keras_code(network), "exported", "exec"), space)
    model = space["build_model"]()
    built = {layer.name: layer for layer in model.layers}
    for node in network.nodes:
        layer = built[fit(node.name)]
        weights = Counter((tuple(weight.shape), weight.trainable) for weight in layer.weights if "seed" not in weight.path)
        assert weights == Counter((weight.shape, weight.trainable) for weight in node.facts.weights), node.name
        if node.kind != "conv_transpose" or isinstance(node.layer.padding, str):  # a crop of its own follows
            assert tuple(layer.output.shape[1:]) == node.output, node.name
    assert [tuple(tensor.shape[1:]) for tensor in model.outputs] == [network.nodes[index].output for index in network.outputs]


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FEW)
def test_keras_code_builds_the_network(name: str) -> None:
    """Run, the code gives the network, layer by layer."""
    pytest.importorskip("keras")
    same_in_keras(load(name).network)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
def test_keras_code_builds_odd_layers() -> None:
    """So does that of layers which Keras lacks."""
    pytest.importorskip("keras")
    same_in_keras(loads(ODD).network)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted({*shipped()} - {*FEW}))
def test_keras_code_builds_all_architectures(name: str) -> None:
    """So does that of every architecture."""
    pytest.importorskip("keras")
    same_in_keras(load(name).network)


def first(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The channels first."""
    return (shape[-1], *shape[:-1])


def same_in_torch(network: Network) -> None:
    """The outputs have their shapes, and so has every module with weights; trainable and other numbers are as many."""
    torch = pytest.importorskip("torch")
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(torch_code(network), "exported", "exec"), space)
    with torch.device("meta"):
        model = space[camel(network.name)]().eval()
        seen: list[tuple[int, tuple[int, ...]]] = []
        for module in model.modules():
            counts = [weight.numel() for weight in module.parameters(recurse=False)]
            if counts:
                module.register_forward_hook(lambda _, __, out, counts=counts: seen.append((sum(counts), tuple(out.shape[1:]))))
        made = model(*(torch.zeros(1, *first(node.output)) for node in network.nodes if not node.inputs))
    outputs = made if isinstance(made, tuple) else (made,)
    assert [tuple(tensor.shape[1:]) for tensor in outputs] == [first(network.nodes[index].output) for index in network.outputs]
    weights = [weight for node in network.nodes for weight in node.facts.weights]
    buffers = [buffer.numel() for name, buffer in model.named_buffers() if "num_batches" not in name]
    assert sum(weight.numel() for weight in model.parameters()) == sum(weight.count for weight in weights if weight.trainable)
    assert sum(buffers) == sum(weight.count for weight in weights if not weight.trainable)
    plain = [node for node in network.nodes if node.kind != "separable_conv" and "activation" not in str(node.layer)]
    expected = Counter((sum(w.count for w in node.facts.weights if w.trainable), first(node.output)) for node in plain)
    assert not {key: count for key, count in (expected - Counter(seen)).items() if key[0]}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FEW)
def test_torch_code_builds_the_network(name: str) -> None:
    """Run, the code gives the network; PyTorch is no dependency of ours, so this is skipped without it."""
    same_in_torch(load(name).network)


@pytest.mark.filterwarnings("ignore")
def test_torch_code_builds_odd_layers() -> None:
    """So does that of layers which PyTorch lacks."""
    same_in_torch(loads(ODD).network)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted({*shipped()} - {*FEW}))
def test_torch_code_builds_all_architectures(name: str) -> None:
    """So does that of every architecture."""
    same_in_torch(load(name).network)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
def test_keras_code_freezes() -> None:
    """Layers and single weights of them: trainability is compared weight by weight."""
    pytest.importorskip("keras")
    same_in_keras(loads(FROZEN).network)


@pytest.mark.filterwarnings("ignore")
def test_torch_code_freezes() -> None:
    """As many parameters learn, and a frozen norm stays in evaluation mode."""
    pytest.importorskip("torch")
    space: dict[str, Any] = {"__name__": "exported"}
    network = loads(FROZEN).network
    exec(compile(torch_code(network), "exported", "exec"), space)
    model = space["Still"]().train()
    learn = [tuple(weight.shape) for weight in model.parameters() if weight.requires_grad]
    assert learn == [(4, 4, 1, 1), (10,)]  # the pointwise kernel, the bias of the dense layer
    assert [module.training for module in model.modules() if "Norm" in type(module).__name__] == [False]
