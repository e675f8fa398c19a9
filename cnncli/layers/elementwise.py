"""Layers that make each number from the one that stands in its place."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from .base import Layer, Shape, Work


class Elementwise(Layer):
    """One output element from one input element. `per_element` is its cost, read off its formula with all branches taken."""

    per_element: ClassVar[Work] = Work()
    overwrites = True
    saves: ClassVar[tuple[str, ...]] = ("output",)  # most gradients follow from the output

    def work(self, x: Shape) -> Work:
        return self.per_element.times(prod(x))
