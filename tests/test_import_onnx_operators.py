"""Each operator of ONNX, in the forms that the opsets gave it, is the layer that it should be: by hand, and against ONNX itself."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from onnx_graphs import model, node, numpy, onnx, saved

from cnncli.errors import SpecError
from cnncli.importers import load_model
from cnncli.importers.onnx.idioms import IDIOMS
from cnncli.importers.onnx.view import channels_first, channels_last, turned, whole
from cnncli.layers.channels import ChannelShuffle
from cnncli.layers.pixel_shuffle import SpaceToDepth
from cnncli.layers.spatial import Permute
from cnncli.network import Network

pytestmark = pytest.mark.onnx
MAP = ["N", 6, 8, 10]


def read(folder: Path, made: Any, **options: Any) -> Network:
    """The network of a model."""
    return load_model(saved(folder, made), **options).network


# operator, attributes, arrays behind the first input, opset; the layer's kind, the options that are not the defaults, the shape as the
# file writes it, the parameters
TABLE: dict[str, tuple[str, dict[str, Any], list[Any], int, str, dict[str, Any], tuple[int, ...], int]] = {
    "plain": ("Conv", {}, [(4, 6, 3, 3)], 7, "conv", {"filters": 4, "kernel": 3, "bias": False}, (4, 6, 8), 216),
    "grouped": ("Conv", {"group": 2}, [(4, 3, 1, 3), (4,)], 7, "conv", {"filters": 4, "kernel": (1, 3), "groups": 2}, (4, 8, 8), 40),
    "depthwise": (
        "Conv", {"group": 6, "strides": [2, 1], "pads": [1, 1, 1, 1]}, [(12, 1, 3, 3)], 11,
        "depthwise_conv", {"kernel": 3, "stride": (2, 1), "padding": 1, "multiplier": 2, "bias": False}, (12, 4, 10), 108,
    ),
    "same upper": (
        "Conv", {"auto_pad": "SAME_UPPER", "strides": [3, 3]}, [(4, 6, 2, 2)], 11,
        "conv", {"filters": 4, "kernel": 2, "stride": 3, "padding": "same", "bias": False}, (4, 3, 4), 96,
    ),
    "same lower": (
        "Conv", {"auto_pad": "SAME_LOWER"}, [(4, 6, 2, 2)], 11,
        "conv", {"filters": 4, "kernel": 2, "padding": ((1, 0), (1, 0)), "bias": False}, (4, 8, 10), 96,
    ),
    "transposed": (
        "ConvTranspose", {"strides": [2, 2], "output_padding": [1, 1], "pads": [1, 1, 1, 1], "group": 2}, [(6, 2, 3, 3), (4,)], 11,
        "conv_transpose", {"filters": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2}, (4, 16, 20), 112,
    ),
    "transposed to a size": (
        "ConvTranspose", {"strides": [2, 2], "output_shape": [16, 20]}, [(6, 2, 3, 3)], 11,
        "conv_transpose", {"filters": 2, "kernel": 3, "stride": 2, "padding": ((1, 0), (1, 0)), "bias": False}, (2, 16, 20), 108,
    ),
    "transposed, same": (
        "ConvTranspose", {"strides": [2, 3], "auto_pad": "SAME_UPPER"}, [(6, 2, 3, 2)], 11,
        "conv_transpose",
        {"filters": 2, "kernel": (3, 2), "stride": (2, 3), "padding": ((0, 1), (0, 0)), "output_padding": (0, 1), "bias": False},
        (2, 16, 30), 72,
    ),
    "max pool": ("MaxPool", {"kernel_shape": [3, 3]}, [], 8, "max_pool", {"size": 3, "stride": 1}, (6, 6, 8), 0),
    "ceil pool": (
        "AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1, "count_include_pad": 1}, [], 10,
        "avg_pool", {"size": 3, "stride": 2, "ceil": True}, (6, 4, 5), 0,
    ),
    "dilated pool": (
        "MaxPool", {"kernel_shape": [2, 2], "dilations": [2, 3]}, [], 11,
        "max_pool", {"size": 2, "stride": 1, "dilation": (2, 3)}, (6, 6, 7), 0,
    ),
    "global": ("GlobalAveragePool", {}, [], 7, "global_avg_pool", {"keep_axes": True}, (6, 1, 1), 0),
    "mean of the map, attribute": ("ReduceMean", {"axes": [2, -1], "keepdims": 0}, [], 11, "global_avg_pool", {}, (6,), 0),
    "mean of the map, input": ("ReduceMean", {"keepdims": 0}, [[-2, -1]], 18, "global_avg_pool", {}, (6,), 0),
    "largest of the map": ("ReduceMax", {}, [[2, 3]], 18, "global_max_pool", {"keep_axes": True}, (6, 1, 1), 0),
    "sum over channels": ("ReduceSum", {"keepdims": 0}, [[1]], 13, "reduce", {"function": "sum", "axes": (3,)}, (8, 10), 0),
    "sum over rows": ("ReduceSum", {"keepdims": 0}, [[2]], 13, "reduce", {"function": "sum", "axes": (1,)}, (6, 10), 0),
    "norm of the map": ("ReduceL2", {}, [[2, 3]], 18, "reduce", {"function": "l2", "axes": (1, 2), "keep": True}, (6, 1, 1), 0),
    "sum of sizes": ("ReduceL1", {"axes": [1]}, [], 11, "reduce", {"function": "l1", "axes": (3,), "keep": True}, (1, 8, 10), 0),
    "batch norm": (
        "BatchNormalization", {"epsilon": 1e-3}, [(6,), (6,), (6,), (6,)], 15, "batch_norm", {"momentum": 0.9}, (6, 8, 10), 24,
    ),
    "instance norm": ("InstanceNormalization", {}, [(6,), (6,)], 7, "instance_norm", {"epsilon": 1e-05}, (6, 8, 10), 12),
    "group norm": (
        "GroupNormalization", {"num_groups": 3}, [(6,), (6,)], 21, "group_norm", {"groups": 3, "epsilon": 1e-05}, (6, 8, 10), 12,
    ),
    "layer norm over a row": (
        "LayerNormalization", {}, [(10,), (10,)], 17, "layer_norm", {"epsilon": 1e-05}, (6, 8, 10), 20,
    ),
    "layer norm over all": (
        "LayerNormalization", {"axis": 1}, [(6, 8, 10)], 17,
        "layer_norm_over", {"epsilon": 1e-05, "center": False, "axes": (3, 1, 2)}, (6, 8, 10), 480,
    ),
    "response norm": (
        "LRN", {"size": 5, "alpha": 0.001, "bias": 2.0}, [], 7, "local_response_norm", {"alpha": 0.0002}, (6, 8, 10), 0,
    ),
    "celu": ("Celu", {"alpha": 0.5}, [], 12, "celu", {"alpha": 0.5}, (6, 8, 10), 0),
    "leaky": ("LeakyRelu", {"alpha": 0.3}, [], 7, "leaky_relu", {"slope": 0.3}, (6, 8, 10), 0),
    "slopes of channels": ("PRelu", {}, [(6, 1, 1)], 9, "prelu", {}, (6, 8, 10), 6),
    "slopes of elements": ("PRelu", {}, [(6, 8, 10)], 9, "prelu", {"slopes": "element"}, (6, 8, 10), 480),
    "clip, attributes": ("Clip", {"min": 0.0, "max": 6.0}, [], 7, "relu6", {}, (6, 8, 10), 0),
    "clip, inputs": ("Clip", {}, [0.0, 6.0], 11, "relu6", {}, (6, 8, 10), 0),
    "clip from below": ("Clip", {}, [0.0], 11, "relu", {}, (6, 8, 10), 0),
    "max": ("Max", {}, [3.0], 13, "at_least", {}, (6, 8, 10), 0),
    "max from 0": ("Max", {}, [0.0], 13, "relu", {}, (6, 8, 10), 0),
    "min": ("Min", {}, [3.0], 13, "at_most", {}, (6, 8, 10), 0),
    "clip elsewhere": ("Clip", {}, [0.0, 4.0], 11, "relu", {"max": 4.0}, (6, 8, 10), 0),
    "another slope": ("HardSigmoid", {}, [], 7, "sloped_hard_sigmoid", {}, (6, 8, 10), 0),
    "softmax": ("Softmax", {"axis": 1}, [], 13, "softmax", {}, (6, 8, 10), 0),
    "log softmax": ("LogSoftmax", {"axis": 1}, [], 13, "log_softmax", {}, (6, 8, 10), 0),
    "softmax over a row": ("Softmax", {}, [], 13, "softmax", {}, (6, 8, 10), 0),
    "dropout, attribute": ("Dropout", {"ratio": 0.25}, [], 7, "dropout", {"rate": 0.25}, (6, 8, 10), 0),
    "dropout, input": ("Dropout", {}, [0.1], 13, "dropout", {"rate": 0.1}, (6, 8, 10), 0),
    "factor": ("Mul", {}, [0.5], 7, "rescale", {"scale": 0.5}, (6, 8, 10), 0),
    "divisor": ("Div", {}, [4.0], 7, "rescale", {"scale": 0.25}, (6, 8, 10), 0),
    "scale": ("Mul", {}, [(6, 1, 1)], 7, "scale", {}, (6, 8, 10), 6),
    "shift": ("Add", {}, [(1, 6, 1, 1)], 7, "with_array", {"function": "add", "shape": (1, 1, 6)}, (6, 8, 10), 6),
    "every element": (
        "Add", {}, [(6, 8, 10)], 7, "with_array", {"function": "add", "shape": (8, 10, 6), "role": "constant"}, (6, 8, 10), 0,
    ),
    "square": ("Pow", {}, [2.0], 7, "square", {}, (6, 8, 10), 0),
    "pads, attribute": ("Pad", {"pads": [0, 0, 1, 2, 0, 0, 3, 2]}, [], 7, "pad", {"padding": ((1, 3), (2, 2))}, (6, 12, 14), 0),
    "pads, input": ("Pad", {}, [[0, 1, 0, 0, 0, 2, 0, 0]], 11, "channel_pad", {"before": 1, "after": 2}, (9, 8, 10), 0),
    "pads below 0": ("Pad", {}, [[0, 0, -1, 0, 0, 0, -1, 0]], 11, "crop", {"cropping": (1, 0)}, (6, 6, 10), 0),
    "slice, attributes": (
        "Slice", {"starts": [2], "ends": [4], "axes": [1]}, [], 7, "channel_slice", {"start": 2, "stop": 4}, (2, 8, 10), 0,
    ),
    "slice, inputs": ("Slice", {}, [[1], [2**63 - 1], [2]], 10, "crop", {"cropping": ((1, 0), (0, 0))}, (6, 7, 10), 0),
    "every other": ("Slice", {}, [[0], [10], [3], [2]], 10, "take", {"picks": ((0, 8, 1), (0, 5, 2), (0, 6, 1))}, (6, 8, 5), 0),
    "backwards": (
        "Slice", {}, [[-1], [-(2**63)], [3], [-1]], 10, "take", {"picks": ((0, 8, 1), (9, 10, -1), (0, 6, 1))}, (6, 8, 10), 0,
    ),
    "one of many": ("Slice", {}, [[4], [5], [3], [2]], 10, "crop", {"cropping": ((0, 0), (4, 5))}, (6, 8, 1), 0),
    "upsample, attribute": ("Upsample", {"scales": [1.0, 1.0, 2.0, 2.0]}, [], 7, "upsample", {"factor": 2}, (6, 16, 20), 0),
    "upsample, input": ("Upsample", {"mode": "nearest"}, [[1.0, 1.0, 2.0, 3.0]], 9, "upsample", {"factor": (2, 3)}, (6, 16, 30), 0),
    "resize, opset 10": ("Resize", {}, [[1.0, 1.0, 3.0, 3.0]], 10, "upsample", {"factor": 3}, (6, 24, 30), 0),
    "bilinear": (
        "Resize", {"mode": "linear"}, [[], [1.0, 1.0, 2.0, 2.0]], 13, "upsample", {"factor": 2, "mode": "bilinear"}, (6, 16, 20), 0,
    ),
    "to a fraction": (
        "Resize", {"mode": "linear"}, [[], [1.0, 1.0, 1.0, 4.2]], 13, "resize", {"size": (8, 42)}, (6, 8, 42), 0,
    ),
    "to a size": (
        "Resize", {"mode": "cubic"}, [[], [], [1, 6, 12, 5]], 13, "resample", {"size": (12, 5), "mode": "bicubic"}, (6, 12, 5), 0,
    ),
    "pixel shuffle": ("DepthToSpace", {"blocksize": 1}, [], 13, "depth_to_space", {"block": 1}, (6, 8, 10), 0),
    "pixel shuffle, by channels": ("DepthToSpace", {"blocksize": 1, "mode": "CRD"}, [], 13,
                                   "depth_to_space", {"block": 1, "mode": "crd"}, (6, 8, 10), 0),
    "pixel unshuffle": ("SpaceToDepth", {"blocksize": 2}, [], 13, "space_to_depth", {"block": 2}, (24, 4, 5), 0),
    "pixel unshuffle, by channels": ("SpaceToDepth", {"blocksize": 2, "mode": "CRD"}, [], 28,
                                     "space_to_depth", {"block": 2, "mode": "crd"}, (24, 4, 5), 0),
    "flatten": ("Flatten", {}, [], 9, "flatten", {}, (480,), 0),
    "flatten, axis from the end": ("Flatten", {"axis": -3}, [], 11, "flatten", {}, (480,), 0),
    "reshape to a row": ("Reshape", {}, [[0, -1]], 7, "flatten", {}, (480,), 0),
    "reshape across axes": ("Reshape", {}, [[-1, 5, 96]], 14, "reshape", {"shape": (96, 5)}, (5, 96), 0),
    "rows and columns": ("Transpose", {"perm": [0, 1, 3, 2]}, [], 7, "permute", {"axes": (2, 1, 3)}, (6, 10, 8), 0),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_operators(case: str, tmp_path: Path) -> None:
    """One node is one layer, with these options, this output and this many weights."""
    op, attributes, arrays, opset, kind, options, shape, params = TABLE[case]
    names = [f"a{at}" for at in range(len(arrays))]
    made = model([node(op, " ".join(["x", *names]), **attributes)], {"x": MAP}, arrays=dict(zip(names, arrays, strict=True)), opset=opset)
    network = read(tmp_path, made)
    layers = [each for each in network.nodes[1:] if each.kind != "permute" or kind == "permute"]
    [layer] = layers
    said = {name: getattr(layer.layer, name) for name in layer.layer.fields}
    usual = {name: field.default for name, field in layer.layer.fields.items() if not field.required}
    assert layer.kind == kind
    assert {name: value for name, value in said.items() if name not in usual or usual[name] != value} == options
    assert network.shown(network.nodes[network.outputs[0]].output) == shape
    assert sum(weight.count for weight in layer.facts.weights) == params


def test_dense_in_three_spellings(tmp_path: Path) -> None:
    """A product with a kernel, transposed or not, and a bias, within the node or added behind it, is one dense layer."""
    nodes = [
        node("Gemm", "x w0 b0", "t0", "first", transB=1),
        node("MatMul", "t0 w1", "m1"),
        node("Add", "b1 m1", "t1", "second"),
        node("MatMul", "t1 w2", "y", "third"),
    ]
    arrays = {"w0": (5, 7), "b0": (5,), "w1": (5, 4), "b1": (4,), "w2": (4, 3)}
    network = read(tmp_path, model(nodes, {"x": ["N", 7]}, arrays=arrays))
    assert [(each.name, each.kind, each.output) for each in network.nodes[1:]] == [
        ("first", "dense", (5,)), ("second", "dense", (4,)), ("third", "dense", (3,)),
    ]  # fmt: skip
    assert [each.facts.work.macs for each in network.nodes[1:]] == [35, 20, 12]
    assert [sum(weight.count for weight in each.facts.weights) for each in network.nodes[1:]] == [40, 24, 12]


WORDS = {
    "Gelu": "gelu", "GeluTanh": "gelu", "HardSwish": "hard_swish", "HardSigmoid": "hard_sigmoid", "Swish": "silu", "Mish": "mish",
    "Softplus": "softplus", "Softsign": "softsign", "Rescale": "rescale",
}  # fmt: skip
PLAIN = [idiom for idiom in IDIOMS if idiom[1] in WORDS]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("at", range(len(PLAIN)))
def test_idioms_of_one_element(at: int, turned: bool, tmp_path: Path) -> None:
    """Every way in which an activation is written out is that activation, whichever factor or summand stands first."""
    pattern, op, _ = PLAIN[at]
    nodes: list[Any] = []
    arrays: dict[str, Any] = {}

    def laid(part: Any) -> str:
        """The name of the tensor that a part of the pattern makes."""
        if part == "x":
            return "p"
        if isinstance(part, (float, str)):
            arrays[f"n{len(arrays)}"] = part if isinstance(part, float) else 0.25
            return f"n{len(arrays) - 1}"
        kind, *inputs = part
        names = [laid(each) for each in inputs]
        names = names[::-1] if turned and kind in ("Add", "Mul") else names
        more = {"alpha": 1 / 6, "beta": 0.5} if kind == "HardSigmoid" else {}
        if kind == "Relu6":
            names, kind, arrays["low"], arrays["high"] = [*names, "low", "high"], "Clip", 0.0, 6.0
        nodes.append(node(kind, " ".join(names), f"t{len(nodes)}", **more))
        return f"t{len(nodes) - 1}"

    last = laid(pattern)
    network = read(tmp_path, model([node("MaxPool", "x", "p", kernel_shape=[1, 1]), *nodes], {"x": MAP}, [last], arrays))
    assert [each.kind for each in network.nodes[2:]] == [WORDS[op]]
    assert network.nodes[2].name == last


def test_gates_are_stretched(tmp_path: Path) -> None:
    """(N, C, 1, 1) times (N, C, H, W) is a multiplication in which every position sees the gate."""
    nodes = [node("GlobalAveragePool", "x", "g"), node("Mul", "g x", "y")]
    network = read(tmp_path, model(nodes, {"x": MAP}))
    assert [(each.kind, each.output) for each in network.nodes[1:]] == [("global_avg_pool", (1, 1, 6)), ("multiply", (8, 10, 6))]


def test_map_with_channels_last(tmp_path: Path) -> None:
    """An input whose last axis is brought forward at once has its channels last, and is shown so."""
    nodes = [
        node("Transpose", "x", "first", perm=[0, 3, 1, 2]),
        node("Conv", "first w", "c", "conv"),
        node("Transpose", "c", "last", perm=[0, 2, 3, 1]),
        node("Softmax", "last", "y", "shares"),
    ]
    network = read(tmp_path, model(nodes, {"x": ["N", 8, 10, 6]}, arrays={"w": (4, 6, 3, 3)}))
    assert not network.channels_first
    assert [(each.kind, each.output) for each in network.nodes] == [("input", (8, 10, 6)), ("conv", (6, 8, 4)), ("softmax", (6, 8, 4))]


SEQUENCES = {
    "brought forward": ([node("Transpose", "x", "t", perm=[0, 2, 1]), node("Conv", "t w", "y")], {"w": (4, 7, 3)}, False, [(9, 7), (7, 4)]),
    "as they are": ([node("MatMul", "x w", "y")], {"w": (7, 4)}, False, [(9, 7), (9, 4)]),
    "first": ([node("Conv", "x w", "y")], {"w": (4, 9, 3)}, True, [(7, 9), (5, 4)]),
    "first, then last": ([node("Transpose", "x", "t", perm=[0, 2, 1]), node("MatMul", "t w", "y")], {"w": (9, 4)}, True, [(7, 9), (7, 4)]),
}


@pytest.mark.parametrize("case", SEQUENCES)
def test_which_axis_of_a_sequence_is_the_channels(case: str, tmp_path: Path) -> None:
    """Of (N, 9, 7) either axis may be the channels: the one that the first convolution or dense layer takes for them."""
    nodes, arrays, first, outputs = SEQUENCES[case]
    network = read(tmp_path, model(nodes, {"x": ["N", 9, 7]}, arrays=arrays))
    assert network.channels_first == first
    assert [each.output for each in network.nodes if each.kind != "permute"] == outputs


def test_what_others_read_too_is_no_idiom(tmp_path: Path) -> None:
    """x times its sigmoid is silu unless somebody else reads the sigmoid."""
    nodes = [node("Sigmoid", "x", "s"), node("Mul", "x s", "m"), node("Add", "m s", "y")]
    assert [each.kind for each in read(tmp_path, model(nodes, {"x": MAP})).nodes[1:]] == ["sigmoid", "multiply", "add"]


@pytest.mark.parametrize(("axis", "kinds"), [(1, ["layer_norm"]), (2, None)])
def test_a_layer_norm_has_one_axis(axis: int, kinds: list[str] | None, tmp_path: Path) -> None:
    """Mean and variance over the same axis, written out, are a layer norm; over different ones they are no such thing."""
    nodes = [
        node("ReduceMean", "x one", "m"), node("Sub", "x m", "d"), node("Mul", "d d", "q"), node("ReduceMean", "q other", "v"),
        node("Add", "v tiny", "e"), node("Sqrt", "e", "s"), node("Div", "d s", "y"),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, {"x": MAP}, arrays={"one": [1], "other": [axis], "tiny": 1e-6}))
    found = [each.kind for each in network.nodes[1:]]
    assert found == (kinds or ["reduce", "subtract", "square", "reduce", "rescale", "sqrt", "divide"])


def test_channels_are_shuffled_in_groups(tmp_path: Path) -> None:
    """Channels laid out as (2, 3), turned to (3, 2) and joined are dealt out from 2 groups of 3."""
    nodes = [node("Reshape", "x a", "r"), node("Transpose", "r", "t", perm=[0, 2, 1, 3, 4]), node("Reshape", "t b", "y", "deal")]
    network = read(tmp_path, model(nodes, {"x": MAP}, arrays={"a": [0, 2, 3, 8, 10], "b": [0, 6, 8, 10]}))
    assert [(each.name, each.layer) for each in network.nodes[1:]] == [("deal", ChannelShuffle(groups=2))]


def test_blocks_of_pixels_become_channels(tmp_path: Path) -> None:
    """Pixels laid out as (4, 2) x (5, 2), the twos turned behind the channels and joined to them: as PyTorch writes its PixelUnshuffle."""
    nodes = [node("Reshape", "x a", "r"), node("Transpose", "r", "t", perm=[0, 1, 3, 5, 2, 4]), node("Reshape", "t b", "y", "deal")]
    network = read(tmp_path, model(nodes, {"x": MAP}, arrays={"a": [0, 6, 4, 2, 5, 2], "b": [0, 24, 4, 5]}))
    assert [(each.name, each.layer) for each in network.nodes[1:]] == [("deal", SpaceToDepth(block=2, mode="crd"))]


def test_shapes_are_worked_out(tmp_path: Path) -> None:
    """A graph may compute the shape that it reshapes to: the numbers are followed through Shape, Gather, Mul, Concat and the like."""
    nodes = [
        node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Gather", "s one", "c"), node("Slice", "s two four", "hw"),
        node("ReduceProd", "hw", "area", keepdims=0), node("Mul", "c area", "all"), node("Unsqueeze", "n axis", "n1"),
        node("Unsqueeze", "all axis", "all1"), node("Concat", "n1 all1", "target", axis=0), node("Reshape", "x target", "y"),
    ]  # fmt: skip
    arrays = {"two": [2], "four": [4], "axis": [0]}
    made = model(nodes, {"x": MAP}, arrays=arrays, opset=13)
    made.graph.initializer.extend(
        onnx.numpy_helper.from_array(numpy.array(at, dtype=numpy.int64), name) for name, at in (("zero", 0), ("one", 1))
    )
    network = read(tmp_path, made)
    assert [(each.kind, each.output) for each in network.nodes[1:]] == [("flatten", (480,))]


@pytest.mark.parametrize(("kernel", "shape"), [([8, 1], (6, 10)), ([7, 1], (6, 2, 10))])
def test_a_squeeze_by_choice(kernel: list[int], shape: tuple[int, ...], tmp_path: Path) -> None:
    """The If in which PyTorch wraps squeeze(axis) is that squeeze where the length is 1, and nothing where it is not."""
    squeeze = onnx.helper.make_graph([node("Squeeze", "p axis", "t")], "then", [], [onnx.helper.make_tensor_value_info("t", 1, None)])
    leave = onnx.helper.make_graph([node("Identity", "p", "e")], "else", [], [onnx.helper.make_tensor_value_info("e", 1, None)])
    squeeze.node.insert(0, node("Constant", "", "axis", value_ints=[2]))
    nodes = [
        node("MaxPool", "x", "p", kernel_shape=kernel), node("Shape", "p", "s"), node("Gather", "s two", "n"), node("Equal", "n one", "c"),
        node("If", "c", "y", then_branch=squeeze, else_branch=leave),
    ]  # fmt: skip
    network = read(tmp_path, model(nodes, {"x": MAP}, arrays={"two": [2], "one": [1]}))
    assert network.shown(network.nodes[network.outputs[0]].output) == shape


def test_one_number_for_each_image(tmp_path: Path) -> None:
    """A tensor that has no axis but the batch is a vector of one; what is done to it element by element goes on."""
    nodes = [node("Gemm", "x w", "g"), node("Squeeze", "g one", "s"), node("Sigmoid", "s", "p"), node("Add", "p s", "y")]
    network = read(tmp_path, model(nodes, {"x": ["N", 7]}, arrays={"w": (7, 1), "one": [1]}))
    assert [(each.kind, each.output) for each in network.nodes[1:]] == [("dense", (1,)), ("sigmoid", (1,)), ("add", (1,))]
    nodes = [node("Squeeze", "x one", "s"), node("Add", "s b", "a"), node("Mul", "a b", "m"), node("Pad", "m p", "y")]
    network = read(tmp_path, model(nodes, {"x": ["N", 1]}, arrays={"one": [1], "b": (1,), "p": [0, 0]}))
    assert [(each.kind, each.output) for each in network.nodes[1:]] == [("with_array", (1,)), ("scale", (1,))]


def test_initialisers_that_are_inputs_too(tmp_path: Path) -> None:
    """Files of old list every initialiser among the inputs: these are no inputs of the network."""
    made = model([node("Conv", "x w")], {"x": MAP, "w": [4, 6, 3, 3]}, arrays={"w": (4, 6, 3, 3)}, opset=7)
    assert [each.name for each in read(tmp_path, made).nodes] == ["x", "y"]


def test_outputs_that_are_the_same(tmp_path: Path) -> None:
    """Two outputs of one tensor are two outputs: the second is a layer that does nothing."""
    network = read(tmp_path, model([node("Relu", "x", "y"), node("Identity", "y", "z")], {"x": MAP}, outputs=["y", "z"]))
    assert [(network.nodes[index].name, network.nodes[index].kind) for index in network.outputs] == [("y", "relu"), ("z", "linear")]


def test_nodes_that_nobody_needs_are_passed_over(tmp_path: Path) -> None:
    """What no output depends on is no part of the network, whatever it is; nor is an input that is not read."""
    nodes = [node("Relu", "x", "y"), node("NonMaxSuppression", "x z", "unread")]
    network = read(tmp_path, model(nodes, {"x": MAP, "z": [1]}))
    assert [each.kind for each in network.nodes] == ["input", "relu"]


def test_nodes_in_any_order(tmp_path: Path) -> None:
    """Nodes that stand before what they read are put behind it."""
    network = read(tmp_path, model([node("Tanh", "t", "y"), node("Relu", "x", "t")], {"x": MAP}))
    assert [each.kind for each in network.nodes] == ["input", "relu", "tanh"]


def test_names_are_made_where_there_are_none(tmp_path: Path) -> None:
    """A node without a name goes by its output; a name that comes twice gives way to it."""
    nodes = [node("Relu", "x", "a", "same"), node("Tanh", "a", "b", "same"), node("Sigmoid", "b", "y")]
    assert [each.name for each in read(tmp_path, model(nodes, {"x": MAP})).nodes] == ["x", "same", "b", "y"]


@pytest.mark.parametrize(("size", "first", "output"), [(None, 6, None), ("6x32x48", 6, (4, 30, 46))])
def test_open_sizes_are_given(size: str | None, first: int, output: Any, tmp_path: Path) -> None:
    """An open height and width are given with --input, as the file has them; without, they are asked for."""
    path = saved(tmp_path, model([node("Conv", "x w")], {"x": ["N", 6, "h", "w"]}, arrays={"w": (4, 6, 3, 3)}))
    if size is None:
        with pytest.raises(SpecError, match=r"model.onnx: x: its size is open, 6x\?x\?; give it with --input, such as --input 6x224x224"):
            load_model(path)
    else:
        network = load_model(path, input_size=size).network
        assert network.shown(network.nodes[1].output) == output


def test_opaque_layers_have_the_shape_that_is_declared(tmp_path: Path) -> None:
    """An unknown operator may be kept for its shape: as the file declares it, or as it is said; the totals then miss what it holds."""
    nodes = [node("Mystery", "x", "m", "box", domain="com.example"), node("Conv", "m w", "y")]
    arrays = {"w": (4, 5, 3, 3)}
    told = read(tmp_path, model(nodes, {"x": MAP}, arrays=arrays, declared={"m": ["N", 5, 4, 4]}), opaque=["Mystery"])
    said = read(tmp_path, model(nodes, {"x": MAP}, arrays=arrays), opaque=["box=5x4x4"])
    for network in (told, said):
        assert [(each.kind, each.output) for each in network.nodes[1:]] == [("opaque", (4, 4, 5)), ("conv", (2, 2, 4))]
        assert network.partial == (1,)


def test_opaque_layers_keep_the_shape_of_a_turned_tensor(tmp_path: Path) -> None:
    """same is the shape of the tensor that comes in, not that of the layer whose output was turned before."""
    nodes = [node("Transpose", "x", "t", perm=[0, 2, 3, 1]), node("Mystery", "t", "m", "box"), node("MatMul", "m w", "y")]
    network = read(tmp_path, model(nodes, {"x": MAP}, arrays={"w": (6, 5)}), opaque=["box=same"])
    assert [each.output for each in network.nodes if each.kind in ("opaque", "dense")] == [(10, 6, 8), (8, 10, 5)]


ROUNDED: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - Fraction(1, 2)),
    "round_prefer_ceil": lambda place: floor(place + Fraction(1, 2)),
}
PLACES: dict[str, Callable[[int, int, int], Fraction]] = {  # of output o of m among n, by ONNX's description of Resize
    "half_pixel": lambda o, n, m: Fraction(2 * o + 1, 2) * n / m - Fraction(1, 2),
    "asymmetric": lambda o, n, m: Fraction(o * n, m),
    "align_corners": lambda o, n, m: Fraction(o * (n - 1), max(m - 1, 1)),
    "tf_half_pixel_for_nn": lambda o, n, m: Fraction(2 * o + 1, 2) * n / m,
}


@pytest.mark.parametrize("rounding", ROUNDED)
@pytest.mark.parametrize("coordinates", PLACES)
def test_the_nearest_pixel_is_the_one_that_onnx_takes(coordinates: str, rounding: str, tmp_path: Path) -> None:
    """However a file lays the pixels and rounds their places, the window of each output is that one pixel."""
    if coordinates == "tf_half_pixel_for_nn" and rounding.endswith("ceil"):
        return  # of these two no layer takes the pixels, and no exporter writes them
    for n, m in [(1, 4), (2, 3), (2, 6), (3, 9), (4, 2), (5, 7), (6, 2), (6, 4), (7, 3)]:
        resized = node("Resize", "x - - s", mode="nearest", coordinate_transformation_mode=coordinates, nearest_mode=rounding)
        layer = read(tmp_path, model([resized], {"x": [1, 2, n]}, arrays={"s": [1, 2, m]}, opset=13)).nodes[-1].layer
        [window] = layer.windows((n, 2)) or ()
        for o in range(m):
            first, last = -(-(o * window.stride + window.first) // window.up), (o * window.stride + window.last) // window.up
            taken = {min(max(place, 0), n - 1) for place in range(first, last + 1)}
            assert taken == {min(max(ROUNDED[rounding](PLACES[coordinates](o, n, m)), 0), n - 1)}, (n, m, o)


windows = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3), st.integers(0, 3))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["Conv", "ConvTranspose", "MaxPool", "AveragePool"]), st.lists(windows, min_size=1, max_size=3), st.data())
def test_windows_agree_with_onnx(tmp_path: Path, op: str, axes: list[tuple[int, ...]], data: Any) -> None:
    """For any kernel, stride, dilation and padding along one to three axes, what comes out is what ONNX infers."""
    kernel, stride, dilation, before, after = (list(column) for column in zip(*axes, strict=True))
    size = [data.draw(st.integers(1, 12)) for _ in axes]
    attributes: dict[str, Any] = {"kernel_shape": kernel, "strides": stride, "dilations": dilation, "pads": before + after}
    auto = data.draw(st.sampled_from(["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    assume(op != "ConvTranspose" or not auto.startswith("SAME"))  # there its inference is not what its specification says: size * stride
    if auto != "NOTSET":
        attributes |= {"auto_pad": auto, "pads": None}
    if op.endswith("Pool"):
        attributes |= {"ceil_mode": data.draw(st.sampled_from([0, 1])) if auto == "NOTSET" else 0}
        assume(op == "MaxPool" or set(dilation) == {1})
        assume(all(max(pads) < k for *pads, k in zip(before, after, kernel, strict=True)))
    attributes = {name: value for name, value in attributes.items() if value is not None}
    arrays = {} if op.endswith("Pool") else {"w": (4, 6, *kernel) if op == "Conv" else (6, 4, *kernel)}
    made = model([node(op, " ".join(["x", *arrays]), **attributes)], {"x": [1, 6, *size]}, arrays=arrays, opset=22)
    padded = [n + (b + a) * (auto == "NOTSET") for n, b, a in zip(size, before, after, strict=True)]
    extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    over = [s - 1 if attributes.get("ceil_mode") else 0 for s in stride]  # a last window may hang over the end
    fits = op == "ConvTranspose" or auto.startswith("SAME") or all(n + o >= e for n, o, e in zip(padded, over, extents, strict=True))
    inferred = onnx.shape_inference.infer_shapes(made, strict_mode=False).graph.output[0].type.tensor_type.shape.dim
    expected = [dim.dim_value for dim in inferred]
    if not fits or not expected or min(expected) < 1:  # a window that does not fit is none, though ONNX may round its place up to 1
        with pytest.raises(SpecError):
            read(tmp_path, made)
    else:
        network = read(tmp_path, made)
        assert [1, *network.shown(network.nodes[-1].output)] == expected


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_views_say_what_pixels_do(data: Any) -> None:
    """Whatever reshapes and transposes do to a map, the layer that is placed for them does: checked with numbered pixels."""
    size = tuple(data.draw(st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=2)))
    shape = (*size, data.draw(st.sampled_from([1, 2, 4, 6, 12])))
    pixels = numpy.arange(1, 1 + numpy.prod(shape)).reshape(shape)
    first = channels_first(len(shape) + 1)
    view = whole(0, shape, first, 1)
    tensor = numpy.moveaxis(pixels, -1, 0)[None]
    for _ in range(data.draw(st.integers(0, 4))):
        if data.draw(st.booleans()):
            order = [0, *data.draw(st.permutations(range(1, tensor.ndim)))]
            view, tensor = view.permuted(order, None), tensor.transpose(order)
        else:
            target = list(tensor.shape)
            at = data.draw(st.integers(1, tensor.ndim - 1))
            if data.draw(st.booleans()) or at == 1:
                target[at : at + 1] = data.draw(st.sampled_from([(n, target[at] // n) for n in range(1, 13) if target[at] % n == 0]))
            else:
                target[at - 1 : at + 1] = [target[at - 1] * target[at]]
            moved = view.reshaped(tuple(map(int, target)), None)
            assume(moved is not None)  # a reshape across axes is a layer of its own
            assert moved
            view, tensor = moved, tensor.reshape(target)
    assert view.shape == tensor.shape
    order = data.draw(st.sampled_from([channels_first(tensor.ndim), channels_last(tensor.ndim)]))
    layer = turned(view, shape, order)
    wanted = tensor[0].transpose([axis - 1 for axis in order])
    if layer is None:
        made = pixels
    elif isinstance(layer, Permute):
        made = pixels.transpose([axis - 1 for axis in layer.axes])
    elif isinstance(layer, ChannelShuffle):
        groups = pixels.reshape(*shape[:-1], layer.groups, shape[-1] // layer.groups)
        made = groups.swapaxes(-1, -2).reshape(shape)
    else:
        assert layer.output(shape) == wanted.shape
        return
    assert (made == wanted).all()
