"""Activations and other functions of one element: they keep the shape, however the tensor lies."""

from __future__ import annotations

from collections.abc import Callable

from ....errors import LayerError
from ....layers import Layer, activation, rectifier
from ....layers.base import shown
from ....layers.norm import Rescale
from ....layers.regularize import Dropout
from ...elementwise import FUNCTIONS, SharedPrelu, function
from ..constant import Constant
from ..fuse import bounds
from ..indexing import axis_of, broadcast
from ..step import Made, Step, make, operator
from ..view import View, length, with_last

_SLOPED = function("sloped_hard_sigmoid", multiply=1, add=1, compare=2)
_THIRD = 1e-3  # how near a slope is to 1/6


def _hard_sigmoid(step: Step) -> Layer:
    usual = abs(step.node.real("alpha", 0.2) - 1 / 6) < _THIRD and step.node.real("beta", 0.5) == 0.5
    return activation.HardSigmoid() if usual else _SLOPED


def _thresholded(step: Step) -> Layer:
    above = step.node.real("alpha", 1.0)
    return make(rectifier.Relu, threshold=above) if above >= 0 else FUNCTIONS["threshold"]


def _shrink(step: Step) -> Layer:
    return FUNCTIONS["soft_shrink" if step.node.real("bias", 0.0) else "hard_shrink"]


def _rescale(step: Step) -> Layer:
    return make(Rescale, scale=step.node.real("scale", 1.0), offset=step.node.real("offset", 0.0))


LAYERS: dict[str, Callable[[Step], Layer]] = {
    "Relu": lambda step: rectifier.Relu(),
    "LeakyRelu": lambda step: make(rectifier.LeakyRelu, slope=step.node.real("alpha", 0.01)),
    "Elu": lambda step: make(rectifier.Elu, alpha=step.node.real("alpha", 1.0)),
    "Selu": lambda step: rectifier.Selu(),
    "Celu": lambda step: make(rectifier.Celu, alpha=step.node.real("alpha", 1.0)),
    "ThresholdedRelu": _thresholded,
    "Sigmoid": lambda step: activation.Sigmoid(),
    "HardSigmoid": _hard_sigmoid,
    "HardSwish": lambda step: rectifier.HardSwish(),
    "Swish": lambda step: rectifier.Silu(),
    "Mish": lambda step: rectifier.Mish(),
    "Gelu": lambda step: rectifier.Gelu(approximate=step.node.word("approximate", "none", "none", "tanh") == "tanh"),
    "GeluTanh": lambda step: rectifier.Gelu(approximate=True),
    "Softplus": lambda step: activation.Softplus(),
    "Softsign": lambda step: activation.Softsign(),
    "Shrink": _shrink,
    "Tanh": lambda step: activation.Tanh(),
    "Exp": lambda step: activation.Exponential(),
    "Log": lambda step: FUNCTIONS["log"],
    "Sqrt": lambda step: FUNCTIONS["sqrt"],
    "Reciprocal": lambda step: FUNCTIONS["reciprocal"],
    "Abs": lambda step: FUNCTIONS["absolute"],
    "Erf": lambda step: FUNCTIONS["erf"],
    "Sin": lambda step: FUNCTIONS["sine"],
    "Cos": lambda step: FUNCTIONS["cosine"],
    "Neg": lambda step: Rescale(scale=-1.0),
    "Rescale": _rescale,
}


@operator(*LAYERS)
def elementwise(step: Step) -> View:
    return step.elementwise(LAYERS[step.node.op](step))


@operator("Identity", "Cast", "CastLike")
def nothing(step: Step) -> Made:
    return step.array(0, "input") if step.tensors and isinstance(step.tensors[0], Constant) else step.view()


@operator("Dropout")
def dropout(step: Step) -> View:
    """The rate is an attribute, or since opset 12 an input."""
    given = step.maybe_array(1, "ratio")
    rate = given.number if given and given.number is not None else step.node.real("ratio", 0.5)
    return step.elementwise(make(Dropout, rate=rate))


@operator("Clip")
def clip(step: Step) -> View:
    """From 0 to 6 it is relu6, from 0 on relu."""
    least, most = bounds(step.node, step.builder.graph)
    if least == 0 and (most is None or most >= 0):
        bounded = most is not None and most < 1e38
        layer: Layer = rectifier.Relu6() if most == 6 else make(rectifier.Relu, max=most) if bounded else rectifier.Relu()
    else:
        layer = activation.HardTanh() if (least, most) == (-1, 1) else FUNCTIONS["clip"]
    return step.elementwise(layer)


@operator("Softmax", "LogSoftmax")
def softmax(step: Step) -> View:
    """Over one axis. Before opset 13 it was over all from `axis` on: the same where those behind it are of length 1."""
    view = step.view()
    axis = axis_of(step.node.whole("axis", -1 if step.opset >= 13 else 1), view.rank)
    if axis == 0 or (step.opset < 13 and any(length(dim) > 1 for dim in view.dims[axis + 1 :])):
        raise LayerError(f"is over axis {axis} of {shown(view.shape)} and those behind it; cnncli reads it over one axis, not the batch")
    order = with_last(axis, view.rank)
    layer: Layer = {"Softmax": activation.Softmax(), "LogSoftmax": activation.LogSoftmax()}[step.node.op]
    return step.made(step.place(layer, [step.lay(view, order)]), order)


@operator("PRelu")
def prelu(step: Step) -> View:
    """A slope for each channel, or for each element, or for several together."""
    view, slope = step.view(), step.array(1, "slope")
    shape = broadcast([slope.shape, view.shape])
    if shape != view.shape:
        raise LayerError(f"slopes of {shown(slope.shape)} do not fit {shown(view.shape)}")
    order = step.best_order([view])
    own = in_order(slope, view, order)
    x = step.lay(view, order)
    known = [rectifier.Prelu(slopes=slopes) for slopes in ("channel", "one", "element")]
    same = [one for one in known if one.weights(step.shape(x))[0].shape == own]
    layer = same[0] if same else make(SharedPrelu, shared=[axis for axis, n in enumerate(own, 1) if n == 1])
    return step.made(step.place(layer, [x], {"alpha": slope}), order)


def in_order(array: Constant, view: View, order: tuple[int, ...]) -> tuple[int, ...]:
    """The lengths of an array that is stretched over a tensor, in an order of the tensor's axes."""
    padded = (1,) * (view.rank - len(array.shape)) + array.shape
    if padded[:1] != (1,):
        raise LayerError(f"an array of {shown(array.shape)} is different for each image of the batch")
    return tuple([padded[at] for at in order])
