"""Merges."""

from __future__ import annotations

from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.activation import Linear
from ...layers.merge import Add, Average, Concat, Maximum, Merge, Minimum, Multiply, Subtract
from ...layers.norm import Rescale
from ..merge import ConcatAlong, merge
from .use import Use, axes_of
from .vocabulary import Fed, keras, operation

_MERGES: dict[str, type[Merge]] = {
    "Add": Add, "Subtract": Subtract, "Multiply": Multiply, "Average": Average, "Maximum": Maximum, "Minimum": Minimum,
}  # fmt: skip


@keras(*_MERGES)
def merging(use: Use) -> Layer:
    """Inputs of other shapes are stretched; missing axes are added in front."""
    return Linear() if len(use.xs) == 1 else merge(_MERGES[use.cls], use.xs)


@keras("Concatenate")
@operation("Concatenate")
def concatenate(use: Use) -> Layer:
    if not use.xs:
        raise LayerError("reads inputs; it gets none")
    return along(axes_of([use.get("axis", -1)], len(use.xs[0]), "axis")[0], use.xs)


def along(axis: int, xs: tuple[Shape, ...]) -> Layer:
    """One behind the other along an axis."""
    if len(xs) == 1:
        return Linear()
    return Concat() if axis == len(xs[0]) else ConcatAlong(axis=axis)


@keras("CustomScaleLayer")  # of keras.applications.inception_resnet_v2
def scaled_add(use: Use) -> Fed:
    """The second input times a number, added to the first."""
    return Fed(merge(Add, use.xs), (None, Rescale(scale=use.number("scale"))))
