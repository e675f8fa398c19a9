"""The rules by which ONNX names axes, cuts, reshapes and stretches: the same for arrays that are worked out and for tensors."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, prod

from ...errors import LayerError
from ...layers import Shape
from ...layers.base import shown
from ...layers.values import LARGEST, written
from .constant import Constant, Number
from .node import Node

Arrays = list["Constant | None"]
_FARTHEST = 2**64  # a number that is larger is no index


def given(arrays: Arrays, index: int, what: str) -> Constant:
    """An array that must be there."""
    found = arrays[index] if index < len(arrays) else None
    if found is None:
        raise LayerError(f"{what} is missing, or depends on the input")
    return found


def row(array: Constant, what: str) -> list[int]:
    """The whole numbers in an array."""
    values = array.values
    if values is None:
        raise LayerError(f"{what} is needed; {shown(array.shape)} numbers stand outside the file, or are too many to follow")
    if any(not isfinite(value) or abs(value) > _FARTHEST or value != int(value) for value in values):
        raise LayerError(f"{what} is {written([*map(str, values)])}; expected whole numbers")
    return [int(value) for value in values]


def bounded(value: Number) -> Number:
    """The number, refused when it is larger than any index or length."""
    if isinstance(value, int) and abs(value) > _FARTHEST:
        raise LayerError("a number is worked out that has more than 64 bits")
    return value


def lengths(shape: Sequence[int]) -> Shape:
    """The shape, refused when it is none."""
    if len(shape) > 16 or any(not 0 <= length <= LARGEST for length in shape):
        raise LayerError(f"a shape is {written(list(shape))}; expected at most 16 lengths from 0 to {LARGEST}")
    return tuple(shape)


def axis_of(axis: int, rank: int) -> int:
    """An axis counted from the front; negative ones count from the end."""
    if not -rank <= axis < rank:
        raise LayerError(f"axis {axis} is named; there are {rank}")
    return axis % rank


def axes_of(node: Node, arrays: Arrays, at: int = 1) -> list[int] | None:
    """The axes that an operator names, in an attribute or (in later opsets) an input; None: all of them."""
    axes = node.wholes("axes")
    if axes is None and len(node.inputs) > at and node.inputs[at]:
        axes = row(given(arrays, at, "the list of axes"), "the list of axes")
    return axes


def squeezed(shape: Shape, node: Node, axes: list[int] | None) -> Shape:
    """The shape that Squeeze or Unsqueeze makes."""
    if node.op == "Unsqueeze":
        axes = axes or []
        rank = len(shape) + len(axes)
        new = {axis_of(axis, rank) for axis in axes}
        rest = iter(shape)
        return tuple([1 if axis in new else next(rest, 1) for axis in range(rank)])
    rank = len(shape)
    gone = {axis_of(axis, rank) for axis in axes} if axes is not None else {axis for axis, n in enumerate(shape) if n == 1}
    if node.op == "SqueezeOnes":
        gone = {axis for axis in gone if shape[axis] == 1}
    if any(shape[axis] != 1 for axis in gone):
        raise LayerError(f"squeezes {shown(shape)} along {sorted(gone)}; only axes of length 1 can go")
    return tuple([n for axis, n in enumerate(shape) if axis not in gone])


def flattened(shape: Shape, node: Node) -> Shape:
    """The two lengths that Flatten makes; the second is 1 where its axis is behind the last."""
    axis = node.whole("axis", 1)
    axis = len(shape) if axis == len(shape) else axis_of(axis, len(shape))
    return prod(shape[:axis]), prod(shape[axis:])


def target(shape: Shape, wanted: list[int], zero_is_zero: bool) -> Shape:
    """The shape that Reshape makes: 0 keeps the length that was there, -1 is found."""
    if len(wanted) > 16 or any(length < -1 for length in wanted) or wanted.count(-1) > 1:
        raise LayerError(f"its shape is {written(list(wanted))}; expected at most 16 lengths, of which one may be -1")
    kept = [shape[at] if length == 0 and at < len(shape) and not zero_is_zero else length for at, length in enumerate(wanted)]
    rest = prod(length for length in kept if length != -1)
    if -1 in kept and rest:
        kept[kept.index(-1)] = prod(shape) // rest
    if prod(kept) != prod(shape) or -1 in kept:
        raise LayerError(f"{prod(shape)} numbers, {shown(shape)}, do not fill the shape {wanted}")
    return lengths(kept)


def permutation(node: Node, rank: int) -> list[int]:
    """The order in which Transpose puts the axes; reversed unless told."""
    order = node.wholes("perm")
    if order is None:
        return list(range(rank))[::-1]
    if sorted(order) != list(range(rank)):
        raise LayerError(f"perm is {written(list(order))}; expected each of {rank} axes once, from 0")
    return order


def slices_of(node: Node, arrays: Arrays, shape: Shape) -> list[tuple[int, int, int]]:
    """(start, stop, step) along each axis, as range takes them."""
    names = ("starts", "ends", "axes", "steps")
    inputs = [row(given(arrays, at, name), name) if at < len(node.inputs) and node.inputs[at] else None for at, name in enumerate(names, 1)]
    starts, ends, axes, steps = (each if each is not None else node.wholes(name) for each, name in zip(inputs, names, strict=True))
    starts, ends = starts or [], ends or []
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise LayerError("its starts, ends, axes and steps do not go together")
    cuts = [(0, n, 1) for n in shape]
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        at = axis_of(axis, len(shape))
        cuts[at] = slice(start, end if step > 0 or end >= -shape[at] else None, step).indices(shape[at])
    return cuts


def split_lengths(node: Node, arrays: Arrays, length: int) -> list[int]:
    """The lengths of the parts into which Split cuts an axis."""
    given_lengths = node.wholes("split", low=0)
    if len(node.inputs) > 1 and node.inputs[1]:
        given_lengths = row(given(arrays, 1, "the lengths of its parts"), "the lengths of its parts")
    count = len(node.outputs)
    each = -(-length // count)
    parts = [min(each, max(length - each * index, 0)) for index in range(count)] if given_lengths is None else given_lengths
    if len(parts) != count or sum(parts) != length or any(part < 0 for part in parts):
        raise LayerError(f"splits {length} into {written(list(parts))}; it has {count} outputs")
    return parts


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """The shape to which shapes are stretched: an axis of length 1 fits any, missing axes are added in front."""
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    out = tuple([0 if 0 in column else max(column) for column in zip(*padded, strict=True)])
    if any(n not in (1, length) for shape in padded for n, length in zip(shape, out, strict=True)):
        raise LayerError(f"{' and '.join(map(shown, shapes))} do not go together")
    return out
