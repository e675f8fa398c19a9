"""Computing with the arrays of a file: the shapes, indices and scalars that graphs work out for themselves, and the shapes of weights.

Values are followed while they are few (constant.MOST_VALUES) and stand in one row or less; of larger arrays the shape alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import isfinite, prod

from ...errors import LayerError
from ...layers import Shape
from ...layers.values import written
from .constant import MOST_VALUES, Constant, Number, known, unknown
from .indexing import (
    Arrays,
    axes_of,
    axis_of,
    bounded,
    broadcast,
    flattened,
    given,
    lengths,
    permutation,
    row,
    slices_of,
    split_lengths,
    squeezed,
    target,
)
from .node import Node, array

Fold = Callable[[Node, Arrays], "Constant | list[Constant]"]
FOLDS: dict[str, Fold] = {}


def folds(*ops: str) -> Callable[[Fold], Fold]:
    """Enter a function that computes an operator."""

    def enter(function: Fold) -> Fold:
        FOLDS.update(dict.fromkeys(ops, function))
        return function

    return enter


def fold(node: Node, arrays: Arrays) -> list[Constant]:
    """What an operator makes of arrays. Raises LayerError where it is not followed."""
    made = FOLDS[node.op](node, arrays)
    return made if isinstance(made, list) else [made]


@folds("Constant")
def constant(node: Node, arrays: Arrays) -> Constant:
    found = _held(node)
    found.figures, found.source = node.figures, next(iter(node.outputs), "")
    return found


def _held(node: Node) -> Constant:
    """The array among the attributes of a node."""
    for name, value in node.attributes.items():
        found = array(value)
        if found is not None:
            return found
        if name in ("value_ints", "value_floats") and isinstance(value, list):
            return known(value, floating=name == "value_floats")
        if name in ("value_int", "value_float") and isinstance(value, (int, float)):
            return known([value], (), name == "value_float")
    raise LayerError("holds no array of numbers")


@folds("Identity", "Cast", "CastLike", "Dropout")
def same(node: Node, arrays: Arrays) -> Constant:
    found = given(arrays, 0, "its input")
    values = found.values
    if node.op == "Cast" and found.floating and values is not None and node.whole("to") in (2, 3, 4, 5, 6, 7, 12, 13):
        if not all(map(isfinite, values)):
            raise LayerError("casts what is no number")
        return known([bounded(int(value)) for value in values], found.shape)
    return found.copied() if node.op == "Identity" else found


@folds("Reshape", "Flatten", "Squeeze", "Unsqueeze")
def reshape(node: Node, arrays: Arrays) -> Constant:
    found = given(arrays, 0, "its input")
    if node.op == "Reshape":
        shape = target(found.shape, row(given(arrays, 1, "its shape"), "its shape"), bool(node.whole("allowzero")))
    elif node.op == "Flatten":
        shape = flattened(found.shape, node)
    elif node.op in ("Squeeze", "Unsqueeze"):
        shape = squeezed(found.shape, node, axes_of(node, arrays))
    else:
        raise NotImplementedError(node.op)
    return found.shaped(shape)


@folds("Transpose")
def transpose(node: Node, arrays: Arrays) -> Constant:
    found = given(arrays, 0, "its input")
    order = permutation(node, len(found.shape))
    shape = tuple([found.shape[axis] for axis in order])
    if found.origin or found.values is None:
        return found.shaped(shape, same_order=order == sorted(order))
    turned = taken(found, [range(n) for n in found.shape], order, shape)
    turned.figures, turned.source = found.figures, found.source
    return turned


@folds("Shape")
def shape_of(node: Node, arrays: Arrays) -> Constant:
    return part_of_shape(node, given(arrays, 0, "its input").shape)


def part_of_shape(node: Node, shape: Shape) -> Constant:
    """What the operator Shape tells, or Size."""
    if node.op == "Size":
        return known([prod(shape)], ())
    rank = len(shape)
    start, end = (min(max(at + rank if at < 0 else at, 0), rank) for at in (node.whole("start"), node.whole("end", rank)))
    return known(shape[start:end])


@folds("Size")
def size_of(node: Node, arrays: Arrays) -> Constant:
    return part_of_shape(node, given(arrays, 0, "its input").shape)


@folds("Gather")
def gather(node: Node, arrays: Arrays) -> Constant:
    found, indices = given(arrays, 0, "its input"), given(arrays, 1, "its indices")
    axis = axis_of(node.whole("axis"), len(found.shape))
    shape = found.shape[:axis] + indices.shape + found.shape[axis + 1 :]
    if found.values is None or prod(shape) > MOST_VALUES:
        return Constant(shape, unknown, found.floating)
    n, picked = found.shape[axis], row(indices, "its indices")
    if any(not -n <= index < n for index in picked):
        raise LayerError(f"its indices are {written(list(picked))}; there are {n} places")
    along: list[Sequence[int]] = [range(m) for m in found.shape]
    along[axis] = [index % n for index in picked]
    return taken(found, along, list(range(len(along))), shape)


@folds("Slice")
def slices(node: Node, arrays: Arrays) -> Constant:
    found = given(arrays, 0, "its input")
    along = [range(*cut) for cut in slices_of(node, arrays, found.shape)]
    return taken(found, along, list(range(len(along))), tuple(map(len, along)))


def taken(found: Constant, along: Sequence[Sequence[int]], order: Sequence[int], shape: Shape) -> Constant:
    """The numbers at these places along each axis, the axes then in this order."""
    values = found.values
    if values is None or prod(shape) > MOST_VALUES:
        return Constant(shape, unknown, found.floating)
    steps = [prod(found.shape[axis + 1 :]) for axis in range(len(along))]
    places = product(*[[place * steps[axis] for place in along[axis]] for axis in order])
    return known([values[sum(place)] for place in places], shape, found.floating)


@folds("Concat")
def concat(node: Node, arrays: Arrays) -> Constant:
    parts = [given(arrays, index, "an input") for index in range(len(arrays))]
    if not parts:
        raise LayerError("reads nothing")
    axis = axis_of(node.whole("axis"), len(parts[0].shape))
    if len({(len(part.shape), part.shape[:axis], part.shape[axis + 1 :]) for part in parts}) > 1:
        raise LayerError("its inputs have shapes that do not go together")
    shape = (*parts[0].shape[:axis], sum(part.shape[axis] for part in parts), *parts[0].shape[axis + 1 :])
    values = [part.values for part in parts]
    if len(shape) != 1 or shape[0] > MOST_VALUES or None in values:
        return Constant(shape, unknown, parts[0].floating)
    return known([value for each in values for value in each or ()], shape, parts[0].floating)


@folds("Split")
def split(node: Node, arrays: Arrays) -> list[Constant]:
    found = given(arrays, 0, "its input")
    axis = axis_of(node.whole("axis"), len(found.shape))
    made, start = [], 0
    for length in split_lengths(node, arrays, found.shape[axis]):
        shape = (*found.shape[:axis], length, *found.shape[axis + 1 :])
        whole = len(found.shape) == 1 and found.values is not None
        made.append(known((found.values or ())[start : start + length]) if whole else Constant(shape, unknown, found.floating))
        start += length
    return made


@folds("ConstantOfShape")
def constant_of_shape(node: Node, arrays: Arrays) -> Constant:
    shape = lengths(row(given(arrays, 0, "its shape"), "its shape"))
    of = array(node.attributes.get("value"))
    number = of.number if of else 0.0
    return filled(shape, number, of.floating if of else True)


def filled(shape: Shape, number: Number | None, floating: bool) -> Constant:
    """One number, many times."""
    count = prod(shape)
    return Constant(shape, lambda most: None if number is None or count > most else [number] * count, floating)


@folds("Expand", "Tile")
def expand(node: Node, arrays: Arrays) -> Constant:
    found = given(arrays, 0, "its input")
    amounts = row(given(arrays, 1, "its shape"), "its shape")
    if node.op == "Tile":
        shape = lengths([n * times for n, times in zip(found.shape, amounts, strict=False)])
    elif node.op == "Expand":
        shape = broadcast([found.shape, lengths(amounts)])
    else:
        raise NotImplementedError(node.op)
    return found if shape == found.shape else filled(shape, found.number, found.floating)


@folds("Range")
def span(node: Node, arrays: Arrays) -> Constant:
    ends = [row(given(arrays, index, "its limit"), "its limit") for index in range(3)]
    if any(len(end) != 1 for end in ends) or ends[2] == [0]:
        raise LayerError("its limits are no three numbers")
    [start], [end], [step] = ends
    count = max(-((start - end) // step), 0)
    if count > MOST_VALUES:
        raise LayerError(f"makes {count} numbers; {MOST_VALUES} are the most that are followed")
    return known(list(range(start, end, step)))


@folds("ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean")
def reduce(node: Node, arrays: Arrays) -> Constant:
    found, axes = given(arrays, 0, "its input"), axes_of(node, arrays)
    rank = len(found.shape)
    over = {axis_of(axis, rank) for axis in (range(rank) if axes is None else axes)}
    keep = node.whole("keepdims", 1)
    shape = tuple([1 if axis in over else n for axis, n in enumerate(found.shape) if keep or axis not in over])
    if len(over) < rank or not found.values:
        return Constant(shape, unknown, found.floating)
    return known([bounded(_REDUCED[node.op](found.values))], shape, found.floating)


def _mean(values: Sequence[Number]) -> Number:
    return sum(values) / len(values)


_REDUCED: dict[str, Callable[[Sequence[Number]], Number]] = {
    "ReduceProd": prod,
    "ReduceSum": sum,
    "ReduceMax": max,
    "ReduceMin": min,
    "ReduceMean": _mean,
}
