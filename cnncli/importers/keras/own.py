"""Layers that Keras lacks, as cnncli builds them: in models that it trained or exported. (Convolutions of this sort: with the others.)"""

from __future__ import annotations

from typing import Any

from ...layers import Layer
from ...layers.augment import RandomBrightness, RandomContrast, RandomCrop
from ...layers.channels import ChannelPad, ChannelShuffle, ChannelSlice
from ...layers.norm import LocalResponseNorm, Scale
from ...layers.pixel_shuffle import DepthToSpace, SpaceToDepth
from ...layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool
from ...layers.regularize import DropPath
from ...layers.spatial import Resize, Upsample
from .convolution import padding
from .training import value_range
from .use import Use
from .vocabulary import ours


def window(use: Use) -> dict[str, Any]:
    """Size, stride, padding and rounding of a sliding window."""
    sizes = {"size": use.per_axis("pool_size"), "stride": use.per_axis("strides")}
    return {**sizes, "padding": padding(use), "ceil": use.flag("ceil", False)}


@ours("PaddedMaxPool")
def max_pool(use: Use) -> Layer:
    return MaxPool(**window(use))


@ours("PaddedAvgPool")
def avg_pool(use: Use) -> Layer:
    return AvgPool(**window(use))


@ours("AdaptiveAvgPool")
def adaptive_avg_pool(use: Use) -> Layer:
    return AdaptiveAvgPool(size=use.per_axis("output_size"))


@ours("AdaptiveMaxPool")
def adaptive_max_pool(use: Use) -> Layer:
    return AdaptiveMaxPool(size=use.per_axis("output_size"))


@ours("LocalResponseNorm")
def local_response_norm(use: Use) -> Layer:
    return LocalResponseNorm(size=use.whole("size"), **{name: use.number(name) for name in ("alpha", "beta", "k")})


@ours("Scale")
def scale(use: Use) -> Layer:
    return Scale(init=use.number("init"))


@ours("DepthToSpace")
def depth_to_space(use: Use) -> Layer:
    return DepthToSpace(block=use.whole("block"), mode=use.word("mode", "dcr", "dcr", "crd"))


@ours("SpaceToDepth")
def space_to_depth(use: Use) -> Layer:
    return SpaceToDepth(block=use.whole("block"), mode=use.word("mode", "dcr", "dcr", "crd"))


@ours("ChannelShuffle")
def channel_shuffle(use: Use) -> Layer:
    return ChannelShuffle(groups=use.whole("groups"))


@ours("ChannelSlice")
def channel_slice(use: Use) -> Layer:
    return ChannelSlice(start=use.whole("start", low=0), stop=None if use.get("stop") is None else use.whole("stop"))


@ours("ChannelPad")
def channel_pad(use: Use) -> Layer:
    return ChannelPad(before=use.whole("before", low=0), after=use.whole("after", low=0))


@ours("Bilinear")
def upsample(use: Use) -> Layer:
    return Upsample(factor=use.per_axis("factors"), mode="bilinear")


@ours("Resized")
def resize(use: Use) -> Layer:
    mode = use.word("mode", "bilinear", "nearest", "bilinear")
    coordinates = use.word("coordinates", "half_pixel", "half_pixel", "asymmetric", "align_corners")
    return Resize(size=use.per_axis("size", axes=len(use.x) - 1), mode=mode, coordinates=coordinates)


@ours("DropPath")
def drop_path(use: Use) -> Layer:
    return DropPath(rate=use.number("rate"))


@ours("RandomShiftedCrop")
def random_crop(use: Use) -> Layer:
    return RandomCrop(padding=use.whole("padding", low=0), mode=use.word("mode", "reflect", "reflect", "zeros"))


@ours("Contrast")
def random_contrast(use: Use) -> Layer:
    return RandomContrast(amount=use.number("amount"), value_range=value_range(use))


@ours("Brightness")
def random_brightness(use: Use) -> Layer:
    return RandomBrightness(amount=use.number("amount"), value_range=value_range(use))
