"""Normalisations, scales and shifts."""

from __future__ import annotations

from math import sqrt
from typing import Any

from ....layers import Shape
from ....layers.norm import Normalize, Rescale
from ....network import Node
from ..writer import Writer, per_channel, writes
from .spatial import back, channels_last


def _gamma(writer: Writer, layer: Any, shape: Shape) -> str:
    """The factor of each channel; without one, ones that are no weights."""
    return writer.weight("gamma", shape, value=1.0) if layer.scale else writer.constant(shape, 1.0)


def _beta(writer: Writer, layer: Any, shape: Shape) -> str:
    return writer.weight("beta", shape) if layer.center else writer.constant(shape, 0.0)


@writes("batch_norm")
def batch_norm(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    shape = node.output[-1:]
    moving = writer.weight("moving_mean", shape), writer.weight("moving_variance", shape, value=1.0)
    affine = _gamma(writer, layer, shape), _beta(writer, layer, shape)
    return writer.op("BatchNormalization", xs[0], *affine, *moving, epsilon=float(layer.epsilon), momentum=float(layer.momentum))


@writes("layer_norm")
def layer_norm(writer: Writer, node: Node, xs: list[str]) -> str:
    """Over the channels, which stand last meanwhile."""
    layer: Any = node.layer
    shape = node.output[-1:]
    beta = [_beta(writer, layer, shape)] if layer.center else []
    x = channels_last(writer, xs[0], node.output)
    made = writer.op("LayerNormalization", x, _gamma(writer, layer, shape), *beta, axis=-1, epsilon=float(layer.epsilon))
    return back(writer, made, node.output)


@writes("group_norm", "instance_norm")
def group_norm(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    affine = _gamma(writer, layer, node.output[-1:]), _beta(writer, layer, node.output[-1:])
    if node.kind == "instance_norm":
        return writer.op("InstanceNormalization", xs[0], *affine, epsilon=float(layer.epsilon))
    return writer.op("GroupNormalization", xs[0], *affine, epsilon=float(layer.epsilon), num_groups=layer.groups)


@writes("local_response_norm")
def response_norm(writer: Writer, node: Node, xs: list[str]) -> str:
    """ONNX divides alpha by the size."""
    layer: Any = node.layer
    options = {"alpha": float(layer.alpha * layer.size), "beta": float(layer.beta), "bias": float(layer.k)}
    return writer.op("LRN", xs[0], size=layer.size, **options)


@writes("scale")
def scale(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    return writer.op("Mul", xs[0], writer.weight("gamma", per_channel(node.output[-1], node.output), value=float(layer.init)))


@writes("normalize")
def normalize(writer: Writer, node: Node, xs: list[str]) -> str:
    """Minus the mean, divided by the root of the variance. The count that is kept beside them computes nothing, and is left out."""
    layer, channels = node.layer, node.output[-1]
    assert isinstance(layer, Normalize)
    mean, variance = ((value,) * channels if isinstance(value, (int, float)) else value for value in (layer.mean, layer.variance))
    shape = per_channel(channels, node.output)
    centred = writer.op("Sub", xs[0], writer.weight("mean", shape, value=mean))
    return writer.op("Div", centred, writer.weight("deviation", shape, value=[sqrt(value) for value in variance]))


@writes("rescale")
def rescale(writer: Writer, node: Node, xs: list[str]) -> str:
    layer = node.layer
    assert isinstance(layer, Rescale)
    figures = layer.scale, layer.offset
    shape = per_channel(node.output[-1], node.output)
    scale, offset = (writer.constant(shape, *one) if isinstance(one, tuple) else writer.constant((), one) for one in figures)
    return writer.op("Add", writer.op("Mul", xs[0], scale), offset)
