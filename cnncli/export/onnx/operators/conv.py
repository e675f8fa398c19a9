"""Convolutions and dense layers: kernels (filters, C / groups, *size)."""

from __future__ import annotations

from math import prod

from ....layers import Shape
from ....layers.base import spread
from ....layers.conv import Conv, DepthwiseConv, SeparableConv, Sliding
from ....layers.dense import Dense
from ....layers.transposed import ConvTranspose
from ....network import Node
from ..writer import Writer, writes
from .activation import activated


def _finished(writer: Writer, node: Node, x: str) -> str:
    """The activation behind."""
    return activated(writer, node.layer.activation, x, node.output)  # type: ignore[attr-defined]


def _bias(writer: Writer, node: Node) -> list[str]:
    return [writer.weight("bias", node.output[-1:])] if node.layer.bias else []  # type: ignore[attr-defined]


def _window(layer: Sliding, x: Shape) -> dict[str, list[int]]:
    slides = layer.slides(x)
    return {
        "kernel_shape": [slide.kernel for slide in slides],
        "strides": [slide.stride for slide in slides],
        "dilations": [slide.dilation for slide in slides],
        "pads": [slide.before for slide in slides] + [slide.after for slide in slides],
    }


@writes("conv")
def conv(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, Conv)
    taps, each = layer.taps(x), x[-1] // layer.groups
    kernel = writer.weight("kernel", (layer.filters, each, *taps), each * prod(taps))
    return _finished(writer, node, writer.op("Conv", xs[0], kernel, *_bias(writer, node), group=layer.groups, **_window(layer, x)))


@writes("depthwise_conv")
def depthwise(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, DepthwiseConv)
    taps = layer.taps(x)
    kernel = writer.weight("kernel", (x[-1] * layer.multiplier, 1, *taps), prod(taps))
    return _finished(writer, node, writer.op("Conv", xs[0], kernel, *_bias(writer, node), group=x[-1], **_window(layer, x)))


@writes("separable_conv")
def separable(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, SeparableConv)
    taps, middle = layer.taps(x), x[-1] * layer.multiplier
    depthwise_kernel = writer.weight("depthwise_kernel", (middle, 1, *taps), prod(taps))
    apart = writer.op("Conv", xs[0], depthwise_kernel, group=x[-1], **_window(layer, x))
    pointwise = writer.weight("pointwise_kernel", (layer.filters, middle, *(1 for _ in taps)), middle)
    return _finished(writer, node, writer.op("Conv", apart, pointwise, *_bias(writer, node)))


@writes("conv_transpose")
def transposed(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, ConvTranspose)
    taps = layer.kernels(x)[0].shape[:-2]
    stamps, each = layer.stamps(x), layer.filters // layer.groups
    kernel = writer.weight("kernel", (x[-1], each, *taps), x[-1] // layer.groups * prod(taps))
    made = writer.op(
        "ConvTranspose",
        xs[0],
        kernel,
        *_bias(writer, node),
        kernel_shape=list(taps),
        strides=[stamp.stride for stamp in stamps],
        dilations=list(spread(layer.dilation, len(taps), "dilation")),
        pads=[stamp.before for stamp in stamps] + [stamp.after for stamp in stamps],
        output_padding=[stamp.extra for stamp in stamps],
        group=layer.groups,
    )
    return _finished(writer, node, made)


@writes("dense")
def dense(writer: Writer, node: Node, xs: list[str]) -> str:
    """On a vector a matrix product; on a map, position by position, a convolution of one pixel."""
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, Dense)
    kernel = writer.weight("kernel", (layer.units, x[-1], *(1 for _ in x[:-1])), x[-1])
    if len(x) == 1:
        return _finished(writer, node, writer.op("Gemm", xs[0], kernel, *_bias(writer, node), transB=1))
    return _finished(writer, node, writer.op("Conv", xs[0], kernel, *_bias(writer, node)))
