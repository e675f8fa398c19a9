"""What layers refuse, and in which words."""

from __future__ import annotations

import pytest
import yaml

from cnncli.errors import LayerError
from cnncli.layers import KINDS, ShapesDiffer

# kind, options, what goes in, the refusal, the option at fault
REFUSED = [
    ("conv", "filters: 8, kernel: 11", [(8, 8, 1)], "a window of 11 does not fit in 8 pixels; pad it, or use padding: same", None),
    ("conv", "filters: 8, kernel: 3, dilation: 4, padding: 1", [(1, 1)],
      "a window of 9 does not fit in 1 pixel (with 1 + 1 of padding); pad it, or use padding: same", None),
    ("conv", "filters: 8, kernel: 3", [(784,)], "conv needs a map, (*size, channels); it gets the vector (784,)", None),
    ("conv", "filters: 8, kernel: 3, groups: 2", [(8, 8, 3)], "2 groups cannot share 3 channels (the channels that come in)", "groups"),
    ("conv", "filters: 9, kernel: 3, groups: 2", [(8, 8, 4)], "2 groups cannot share 9 channels (filters)", "groups"),
    ("conv", "filters: 9, kernel: [3, 3, 3]", [(8, 8, 4)], "kernel has 3 entries, one for each axis; the input has 2", "kernel"),
    ("conv", "filters: 9, kernel: 3, padding: [1]", [(8, 8, 4)], "padding has 1 entry, one for each axis; the input has 2", "padding"),
    ("conv", "filters: 9", [], "conv needs kernel", "kernel"),
    ("conv", "filters: 9, kernel: 3, activation: rellu", [],
      "activation of conv is 'rellu'; expected an activation (cnncli layers names them); did you mean 'relu'?", "activation"),
    ("depthwise_conv", "kernel: 3", [(2, 2, 1)], "a window of 3 does not fit in 2 pixels; pad it, or use padding: same", None),
    ("separable_conv", "filters: 8, kernel: 3, stride: [1]", [(8, 8, 1)],
      "stride has 1 entry, one for each axis; the input has 2", "stride"),
    ("conv_transpose", "filters: 1, kernel: 3, stride: 2, output_padding: 2", [(8, 1)],
      "output_padding is below the larger of stride and dilation, 2; it is 2", "output_padding"),
    ("conv_transpose", "filters: 1, kernel: 3, padding: same, output_padding: 1", [(8, 1)],
      "output_padding does not go with padding: same, which fixes the size", "output_padding"),
    ("conv_transpose", "filters: 1, kernel: 3, padding: 2", [(2, 1)], "padding of 2 + 2 cuts away all of the 4 pixels", "padding"),
    ("conv_transpose", "filters: 3, kernel: 3, groups: 2", [(2, 4)], "2 groups cannot share 3 channels (filters)", "groups"),
    ("max_pool", "size: 2, padding: 2", [(8, 8, 1)], "a window of 2 would see only padding; pad at most 1", "padding"),
    ("max_pool", "size: 3", [(2, 2, 1)], "a window of 3 does not fit in 2 pixels; pad it, or use padding: same", None),
    ("avg_pool", "size: 2", [(8,)], "avg_pool needs a map, (*size, channels); it gets the vector (8,)", None),
    ("global_avg_pool", "", [(8,)], "global_avg_pool needs a map, (*size, channels); it gets the vector (8,)", None),
    ("adaptive_avg_pool", "size: [1]", [(8, 8, 1)], "size has 1 entry, one for each axis; the input has 2", "size"),
    ("adaptive_max_pool", "size: 2", [(8,)], "adaptive_max_pool needs a map, (*size, channels); it gets the vector (8,)", None),
    ("group_norm", "", [(8, 8, 48)], "32 groups cannot share 48 channels (the channels that come in)", "groups"),
    ("instance_norm", "", [(8,)], "instance_norm needs a map, (*size, channels); it gets the vector (8,)", None),
    ("local_response_norm", "size: 4", [], "size of local_response_norm is odd (as many channels on either side), not 4", "size"),
    ("rescale", "scale: 1, offset: [1, 2]", [(8, 8, 3)], "offset has 2 entries, one for each channel; the input has 3", "offset"),
    ("normalize", "mean: [1, 2]", [(8, 8, 3)], "mean has 2 entries, one for each channel; the input has 3", "mean"),
    ("add", "", [(56, 56, 128), (56, 56, 64)], "add needs equal shapes; it gets (56, 56, 128) and (56, 56, 64)", None),
    ("add", "", [(8, 8, 1), (8, 8, 1), (8, 8, 4)], "add needs equal shapes; it gets (8, 8, 1), (8, 8, 1) and (8, 8, 4)", None),
    ("add", "", [(8,)], "add needs 2 inputs or more; it gets 1", None),
    ("subtract", "", [(8,)] * 3, "subtract needs 2 inputs; it gets 3", None),
    ("multiply", "", [(8, 8, 4), (4,)], "multiply needs shapes that are equal, or 1 where they differ; it gets (8, 8, 4) and (4,)", None),
    ("multiply", "", [(8, 8, 4), (2, 2, 4)],
      "multiply needs shapes that are equal, or 1 where they differ; it gets (8, 8, 4) and (2, 2, 4)", None),
    ("concat", "", [(8, 8, 4), (7, 8, 4)],
      "concat needs shapes that are equal but for the channels, the last axis; it gets (8, 8, 4) and (7, 8, 4)", None),
    ("concat", "", [(8, 8, 4), (4,)],
      "concat needs shapes that are equal but for the channels, the last axis; it gets (8, 8, 4) and (4,)", None),
    ("reshape", "shape: [7, 7, -1]", [(100,)], "100 numbers, (100,), do not fill the shape [7, 7, -1]", "shape"),
    ("reshape", "shape: [2, 2]", [(8,)], "8 numbers, (8,), do not fill the shape [2, 2]", "shape"),
    ("reshape", "shape: [-1, -1]", [], "shape of reshape is whole numbers from 1, of which one may be -1, not [-1, -1]", "shape"),
    ("reshape", "shape: [0]", [], "shape of reshape is whole numbers from 1, of which one may be -1, not [0]", "shape"),
    ("permute", "axes: [1, 3]", [], "axes of permute is every axis once, from 1, not [1, 3]", "axes"),
    ("permute", "axes: [2, 1]", [(4, 4, 1)], "axes has 2 entries, one for each axis and one for the channels; it gets (4, 4, 1)", "axes"),
    ("depth_to_space", "block: 2", [(4, 4, 6)], "6 channels do not fill blocks of 4 pixels", "block"),
    ("depth_to_space", "block: 2", [(8,)], "depth_to_space needs a map, (*size, channels); it gets the vector (8,)", None),
    ("space_to_depth", "block: 2", [(4, 5, 1)],
      "(4, 5, 1) is not cut into blocks of 2 pixels along each axis; pad or crop it", "block"),
    ("space_to_depth", "block: 2, mode: rdc", [], "mode of space_to_depth is 'rdc'; expected one of dcr, crd", "mode"),
    ("celu", "alpha: 0", [], "alpha of celu is above 0, not 0; it is divided by", "alpha"),
    ("gaussian_noise", "stddev: 2", [], "stddev of gaussian_noise is 2; expected a number from 0 to 1", "stddev"),
    ("pad", "padding: [1, 1, 1]", [(4, 4, 1)], "padding has 3 entries, one for each axis; the input has 2", "padding"),
    ("crop", "cropping: 2", [(5, 4, 1)], "a crop of 2 + 2 leaves nothing of 4 pixels", "cropping"),
    ("upsample", "factor: 2", [(4,)], "upsample needs a map, (*size, channels); it gets the vector (4,)", None),
    ("resize", "", [], "resize needs a size or a factor, one of the two", "size"),
    ("resize", "size: 3, factor: 2", [], "resize needs a size or a factor, one of the two", "size"),
    ("resize", "size: 3, mode: nearest, coordinates: align_corners", [],
      "align_corners is for mode: bilinear; nearest has half_pixel and asymmetric", "coordinates"),
    ("resize", "size: 3", [(4,)], "resize needs a map, (*size, channels); it gets the vector (4,)", None),
    ("resize", "factor: [2, 2, 2]", [(4, 4, 1)], "factor has 3 entries, one for each axis; the input has 2", "factor"),
    ("resize", "factor: 0", [], "factor of resize is 0; expected a number from 1e-06 to 1e+06, or a list of one for each axis", "factor"),
    ("resize", "factor: 0.2", [(4, 9, 1)], "0 x 1 pixels are left of (4, 9, 1)", "factor"),
    ("channel_shuffle", "groups: 3", [(4, 4, 4)], "3 groups cannot share 4 channels (the channels that come in)", "groups"),
    ("channel_slice", "stop: 5", [(4, 4, 4)], "stop is 5, but 4 channels come in", "stop"),
    ("channel_slice", "start: 4", [(4, 4, 4)], "start is 4, but 4 channels come in", "start"),
    ("channel_slice", "start: 4, stop: 4", [], "nothing lies from channel 4 to before channel 4", "stop"),
    ("dropout", "rate: 1", [], "rate of dropout is 1; expected a number from 0 to below 1", "rate"),
    ("spatial_dropout", "rate: 0.5", [(8,)], "spatial_dropout needs a map, (*size, channels); it gets the vector (8,)", None),
    ("random_flip", "", [(8, 3)], "random_flip needs an image, (height, width, channels); it gets (8, 3)", None),
    ("random_crop", "padding: 32", [(32, 40, 3)], "reflect mirrors fewer pixels than the image has, 32; use mode: zeros", "padding"),
    ("random_zoom", "amount: 1", [], "amount of random_zoom is 1; expected a number from 0 to below 1", "amount"),
    ("random_contrast", "", [(8,)], "random_contrast needs a map, (*size, channels); it gets the vector (8,)", None),
    ("tanh", "slope: 0.1", [], "tanh has no option 'slope'; it has no options", "slope"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options", "inputs", "message", "option"), REFUSED)
def test_a_layer_refuses_what_does_not_fit(kind, options, inputs, message, option):
    """In lower case, with the values as written and what was expected; the option at fault is named to the border."""
    with pytest.raises(LayerError) as refusal:
        KINDS[kind].read(yaml.load("{" + options + "}", yaml.BaseLoader)).output(*inputs)
    assert (str(refusal.value), refusal.value.option) == (message, option)


def test_a_merge_that_refuses_shapes_hands_them_on():
    """So that the border can write `add needs equal shapes; main gives ... and shortcut gives ...`."""
    with pytest.raises(ShapesDiffer) as refusal:
        KINDS["add"]().output((4, 4, 2), (4, 4, 1))
    assert (refusal.value.clause, refusal.value.shapes) == ("add needs equal shapes", ((4, 4, 2), (4, 4, 1)))
