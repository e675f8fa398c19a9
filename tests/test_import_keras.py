"""Keras models are read without Keras, and give layer by layer what Keras itself says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cnncli.errors import CnncliError, SpecError, UsageError
from cnncli.importers import load_model
from cnncli.importers.elementwise import FUNCTIONS, SharedPrelu, idle
from cnncli.importers.merge import BroadcastAdd, ConcatAlong
from cnncli.importers.norm import LayerNormOver, NormalizeOver
from cnncli.layers import KINDS, Layer
from cnncli.layers.activation import Linear, Softmax, Softsign
from cnncli.layers.augment import RandomContrast, RandomFlip, RandomRotation
from cnncli.layers.conv import Conv, DepthwiseConv, SeparableConv
from cnncli.layers.dense import Dense
from cnncli.layers.merge import Add, Concat, Minimum, Multiply
from cnncli.layers.norm import BatchNorm, GroupNorm, LayerNorm, Normalize, Rescale, Scale
from cnncli.layers.pixel_shuffle import DepthToSpace, SpaceToDepth
from cnncli.layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, GlobalAvgPool, MaxPool
from cnncli.layers.rectifier import Celu, Elu, Gelu, HardSwish, LeakyRelu, Prelu, Relu, Relu6, Silu
from cnncli.layers.regularize import Dropout, DropPath, GaussianNoise
from cnncli.layers.spatial import Crop, Flatten, Pad, Permute, Reshape, Resize, Upsample
from cnncli.layers.transposed import ConvTranspose
from cnncli.network import Network

FOLDER = Path(__file__).parent / "fixtures" / "keras"
READABLE = ["nested", "shared", "operations", "flat", "solid", "preprocessing", "older"]


def fixture(name: str, *opaque: str, size: str | None = None) -> Network:
    return load_model(str(FOLDER / f"{name}.json"), opaque, size).network


def sequential(*layers: tuple[str, dict[str, Any]], shape: tuple[int, ...] = (8, 8, 4)) -> dict[str, Any]:
    """What Keras writes of a Sequential, as far as it is read."""
    entries = [{"class_name": cls, "config": {"name": f"layer_{number}", **options}} for number, (cls, options) in enumerate(layers)]
    entries.insert(0, {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, *shape]}})
    return {"class_name": "Sequential", "config": {"name": "made", "layers": entries}}


def merging(cls: str, options: dict[str, Any], *shapes: tuple[int, ...]) -> dict[str, Any]:
    """A Functional model of one layer that reads several inputs."""
    names = [f"x{number}" for number in range(len(shapes))]
    inputs = [
        {"class_name": "InputLayer", "name": name, "config": {"name": name, "batch_shape": [None, *shape]}, "inbound_nodes": []}
        for name, shape in zip(names, shapes, strict=True)
    ]
    layer = {
        "class_name": cls,
        "name": "out",
        "config": {"name": "out", **options},
        "inbound_nodes": [[[name, 0, 0, {}] for name in names]],
    }
    ends = {"input_layers": [[name, 0, 0] for name in names], "output_layers": [["out", 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "made", "layers": [*inputs, layer], **ends}}


def saved(folder: Path, tree: Any) -> str:
    path = folder / "model.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree))
    return str(path)


def refusal(folder: Path, tree: Any, *opaque: str, size: str | None = None) -> str:
    """The text with which a model is refused, without the file's folder."""
    with pytest.raises(CnncliError) as refused:
        load_model(saved(folder, tree), opaque, size)
    return str(refused.value).replace(f"{folder}/", "")


# What Keras says ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READABLE)
def test_every_layer_is_what_keras_says_it_is(name: str) -> None:
    """By its own name: the shapes that come out of its calls, and its weights, trainable and not. No layer is missing or added."""
    said = json.loads((FOLDER / f"{name}.facts.json").read_text())
    ours: dict[str, list[Any]] = {}
    for node in fixture(name).nodes:
        ours.setdefault(node.name.partition(":")[0].partition("[")[0], []).append(node)
    inputs = {name: ours.pop(name)[0] for name in [name for name, nodes in ours.items() if nodes[0].kind == "input"]}
    assert all(said[name]["outputs"] == [list(node.output)] for name, node in inputs.items() if name in said)
    assert set(ours) == {name for name, one in said.items() if one["class"] != "InputLayer"}
    for title, nodes in ours.items():
        outputs = {tuple(shape) for shape in said[title]["outputs"]}
        weights = Counter((tuple(shape), trainable) for shape, trainable in said[title]["weights"])
        assert {node.output for node in nodes} == outputs, title
        for node in nodes:
            assert Counter((weight.shape, weight.trainable) for weight in node.facts.weights) == (Counter() if node.shared else weights), (
                title
            )


