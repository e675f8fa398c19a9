"""Arithmetic element by element: merges of tensors, and what is done to one with a number or an array of the file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ....errors import LayerError
from ....layers import Layer, Shape
from ....layers.base import shown
from ....layers.merge import Add, Average, Maximum, Merge, Minimum, Multiply, Subtract
from ....layers.norm import Rescale, Scale
from ....layers.rectifier import Relu
from ...elementwise import FUNCTIONS
from ...merge import Divide, merge, ranks_differ
from ...spatial import one_if_equal
from ..constant import Constant
from ..indexing import broadcast
from ..layers import WithArray
from ..step import Step, idle, make, operator
from ..view import View
from .activation import in_order

MERGES: dict[str, type[Merge]] = {
    "Add": Add,
    "Sum": Add,
    "Sub": Subtract,
    "Mul": Multiply,
    "Div": Divide,
    "Max": Maximum,
    "Min": Minimum,
    "Mean": Average,
}
_WORDS = {
    "Add": "add",
    "Sum": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Div": "divide",
    "Pow": "power",
    "Max": "maximum",
    "Min": "minimum",
}
_IDLE = {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}


@operator(*MERGES, "Pow")
def arithmetic(step: Step) -> View:
    views, arrays = step.views, [array for array in step.arrays if array is not None]
    if not views and not arrays:
        raise LayerError("reads nothing")
    if step.node in step.builder.absorbed:
        return views[0]
    if not arrays:
        return merged(step, views)
    if len(views) != 1 or len(arrays) != 1:
        raise LayerError(f"reads {len(views)} tensors and {len(arrays)} arrays of the file; cnncli reads one array beside one tensor")
    [view], [array] = views, arrays
    first = step.tensors[0] is array
    if _IDLE.get(step.node.op) is not None and idle(array, _IDLE[step.node.op]) and not (first and step.node.op in ("Sub", "Div", "Pow")):
        return view
    if array.is_figure and len(array.shape) <= view.rank:
        number = array.number
        return view.over(step.place(with_number(step.node.op, 1.0 if number is None else float(number), first), [view.source]))
    return with_array(step, view, array)


def merged(step: Step, views: list[View]) -> View:
    """Several tensors as one. A single one is passed on, a tensor times itself is its square."""
    if step.node.op not in MERGES:
        raise LayerError("raises one computed tensor to the power of another; cnncli reads powers that stand in the file")
    if len(views) == 1:
        return views[0]
    if len({view.rank for view in views}) > 1:
        raise ranks_differ(tuple([view.shape for view in views]))
    first, shapes = views[0], [step.shape(view.source) for view in views]
    if step.node.op == "Mul" and all(view[:2] == first[:2] for view in views) and len(views) == 2:
        return first.over(step.place(FUNCTIONS["square"], [first.source]))
    if all(view.dims == first.dims for view in views) and shapes.count(shapes[0]) == len(shapes):
        return first.over(step.place(merge(MERGES[step.node.op], tuple(shapes)), [view.source for view in views]))
    order = step.best_order(views)
    laid = [step.lay(view, order) for view in views]
    layer = merge(MERGES[step.node.op], tuple([step.shape(index) for index in laid]))
    return step.made(step.place(layer, laid), order)


def _divided(number: float) -> Layer:
    return rescale(1 / number if number else 0.0)


def rescale(scale: float, offset: float = 0.0) -> Layer:
    return make(Rescale, scale=scale, offset=offset)


_POWERS = {2.0: "square", 0.5: "sqrt", -1.0: "reciprocal", -0.5: "rsqrt"}
_BEHIND: dict[str, Callable[[float], Layer]] = {  # x op number
    "Add": partial(rescale, 1.0),
    "Sum": partial(rescale, 1.0),
    "Sub": lambda number: rescale(1.0, -number),
    "Mul": rescale,
    "Div": _divided,
    "Pow": lambda number: FUNCTIONS[_POWERS.get(number, "power")],
    "Max": lambda number: FUNCTIONS["at_least"] if number else Relu(),
    "Min": lambda number: FUNCTIONS["at_most"],
}
_BEFORE: dict[str, Callable[[float], Layer]] = {  # number op x, where that is another thing
    "Sub": partial(rescale, -1.0),
    "Div": lambda number: FUNCTIONS["reciprocal"],
    "Pow": lambda number: FUNCTIONS["power"],
}


def with_number(op: str, number: float, first: bool) -> Layer:
    """A tensor and a number, which may stand first."""
    made = _BEFORE.get(op) if first else None
    made = made or _BEHIND.get(op)
    if made is None:
        raise LayerError("is of a tensor and a number; cnncli reads it of tensors")
    return made(number)


def with_array(step: Step, view: View, array: Constant) -> View:
    """A tensor and an array that is stretched over it."""
    if broadcast([array.shape, view.shape]) != view.shape:
        raise LayerError(f"an array of {shown(array.shape)} would stretch {shown(view.shape)}")
    if step.node.op not in _WORDS:
        raise LayerError("is of a tensor and an array; cnncli reads it of tensors")
    order = step.best_order([view])
    x, shape = step.lay(view, order), in_order(array, view, order) or (1,)  # one number for each image is a vector of one
    role = role_of(step, shape)
    if role != "constant" and shape[-1] == step.shape(x)[-1]:
        prepares = not array.origin and not step.builder.is_learned(x)
        fixed = rescaled(step, array) if array.figures or prepares else None
        if fixed is not None:
            return step.made(step.place(fixed, [x]), order)
        if step.node.op == "Mul":
            return step.made(step.place(Scale(), [x], {"gamma": array}), order)
    layer = make(WithArray, function=_WORDS[step.node.op], shape=shape, role=role)
    return step.made(step.place(layer, [x], {} if role == "constant" else {"array": array}), order)


def role_of(step: Step, shape: Shape) -> str:
    """What an array is, by what it does; `shape` has its channels last.

    Factors and shifts of channels are weights, and so is what is added to each position before more layers: a position embedding.
    Other arrays that vary along positions, such as prior boxes and grids, decode the outputs and are constants. What is subtracted,
    or divided by, was measured beforehand.
    """
    if any(n > 1 for n in shape[:-1]):
        return "weight" if _WORDS[step.node.op] == "add" and step.builder.graph.leads_to_kernel(step.node) else "constant"
    return "measured" if _WORDS[step.node.op] in ("subtract", "divide") else "weight"


def rescaled(step: Step, array: Constant) -> Layer | None:
    """The fixed scale and shift of each channel by which the graph itself prepares its input, where that is what an array does."""
    first, numbers = step.tensors[0] is array, array.numbers or ()
    made = [with_number(step.node.op, float(number), first) for number in numbers]
    figures = [(one.scale, one.offset) for one in made if isinstance(one, Rescale)]
    if not made or len(figures) < len(made):
        return None
    scale, offset = zip(*figures, strict=True)
    return Rescale(scale=one_if_equal(scale), offset=one_if_equal(offset))
