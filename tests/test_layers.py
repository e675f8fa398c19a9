"""Every kind of layer against rows worked out by hand: its shape, its weights, its MACs; and what follows for all of them."""

from __future__ import annotations

from inspect import getdoc
from math import prod

import pytest
import yaml

from cnncli import network  # noqa: F401  (enters the kind input)
from cnncli.layers import KINDS, Layer, Merge
from cnncli.layers.activation import ACTIVATIONS

# kind, options as a file has them, what goes in, what comes out, weights (* not trainable), MACs
ROWS = [
    # conv: 222 = 224 - 3 + 1 places along each axis
    ("conv", "filters: 64, kernel: 3", [(224, 224, 3)], (222, 222, 64), "kernel (3, 3, 3, 64), bias (64,)", 222**2 * 27 * 64),
    ("conv", "filters: 64, kernel: 3, bias: false", [(5, 5, 1)], (3, 3, 64), "kernel (3, 3, 1, 64)", 9 * 9 * 64),
    # AlexNet's first: (227 - 11) / 4 + 1 = 55
    ("conv", "filters: 96, kernel: 11, stride: 4", [(227, 227, 3)], (55, 55, 96), "kernel (11, 11, 3, 96), bias (96,)", 105_415_200),
    # a stride that leaves pixels over: floor((8 - 3) / 2) + 1 = 3
    ("conv", "filters: 1, kernel: 3, stride: 2", [(8, 8, 1)], (3, 3, 1), "kernel (3, 3, 1, 1), bias (1,)", 9 * 9),
    # one axis and three
    ("conv", "filters: 4, kernel: 3", [(10, 2)], (8, 4), "kernel (3, 2, 4), bias (4,)", 8 * 3 * 2 * 4),
    ("conv", "filters: 4, kernel: 2", [(5, 4, 3, 2)], (4, 3, 2, 4), "kernel (2, 2, 2, 2, 4), bias (4,)", 24 * 8 * 2 * 4),
    # same: ceil(size / stride), whatever the kernel
    ("conv", "filters: 8, kernel: 3, padding: same", [(5, 7, 3)], (5, 7, 8), "kernel (3, 3, 3, 8), bias (8,)", 35 * 27 * 8),
    ("conv", "filters: 8, kernel: 4, padding: same", [(5, 7, 3)], (5, 7, 8), "kernel (4, 4, 3, 8), bias (8,)", 35 * 48 * 8),
    ("conv", "filters: 8, kernel: 3, stride: 2, padding: same", [(5, 8, 3)], (3, 4, 8), "kernel (3, 3, 3, 8), bias (8,)", 12 * 27 * 8),
    ("conv", "filters: 8, kernel: 1, stride: 2, padding: same", [(5, 8, 3)], (3, 4, 8), "kernel (1, 1, 3, 8), bias (8,)", 12 * 3 * 8),
    # explicit padding: ResNet's first, floor((224 + 6 - 7) / 2) + 1 = 112; and one side only
    ("conv", "filters: 64, kernel: 7, stride: 2, padding: 3, bias: false", [(224, 224, 3)], (112, 112, 64),
      "kernel (7, 7, 3, 64)", 118_013_952),
    ("conv", "filters: 1, kernel: 3, padding: [[0, 2], [1, 0]]", [(4, 4, 1)], (4, 3, 1), "kernel (3, 3, 1, 1), bias (1,)", 12 * 9),
    ("conv", "filters: 1, kernel: [1, 7], padding: [0, 3]", [(4, 4, 1)], (4, 4, 1), "kernel (1, 7, 1, 1), bias (1,)", 16 * 7),
    # dilation 2: the kernel of 3 spans 5
    ("conv", "filters: 1, kernel: 3, dilation: 2", [(9, 9, 1)], (5, 5, 1), "kernel (3, 3, 1, 1), bias (1,)", 25 * 9),
    ("conv", "filters: 1, kernel: 3, dilation: 2, stride: 2", [(9, 9, 1)], (3, 3, 1), "kernel (3, 3, 1, 1), bias (1,)", 9 * 9),
    # AlexNet's second with its two groups: each kernel sees 48 of 96 channels
    ("conv", "filters: 256, kernel: 5, padding: 2, groups: 2", [(27, 27, 96)], (27, 27, 256),
      "kernel (5, 5, 48, 256), bias (256,)", 729 * 25 * 48 * 256),
    # the weights of its activation are its own
    ("conv", "filters: 4, kernel: 1, activation: prelu", [(3, 3, 2)], (3, 3, 4),
      "kernel (1, 1, 2, 4), bias (4,), alpha (1, 1, 4)", 9 * 2 * 4),
    ("depthwise_conv", "kernel: 3, padding: same", [(8, 8, 4)], (8, 8, 4), "kernel (3, 3, 4, 1), bias (4,)", 64 * 9 * 4),
    ("depthwise_conv", "kernel: 3, multiplier: 2, bias: false", [(8, 8, 4)], (6, 6, 8), "kernel (3, 3, 4, 2)", 36 * 9 * 8),
    ("depthwise_conv", "kernel: [3, 1], stride: [2, 1]", [(9, 8, 4)], (4, 8, 4), "kernel (3, 1, 4, 1), bias (4,)", 32 * 3 * 4),
    ("depthwise_conv", "kernel: 5", [(16, 2)], (12, 2), "kernel (5, 2, 1), bias (2,)", 12 * 5 * 2),
    # separable: 3 * 3 * 4 and then 4 * 6 at each of 36 places
    ("separable_conv", "filters: 6, kernel: 3", [(8, 8, 4)], (6, 6, 6),
      "depthwise_kernel (3, 3, 4, 1), pointwise_kernel (1, 1, 4, 6), bias (6,)", 36 * (36 + 24)),
    ("separable_conv", "filters: 6, kernel: 3, multiplier: 2, bias: false", [(8, 4)], (6, 6),
      "depthwise_kernel (3, 4, 2), pointwise_kernel (1, 8, 6)", 6 * (24 + 48)),
    # transposed: (8 - 1) * 2 + 3 = 17; MACs at the 64 pixels that come in
    ("conv_transpose", "filters: 6, kernel: 3, stride: 2", [(8, 8, 4)], (17, 17, 6), "kernel (3, 3, 6, 4), bias (6,)", 64 * 9 * 4 * 6),
    ("conv_transpose", "filters: 6, kernel: 3, stride: 2, padding: same", [(8, 8, 4)], (16, 16, 6),
      "kernel (3, 3, 6, 4), bias (6,)", 64 * 9 * 4 * 6),
    ("conv_transpose", "filters: 6, kernel: 3, stride: 2, padding: 1, output_padding: 1", [(8, 8, 4)], (16, 16, 6),
      "kernel (3, 3, 6, 4), bias (6,)", 64 * 9 * 4 * 6),
    ("conv_transpose", "filters: 6, kernel: 3, dilation: 3, groups: 2, bias: false", [(8, 4)], (14, 6), "kernel (3, 3, 4)", 8 * 3 * 4 * 3),
    ("conv_transpose", "filters: 1, kernel: 2, stride: 3, padding: same", [(4, 4, 1)], (12, 12, 1),
      "kernel (2, 2, 1, 1), bias (1,)", 16 * 4),
    ("conv_transpose", "filters: 1, kernel: 2, stride: 2, padding: [[1, 0]]", [(4, 1)], (7, 1), "kernel (2, 1, 1), bias (1,)", 4 * 2),
    ("conv_transpose", "filters: 1, kernel: 2, stride: 2", [(2, 2, 2, 1)], (4, 4, 4, 1), "kernel (2, 2, 2, 1, 1), bias (1,)", 8 * 8),
    # dense: on a vector, and position by position on a map
    ("dense", "units: 10", [(84,)], (10,), "kernel (84, 10), bias (10,)", 840),
    ("dense", "units: 10, bias: false, activation: softmax", [(84,)], (10,), "kernel (84, 10)", 840),
    ("dense", "units: 10", [(3, 3, 4)], (3, 3, 10), "kernel (4, 10), bias (10,)", 9 * 40),
    # pools; their stride is their size unless told
    ("max_pool", "size: 2", [(224, 224, 64)], (112, 112, 64), "", 0),
    ("max_pool", "size: 2", [(5, 5, 1)], (2, 2, 1), "", 0),
    ("max_pool", "size: 3, stride: 2", [(55, 55, 96)], (27, 27, 96), "", 0),
    ("max_pool", "size: 3, stride: 2, padding: same", [(112, 112, 64)], (56, 56, 64), "", 0),
    ("max_pool", "size: 3, stride: 2, padding: 1", [(112, 112, 64)], (56, 56, 64), "", 0),
    # SqueezeNet's: ceil((54 - 3) / 2) + 1 = 27, where floor gives 26
    ("max_pool", "size: 3, stride: 2, ceil: true", [(54, 54, 96)], (27, 27, 96), "", 0),
    ("max_pool", "size: 3, stride: 2", [(54, 54, 96)], (26, 26, 96), "", 0),
    # the third window of ceil would begin in the padding after: 3 >= 2 + 1
    ("max_pool", "size: 2, stride: 3, padding: 1, ceil: true", [(2, 1)], (1, 1), "", 0),
    ("max_pool", "size: 3, ceil: true, stride: 2", [(2, 1)], (1, 1), "", 0),
    ("max_pool", "size: [1, 2]", [(4, 4, 1)], (4, 2, 1), "", 0),
    ("max_pool", "size: 2", [(8, 6, 4, 3)], (4, 3, 2, 3), "", 0),
    ("avg_pool", "size: 2", [(28, 28, 6)], (14, 14, 6), "", 0),
    ("avg_pool", "size: 3, stride: 1, padding: same", [(35, 35, 192)], (35, 35, 192), "", 0),
    ("avg_pool", "size: 4", [(9, 2)], (2, 2), "", 0),
    ("global_avg_pool", "", [(7, 7, 2048)], (2048,), "", 0),
    ("global_avg_pool", "keep_axes: true", [(7, 7, 2048)], (1, 1, 2048), "", 0),
    ("global_max_pool", "", [(7, 3)], (3,), "", 0),
    ("global_max_pool", "keep_axes: true", [(7, 6, 5, 3)], (1, 1, 1, 3), "", 0),
    ("adaptive_avg_pool", "size: 6", [(13, 14, 256)], (6, 6, 256), "", 0),
    ("adaptive_avg_pool", "size: [1, 7]", [(3, 3, 2)], (1, 7, 2), "", 0),
    ("adaptive_max_pool", "size: 4", [(13, 10, 256)], (4, 4, 256), "", 0),
    *((kind, "", [(4, 4, 3)], (4, 4, 3), "", 0) for kind in ACTIVATIONS if kind != "prelu"),
    ("relu", "max: 1, slope: 0.1, threshold: 0.5", [(4, 4, 3)], (4, 4, 3), "", 0),
    ("prelu", "", [(4, 4, 3)], (4, 4, 3), "alpha (1, 1, 3)", 0),
    ("prelu", "", [(10,)], (10,), "alpha (10,)", 0),
    ("prelu", "slopes: element", [(4, 4, 3)], (4, 4, 3), "alpha (4, 4, 3)", 0),
    ("prelu", "slopes: one", [(4, 4, 3)], (4, 4, 3), "alpha (1, 1, 1)", 0),
    # normalisations
    ("batch_norm", "", [(4, 4, 8)], (4, 4, 8), "gamma (8,), beta (8,), moving_mean* (8,), moving_variance* (8,)", 0),
    ("batch_norm", "scale: false", [(4, 4, 8)], (4, 4, 8), "beta (8,), moving_mean* (8,), moving_variance* (8,)", 0),
    ("batch_norm", "center: false", [(8,)], (8,), "gamma (8,), moving_mean* (8,), moving_variance* (8,)", 0),
    ("layer_norm", "", [(4, 4, 8)], (4, 4, 8), "gamma (8,), beta (8,)", 0),
    ("layer_norm", "center: false, scale: false", [(8,)], (8,), "", 0),
    ("group_norm", "groups: 4", [(4, 4, 8)], (4, 4, 8), "gamma (8,), beta (8,)", 0),
    ("instance_norm", "", [(4, 4, 8)], (4, 4, 8), "gamma (8,), beta (8,)", 0),
    ("local_response_norm", "", [(55, 55, 96)], (55, 55, 96), "", 0),
    ("scale", "init: 1e-6", [(7, 7, 96)], (7, 7, 96), "gamma (96,)", 0),
    # EfficientNet's: 3 + 3 + 1 = 7
    ("normalize", "", [(224, 224, 3)], (224, 224, 3), "mean* (3,), variance* (3,), count* ()", 0),
    ("normalize", "mean: [0.5, 0.4, 0.3]", [(32, 32, 3)], (32, 32, 3), "mean* (3,), variance* (3,), count* ()", 0),
    ("rescale", "scale: 0.00392156862745098", [(224, 224, 3)], (224, 224, 3), "", 0),
    ("rescale", "scale: [4.4, 4.5, 4.4], offset: [-2.1, -2, -1.8]", [(224, 224, 3)], (224, 224, 3), "", 0),
    # merges
    ("add", "", [(56, 56, 64)] * 2, (56, 56, 64), "", 0),
    ("add", "", [(10,)] * 3, (10,), "", 0),
    ("subtract", "", [(8, 2)] * 2, (8, 2), "", 0),
    ("multiply", "", [(8, 8, 4)] * 2, (8, 8, 4), "", 0),
    ("multiply", "", [(8, 8, 4), (1, 1, 4)], (8, 8, 4), "", 0),
    ("multiply", "", [(1, 8, 1), (8, 1, 4)], (8, 8, 4), "", 0),
    ("average", "", [(8, 8, 4)] * 2, (8, 8, 4), "", 0),
    ("maximum", "", [(8, 8, 4)] * 2, (8, 8, 4), "", 0),
    ("minimum", "", [(8, 2)] * 3, (8, 2), "", 0),
    # GoogLeNet's first inception block: 64 + 128 + 32 + 32
    ("concat", "", [(28, 28, 64), (28, 28, 128), (28, 28, 32), (28, 28, 32)], (28, 28, 256), "", 0),
    ("concat", "", [(3,), (4,)], (7,), "", 0),
    # where pixels stand
    ("flatten", "", [(7, 7, 512)], (25088,), "", 0),
    ("flatten", "", [(10,)], (10,), "", 0),
    ("reshape", "shape: [7, 7, 30]", [(1470,)], (7, 7, 30), "", 0),
    ("reshape", "shape: [-1, 4]", [(6, 2)], (3, 4), "", 0),
    ("permute", "axes: [3, 1, 2]", [(4, 5, 6)], (6, 4, 5), "", 0),
    ("pad", "padding: 3", [(224, 224, 3)], (230, 230, 3), "", 0),
    ("pad", "padding: [[0, 1], [0, 1]]", [(112, 112, 96)], (113, 113, 96), "", 0),
    ("pad", "padding: [2]", [(5, 1)], (9, 1), "", 0),
    ("crop", "cropping: 4", [(64, 64, 512)], (56, 56, 512), "", 0),
    ("crop", "cropping: [[1, 0], 2]", [(6, 6, 1)], (5, 2, 1), "", 0),
    ("resize", "size: 7", [(28, 20, 8)], (7, 7, 8), "", 0),
    ("resize", "factor: [0.5, 1.5]", [(9, 5, 8)], (4, 7, 8), "", 0),
    ("resize", "factor: 0.29, mode: nearest", [(100, 8)], (29, 8), "", 0),
    ("upsample", "factor: 2", [(28, 28, 8)], (56, 56, 8), "", 0),
    ("upsample", "factor: [1, 3], mode: bilinear", [(4, 4, 8)], (4, 12, 8), "", 0),
    # ESPCN's last for one channel, enlarged 3 times; YOLOv2's passthrough
    ("depth_to_space", "block: 3", [(17, 17, 9)], (51, 51, 1), "", 0),
    ("depth_to_space", "block: 2, mode: crd", [(2, 3, 4, 16)], (4, 6, 8, 2), "", 0),
    ("space_to_depth", "block: 2", [(26, 26, 64)], (13, 13, 256), "", 0),
    ("space_to_depth", "block: 4, mode: crd", [(8, 3)], (2, 12), "", 0),
    # channels
    ("channel_shuffle", "groups: 2", [(28, 28, 116)], (28, 28, 116), "", 0),
    ("channel_slice", "stop: 58", [(28, 28, 116)], (28, 28, 58), "", 0),
    ("channel_slice", "start: 58", [(28, 28, 116)], (28, 28, 58), "", 0),
    ("channel_pad", "before: 8, after: 8", [(16, 16, 16)], (16, 16, 32), "", 0),
    # training only
    ("dropout", "rate: 0.5", [(4096,)], (4096,), "", 0),
    ("spatial_dropout", "rate: 0.2", [(8, 8, 4)], (8, 8, 4), "", 0),
    ("drop_path", "rate: 0.1", [(8, 8, 4)], (8, 8, 4), "", 0),
    ("gaussian_noise", "stddev: 0.1", [(28, 28, 1)], (28, 28, 1), "", 0),
    ("random_flip", "", [(32, 32, 3)], (32, 32, 3), "", 0),
    ("random_crop", "padding: 4", [(32, 32, 3)], (32, 32, 3), "", 0),
    ("random_translation", "pixels: 40, mode: zeros", [(32, 32, 3)], (32, 32, 3), "", 0),
    ("random_rotation", "degrees: 15", [(28, 28, 1)], (28, 28, 1), "", 0),
    ("random_zoom", "", [(28, 28, 1)], (28, 28, 1), "", 0),
    ("random_contrast", "", [(28, 28, 1)], (28, 28, 1), "", 0),
    ("random_brightness", "", [(28, 1)], (28, 1), "", 0),
    ("input", "shape: [224, 224, 3]", [], (224, 224, 3), "", 0),
]  # fmt: skip
table = pytest.mark.parametrize(("kind", "options", "inputs", "output", "weights", "macs"), ROWS)


