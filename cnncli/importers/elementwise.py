"""Layers that look at each element by itself and have no kind of their own in the vocabulary: other programs' functions."""

from __future__ import annotations

from functools import cache

from ..layers import Layer, Shape, Weight, Work
from ..layers.elementwise import Elementwise
from ..layers.rectifier import Prelu
from ..layers.values import Axes


class SharedPrelu(Prelu):
    """Leaky relu with a trainable slope for each element, shared along some axes (numbered from 1).

    (*size, C) -> (*size, C)     y = x where x > 0, else alpha * x
    weights  alpha, as the input but 1 along the shared axes
    """

    kind = "shared_prelu"
    shared: Axes = ()

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("alpha", tuple([1 if axis in self.shared else length for axis, length in enumerate(x, 1)])),)


class Idle(Layer):
    """What does nothing at inference: noise and random changes of the training images."""

    view = True


@cache
def idle(name: str) -> Layer:
    """A layer that does nothing at inference, known by its name."""
    made: Layer = type(name, (Idle,), {"kind": name, "__module__": __name__})()
    return made


def function(name: str, saves: str = "input", **per_element: int) -> Layer:
    """A function of one element, known by its name and its cost."""
    cls = type(name, (Elementwise,), {"kind": name, "per_element": Work(**per_element), "saves": (saves,), "__module__": __name__})
    made: Layer = cls()
    return made


# The cost is read off the formula with all branches taken, as in layers/rectifier.py.
FUNCTIONS = {
    layer.kind: layer
    for layer in (
        function("absolute", compare=1),
        function("at_least", compare=1),  # max(x, a constant)
        function("at_most", compare=1),
        function("clip", compare=2),
        function("cosine", exp=1),
        function("erf", exp=1),
        function("expm1", exp=1, add=1),
        function("hard_shrink", compare=2),
        function("log", exp=1),
        function("log1p", exp=1, add=1),
        function("power", exp=1),
        function("reciprocal", saves="output", divide=1),  # a constant by x
        function("rsqrt", saves="output", exp=1, divide=1),
        function("sine", exp=1),
        function("soft_shrink", compare=2, add=1),
        function("sparse_plus", compare=2, add=1, multiply=1, divide=1),  # (x + 1)^2 / 4 between -1 and 1
        function("sparse_sigmoid", compare=2, add=1, divide=1),
        function("sqrt", saves="output", exp=1),
        function("square", multiply=1),
        function("squareplus", multiply=1, add=2, exp=1, divide=1),  # (x + sqrt(x^2 + b)) / 2
        function("tanh_shrink", exp=1, add=1),
        function("threshold", compare=1),
    )
}
