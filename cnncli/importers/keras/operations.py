"""Operations on tensors, which Keras records beside the layers: x + 1, x[..., :8], a mean over the map."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.activation import Linear
from ...layers.base import shown
from ...layers.channels import ChannelPad
from ...layers.merge import Add, Average, Maximum, Merge, Minimum, Multiply, Subtract
from ...layers.pool import GlobalAvgPool, GlobalMaxPool
from ...layers.rectifier import Relu
from ...layers.spatial import Pad, Permute, Reshape, Upsample
from ..elementwise import FUNCTIONS
from ..merge import Divide, merge, ranks_differ
from ..spatial import Reduce
from .normalization import rescale
from .slicing import cut, picked
from .use import Slot, Use, axes_of, constants, is_whole
from .vocabulary import operation

_PAIRS: dict[str, type[Merge]] = {
    "Add": Add, "Subtract": Subtract, "Multiply": Multiply, "Average": Average, "Maximum": Maximum, "Minimum": Minimum,
    "Divide": Divide, "TrueDivide": Divide,
}  # fmt: skip


def operand(use: Use, number: int, *names: str) -> Any:
    """An argument by its position or by one of its names."""
    if number < len(use.args):
        return use.args[number]
    for name in names:
        if name in use.kwargs:
            return use.kwargs[name]
    raise LayerError(f"argument {number + 1} is missing")


@operation(*_PAIRS, "Power")
def pair(use: Use) -> Layer:
    """Of two tensors: a merge. Of a tensor and a constant: a fixed scale and shift, or a function of one element."""
    first, second = operand(use, 0, "x1", "x"), operand(use, 1, "x2", "y")
    if isinstance(first, Slot) and isinstance(second, Slot):
        if len(use.xs[0]) != len(use.xs[1]):
            raise ranks_differ(use.xs)
        if use.cls == "Power":
            raise LayerError("a power of two tensors is no layer of cnncli")
        cls = _PAIRS[use.cls]
        return Divide() if cls is Divide else merge(cls, use.xs)
    return with_constant(use.cls, constants(first if isinstance(second, Slot) else second, "the constant"), isinstance(second, Slot), use.x)


def with_constant(cls: str, row: tuple[float, ...], ahead: bool, x: Shape) -> Layer:
    """`row` stands before the tensor (`ahead`) or behind it."""
    channels = x[-1]
    if cls == "Add":
        return rescale((1.0,), row, channels)
    if cls == "Subtract":
        return rescale((-1.0,), row, channels) if ahead else rescale((1.0,), tuple([-one for one in row]), channels)
    if cls == "Multiply":
        return rescale(row, (0.0,), channels)
    if cls in ("Divide", "TrueDivide"):
        if not ahead and 0 in row:
            raise LayerError("divides by 0")
        return FUNCTIONS["reciprocal"] if ahead else rescale(tuple([1 / one for one in row]), (0.0,), channels)
    if cls == "Maximum" and set(row) == {0}:
        return Relu()
    if cls == "Power":
        return FUNCTIONS["square"] if not ahead and set(row) == {2} else FUNCTIONS["power"]
    if cls == "Average":
        raise LayerError("an average with a constant is no layer of cnncli")
    return FUNCTIONS[{"Maximum": "at_least", "Minimum": "at_most"}[cls]]


_FUNCTIONS = {
    "Absolute": "absolute", "Abs": "absolute", "Square": "square", "Sqrt": "sqrt", "Rsqrt": "rsqrt", "Log": "log", "Log1p": "log1p",
    "Expm1": "expm1", "Erf": "erf", "Sin": "sine", "Cos": "cosine", "Reciprocal": "reciprocal", "Clip": "clip",
}  # fmt: skip


@operation(*_FUNCTIONS)
def function(use: Use) -> Layer:
    return FUNCTIONS[_FUNCTIONS[use.cls]]


@operation("Negative")
def negative(use: Use) -> Layer:
    return rescale((-1.0,), (0.0,), use.x[-1])


@operation("Mean", "Sum", "Max", "Min")
def reduce(use: Use) -> Layer:
    """Over all of the map it is global pooling."""
    x, keep = use.x, use.flag("keepdims", False)
    if use.get("axis", None) is None:
        raise LayerError(f"{use.cls} is over all axes, those of the batch too; cnncli counts one image")
    axes = use.axis("axis")
    pools: dict[str, type[Layer]] = {"Mean": GlobalAvgPool, "Max": GlobalMaxPool}
    if len(x) > 1 and axes == tuple(range(1, len(x))) and use.cls in pools:
        return pools[use.cls](keep_axes=keep)
    return Reduce(function=use.cls.lower(), axes=axes, keep=keep)


def within_image(use: Use, key: str) -> list[Any]:
    """A list for the batch and all axes, without the batch."""
    value = use.get(key)
    if not isinstance(value, list) or len(value) < 2:
        raise use.fail(key, "a list: the batch, then all axes")
    return value[1:]


@operation("Reshape")
def reshape(use: Use) -> Layer:
    """The batch stays the batch: what is left must hold one image."""
    shape = within_image(use, "newshape")
    whole = all(is_whole(length, -1) and length != 0 for length in shape)
    found = prod(shape) if whole and -1 not in shape else -1
    if not whole or (use.get("newshape")[0] not in (-1, None)) or (found != -1 and found != prod(use.x)) or shape.count(-1) > 1:
        raise use.fail("newshape", f"[-1, *shape], the numbers of one image, {shown(use.x)}, in another shape")
    if use.get("newshape")[0] == -1 and -1 in shape:
        raise use.fail("newshape", "one -1, that of the batch")
    return Reshape(shape=tuple(map(int, shape)))


@operation("Ravel")
def ravel(use: Use) -> Layer:
    raise LayerError("lays all images of the batch in one row; cnncli counts one image")


@operation("ExpandDims")
def expand_dims(use: Use) -> Layer:
    x, axis = use.x, use.get("axis")
    if not is_whole(axis, -len(x) - 2) or not -len(x) - 2 <= axis <= len(x) + 1:
        raise use.fail("axis", f"a whole number from 1 to {len(x) + 1}")
    at = int(axis) % (len(x) + 2)
    if at == 0:
        raise use.fail("axis", "another axis than that of the batch")
    return Reshape(shape=(*x[: at - 1], 1, *x[at - 1 :]))


@operation("Squeeze")
def squeeze(use: Use) -> Layer:
    x = use.x
    axes = tuple([at for at, length in enumerate(x, 1) if length == 1]) if use.get("axis", None) is None else use.axis("axis")
    out = tuple([length for at, length in enumerate(x, 1) if at not in axes])
    if any(x[at - 1] != 1 for at in axes) or not out:
        raise use.fail("axis", f"axes of length 1 of {shown(x)}, not all of them")
    return Reshape(shape=out)


@operation("Transpose")
def transpose(use: Use) -> Layer:
    axes = within_image(use, "axes")
    if use.get("axes")[0] != 0 or not all(is_whole(axis, 1) for axis in axes):
        raise use.fail("axes", "[0, ...]: the batch stays in front")
    return Permute(axes=tuple(map(int, axes)))


@operation("Swapaxes")
def swapaxes(use: Use) -> Layer:
    rank = len(use.x)
    (one,), (two,) = axes_of([use.get("axis1")], rank, "axis1"), axes_of([use.get("axis2")], rank, "axis2")
    order = list(range(1, rank + 1))
    order[one - 1], order[two - 1] = two, one
    return Permute(axes=tuple(order))


@operation("Moveaxis")
def moveaxis(use: Use) -> Layer:
    rank = len(use.x)
    (one,), (two,) = axes_of([use.get("source")], rank, "source"), axes_of([use.get("destination")], rank, "destination")
    order = [axis for axis in range(1, rank + 1) if axis != one]
    order.insert(two - 1, one)
    return Permute(axes=tuple(order))


@operation("Pad")
def pad(use: Use) -> Layer:
    """Zeros around the map, or channels of them."""
    x, sides = use.x, use.get("pad_width")
    pairs = sides if isinstance(sides, list) and all(isinstance(side, list) for side in sides) else [sides] * (len(x) + 1)
    if len(pairs) != len(x) + 1 or not all(isinstance(p, list) and len(p) == 2 and all(is_whole(n) for n in p) for p in pairs):
        raise use.fail("pad_width", "[before, after] for the batch and every axis")
    before = [(int(one), int(two)) for one, two in pairs]
    value = use.kwargs.get("constant_values", use.args[1] if len(use.args) > 1 else None)
    if before[0] != (0, 0) or use.get("mode", "constant") != "constant" or value not in (None, 0):
        raise LayerError("pads the batch, or with other numbers than zeros; cnncli pads maps with zeros")
    if before[-1] == (0, 0):
        return Pad(padding=tuple(before[1:-1])) if len(x) > 1 else Linear()
    if any(side != (0, 0) for side in before[1:-1]):
        raise use.fail("pad_width", "the axes of the map or the channels, not both at once")
    return ChannelPad(before=before[-1][0], after=before[-1][1])


@operation("Repeat")
def repeat(use: Use) -> Layer:
    """Each pixel several times: enlarging to the nearest."""
    x, axes = use.x, use.axis("axis", None)
    if len(axes) != 1 or axes[0] == len(x):
        raise use.fail("axis", "one axis of the map")
    return Upsample(factor=tuple([use.whole("repeats") if at == axes[0] else 1 for at in range(1, len(x))]))


@operation("GetItem")
def get_item(use: Use) -> Layer:
    return picked(use.x, operand(use, 1, "key"))


@operation("Split")
def split(use: Use) -> list[Layer]:
    """Equal parts, or cuts at given places, along one axis."""
    x, asked = use.x, use.get("indices_or_sections")
    axes = use.axis("axis")
    at, length = axes[0] - 1, x[axes[0] - 1]
    if is_whole(asked, 1):
        if length % asked or asked > 4096:
            raise use.fail("indices_or_sections", f"a number that divides {length}")
        places = [length // int(asked) * part for part in range(int(asked) + 1)]
    elif isinstance(asked, list) and len(asked) <= 4096 and all(is_whole(one) for one in asked):
        places = [0, *map(int, asked), length]
    else:
        raise use.fail("indices_or_sections", "a number of parts, or a list of places")
    if len(axes) != 1 or any(start >= stop for start, stop in pairwise(places)):
        raise use.fail("indices_or_sections", f"places in order, between 0 and {length}, along one axis")
    return [cut(x, {at: (start, stop - start, 1)}) for start, stop in pairwise(places)]


@operation("Unstack")
def unstack(use: Use) -> list[Layer]:
    x, axes = use.x, use.axis("axis", 0)
    if len(axes) != 1 or x[axes[0] - 1] > 4096:
        raise use.fail("axis", "one axis of at most 4096")
    return [cut(x, {axes[0] - 1: place}) for place in range(x[axes[0] - 1])]
