"""One question as the mistaken rules see it: the layer, what goes in, what it comes to, and the same with something altered."""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from ..errors import LayerError
from ..network import Facts
from .quantity import local

if TYPE_CHECKING:
    from ..layers import Layer, Shape
    from .sheet import Question

GROWS_WITH_OUTPUT = ("macs", "flops", "activation_bytes")
WORK = ("macs", "flops")
COUNTS_WEIGHTS = ("params", "trainable_params", "param_bytes")


class Case:
    """The facts behind a question."""

    def __init__(self, question: Question) -> None:
        self.question, self.report, self.node, self.quantity = question, question.report, question.node, question.quantity
        self.facts: Facts = question.node.facts
        self.layer: Layer = self.facts.layer
        self.x: Shape = self.facts.shapes[0]
        self.answer: Any = question.answer

    @property
    def channels(self) -> int:
        return self.x[-1]

    @property
    def out(self) -> Shape:
        return self.facts.output

    @property
    def each(self) -> int:
        """What one weight counts: 1, or its bytes."""
        return self.report.element_bytes if self.quantity == "param_bytes" else 1

    @cached_property
    def biases(self) -> int:
        return sum(weight.count for weight in self.facts.weights if weight.name == "bias")

    @cached_property
    def kernel(self) -> tuple[int, ...]:
        """Its size along each axis; () where it has none of two axes or more."""
        taps = self.layer.taps(self.x) if hasattr(self.layer, "taps") and "kernel" in self.layer.fields else ()
        return tuple(taps) if len(taps) > 1 else ()

    @cached_property
    def slides(self) -> tuple[Any, ...]:
        """How its window slides along each axis, if it has one that slides."""
        return tuple(self.layer.slides(self.x)) if hasattr(self.layer, "slides") else ()

    @property
    def is_transposed(self) -> bool:
        """Whether the kernel is applied once for each position of the input, not of the output."""
        return hasattr(self.layer, "stamps")

    @property
    def positions(self) -> int:
        """How often the kernel is applied."""
        return prod((self.x if self.is_transposed else self.out)[:-1])

    def option(self, name: str, default: Any = None) -> Any:
        """What the layer was told; the default where it has no such option."""
        return getattr(self.layer, name) if name in self.layer.fields else default

    def altered(self, x: Shape | None = None, **options: Any) -> Any:
        """What it would come to with other options, or another input; None where that does not fit."""
        told = {name: getattr(self.layer, name) for name in self.layer.fields}
        try:
            facts = Facts(type(self.layer)(**{**told, **options}), (x or self.x, *self.facts.shapes[1:]))
        except LayerError:
            return None
        return self.of(facts)

    def of(self, facts: Facts) -> Any:
        """What other facts come to."""
        return None if self.quantity == "receptive_field" else local(self.report, facts, self.quantity)

    def resized(self, size: Shape) -> Any:
        """What it would come to if another size came out."""
        if min(size) < 1:
            return None
        if self.quantity == "output_shape":
            return self.report.network.shown((*size, self.out[-1]))
        if self.quantity not in GROWS_WITH_OUTPUT or (self.is_transposed and self.quantity in WORK):
            return None
        return self.answer * prod(size) // prod(self.out[:-1])
