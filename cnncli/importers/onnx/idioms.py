"""What exporters write with several nodes though it is one layer: each idiom is a pattern, and the operator that it amounts to.

A pattern is (operator, *inputs) with patterns, numbers or names in the place of inputs: `x` stands for any tensor, the same
wherever it is named; `%w` for an array of the file, `#e` for a single number of it, `_` for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import pi, sqrt
from typing import Any

Pattern = Any  # (operator, *patterns) | number | name
Idiom = tuple[Pattern, str, tuple[str, ...]]  # the pattern, the operator that it is, and which of the named tensors it reads

x = "x"


def gelu() -> Iterator[Idiom]:
    """x / 2 * (1 + erf(x / sqrt 2)), and the tanh that comes near it: Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2."""
    cubes = (("Pow", x, 3.0), ("Mul", x, ("Mul", x, x)))
    inner = [("Mul", sqrt(2 / pi), ("Add", x, ("Mul", 0.044715, cube))) for cube in cubes]
    bells = [("Erf", ("Div", x, sqrt(2))), ("Erf", ("Mul", x, sqrt(0.5))), *(("Tanh", each) for each in inner)]
    for bell in bells:
        whole = ("Add", bell, 1.0)
        halves = (("Mul", ("Mul", x, whole), 0.5), ("Mul", ("Mul", x, 0.5), whole), ("Mul", x, ("Mul", whole, 0.5)))
        for half in halves:
            yield half, "GeluTanh" if bell[0] == "Tanh" else "Gelu", (x,)


def hard() -> Iterator[Idiom]:
    """x * min(max(x + 3, 0), 6) / 6, and the same without the factor x: Howard et al. 2019, arXiv:1905.02244, section 5.2."""
    piece = ("Relu6", ("Add", x, 3.0))
    sixths: tuple[Callable[[Pattern], Pattern], ...] = (lambda of: ("Div", of, 6.0), lambda of: ("Mul", of, 1 / 6))
    for sixth in sixths:
        yield sixth(("Mul", x, piece)), "HardSwish", (x,)
        yield ("Mul", x, sixth(piece)), "HardSwish", (x,)
        yield sixth(piece), "HardSigmoid", (x,)
    yield ("Mul", x, ("HardSigmoid", x)), "HardSwish", (x,)


def layer_norm() -> Iterator[Idiom]:
    """(x - mean) / sqrt(variance + epsilon), times a factor, plus a shift: Ba et al. 2016, arXiv:1607.06450."""
    centred = ("Sub", x, ("ReduceMean", x))
    for square in (("Pow", centred, 2.0), ("Mul", centred, centred)):
        core = ("Div", centred, ("Sqrt", ("Add", ("ReduceMean", square), "#epsilon")))
        yield ("Add", ("Mul", core, "%gamma"), "%beta"), "LayerNormalization", (x, "%gamma", "%beta")
        yield ("Mul", core, "%gamma"), "LayerNormalization", (x, "%gamma")
        yield core, "LayerNormalization", (x,)


def group_norm() -> Iterator[Idiom]:
    """Groups laid out as channels, normalised each by itself: Wu & He 2018, arXiv:1803.08494."""
    core = ("Reshape", ("InstanceNormalization", ("Reshape", x, "%groups"), "%ones", "%zeros"))
    yield ("Add", ("Mul", core, "%gamma"), "%beta"), "GroupNormalization", (x, "%gamma", "%beta")
    yield core, "GroupNormalization", (x,)


def response_norm() -> Iterator[Idiom]:
    """x / (k + alpha * sum of squares) ^ beta, the sum as a pooling over the channels: Krizhevsky et al. 2012, section 3.3."""
    for square in (("Mul", x, x), ("Pow", x, 2.0)):
        for laid in (("Reshape", square), ("Unsqueeze", square)):
            for pooled in (("AveragePool", ("Pad", laid)), ("AveragePool", laid)):
                for back in (("Squeeze", pooled), ("SqueezeOnes", pooled)):
                    for mean in (back, ("Reshape", back)):
                        yield ("Div", x, ("Pow", ("Add", ("Mul", mean, "#alpha"), "#k"), "#beta")), "LRN", (x,)


# The first that fits is taken, so a whole stands before its parts.
IDIOMS: tuple[Idiom, ...] = (
    *gelu(),
    *hard(),
    (("Mul", x, ("Sigmoid", x)), "Swish", (x,)),
    (("Mul", x, ("Tanh", ("Softplus", x))), "Mish", (x,)),
    (("Where", ("Greater", x, "#threshold"), x, ("Softplus", x)), "Softplus", (x,)),
    (("Div", x, ("Add", ("Abs", x), 1.0)), "Softsign", (x,)),
    *layer_norm(),
    *group_norm(),
    *response_norm(),
    (("Add", ("MatMul", x, "%kernel"), "%bias"), "Dense", (x, "%kernel", "%bias")),
    (("Add", ("Mul", x, "#scale"), "#offset"), "Rescale", (x,)),
)
