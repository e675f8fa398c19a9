"""Enlarging and shrinking maps."""

from __future__ import annotations

import struct
from math import gcd
from typing import Any

from ....errors import LayerError
from ....layers import Layer, Shape
from ....layers.base import shown
from ....layers.pixel_shuffle import DepthToSpace, SpaceToDepth
from ....layers.spatial import Resize, Upsample
from ...spatial import one_if_equal
from ..constant import Constant
from ..indexing import axis_of, row
from ..layers import ROUNDINGS, Resample
from ..step import Step, make, operator
from ..view import View

_MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
_HALF_PIXEL = ("half_pixel", "pytorch_half_pixel", "half_pixel_symmetric")  # the same where the size is a whole number
_COORDINATES = {**dict.fromkeys(_HALF_PIXEL, "half_pixel"), "align_corners": "align_corners", "asymmetric": "asymmetric"}
_HALF_FARTHER = {"floor": "round_prefer_ceil", "round_prefer_floor": "ceil"}  # tf_half_pixel_for_nn is half_pixel and half a pixel more


@operator("Resize", "Upsample")
def resize(step: Step) -> View:
    """By a whole number it may be an upsampling."""
    view = step.view()
    size = _size(step, view.shape)
    if size[:2] != view.shape[:2]:
        raise LayerError(f"makes {shown(size)} of {shown(view.shape)}; expected the batch and the channels to stay")
    if size == view.shape:
        return view
    mode = _MODES[step.node.word("mode", "nearest", *_MODES)]
    coordinates, rounding = _places(step, mode)
    antialias = bool(step.node.whole("antialias")) and mode != "nearest"
    wanted = make(Resample, size=size[2:], mode=mode, coordinates=coordinates, rounding=rounding, antialias=antialias)
    return step.on_map(_layer((*view.shape[2:], 1), wanted))


def _places(step: Step, mode: str) -> tuple[str, str]:
    """Which pixel lies where, and how that is rounded. What is usual changed with opset 11."""
    usual = ("half_pixel", "round_prefer_floor") if step.opset >= 11 and step.node.op == "Resize" else ("asymmetric", "floor")
    rounding = step.node.word("nearest_mode", usual[1], *ROUNDINGS) if mode == "nearest" else "floor"
    told = step.node.attributes.get("coordinate_transformation_mode")
    if mode == "nearest" and told == "tf_half_pixel_for_nn" and rounding in _HALF_FARTHER:
        return "half_pixel", _HALF_FARTHER[rounding]
    return _COORDINATES[step.node.word("coordinate_transformation_mode", usual[0], *_COORDINATES)], rounding


def _layer(x: Shape, wanted: Resample) -> Layer:
    """The layer of the vocabulary that takes the same pixels, or else that of ONNX."""
    if wanted.antialias or wanted.mode == "bicubic":
        return wanted
    out = wanted.output(x)
    known: list[Layer] = []
    if all(m % n == 0 for n, m in zip(x, out, strict=True)):
        known.append(make(Upsample, factor=one_if_equal(tuple([m // n for n, m in zip(x, out, strict=True)][:-1])), mode=wanted.mode))
    if wanted.mode == "bilinear":
        half_pixel = wanted.coordinates == "half_pixel"
        return known[0] if known and half_pixel else make(Resize, size=out[:-1], mode=wanted.mode, coordinates=wanted.coordinates)
    known += [make(Resize, size=out[:-1], mode="nearest", coordinates=one) for one in ("half_pixel", "asymmetric")]
    return next((layer for layer in known if _pixels(layer, x) == _pixels(wanted, x)), wanted)


def _pixels(layer: Layer, x: Shape) -> list[tuple[int, int, int, int]]:
    """The windows of a layer, each in lowest terms."""
    found = []
    for window in layer.windows(x) or ():
        common = gcd(window.stride, window.up)
        lowest = -(-window.first // common), window.last // common
        found.append((window.stride // common, *lowest, window.up // common))
    return found


def _size(step: Step, shape: Shape) -> Shape:
    """What comes out, from sizes or scales: attributes or inputs, for all axes or for some."""
    if step.node.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise LayerError("keeps the aspect ratio; cnncli reads sizes that stand in the file")
    axes = [axis_of(axis, len(shape)) for axis in step.node.wholes("axes") or range(len(shape))]
    at = 1 if step.node.op == "Upsample" or step.opset < 11 else 2
    scales, sizes = _filled(step, at, "scales"), _filled(step, 3, "sizes") if at == 2 else None
    stated = step.node.attributes.get("scales")
    found: list[Any]
    if sizes is not None:
        found = row(sizes, "its list of sizes")
    else:
        factors: Any = scales.values if scales else stated
        if not isinstance(factors, (list, tuple)) or not all(isinstance(one, (int, float)) and 0 < one < 1e6 for one in factors):
            raise LayerError("its scales are missing, or no numbers above 0; cnncli reads them where they stand in the file")
        found = [int(_single(shape[axis] * factor)) for axis, factor in zip(axes, factors, strict=False)]
    if len(found) != len(axes):
        raise LayerError(f"names {len(found)} sizes for {len(axes)} axes")
    made = list(shape)
    for axis, n in zip(axes, found, strict=True):
        made[axis] = n
    return tuple(made)


def _single(number: float) -> float:
    """A product as ONNX Runtime has it, in four bytes: 10 * 0.7 is 7 there, though 0.7 in four bytes is less."""
    found: float = struct.unpack("<f", struct.pack("<f", number))[0]
    return found


def _filled(step: Step, at: int, what: str) -> Constant | None:
    """An input that may be left out, or be empty."""
    found = step.maybe_array(at, what)
    return found if found and found.count else None


@operator("DepthToSpace", "SpaceToDepth")
def blocks(step: Step) -> View:
    view = step.view()
    if view.rank != 4:
        raise LayerError(f"reads maps with two axes; it gets {shown(view.shape)}")
    cls = {"SpaceToDepth": SpaceToDepth, "DepthToSpace": DepthToSpace}[step.node.op]
    return step.on_map(make(cls, block=step.node.whole("blocksize", low=1), mode=step.node.word("mode", "DCR", "DCR", "CRD").lower()))