def test_the_weights_of_a_shared_layer_are_those_of_its_first_use() -> None:
    """Later uses are named after the first and say which node holds the weights."""
    nodes = {node.name: node for node in fixture("shared").nodes}
    assert [nodes[name].shared for name in ("conv", "conv:2", "conv:3")] == [None, nodes["conv"].index, nodes["conv"].index]
    assert nodes["act:2"].shared is None  # it has no weights to share
    assert nodes["sum"].shared is None


def test_models_within_the_model_are_laid_open() -> None:
    """Their layers keep their names, after the model's where one is taken; the model is the scope, a second use a second scope."""
    network = fixture("nested")
    scopes = [(node.name, node.scope.name if node.scope else "") for node in network.nodes]
    assert ("relu", "tower") in scopes
    assert ("relu:2", "tower:2") in scopes
    assert ("head/conv", "head") in scopes
    stem = next(node for node in network.nodes if node.name == "conv:2")
    assert stem.scope is not None
    assert stem.scope.parent is not None
    assert (stem.scope.name, stem.scope.parent.name) == ("stem", "tower:2")


def test_a_later_use_is_named_after_the_first(tmp_path: Path) -> None:
    """Also where the first had to take the model's name before its own: conv:2 is never the second use of another conv."""
    tree = json.loads((FOLDER / "nested.json").read_text())
    layers = {layer["name"]: layer for layer in tree["config"]["layers"]}
    [first] = layers["head"]["inbound_nodes"]
    layers["head"]["inbound_nodes"].append(first)
    tree["config"]["output_layers"]["more"] = ["head", 2, 1]
    tree["config"]["output_layers"]["yet"] = ["head", 2, 0]
    network = load_model(saved(tmp_path, tree)).network
    dense = [node.name for node in network.nodes if node.kind == "dense"]
    assert dense == ["mix", "hidden", "head/conv", "hidden:2", "head/conv:2"]


def test_outputs_are_those_of_the_file() -> None:
    """Also where they come out of a model within the model, or are named in a mapping."""
    for name, outputs in (("nested", ["head/conv", "share"]), ("shared", ["sum", "flat"]), ("older", ["swish", "inner/conv:3"])):
        network = fixture(name)
        assert [network.nodes[index].name for index in network.outputs] == outputs


def test_a_frozen_model_has_no_trainable_weights() -> None:
    """Frozen is a layer that says so, or that stands in a model that does."""
    trainable = {
        node.name: any(weight.trainable for weight in node.facts.weights) for node in fixture("nested").nodes if node.facts.weights
    }
    assert trainable == {"conv": False, "bn": False, "mix": True, "hidden": True, "head/conv": True}


def test_nodes_come_in_order() -> None:
    """Each reads only what is before it."""
    for name in READABLE:
        assert all(index < node.index for node in fixture(name).nodes for index in node.inputs)


def test_the_layers_of_the_vocabulary_are_told_from_others() -> None:
    """A layer of this room alone never shares class and kind with one that a spec may name."""
    assert not {kind for kind in FUNCTIONS if kind in KINDS}
    for cls in (SharedPrelu, NormalizeOver, LayerNormOver, ConcatAlong):
        assert cls.kind not in KINDS


def test_reading_wakes_no_framework() -> None:
    """Neither Keras nor numpy nor YAML: the standard library alone."""
    program = f"from cnncli.importers import load_model; load_model({str(FOLDER / 'shared.json')!r}); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"keras", "tensorflow", "numpy", "yaml", "h5py", "click"} & set(done.stdout.split()) == set()


# What is made of a layer ----------------------------------------------------------------------------------------------------------

