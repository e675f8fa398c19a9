"""The element-wise work of every kind of layer against rows worked out by hand."""

from __future__ import annotations

import pytest
import yaml

from cnncli import network  # noqa: F401  (enters the kind input)
from cnncli.layers import KINDS, Work

# kind, options, what goes in, its work; (4, 4, 3) are 48 elements at 16 positions
WORK = [
    ("conv", "filters: 6, kernel: 3", [(6, 6, 3)], {"macs": 16 * 27 * 6, "add": 96}),
    ("conv", "filters: 6, kernel: 3, bias: false, activation: relu", [(6, 6, 3)], {"macs": 16 * 27 * 6, "compare": 96}),
    ("depthwise_conv", "kernel: 3", [(6, 6, 3)], {"macs": 16 * 27, "add": 48}),
    ("separable_conv", "filters: 6, kernel: 3", [(6, 6, 3)], {"macs": 16 * 27 + 16 * 18, "add": 96}),
    ("conv_transpose", "filters: 1, kernel: 2, stride: 2", [(2, 2, 3)], {"macs": 4 * 4 * 3, "add": 16}),
    ("dense", "units: 10, activation: softmax", [(5,)], {"macs": 50, "add": 10 + 9, "exp": 10, "divide": 10}),
    ("max_pool", "size: 3, stride: 2, padding: same", [(4, 4, 3)], {"compare": 12 * 8}),
    ("avg_pool", "size: 3, stride: 2, padding: same", [(4, 4, 3)], {"add": 12 * 8, "divide": 12}),
    ("global_avg_pool", "", [(4, 4, 3)], {"add": 45, "divide": 3}),
    ("global_max_pool", "", [(4, 4, 3)], {"compare": 45}),
    # bins of 2, 2 (pixel 2 of 3 in both) along one axis, 3 along the other: 4 * 3 pixels in 2 bins
    ("adaptive_avg_pool", "size: [2, 1]", [(3, 3, 1)], {"add": 12 - 2, "divide": 2}),
    ("adaptive_max_pool", "size: [2, 1]", [(3, 3, 2)], {"compare": 2 * (12 - 2)}),
    ("relu", "", [(4, 4, 3)], {"compare": 48}),
    ("relu", "max: 1", [(4, 4, 3)], {"compare": 96}),
    ("relu", "slope: 0.1", [(4, 4, 3)], {"compare": 48, "multiply": 48}),
    ("relu", "threshold: 2", [(4, 4, 3)], {"compare": 48}),
    ("relu", "max: 4, slope: 0.1, threshold: 2", [(4, 4, 3)], {"compare": 96, "multiply": 48, "add": 48}),
    ("relu6", "", [(4, 4, 3)], {"compare": 96}),
    ("leaky_relu", "slope: 0.1", [(4, 4, 3)], {"compare": 48, "multiply": 48}),
    ("prelu", "", [(4, 4, 3)], {"compare": 48, "multiply": 48}),
    ("elu", "", [(4, 4, 3)], {"compare": 48, "exp": 48, "add": 48, "multiply": 48}),
    ("celu", "alpha: 2", [(4, 4, 3)], {"compare": 48, "divide": 48, "exp": 48, "add": 48, "multiply": 48}),
    ("selu", "", [(4, 4, 3)], {"compare": 48, "exp": 48, "add": 48, "multiply": 96}),
    ("gelu", "", [(4, 4, 3)], {"multiply": 144, "add": 48, "exp": 48}),
    ("gelu", "approximate: true", [(4, 4, 3)], {"multiply": 288, "add": 96, "exp": 48}),
    ("silu", "", [(4, 4, 3)], {"exp": 48, "add": 48, "divide": 48}),
    ("mish", "", [(4, 4, 3)], {"exp": 144, "add": 48, "multiply": 48}),
    ("hard_swish", "", [(4, 4, 3)], {"add": 48, "compare": 96, "multiply": 48, "divide": 48}),
    ("hard_sigmoid", "", [(4, 4, 3)], {"add": 48, "compare": 96, "divide": 48}),
    ("sigmoid", "", [(4, 4, 3)], {"exp": 48, "add": 48, "divide": 48}),
    ("tanh", "", [(4, 4, 3)], {"exp": 48}),
    ("softmax", "", [(4, 4, 3)], {"exp": 48, "divide": 48, "add": 16 * 2}),
    ("log_softmax", "", [(4, 4, 3)], {"exp": 48 + 16, "add": 48 + 16 * 2}),
    ("softplus", "", [(4, 4, 3)], {"exp": 96, "add": 48}),
    ("log_sigmoid", "", [(4, 4, 3)], {"exp": 96, "add": 48}),
    ("softsign", "", [(4, 4, 3)], {"compare": 48, "add": 48, "divide": 48}),
    ("hard_tanh", "", [(4, 4, 3)], {"compare": 96}),
    ("exponential", "", [(4, 4, 3)], {"exp": 48}),
    ("batch_norm", "", [(4, 4, 3)], {"multiply": 48, "add": 48}),
    # sets of n: two sums of n - 1, n differences, epsilon; n squares; two means and n quotients; one root; then gamma and beta
    ("layer_norm", "", [(4, 4, 3)], {"add": 16 * (2 + 2 + 3 + 1 + 3), "multiply": 16 * (3 + 3), "divide": 16 * (2 + 3), "exp": 16}),
    ("layer_norm", "center: false, scale: false", [(3,)], {"add": 2 + 2 + 3 + 1, "multiply": 3, "divide": 2 + 3, "exp": 1}),
    ("group_norm", "groups: 1", [(4, 4, 3)], {"add": 47 + 47 + 48 + 1 + 48, "multiply": 96, "divide": 50, "exp": 1}),
    ("instance_norm", "", [(4, 4, 3)], {"add": 3 * (15 + 15 + 16 + 1 + 16), "multiply": 96, "divide": 3 * 18, "exp": 3}),
    ("local_response_norm", "", [(4, 4, 3)], {"add": 240, "multiply": 96, "divide": 48, "exp": 48}),
    ("scale", "", [(4, 4, 3)], {"multiply": 48}),
    ("normalize", "", [(4, 4, 3)], {"add": 48, "divide": 48}),
    ("normalize", "mean: [0, 1, 0]", [(4, 4, 3)], {"add": 48}),
    ("normalize", "variance: 4", [(4, 4, 3)], {"divide": 48}),
    ("normalize", "mean: 1, variance: [1, 1, 4]", [(4, 4, 3)], {"add": 48, "divide": 48}),
    ("rescale", "scale: 2", [(4, 4, 3)], {"multiply": 48}),
    ("rescale", "scale: [1, 1, 1], offset: 3", [(4, 4, 3)], {"add": 48}),
    ("rescale", "scale: [1, 1, 2], offset: [0, 3, 0]", [(4, 4, 3)], {"add": 48, "multiply": 48}),
    ("rescale", "scale: 1", [(4, 4, 3)], {}),
    ("rescale", "scale: -1", [(4, 4, 3)], {"multiply": 48}),
    ("rescale", "scale: -1, offset: 1", [(4, 4, 3)], {"add": 48}),
    ("add", "", [(4, 4, 3)] * 3, {"add": 96}),
    ("subtract", "", [(4, 4, 3)] * 2, {"add": 48}),
    ("multiply", "", [(1, 1, 3), (4, 4, 3)], {"multiply": 48}),
    ("average", "", [(4, 4, 3)] * 3, {"add": 96, "divide": 48}),
    ("maximum", "", [(4, 4, 3)] * 3, {"compare": 96}),
    ("minimum", "", [(4, 4, 3)] * 2, {"compare": 48}),
    ("resize", "size: [3, 5]", [(2, 2, 3)], {"multiply": 4 * 45, "add": 3 * 45}),
    ("resize", "size: [3, 5], mode: nearest", [(2, 2, 3)], {}),
    ("upsample", "factor: 2, mode: bilinear", [(2, 2, 3)], {"multiply": 192, "add": 144}),
    # at inference the others only move numbers about, or do nothing at all
    ("linear", "", [(4, 4, 3)], {}),
    ("concat", "", [(4, 4, 3)] * 2, {}),
    ("flatten", "", [(4, 4, 3)], {}),
    ("reshape", "shape: [48]", [(4, 4, 3)], {}),
    ("permute", "axes: [2, 1, 3]", [(4, 4, 3)], {}),
    ("pad", "padding: 1", [(4, 4, 3)], {}),
    ("crop", "cropping: 1", [(4, 4, 3)], {}),
    ("upsample", "factor: 2", [(4, 4, 3)], {}),
    ("depth_to_space", "block: 2", [(4, 4, 4)], {}),
    ("space_to_depth", "block: 2", [(4, 4, 3)], {}),
    ("channel_shuffle", "groups: 3", [(4, 4, 3)], {}),
    ("channel_slice", "start: 1", [(4, 4, 3)], {}),
    ("channel_pad", "after: 1", [(4, 4, 3)], {}),
    ("dropout", "rate: 0.5", [(4, 4, 3)], {}),
    ("spatial_dropout", "rate: 0.5", [(4, 4, 3)], {}),
    ("drop_path", "rate: 0.5", [(4, 4, 3)], {}),
    ("gaussian_noise", "stddev: 0.5", [(4, 4, 3)], {}),
    ("random_flip", "", [(8, 8, 3)], {}),
    ("random_crop", "", [(8, 8, 3)], {}),
    ("random_translation", "", [(8, 8, 3)], {}),
    ("random_rotation", "", [(8, 8, 3)], {}),
    ("random_zoom", "", [(8, 8, 3)], {}),
    ("random_contrast", "", [(8, 8, 3)], {}),
    ("random_brightness", "", [(8, 8, 3)], {}),
    ("input", "shape: [4, 4, 3]", [], {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options", "inputs", "work"), WORK)
def test_a_layer_states_the_work_worked_out_by_hand(kind, options, inputs, work):
    """By class, of one image at inference."""
    layer = KINDS[kind].read(yaml.load("{" + options + "}", yaml.BaseLoader))
    assert layer.work(*inputs) == Work(**work)


def test_no_kind_is_without_a_row():
    """A new kind of layer needs one, if only to say that it does nothing."""
    assert {row[0] for row in WORK} == set(KINDS)


def test_work_adds_up_class_by_class():
    """plus and times keep the classes apart."""
    assert Work(1, add=2).plus(Work(10, exp=3)).times(2) == Work(22, add=4, exp=6)
