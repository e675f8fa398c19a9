"""Means, sums, norms and extremes along axes. Over all of the map they are global pooling."""

from __future__ import annotations

from ....errors import LayerError
from ....layers.base import shown
from ....layers.pool import GlobalAvgPool, GlobalMaxPool
from ...spatial import Reduce
from ..indexing import axes_of, axis_of
from ..step import Step, make, operator
from ..view import Order, View, with_last

_FUNCTIONS = {
    "ReduceMean": "mean",
    "ReduceSum": "sum",
    "ReduceMax": "max",
    "ReduceMin": "min",
    "ReduceProd": "product",
    "ReduceL1": "l1",
    "ReduceL2": "l2",
    "ReduceSumSquare": "sum_of_squares",
    "ReduceLogSum": "log_sum",
    "ReduceLogSumExp": "log_sum_exp",
}
_POOLS = {"ReduceMean": GlobalAvgPool, "ReduceMax": GlobalMaxPool}


@operator(*_FUNCTIONS)
def reduce(step: Step) -> View:
    view, keep = step.view(), bool(step.node.whole("keepdims", 1))
    named = axes_of(step.node, step.arrays)
    if not named and step.node.whole("noop_with_empty_axes"):
        return view
    axes = {axis_of(axis, view.rank) for axis in named or range(view.rank)}
    rest = [axis for axis in range(1, view.rank) if axis not in axes]
    if 0 in axes or (not rest and not keep):
        raise LayerError(f"is over axes {sorted(axes)} of {shown(view.shape)}; expected the batch, its first axis, and another to stay")
    if len(rest) == 1 and len(axes) > 0 and step.node.op in _POOLS:
        order = with_last(rest[0], view.rank)
        layer = _POOLS[step.node.op](keep_axes=keep)
        return step.made(step.place(layer, [step.lay(view, order)]), order if keep else (1,))
    order = step.best_order([view])
    over = [position for position, axis in enumerate(order, 1) if axis in axes]
    index = step.place(make(Reduce, function=_FUNCTIONS[step.node.op], axes=over, keep=keep), [step.lay(view, order)])
    return step.made(index, order if keep else _without(order, axes))


def _without(order: Order, gone: set[int]) -> Order:
    """The order of the axes that are left, numbered anew."""
    left = [axis for axis in order if axis not in gone]
    return tuple([1 + sorted(left).index(axis) for axis in left])
