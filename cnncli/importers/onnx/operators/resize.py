"""Enlarging and shrinking maps."""

from __future__ import annotations

from math import floor
from typing import Any

from ....errors import LayerError
from ....layers import Layer, Shape
from ....layers.base import shown
from ....layers.pixel_shuffle import DepthToSpace, SpaceToDepth
from ....layers.spatial import Resize, Upsample
from ...spatial import one_if_equal
from ..constant import Constant
from ..indexing import axis_of, row
from ..layers import Resample
from ..step import Step, make, operator
from ..view import View

_MODES = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
_COORDINATES = {"align_corners": "align_corners", "asymmetric": "asymmetric"}


@operator("Resize", "Upsample")
def resize(step: Step) -> View:
    """By a whole number, half-pixel or nearest, it is an upsampling."""
    view = step.view()
    size = _size(step, view.shape)
    if size[:2] != view.shape[:2]:
        raise LayerError(f"makes {shown(size)} of {shown(view.shape)}; expected the batch and the channels to stay")
    if size == view.shape:
        return view
    mode = _MODES[step.node.word("mode", "nearest", *_MODES)]
    coordinates = _COORDINATES.get(str(step.node.attributes.get("coordinate_transformation_mode", _usual(step))), "half_pixel")
    return step.on_map(_layer(view.shape[2:], size[2:], mode, coordinates, bool(step.node.whole("antialias"))))


def _usual(step: Step) -> str:
    """Which pixel lies where, unless told: it changed with opset 11."""
    return "half_pixel" if step.opset >= 11 and step.node.op == "Resize" else "asymmetric"


def _layer(x: Shape, size: Shape, mode: str, coordinates: str, antialias: bool) -> Layer:
    factors = tuple([m // n for n, m in zip(x, size, strict=True)])
    whole = all(n and m % n == 0 for n, m in zip(x, size, strict=True)) and not antialias
    if whole and (mode == "nearest" or (mode == "bilinear" and coordinates == "half_pixel")):
        return make(Upsample, factor=one_if_equal(factors), mode=mode)
    if antialias or mode == "bicubic" or (mode == "nearest" and coordinates == "align_corners"):
        return make(Resample, size=size, mode=mode, coordinates=coordinates, antialias=antialias)
    return make(Resize, size=size, mode=mode, coordinates=coordinates)


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
        found = [floor(shape[axis] * factor + 1e-6) for axis, factor in zip(axes, factors, strict=False)]
    if len(found) != len(axes):
        raise LayerError(f"names {len(found)} sizes for {len(axes)} axes")
    made = list(shape)
    for axis, n in zip(axes, found, strict=True):
        made[axis] = n
    return tuple(made)


def _filled(step: Step, at: int, what: str) -> Constant | None:
    """An input that may be left out, or be empty."""
    found = step.maybe_array(at, what)
    return found if found and found.count else None


@operator("DepthToSpace", "SpaceToDepth")
def blocks(step: Step) -> View:
    view = step.view()
    if view.rank != 4:
        raise LayerError(f"reads maps with two axes; it gets {shown(view.shape)}")
    block = step.node.whole("blocksize", low=1)
    if step.node.op == "SpaceToDepth":
        return step.on_map(make(SpaceToDepth, block=block))
    return step.on_map(make(DepthToSpace, block=block, mode=step.node.word("mode", "DCR", "DCR", "CRD").lower()))
