"""One node of the file being placed: what it reads, and what an operator may ask and do with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.base import shown
from . import indexing
from .constant import Constant
from .node import Node
from .view import Order, View, channels_first, channels_last, whole

if TYPE_CHECKING:
    from .build import Builder

Tensor = View | Constant
Made = Tensor | Sequence[Tensor]
Weights = dict[str, "Constant | None"]  # by the name that the layer gives them
Operator = Callable[["Step"], Made]
OPERATORS: dict[str, Operator] = {}
Kind = TypeVar("Kind", bound=Layer)


def operator(*ops: str) -> Callable[[Operator], Operator]:
    """Enter the function that places an operator."""

    def enter(function: Operator) -> Operator:
        OPERATORS.update(dict.fromkeys(ops, function))
        return function

    return enter


def make(cls: type[Kind], **options: Any) -> Kind:
    """A layer with options that are checked as those of a spec are."""
    return cls.read({name: _raw(value) for name, value in options.items()})


def _raw(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_raw(one) for one in value] if isinstance(value, (list, tuple)) else value


def idle(array: Constant, nothing: float) -> bool:
    """Whether an array does nothing: it is no initialiser, and all its numbers are 1 to multiply by, or 0 to add."""
    return not array.origin and array.filled_with(nothing)


class Step:
    """A node, and the tensors that it reads; None where an input is left out."""

    __slots__ = ("builder", "node", "tensors")

    def __init__(self, builder: Builder, node: Node, tensors: list[Tensor | None]) -> None:
        self.builder, self.node, self.tensors = builder, node, tensors

    @property
    def opset(self) -> int:
        return self.builder.graph.opset

    @property
    def arrays(self) -> indexing.Arrays:
        """The inputs that are arrays, in their places."""
        return [tensor if isinstance(tensor, Constant) else None for tensor in self.tensors]

    @property
    def views(self) -> list[View]:
        """The inputs that depend on what comes in."""
        return [tensor for tensor in self.tensors if isinstance(tensor, View)]

    def view(self, at: int = 0) -> View:
        """An input that depends on what comes in."""
        found = self.tensors[at] if at < len(self.tensors) else None
        if not isinstance(found, View):
            told = "missing" if found is None else "an array of the file"
            raise LayerError(f"input {at + 1} is {told}; expected what the layers before it make")
        return found

    def array(self, at: int, what: str) -> Constant:
        """An input that stands in the file."""
        found = self.tensors[at] if at < len(self.tensors) else None
        if isinstance(found, View):
            raise LayerError(f"its {what} is computed from the input; cnncli reads it where the file holds it")
        return indexing.given(self.arrays, at, f"its {what}")

    def maybe_array(self, at: int, what: str) -> Constant | None:
        """An input that stands in the file, or is left out."""
        return self.array(at, what) if at < len(self.tensors) and self.tensors[at] is not None else None

    def weight(self, at: int, what: str, nothing: float) -> Constant | None:
        """An array of weights that may be left out, or do nothing: where the operator must have one and the layer has none."""
        found = self.maybe_array(at, what)
        if found is None or idle(found, nothing) or (found.is_lifted and found.filled_with(nothing)):
            return None
        return found

    def shape(self, index: int) -> Shape:
        """What comes out of a node of the network."""
        return self.builder.network.nodes[index].output

    def map(self, least: int = 3) -> int:
        """The first input as a map, (*size, channels), or a vector where `least` allows 2 axes: the channels are its second axis."""
        view = self.view()
        if view.rank < least:
            raise LayerError(f"reads a batch of maps, (N, C, *size); it gets {shown(view.shape)}")
        return self.lay(view, channels_first(view.rank))

    def lay(self, view: View, order: Order) -> int:
        """The node whose output is the tensor in this order of axes; if need be, one is placed."""
        return self.builder.laid(view, order, self.node)

    def best_order(self, views: Sequence[View], *others: Order) -> Order:
        """The order of axes in which the most tensors lie already."""
        rank = views[0].rank
        orders = [channels_first(rank), channels_last(rank), *others]
        return max(orders, key=lambda order: sum(self.builder.lies(view, order) for view in views))

    def place(self, layer: Layer, inputs: Iterable[int], arrays: Weights | None = None, title: str = "") -> int:
        """Add a layer whose weights, by name, are these arrays of the file."""
        return self.builder.place(layer, tuple(inputs), self.node, title, arrays or {})

    def elementwise(self, layer: Layer) -> View:
        """Add a layer that keeps the shape of the first input, however that lies."""
        view = self.view()
        return view.over(self.place(layer, [view.source]))

    def made(self, index: int, order: Order) -> View:
        """The output of a node as the tensor whose axes it has in this order."""
        return whole(index, self.shape(index), order, self.builder.batch)

    def on_map(self, layer: Layer, arrays: Weights | None = None, least: int = 3) -> View:
        """Add a layer that reads a map and makes one."""
        x = self.map(least)
        return self.made(self.place(layer, [x], arrays), channels_first(self.view().rank))
