"""Convolutions, and what all windows that slide have in common."""

from __future__ import annotations

from typing import Any

from ....errors import LayerError
from ....layers import Shape
from ....layers.base import shown
from ....layers.conv import Conv, DepthwiseConv
from ....layers.transposed import ConvTranspose
from ....layers.window import padding_sides
from ...spatial import one_if_equal
from ..bias import place_affine
from ..step import Step, operator
from ..view import View, channels_first

Pairs = tuple[tuple[int, int], ...]


def shortest(pairs: Pairs) -> Any:
    """Padding as people write it: one number, one for each axis, or (before, after) for each."""
    return one_if_equal(tuple([before for before, _ in pairs])) if all(before == after for before, after in pairs) else pairs


def per_axis(step: Step, name: str, axes: int) -> tuple[int, ...]:
    """An attribute with one number for each axis; 1 unless told."""
    return tuple(step.node.wholes(name, axes, low=1) or [1] * axes)


def padding(step: Step, size: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    """Explicit padding, or what auto_pad makes of it."""
    auto = step.node.word("auto_pad", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", "")
    if auto == "SAME_UPPER":
        return "same"
    if auto == "SAME_LOWER":  # the odd pixel before
        return shortest(tuple([(after, before) for before, after in padding_sides(size, kernel, stride, dilation, "same")]))
    pads = explicit(step, len(size)) if auto != "VALID" else ()
    return shortest(pads) if any(map(any, pads)) else "valid"


def explicit(step: Step, axes: int) -> Pairs:
    """The attribute pads: what goes before each axis, then what goes after each."""
    pads = step.node.wholes("pads", 2 * axes, low=0) or [0] * (2 * axes)
    return tuple(zip(pads[:axes], pads[axes:], strict=True))


def taps_of(step: Step, kernel: Shape, axes: int) -> Shape:
    """The size of a kernel, which the node may state as well."""
    if len(kernel) != axes + 2:
        raise LayerError(f"its kernel is {shown(kernel)}; expected {axes + 2} axes, as the map has")
    said = step.node.wholes("kernel_shape", axes, low=1)
    if said is not None and tuple(said) != kernel[2:]:
        raise LayerError(f"kernel_shape is {said}, but its kernel is {shown(kernel)}")
    return kernel[2:]


@operator("Conv")
def conv(step: Step) -> View:
    """Kernels (filters, C / groups, *size); as many groups as channels are a depthwise convolution."""
    kernel, bias = step.array(1, "kernel"), step.maybe_array(2, "bias")
    source = step.map()
    x = step.shape(source)
    taps = taps_of(step, kernel.shape, len(x) - 1)
    filters, each = kernel.shape[:2]
    groups = step.node.whole("group", 1, low=1)
    if each * groups != x[-1]:
        raise LayerError(f"its kernel is {shown(kernel.shape)}, with {groups} groups for {each * groups} channels; {x[-1]} come in")
    stride, dilation = per_axis(step, "strides", len(taps)), per_axis(step, "dilations", len(taps))
    options = {
        "kernel": one_if_equal(taps),
        "stride": one_if_equal(stride),
        "padding": padding(step, x[:-1], taps, stride, dilation),
        "dilation": one_if_equal(dilation),
    }
    arrays, order = {"kernel": kernel, "bias": bias}, channels_first(len(x) + 1)
    if 1 < groups == x[-1] and filters % groups == 0:
        return place_affine(step, DepthwiseConv, {"multiplier": filters // groups, **options}, arrays, source, order)
    return place_affine(step, Conv, {"filters": filters, "groups": groups, **options}, arrays, source, order)


@operator("ConvTranspose")
def conv_transpose(step: Step) -> View:
    """Kernels (C, filters / groups, *size)."""
    kernel, bias = step.array(1, "kernel"), step.maybe_array(2, "bias")
    source = step.map()
    x = step.shape(source)
    axes = len(x) - 1
    taps = taps_of(step, kernel.shape, axes)
    channels, each = kernel.shape[:2]
    groups = step.node.whole("group", 1, low=1)
    if channels != x[-1]:
        raise LayerError(f"its kernel is {shown(kernel.shape)}, for {channels} channels; {x[-1]} come in")
    stride, dilation = per_axis(step, "strides", axes), per_axis(step, "dilations", axes)
    pads, extra = _cut(step, x[:-1], taps, stride, dilation)
    options = {
        "filters": each * groups,
        "kernel": one_if_equal(taps),
        "stride": one_if_equal(stride),
        "padding": shortest(pads) if any(map(any, pads)) else "valid",
        "output_padding": one_if_equal(extra),
        "dilation": one_if_equal(dilation),
        "groups": groups,
    }
    return place_affine(step, ConvTranspose, options, {"kernel": kernel, "bias": bias}, source, channels_first(axes + 2))


def _cut(step: Step, size: Shape, taps: Shape, stride: Shape, dilation: Shape) -> tuple[Pairs, Shape]:
    """What is cut off before and after, and what is added behind: as the file says, or so that the size it asks for comes out."""
    auto = step.node.word("auto_pad", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", "")
    extra = tuple(step.node.wholes("output_padding", len(size), low=0) or [0] * len(size))
    asked = step.node.wholes("output_shape", low=1)
    if asked is None and auto in ("NOTSET", "VALID", ""):
        return (explicit(step, len(size)) if auto != "VALID" else ()), extra
    sizes = [n * s for n, s in zip(size, stride, strict=True)] if asked is None else asked[-len(size) :]
    if len(sizes) != len(size):
        raise LayerError(f"output_shape is {asked}; expected a length for each of {len(size)} axes")
    pads, added = [], []
    for n, k, s, d, e, wanted in zip(size, taps, stride, dilation, extra, sizes, strict=True):
        spare = s * (n - 1) + e + (k - 1) * d + 1 - wanted
        cut = max(spare, 0)
        pads.append((cut // 2, cut - cut // 2) if auto == "SAME_UPPER" else (cut - cut // 2, cut // 2))  # the odd pixel after, or before
        added.append(e + max(-spare, 0))
    return tuple(pads), tuple(added)