def read(kind: str, options: str) -> Layer:
    """A layer from its options as they stand in a file: text until they are read."""
    return KINDS[kind].read(yaml.load("{" + options + "}", yaml.BaseLoader))


@table
def test_a_layer_states_the_shape_the_weights_and_the_macs_worked_out_by_hand(kind, options, inputs, output, weights, macs):
    """One row per kind and per corner."""
    layer = read(kind, options)
    assert layer.output(*inputs) == output
    assert ", ".join(f"{w.name}{'*' * (not w.trainable)} {w.shape}" for w in layer.weights(*inputs)) == weights
    assert layer.work(*inputs).macs == macs


def test_no_kind_is_without_a_row():
    """A new kind of layer needs one."""
    assert {row[0] for row in ROWS} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_docstring_of_a_kind_states_what_the_class_computes(kind):
    """The line of shapes always; its weights by name, MACs and element-wise work where it has some."""
    paper = getdoc(KINDS[kind]) or ""
    rows = [row for row in ROWS if row[0] == kind]
    layers = [(read(kind, row[1]), row[2]) for row in rows]
    macs, works = any(row[5] for row in rows), any(sum(layer.work(*inputs)) for layer, inputs in layers)
    assert "->" in paper
    assert ("\nweights  " in paper) == any(row[4] for row in rows)
    assert ("\nmacs     " in paper) == macs
    assert ("\nwork     " in paper) == (works and not macs)
    for name in {weight.name for layer, inputs in layers for weight in layer.weights(*inputs)}:
        assert f" {name} (" in paper or (kind, name) == ("conv", "alpha")


