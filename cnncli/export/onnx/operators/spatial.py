"""What moves pixels and channels about. Where our order of numbers, positions before channels, matters, the channels go last meanwhile."""

from __future__ import annotations

from typing import Any

from ....layers import Shape
from ....layers.pixel_shuffle import PixelShuffle
from ....layers.window import both_sides
from ....network import Node
from ..writer import Writer, onnx_shape, writes


def channels_last(writer: Writer, x: str, shape: Shape) -> str:
    """(N, C, *size) as (N, *size, C); `shape` is ours."""
    rank = len(shape) + 1
    return x if rank < 3 else writer.op("Transpose", x, perm=[0, *range(2, rank), 1])


MODES = {"nearest": "nearest", "bilinear": "linear"}
NEAREST = {"half_pixel": "round_prefer_ceil", "asymmetric": "floor"}  # which pixel is the nearest, where two are


@writes("resize")
def resize(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    size = node.output[:-1]
    how = {"mode": MODES[layer.mode]}
    if layer.mode == "nearest":
        how["nearest_mode"] = NEAREST[layer.coordinates]
    axes = list(range(2, 2 + len(size)))
    return writer.op("Resize", xs[0], "", "", writer.wholes(size), axes=axes, coordinate_transformation_mode=layer.coordinates, **how)


def back(writer: Writer, x: str, shape: Shape) -> str:
    """(N, *size, C) as (N, C, *size)."""
    rank = len(shape) + 1
    return x if rank < 3 else writer.op("Transpose", x, perm=[0, rank - 1, *range(1, rank - 1)])


@writes("flatten")
def flatten(writer: Writer, node: Node, xs: list[str]) -> str:
    return writer.op("Flatten", channels_last(writer, xs[0], node.facts.shapes[0]), axis=1)


@writes("reshape")
def reshape(writer: Writer, node: Node, xs: list[str]) -> str:
    made = writer.op("Reshape", channels_last(writer, xs[0], node.facts.shapes[0]), writer.wholes((0, *node.output)))
    return back(writer, made, node.output)


@writes("permute")
def permute(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    last = len(layer.axes)
    return writer.op("Transpose", xs[0], perm=[0, *(1 if axis == last else axis + 1 for axis in onnx_shape(layer.axes))])


@writes("depth_to_space", "space_to_depth")
def pixel_shuffle(writer: Writer, node: Node, xs: list[str]) -> str:
    """ONNX has these along two axes, the way there in both orders; others are taken apart and put together."""
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, PixelShuffle)
    one_channel = min(x[-1], node.output[-1]) == 1  # then the orders are the same
    if len(x) == 3 and node.kind == "depth_to_space":
        return writer.op("DepthToSpace", xs[0], blocksize=layer.block, mode=layer.mode.upper())
    if len(x) == 3 and (layer.mode == "dcr" or one_channel):
        return writer.op("SpaceToDepth", xs[0], blocksize=layer.block)
    shape, order = layer.dealt(x)
    apart = writer.op("Reshape", channels_last(writer, xs[0], x), writer.wholes((0, *shape)))
    moved = writer.op("Transpose", apart, perm=[0, *(axis + 1 for axis in order)])
    return back(writer, writer.op("Reshape", moved, writer.wholes((0, *node.output))), node.output)


@writes("channel_shuffle")
def channel_shuffle(writer: Writer, node: Node, xs: list[str]) -> str:
    """Groups and members change places: Zhang et al. 2017, arXiv:1707.01083, section 3.1."""
    layer: Any = node.layer
    channels, *size = onnx_shape(node.output)
    apart = writer.op("Reshape", xs[0], writer.wholes((0, layer.groups, channels // layer.groups, *size)))
    turned = writer.op("Transpose", apart, perm=[0, 2, 1, *range(3, 3 + len(size))])
    return writer.op("Reshape", turned, writer.wholes((0, channels, *size)))


@writes("channel_slice")
def channel_slice(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    return _slice(writer, xs[0], [layer.start], [layer.start + node.output[-1]], [1])


@writes("crop")
def crop(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    sides = both_sides(layer.cropping, len(x) - 1, "cropping")  # type: ignore[attr-defined]
    ends = [n - after for n, (_, after) in zip(x, sides, strict=False)]
    return _slice(writer, xs[0], [before for before, _ in sides], ends, list(range(2, len(x) + 1)))


def _slice(writer: Writer, x: str, starts: list[int], ends: list[int], axes: list[int]) -> str:
    return writer.op("Slice", x, writer.wholes(starts), writer.wholes(ends), writer.wholes(axes))


@writes("channel_pad")
def channel_pad(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    rest = [0] * (len(node.output) - 1)
    return writer.op("Pad", xs[0], writer.wholes((0, layer.before, *rest, 0, layer.after, *rest)))


@writes("pad")
def pad(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    sides = both_sides(layer.padding, len(node.output) - 1, "padding")
    return writer.op("Pad", xs[0], writer.wholes((0, 0, *(before for before, _ in sides), 0, 0, *(after for _, after in sides))))


@writes("upsample")
def upsample(writer: Writer, node: Node, xs: list[str]) -> str:
    layer: Any = node.layer
    factors = layer.factors(node.facts.shapes[0])
    scales = writer.constant((len(factors) + 2,), 1.0, 1.0, *map(float, factors))
    if layer.mode == "nearest":
        return writer.op("Resize", xs[0], "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return writer.op("Resize", xs[0], "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
