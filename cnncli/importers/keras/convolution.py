"""Convolutions and dense layers."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers import Layer
from ...layers.affine import Affine
from ...layers.base import spread
from ...layers.conv import Conv, DepthwiseConv, SeparableConv
from ...layers.dense import Dense
from ...layers.transposed import ConvTranspose
from ..spatial import one_if_equal
from .activations import activation
from .learning import learned
from .use import Use
from .vocabulary import keras, ours


def sliding(use: Use, cls: type[Affine], *kernels: str) -> dict[str, Any]:
    """The options that all kernels which slide share."""
    x = use.map()
    made: dict[str, Any] = {
        "kernel": use.per_axis("kernel_size"),
        "stride": use.per_axis("strides", 1),
        "dilation": use.per_axis("dilation_rate", 1),
        "padding": padding(use, "causal"),
        **affine(use, cls, *kernels),
    }
    if made["padding"] == "causal":
        if len(x) != 2:
            raise LayerError("padding is causal, which is for one axis")
        (kernel,), (dilation,) = spread(made["kernel"], 1, "kernel"), spread(made["dilation"], 1, "dilation")
        made["padding"] = (((kernel - 1) * dilation, 0),)
    return made


def padding(use: Use, *more: str) -> Any:
    """A word, or what cnncli's own layers are told for each axis."""
    given = use.get("padding", "valid")
    return use.sides("padding", 0) if isinstance(given, list) else use.word("padding", "valid", "valid", "same", *more)


def affine(use: Use, cls: type[Affine], *kernels: str) -> dict[str, Any]:
    """Bias, activation, and what is told of the weights; refused is what would add weights that nobody counts."""
    for extra in ("lora_rank", "quantization_mode", "quantization_config"):
        if use.get(extra, None) is not None:
            raise LayerError(f"{extra} adds weights that cnncli does not count")
    return {
        "bias": use.flag("use_bias", True),
        "activation": activation(use.get("activation", None), use.xs),
        **learned(use, cls, *kernels),
    }


@keras("Conv*", "Convolution*")
@ours("PaddedConv")
def conv(use: Use) -> Layer:
    return Conv(filters=use.whole("filters"), groups=use.whole("groups", 1), **sliding(use, Conv, "kernel"))


@keras("DepthwiseConv1D", "DepthwiseConv2D")
@ours("PaddedDepthwiseConv")
def depthwise_conv(use: Use) -> Layer:
    return DepthwiseConv(multiplier=use.whole("depth_multiplier", 1), **sliding(use, DepthwiseConv, "depthwise"))


@keras("SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D")
@ours("PaddedSeparableConv")
def separable_conv(use: Use) -> Layer:
    return SeparableConv(
        filters=use.whole("filters"), multiplier=use.whole("depth_multiplier", 1), **sliding(use, SeparableConv, "depthwise", "pointwise")
    )


@keras("Conv*Transpose", "Convolution*Transpose")
def conv_transpose(use: Use) -> Layer:
    """Keras fixes what comes out, n * stride (valid: + kernel - stride where that is more), unless told an output_padding."""
    axes = len(use.map()) - 1
    made: dict[str, Any] = {"kernel": use.per_axis("kernel_size"), "stride": use.per_axis("strides", 1)}
    made["dilation"] = use.per_axis("dilation_rate", 1)
    kernel, stride, dilation = (spread(made[key], axes, key) for key in ("kernel", "stride", "dilation"))
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    same = use.word("padding", "valid", "valid", "same") == "same"
    asked = use.get("output_padding", None)
    if asked is not None:
        extra = spread(use.per_axis("output_padding", low=0), axes, "output_padding")
        cut = [2 * (e // 2) - more if same else -more for e, more in zip(extent, extra, strict=True)]
        made["padding"] = tuple([(max(one, 0) // 2, max(one, 0) - max(one, 0) // 2) for one in cut])
        made["output_padding"] = one_if_equal(tuple([max(-one, 0) for one in cut]))
    elif same:
        made["padding"] = "same"
    else:
        made["output_padding"] = one_if_equal(tuple([max(s - e, 0) for e, s in zip(extent, stride, strict=True)]))
    return ConvTranspose(filters=use.whole("filters"), groups=use.whole("groups", 1), **made, **affine(use, ConvTranspose, "kernel"))


@keras("Dense")
def dense(use: Use) -> Layer:
    return Dense(units=use.whole("units"), **affine(use, Dense, "kernel"))


@ours("CutConvTranspose")
def cut_conv_transpose(use: Use) -> Layer:
    """As its options say, which are ours."""
    made: dict[str, Any] = {"padding": padding(use), "output_padding": use.per_axis("output_padding", 0, low=0)}
    made |= {"kernel": use.per_axis("kernel_size"), "stride": use.per_axis("strides"), "dilation": use.per_axis("dilation_rate")}
    return ConvTranspose(filters=use.whole("filters"), groups=use.whole("groups", 1), **made, **affine(use, ConvTranspose, "kernel"))
