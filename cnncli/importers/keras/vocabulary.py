"""The Keras layers that are read, by class: each translated to a layer of ours with the same semantics.

A translator is given one use of a layer and gives the layer, or a list of them where several tensors come out. What is no single
layer of ours is one that is fed through others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from ...layers import Layer
from .use import Use


class Fed(NamedTuple):
    """A layer, and the layer that each of its inputs passes through first; None: it enters as it is."""

    layer: Layer
    through: tuple[Layer | None, ...]


Found = Layer | Fed | list[Layer]
Translator = Callable[[Use], Found]
Made = TypeVar("Made", bound=Translator)

LAYERS: dict[str, Translator] = {}  # by class
OPERATIONS: dict[str, Translator] = {}  # operations on tensors, which Keras records beside the layers
OURS: dict[str, Translator] = {}  # layers that Keras lacks, in models that cnncli built


def keras(*classes: str) -> Callable[[Made], Made]:
    """Enter a translator for layers of these classes; `*` in a name stands for 1D, 2D and 3D."""

    def enter(translator: Made) -> Made:
        for name in classes:
            for axes in ("1D", "2D", "3D") if "*" in name else ("",):
                LAYERS[name.replace("*", axes)] = translator
        return translator

    return enter


def operation(*classes: str) -> Callable[[Made], Made]:
    """Enter a translator for operations of these classes."""

    def enter(translator: Made) -> Made:
        for name in classes:
            OPERATIONS[name] = translator
        return translator

    return enter


def ours(*classes: str) -> Callable[[Made], Made]:
    """Enter a translator for classes of cnncli's own room for Keras."""

    def enter(translator: Made) -> Made:
        OURS.update(dict.fromkeys(classes, translator))
        return translator

    return enter