@table
def test_what_a_layer_says_of_memory_is_possible(kind, options, inputs, output, weights, macs):
    """A view has its input's elements and does nothing; what overwrites has its input's shape; inputs and outputs alone are saved."""
    layer = read(kind, options)
    assert set(layer.saves) <= {"input", "output"}
    if layer.view:
        assert [prod(x) for x in inputs] == [prod(output)]
        assert not any(layer.work(*inputs))
    if layer.overwrites:
        assert output in inputs or kind == "multiply"
    if any(weight.trainable and weight.name != "beta" for weight in layer.weights(*inputs)):
        assert "input" in layer.saves
    assert layer.merges == isinstance(layer, Merge) == (len(inputs) > 1)


def test_what_only_training_or_the_shape_changes_is_a_view():
    """At inference these layers hand their input's memory on."""
    views = {"linear", "flatten", "reshape", "dropout", "spatial_dropout", "drop_path", "gaussian_noise"}
    assert {kind for kind, cls in KINDS.items() if cls.view and not kind.startswith("random_")} == views
    assert all(cls.view for kind, cls in KINDS.items() if kind.startswith("random_"))


def test_what_works_element_by_element_may_overwrite_its_input():
    """And what looks at neighbours, or changes the shape, may not."""
    others = {"batch_norm", "layer_norm", "group_norm", "instance_norm", "scale", "normalize", "rescale"}
    merges = {"add", "subtract", "multiply", "average", "maximum", "minimum"}
    assert {kind for kind, cls in KINDS.items() if cls.overwrites} == {*ACTIVATIONS, *others, *merges}


