"""Normalisations that other programs have beside those of the vocabulary."""

from __future__ import annotations

from math import prod

from ..layers import Layer, Shape, Weight, Work
from ..layers.norm import LayerNorm, Normalize
from ..layers.values import Axes


class LayerNormOver(LayerNorm):
    """Normalise over several axes (numbered from 1), with a factor and a shift for each element of them.

    (*size, C) -> (*size, C)     y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    weights  gamma and beta, the lengths of the axes
    """

    kind = "layer_norm_over"
    axes: Axes

    def lengths(self, x: Shape) -> Shape:
        """Of the axes that are normalised together."""
        return tuple([x[axis - 1] for axis in self.axes])

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = self.lengths(x)
        return tuple([Weight(name, shape) for name, there in (("gamma", self.scale), ("beta", self.center)) if there])

    def work(self, x: Shape) -> Work:
        return self.standardize(x, prod(x) // prod(self.lengths(x)))


class NormalizeOver(Normalize):
    """Bring the data to mean 0 and variance 1 with figures for each element along `axes` (numbered from 1; none: one for all).

    weights  mean and variance, the lengths of the axes; count (): none trainable
    """

    kind = "normalize_over"
    axes: Axes = ()

    def output(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        shape = tuple([x[axis - 1] for axis in self.axes])
        return tuple([Weight(name, of, trainable=False) for name, of in (("mean", shape), ("variance", shape), ("count", ()))])


class UnitNorm(Layer):
    """Divide the channels of each position by their length.

    (*size, C) -> (*size, C)     y = x / sqrt(sum of x * x)
    work     an element: multiply 1, divide 1; a position: add C - 1, exp 1 (the root)
    """

    kind = "unit_norm"
    overwrites = True
    saves = ("input",)

    def work(self, x: Shape) -> Work:
        return Work(multiply=1, divide=1).times(prod(x)).plus(Work(add=x[-1] - 1, exp=1).times(prod(x[:-1])))
