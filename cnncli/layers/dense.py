"""Fully connected layers."""

from __future__ import annotations

from math import prod

from .affine import LINEAR, Activation, Affine
from .base import Shape, Weight, layer
from .values import Count, Flag
from .window import SAME_PIXEL, WHOLE_MAP, Windows


@layer("dense")
class Dense(Affine):
    """Connect every channel to each of `units`, at every position alike (flatten first to connect all positions).

    (*size, C) -> (*size, units)
    weights  kernel (C, units), bias (units,)
    macs     prod(size) * C * units
    """

    units: Count
    bias: Flag = True
    activation: Activation = LINEAR

    def output(self, x: Shape) -> Shape:
        return (*x[:-1], self.units)

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("kernel", (x[-1], self.units)),)

    def macs(self, x: Shape) -> int:
        return prod(x) * self.units

    def windows(self, x: Shape) -> Windows:
        return SAME_PIXEL if len(x) > 1 else WHOLE_MAP