@pytest.mark.parametrize(
    ("saved", "kinds"),
    [
        ("output", "relu relu6 leaky_relu elu celu selu hard_sigmoid sigmoid tanh softmax log_softmax hard_tanh exponential dropout"),
        (
            "input",
            "prelu gelu silu mish hard_swish softplus log_sigmoid softsign batch_norm layer_norm group_norm instance_norm "
            "local_response_norm scale multiply",
        ),
        ("input output", "max_pool global_max_pool adaptive_max_pool maximum minimum"),
        (
            "",
            "avg_pool global_avg_pool adaptive_avg_pool add subtract average concat flatten reshape pad crop upsample channel_shuffle "
            "depth_to_space space_to_depth",
        ),
    ],
)
def test_a_gradient_needs_what_its_formula_uses(saved, kinds):
    """For instance sigmoid' = y * (1 - y) needs the output, silu' the input, a sum neither."""
    for kind in kinds.split():
        layer = next(read(row[0], row[1]) for row in ROWS if row[0] == kind)
        assert " ".join(layer.saves) == saved, kind


@pytest.mark.parametrize(("activation", "saved"), [("linear", ("input",)), ("relu", ("input", "output")), ("silu", ("input", "output"))])
def test_the_gradient_of_a_layer_with_an_activation_needs_one_more_tensor(activation, saved):
    """The kernels' gradient needs the input; the activation's its own output or input, both as large as the output."""
    assert read("conv", f"filters: 1, kernel: 1, activation: {activation}").saves == saved
    assert read("dense", f"units: 1, activation: {activation}").saves == saved


def test_kinds_stand_in_the_order_in_which_people_look_for_them():
    """Convolutions first, augmentations last; a room's kinds together."""
    rooms = [cls.__module__.removeprefix("cnncli.layers.") for kind, cls in KINDS.items() if kind != "input"]
    order = "conv transposed dense pool rectifier activation norm merge spatial pixel_shuffle channels regularize augment"
    assert next(iter(KINDS)) == "conv"
    assert rooms == sorted(rooms, key=order.index)