KERNEL = {"filters": 6, "kernel_size": [3, 3]}
ROWS: list[tuple[str, dict[str, Any], tuple[int, ...], Layer]] = [
    ("Conv2D", {**KERNEL, "strides": [2, 1], "padding": "same"}, (8, 8, 4), Conv(filters=6, kernel=3, stride=(2, 1), padding="same")),
    ("Convolution2D", {**KERNEL, "groups": 2, "use_bias": False}, (8, 8, 4), Conv(filters=6, kernel=3, groups=2, bias=False)),
    ("Conv1D", {"filters": 6, "kernel_size": [3], "dilation_rate": [2], "padding": "causal"}, (8, 4),
     Conv(filters=6, kernel=3, dilation=2, padding=((4, 0),))),
    ("Conv2D", {**KERNEL, "activation": "swish"}, (8, 8, 4), Conv(filters=6, kernel=3, activation=Silu())),
    ("Conv2D", {**KERNEL, "activation": {"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}}}, (8, 8, 4),
     Conv(filters=6, kernel=3, activation=LeakyRelu(slope=0.2))),
    ("DepthwiseConv2D", {"kernel_size": [3, 5], "depth_multiplier": 2}, (8, 8, 4), DepthwiseConv(kernel=(3, 5), multiplier=2)),
    ("SeparableConv2D", {**KERNEL, "depth_multiplier": 2}, (8, 8, 4), SeparableConv(filters=6, kernel=3, multiplier=2)),
    ("Conv2DTranspose", {**KERNEL, "strides": [2, 2], "padding": "same"}, (8, 8, 4),
     ConvTranspose(filters=6, kernel=3, stride=2, padding="same")),
    ("Conv2DTranspose", {**KERNEL, "strides": [5, 2]}, (8, 8, 4), ConvTranspose(filters=6, kernel=3, stride=(5, 2), output_padding=(2, 0))),
    ("Conv1DTranspose", {"filters": 6, "kernel_size": [3], "strides": [2], "padding": "same", "output_padding": [1]}, (8, 4),
     ConvTranspose(filters=6, kernel=3, stride=2, padding=((0, 1),), output_padding=0)),
    ("Dense", {"units": 3, "activation": "relu6"}, (5, 4), Dense(units=3, activation=Relu6())),
    ("MaxPool2D", {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}, (8, 8, 4), MaxPool(size=3, stride=2, padding="same")),
    ("AveragePooling1D", {"pool_size": [2], "strides": None}, (8, 4), AvgPool(size=2)),
    ("GlobalAveragePooling2D", {"keepdims": True}, (8, 8, 4), GlobalAvgPool(keep_axes=True)),
    ("AdaptiveAveragePooling2D", {"output_size": [3, 2]}, (8, 8, 4), AdaptiveAvgPool(size=(3, 2))),
    ("AdaptiveMaxPooling2D", {"output_size": [3, 2]}, (8, 8, 4), AdaptiveMaxPool(size=(3, 2))),
    ("Flatten", {}, (8, 8, 4), Flatten()),
    ("Reshape", {"target_shape": [-1, 4]}, (8, 8, 4), Reshape(shape=(-1, 4))),
    ("Permute", {"dims": [3, 1, 2]}, (8, 8, 4), Permute(axes=(3, 1, 2))),
    ("ZeroPadding2D", {"padding": [[1, 1], [1, 1]]}, (8, 8, 4), Pad(padding=1)),
    ("ZeroPadding1D", {"padding": [0, 2]}, (8, 4), Pad(padding=((0, 2),))),
    ("Cropping2D", {"cropping": [[1, 0], [2, 2]]}, (8, 8, 4), Crop(cropping=((1, 0), (2, 2)))),
    ("UpSampling2D", {"size": [2, 3], "interpolation": "bilinear"}, (8, 8, 4), Upsample(factor=(2, 3), mode="bilinear")),
    ("Resizing", {"height": 16, "width": 8, "interpolation": "nearest"}, (8, 8, 4), Upsample(factor=(2, 1), mode="nearest")),
    ("Resizing", {"height": 5, "width": 9}, (8, 8, 4), Resize(size=(5, 9))),
    ("CenterCrop", {"height": 5, "width": 8}, (8, 8, 4), Crop(cropping=((1, 2), (0, 0)))),
    ("BatchNormalization", {"axis": [3], "momentum": 0.9, "scale": False}, (8, 8, 4), BatchNorm(momentum=0.9, scale=False)),
    ("LayerNormalization", {"axis": -1, "epsilon": 1e-6}, (8, 8, 4), LayerNorm(epsilon=1e-6)),
    ("LayerNormalization", {"axis": [1, 3]}, (8, 8, 4), LayerNormOver(axes=(1, 3))),
    ("GroupNormalization", {"groups": -1}, (8, 8, 4), GroupNorm(groups=4)),
    ("LayerScale", {"init_values": 1e-6, "projection_dim": 4}, (8, 8, 4), Scale(init=1e-6)),
    ("Rescaling", {"scale": 0.5, "offset": -1}, (8, 8, 4), Rescale(scale=0.5, offset=-1.0)),
    ("Rescaling", {"scale": [1, 2, 3, 4], "offset": 0.0}, (8, 8, 4), Rescale(scale=(1.0, 2.0, 3.0, 4.0), offset=0.0)),
    ("Normalization", {"axis": [3], "mean": None, "variance": None}, (8, 8, 4), Normalize()),
    ("Normalization", {"axis": None}, (8, 8, 4), NormalizeOver(axes=())),
    ("Normalization", {"axis": -1, "mean": 0.5, "variance": [1, 2, 3, 4]}, (8, 8, 4),
     Rescale(scale=(1.0, 1 / 2**0.5, 1 / 3**0.5, 0.5), offset=(-0.5, -0.5 / 2**0.5, -0.5 / 3**0.5, -0.25))),
    ("Normalization", {"axis": -1, "mean": 0.5, "variance": [1, 4, 9, 16], "invert": True}, (8, 8, 4),
     Rescale(scale=(1.0, 2.0, 3.0, 4.0), offset=0.5)),
    ("ReLU", {"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, (8, 8, 4), Relu()),
    ("ReLU", {"max_value": 6.0}, (8, 8, 4), Relu6()),
    ("ReLU", {"negative_slope": 0.1}, (8, 8, 4), LeakyRelu(slope=0.1)),
    ("ReLU", {"max_value": 4, "threshold": 1}, (8, 8, 4), Relu(max=4.0, threshold=1.0)),
    ("LeakyReLU", {}, (8, 8, 4), LeakyRelu(slope=0.3)),
    ("LeakyReLU", {"alpha": 0.1}, (8, 8, 4), LeakyRelu(slope=0.1)),
    ("PReLU", {"shared_axes": [1, 2]}, (8, 8, 4), Prelu()),
    ("PReLU", {"shared_axes": None}, (8, 8, 4), Prelu(slopes="element")),
    ("PReLU", {"shared_axes": [1, 2, 3]}, (8, 8, 4), Prelu(slopes="one")),
    ("PReLU", {"shared_axes": [1]}, (8, 8, 4), SharedPrelu(shared=(1,))),
    ("ELU", {"alpha": 0.5}, (8, 8, 4), Elu(alpha=0.5)),
    ("Activation", {"activation": "celu"}, (8, 8, 4), Celu()),
    ("Activation", {"activation": "gelu"}, (8, 8, 4), Gelu()),
    ("Activation", {"activation": "hard_silu"}, (8, 8, 4), HardSwish()),
    ("Activation", {"activation": "softsign"}, (8, 8, 4), Softsign()),
    ("Softmax", {"axis": -1}, (8, 8, 4), Softmax()),
    ("Dropout", {"rate": 0.2, "noise_shape": None}, (8, 8, 4), Dropout(rate=0.2)),
    ("Dropout", {"rate": 0.2, "noise_shape": [None, 1, 1, 1]}, (8, 8, 4), DropPath(rate=0.2)),
    ("StochasticDepth", {"drop_path_rate": 0.1}, (8, 8, 4), DropPath(rate=0.1)),
    ("GaussianNoise", {"stddev": 0.2}, (8, 8, 4), GaussianNoise(stddev=0.2)),
    ("GaussianNoise", {"stddev": 25}, (8, 8, 4), idle("gaussian_noise")),
    ("Identity", {}, (8, 8, 4), Linear()),
    ("RandomFlip", {"mode": "horizontal_and_vertical"}, (8, 8, 4), RandomFlip(direction="both")),
    ("RandomRotation", {"factor": [-0.25, 0.25]}, (8, 8, 4), RandomRotation(degrees=90.0)),
    ("RandomContrast", {"factor": 0.25}, (8, 8, 4), RandomContrast(amount=0.25)),
    ("RandomTranslation", {"height_factor": 0.1}, (8, 8, 4), idle("random_translation")),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "options", "shape", "layer"), ROWS, ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)])
def test_a_layer_becomes_ours_with_the_same_semantics(
    tmp_path: Path, cls: str, options: dict[str, Any], shape: tuple[int, ...], layer: Layer
) -> None:
    """Class and options of Keras give the layer that is written beside them."""
    network = load_model(saved(tmp_path, sequential((cls, options), shape=shape))).network
    assert network.nodes[-1].layer == layer


@pytest.mark.parametrize(
    ("cls", "options", "shapes", "layer"),
    [
        ("Add", {}, [(8, 8, 4), (8, 8, 4)], Add()),
        ("Add", {}, [(8, 8, 4), (1, 1, 4)], BroadcastAdd()),
        ("Add", {}, [(8, 8, 4), (4,)], BroadcastAdd()),
        ("Multiply", {}, [(8, 8, 4), (1, 1, 4)], Multiply()),
        ("Minimum", {}, [(8, 8, 4), (8, 8, 4), (8, 8, 4)], Minimum()),
        ("Concatenate", {"axis": 3}, [(8, 8, 4), (8, 8, 2)], Concat()),
        ("Concatenate", {"axis": 1}, [(8, 8, 4), (3, 8, 4)], ConcatAlong(axis=1)),
    ],
)
def test_a_merge_becomes_ours(tmp_path: Path, cls: str, options: dict[str, Any], shapes: list[tuple[int, ...]], layer: Layer) -> None:
    """Of the vocabulary where its inputs agree, stretched where they do not."""
    network = load_model(saved(tmp_path, merging(cls, options, *shapes))).network
    assert network.nodes[-1].layer == layer


@pytest.mark.parametrize("cls", ["DepthToSpace", "SpaceToDepth"])
def test_channels_and_pixels_are_traded_by_operations(tmp_path: Path, cls: str) -> None:
    """Keras 3 records its own operation, Keras 2 TensorFlow's function by name; other orders of the axes are refused."""
    layer = {"DepthToSpace": DepthToSpace(block=2), "SpaceToDepth": SpaceToDepth(block=2)}[cls]
    tree = merging(cls, {}, (8, 8, 4))
    operation = tree["config"]["layers"][1]
    assert operation.pop("config") == {"name": "out"}
    operation.update(module="keras.src.ops.nn", config={"name": "out", "block_size": 2, "data_format": "channels_last"})
    assert load_model(saved(tmp_path, tree)).network.nodes[-1].layer == layer
    name = {"DepthToSpace": "nn.depth_to_space", "SpaceToDepth": "nn.space_to_depth"}[cls]
    tree = merging("TFOpLambda", {"function": name}, (8, 8, 4))
    [[call]] = tree["config"]["layers"][1]["inbound_nodes"]
    call[3].update(block_size=2)
    assert load_model(saved(tmp_path, tree)).network.nodes[-1].layer == layer
    call[3].update(data_format="NCHW")
    assert "data_format is 'NCHW'; cnncli reads NHWC, the channels last" in refusal(tmp_path, tree)


def test_an_open_size_is_given(tmp_path: Path) -> None:
    """--input sets it; without it the model is refused with the hint."""
    assert [node.output for node in fixture("open_size", size="31x17x3").nodes] == [(31, 17, 3), (16, 9, 4), (4,)]
    with pytest.raises(SpecError, match=r"any: its size is open, \?x\?x3; give it with --input, such as --input 224x224x3"):
        fixture("open_size")
    with pytest.raises(UsageError, match=r"--input sets the one input of a model; .* has 2"):
        fixture("nested", size="12x12x3")


@pytest.mark.parametrize(
    "config",
    [
        [{"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3]}}],
        {"layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [32, 3]}}]},
        {"layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2}}], "build_input_shape": [None, 3]},
        {"layers": [{"class_name": "InputLayer", "config": {"name": "d_input", "batch_input_shape": [None, 3]}},
                    {"class_name": "Dense", "config": {"name": "d", "units": 2}}]},
    ],
)  # fmt: skip
def test_a_sequential_says_its_input_in_many_ways(tmp_path: Path, config: Any) -> None:
    """As a layer, with the first layer, for the whole; and before Keras 2.2 its config was a list."""
    network = load_model(saved(tmp_path, {"class_name": "Sequential", "config": config})).network
    assert [(node.name, node.output) for node in network.nodes] == [("d_input", (3,)), ("d", (2,))]


def test_a_sequential_without_an_input_is_given_one(tmp_path: Path) -> None:
    """It was never built: --input says what comes in."""
    tree = {"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2}}]}}
    assert "d_input: the file records no shape of it" in refusal(tmp_path, tree)
    assert load_model(saved(tmp_path, tree), input_size="5").network.nodes[-1].output == (2,)


def test_json_in_json_is_read(tmp_path: Path) -> None:
    """`json.dump(model.to_json(), file)` wraps the text a second time; that is no reason to refuse."""
    text = json.dumps(json.dumps(sequential(("Flatten", {}))))
    assert load_model(saved(tmp_path, text)).network.nodes[-1].output == (256,)


def test_a_name_that_cannot_be_printed_is_refused(tmp_path: Path) -> None:
    """That of the model as those of its layers: it would move the cursor, or break what is written of the model."""
    for name in ("\x1b[31mred", "a\nb", "\ud800"):
        tree = sequential(("Flatten", {}))
        tree["config"]["name"] = name
        assert "name of the model is " in refusal(tmp_path, tree)


def test_keras_1_is_refused_by_its_version(tmp_path: Path) -> None:
    """It names the options otherwise; the fault is not that they are missing."""
    tree = {**sequential(("Convolution2D", {"nb_filter": 8})), "keras_version": "1.2.2"}
    assert "written by Keras 1.2.2; cnncli reads what Keras 2 and later write" in refusal(tmp_path, tree)


# Opaque layers --------------------------------------------------------------------------------------------------------------------


def test_code_is_refused_by_name() -> None:
    """All layers that hold code are told at once, with what keeps them."""
    with pytest.raises(SpecError) as refused:
        fixture("code")
    first, second = str(refused.value).splitlines()
    assert "halve: Halve is a layer of the model's own" in first
    assert "; summarize --opaque Halve" in first
    assert "double: Lambda holds Python code, which is never run; summarize --opaque Lambda" in second


@pytest.mark.parametrize(
    "origin", [{"class_name": "mine>Dropout"}, {"module": None, "class_name": "Dropout", "registered_name": "Dropout"}]
)
def test_a_class_of_the_model_s_own_is_no_class_of_keras(tmp_path: Path, origin: dict[str, Any]) -> None:
    """Whatever it is called: registered in a package, as HDF5 files write it, or not registered. --opaque takes the class alone."""
    tree = sequential(("Dropout", {"rate": 0.5}))
    tree["config"]["layers"][-1].update(origin)
    assert "Dropout is a layer of the model's own, whose code is not in the file; summarize --opaque Dropout keeps it" in refusal(
        tmp_path, tree
    )
    assert [node.kind for node in load_model(saved(tmp_path, tree), ["Dropout=same"]).network.nodes] == ["input", "opaque"]


@pytest.mark.parametrize("opaque", [("halve", "double"), ("Halve", "Lambda"), ("Halve", "double=same")])
def test_an_opaque_layer_is_kept_for_its_shape(opaque: tuple[str, str]) -> None:
    """By name or class; the file records what comes out of it; the network says what is missing from every total."""
    network = fixture("code", *opaque)
    kept = [network.nodes[index] for index in network.partial]
    assert [(node.name, node.kind, node.output) for node in kept] == [
        ("halve", "opaque", (8, 8, 4)), ("halve:2", "opaque", (4, 4, 4)), ("double", "opaque", (4, 4, 4)),
    ]  # fmt: skip
    assert fixture("shared").partial == ()


def test_the_shape_of_an_opaque_layer_is_asked_for_when_it_is_not_in_the_file(tmp_path: Path) -> None:
    """An older file records none; then NAME=shape gives it, or NAME=same."""
    tree = sequential(("Strange", {}), ("Flatten", {}))
    assert "what comes out of it is not in the file; say it: --opaque layer_0=56x56x64" in refusal(tmp_path, tree, "Strange")
    path = saved(tmp_path, tree)
    assert load_model(path, ["layer_0=3x3x2"]).network.nodes[-1].output == (18,)
    assert load_model(path, ["Strange=same"]).network.nodes[-1].output == (256,)


@pytest.mark.parametrize(
    ("opaque", "words"),
    [
        ("halv", "no layer or class of that name; did you mean 'halve'?"),
        ("halve=big", "write NAME, NAME=56x56x64"),
        ("halve=0x1", "write NAME"),
    ],
)
def test_an_opaque_layer_that_is_not_there_is_refused(opaque: str, words: str) -> None:
    """And so is a shape that is none."""
    with pytest.raises(UsageError) as refused:
        fixture("code", "Halve", "Lambda", opaque)
    assert words in str(refused.value)


# Faults ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "options", "words"),
    [
        ("Conv2D", {"filters": 6}, "layer_0 (Conv2D): kernel_size is missing"),
        ("Conv2D", {**KERNEL, "filters": 2.5}, "filters is 2.5; expected a whole number from 1"),
        ("Conv2D", {**KERNEL, "filters": True}, "filters is True; expected a whole number from 1"),
        ("Conv2D", {**KERNEL, "filters": 10**30}, "expected a whole number from 1"),
        ("Conv2D", {**KERNEL, "kernel_size": [9, 9]}, "a window of 9 does not fit in 8 pixels"),
        ("Conv2D", {**KERNEL, "groups": 3}, "3 groups cannot share 4 channels"),
        ("Conv2D", {**KERNEL, "data_format": "channels_first"}, "data_format is 'channels_first'; build the model with channels_last"),
        ("Conv2D", {**KERNEL, "activation": "selfmade"}, "activation is 'selfmade', which cnncli does not know"),
        ("Conv2D", {**KERNEL, "lora_rank": 4}, "lora_rank adds weights that cnncli does not count"),
        ("Conv1D", {"filters": 6, "kernel_size": [3]}, "Conv1D reads 1 axes and the channels; it gets (8, 8, 4)"),
        ("BatchNormalization", {"axis": 1}, "axis is 1; cnncli normalises the channels, the last axis (-1 or 3)"),
        ("BatchNormalization", {"renorm": True}, "renorm adds weights"),
        ("Softmax", {"axis": 1}, "over the channels, the last axis"),
        ("UpSampling2D", {"interpolation": "bicubic"}, "interpolation is 'bicubic'; expected one of nearest, bilinear"),
        ("Reshape", {"target_shape": [7, -1]}, "do not fill the shape"),
        ("Embedding", {}, "layer_0: Embedding is no layer that cnncli reads; summarize --opaque Embedding keeps it for its shape alone"),
    ],
)
def test_an_option_at_fault_is_named(tmp_path: Path, cls: str, options: dict[str, Any], words: str) -> None:
    """With the file, the layer, the value and what was expected."""
    text = refusal(tmp_path, sequential((cls, options)))
    assert text.startswith("model.json: layer_0")
    assert words in text


def test_independent_faults_are_told_together(tmp_path: Path) -> None:
    """All unknown layers by name, and options at fault elsewhere; what depends on a fault is passed over."""
    tree = merging("Add", {}, (8, 8, 4), (8, 8, 4))
    extra = [("a", "Strange", "x0"), ("b", "Stranger", "a"), ("c", "Dense", "x1")]
    for name, cls, source in extra:
        config = {"name": name, "units": 0}
        tree["config"]["layers"].append({"class_name": cls, "name": name, "config": config, "inbound_nodes": [[[source, 0, 0, {}]]]})
    tree["config"]["output_layers"] += [["b", 0, 0], ["c", 0, 0]]
    lines = refusal(tmp_path, tree).splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["a", "b", "c (Dense)"]


def lying(change: Any) -> dict[str, Any]:
    """The config of `shared`, changed."""
    tree: dict[str, Any] = json.loads((FOLDER / "shared.json").read_text())
    layers = {layer["name"]: layer for layer in tree["config"]["layers"]}
    change(tree["config"], layers)
    return tree


def history(layer: dict[str, Any], call: int = 0) -> list[Any]:
    """Where the first input of a call comes from, to be changed."""
    found: list[Any] = layer["inbound_nodes"][call]["args"][0]["config"]["keras_history"]
    return found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c, e: history(e["act"]).__setitem__(0, "ghost"), "act reads call 0 of ghost, which is not in the file"),
        (lambda c, e: history(e["act"]).__setitem__(1, 7), "act reads call 7 of conv, which has 3 calls"),
        (lambda c, e: history(e["act"]).__setitem__(2, 7), "conv: its output 7 is read; it has 1"),
        (lambda c, e: history(e["conv"]).__setitem__(slice(0, 2), ["act", 0]), "layers feed themselves in a circle, through"),
        (lambda c, e: e["conv"]["config"].update(filters=5), "conv: (8, 8, 5) comes out of it; the file says [8, 8, 4]"),
        (lambda c, e: e["pad"]["config"].update(padding=2), "pad: (12, 12, 4) comes out of it; the file says [10, 10, 4]"),
        (lambda c, e: e["pad"].update(inbound_nodes=[]), "which has 0 calls"),
        (lambda c, e: c.update(output_layers=[["sum", 0, 0]]), "nothing reads flat"),
        (lambda c, e: c.update(output_layers=[]), "output_layers names nothing"),
        (lambda c, e: c.update(input_layers=[["conv", 0, 0]]), "'conv', which is no input layer"),
        (lambda c, e: c["layers"].append(e["pad"]), "two layers are called 'pad'"),
        (lambda c, e: e["pad"].update(name="\x1b[2J"), r"name of a layer is '\x1b[2J', which cannot be printed"),
        (lambda c, e: e["pad"]["config"].update(data_format="\x1b[2J"), "pad (ZeroPadding2D): data_format is"),
        (lambda c, e: c.update(layers={}), "layers is {}; expected a list"),
        (lambda c, e: e["pad"].update(config=3), "config of ZeroPadding2D is 3; expected a mapping"),
        (lambda c, e: e["image"]["config"].update(batch_shape=[None, -8, 8, 4]), "image: its shape is"),
        (
            lambda c, e: e["image"]["config"].update(batch_shape=[None, 8, 8, 5]),
            "image: (8, 8, 5) comes out of it; the file says [8, 8, 4]",
        ),
        (lambda c, e: e["conv"]["inbound_nodes"][1]["kwargs"].update(mask=e["act"]["inbound_nodes"][0]["args"][0]), "a tensor as mask"),
    ],
)
def test_a_config_that_lies_is_refused(tmp_path: Path, change: Any, words: str) -> None:
    """Calls that are not there, cycles, shapes that its own options contradict, what is never read: each with its layer."""
    text = refusal(tmp_path, lying(change))
    assert text.startswith("model.json: ")
    assert words in text


def test_a_shared_layer_fits_all_its_uses(tmp_path: Path) -> None:
    """One set of weights cannot read 4 channels here and 5 there."""
    tree = merging("Concatenate", {}, (8, 8, 4), (8, 8, 5))
    conv = {"class_name": "Conv2D", "name": "conv", "config": {"name": "conv", **KERNEL}, "inbound_nodes": [[["x0", 0, 0]], [["x1", 0, 0]]]}
    tree["config"]["layers"][-1]["inbound_nodes"] = [[["conv", 0, 0, {}], ["conv", 1, 0, {}]]]
    tree["config"]["layers"].append(conv)
    assert "conv (Conv2D): is used again with (8, 8, 5), which its weights do not fit" in refusal(tmp_path, tree)


def test_models_within_models_do_not_explode(tmp_path: Path) -> None:
    """A model that uses a model twice, that uses a model twice, ...: 2 to the 40 layers are refused, and quickly."""
    inner: dict[str, Any] = sequential(("ReLU", {}))
    for depth in range(30):
        layer = {"class_name": "Functional", "name": f"m{depth}", "config": {**inner["config"], "name": f"m{depth}"}}
        if depth == 0:
            layer["class_name"] = "Sequential"
        image = {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, 8, 8, 4]}, "inbound_nodes": []}
        layer["inbound_nodes"] = [[["x", 0, 0, {}]], [[f"m{depth}", 1, 0, {}]]]
        ends = {"input_layers": [["x", 0, 0]], "output_layers": [[f"m{depth}", 2, 0]]}
        inner = {"class_name": "Functional", "config": {"name": "made", "layers": [image, layer], **ends}}
    assert "more than 100000 layers or 500000 connections" in refusal(tmp_path, inner)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"class_name": "MyModel", "config": {"depth": 3}}, "MyModel is a class of its own, and its graph is not in the file"),
        ([1, 2], "not what model.to_json() writes"),
        ({"name": "vgg"}, "not what model.to_json() writes"),
        ({"input": [4], "layers": ["relu"]}, "class_name and config; if it is a spec, call the file .yaml, which may hold JSON"),
        ("{", "not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"class_name":' * 100_000, "nested too deep"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, tree: Any, words: str) -> None:
    """Another JSON, broken JSON, JSON without end."""
    assert words in refusal(tmp_path, tree)
