"""The rows of a report: a layer, the layers of a block, or a whole network, and what each adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .totals import one_if_equal

if TYPE_CHECKING:
    from .layers import Shape
    from .network import Node, Scope
    from .receptive_field import ReceptiveField
    from .report import Report


class Figures(NamedTuple):
    """What can be added up, of a layer, a block or a network. Work is that of one image."""

    params: int = 0
    trainable_params: int = 0
    params_without_bias: int = 0
    macs: int = 0
    add: int = 0
    multiply: int = 0
    compare: int = 0
    divide: int = 0
    exp: int = 0
    param_bytes: int = 0
    activation_bytes: int = 0
    constants: int = 0

    @property
    def non_trainable_params(self) -> int:
        return self.params - self.trainable_params

    @property
    def flops(self) -> int:
        """A multiply-accumulate is two operations; element-wise work is a figure of its own."""
        return 2 * self.macs

    @property
    def element_wise(self) -> int:
        """The operations beside the multiply-accumulates, all classes together."""
        return self.add + self.multiply + self.compare + self.divide + self.exp


class Row(Mapping[str, Any]):
    """A layer, or all layers of one use of a block. Its shape, field and place are those of its last layer.

    Figures are attributes, and by their names values of a mapping, so that pandas.DataFrame(report.rows) has a column for each.
    """

    __slots__ = ("_report", "block", "nodes")

    def __init__(self, report: Report, nodes: tuple[Node, ...], block: Scope | None = None) -> None:
        self._report, self.nodes, self.block = report, nodes, block

    @property
    def name(self) -> str:
        return path(self.block) if self.block else self.nodes[0].name

    @property
    def kind(self) -> str:
        return "block" if self.block else self.nodes[0].kind

    @property
    def is_layer(self) -> bool:
        """Whether it is a single layer, not many folded."""
        return self.kind not in ("block", "network")

    @property
    def partial(self) -> bool:
        """Whether its sums lack what opaque layers hold."""
        return not self.is_layer and not set(self._report.network.partial).isdisjoint([node.index for node in self.nodes])

    @property
    def scope(self) -> str:
        """The uses of blocks around it, outermost first."""
        return path(self.block.parent if self.block else self.nodes[0].scope)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The layers that it reads."""
        first, nodes = self.nodes[0].index, self._report.network.nodes
        read = [index for node in self.nodes for index in node.inputs if index < first]
        return tuple(nodes[index].name for index in dict.fromkeys(read))

    @property
    def output_shape(self) -> Shape:
        return self._report.network.shown(self.nodes[-1].output)

    @property
    def receptive_field(self) -> ReceptiveField:
        return self._report.fields[self.nodes[-1].index]

    @property
    def receptive_field_input(self) -> str:
        """The input on which the receptive field is measured: the first that the layer sees."""
        return self._report.network.nodes[self._report.input_fields.source(self.nodes[-1].index)].name

    @property
    def shared_weights(self) -> dict[str, str]:
        """Of each weight that belongs to another layer, and is counted there, that layer's name."""
        node = self.nodes[0]
        if not self.is_layer:
            return {}
        if node.shared is None:
            return {name: owner.name for name, owner in node.borrowed.items()}
        owner = self._report.network.nodes[node.shared]
        return {weight.name: owner.name for weight in owner.facts.weights}

    @property
    def figures(self) -> Figures:
        return self._report.sum(self.nodes) if len(self.nodes) > 1 else self._report.of(self.nodes[0].facts)

    @property
    def place(self) -> object:
        return self.nodes[-1].place

    def __getitem__(self, key: str) -> Any:
        return VALUES[key](self)

    def __iter__(self) -> Iterator[str]:
        return iter(VALUES)

    def __len__(self) -> int:
        return len(VALUES)

    def __repr__(self) -> str:
        return f"<Row {self.name}: {self.kind}, {self.output_shape}, {self.figures.params:,} parameters, {self.figures.macs:,} MACs>"


def _figure(name: str) -> Callable[[Row], int]:
    return lambda row: getattr(row.figures, name)


VALUES: dict[str, Callable[[Row], Any]] = {
    "name": lambda row: row.name,
    "kind": lambda row: row.kind,
    "block": lambda row: row.scope,
    "inputs": lambda row: row.inputs,
    "output_shape": lambda row: row.output_shape,
    **{name: _figure(name) for name in (*Figures._fields, "non_trainable_params", "flops", "element_wise")},
    "receptive_field": lambda row: one_if_equal(row.receptive_field.size),
    "effective_stride": lambda row: one_if_equal(row.receptive_field.stride),
}


class Whole(Row):
    """A whole network as one row: its main output, and the field of the last map that has a finite one."""

    __slots__ = ()

    def __init__(self, report: Report) -> None:
        super().__init__(report, tuple(report.network.nodes))

    @property
    def name(self) -> str:
        return self._report.name

    @property
    def kind(self) -> str:
        return "network"

    @property
    def output_shape(self) -> Shape:
        return next(iter(self._report.outputs.values()))

    @property
    def receptive_field(self) -> ReceptiveField:
        return self._report.receptive_field or super().receptive_field


def path(scope: Scope | None) -> str:
    """stage_1/identity_block_2: uses of blocks, outermost first."""
    names: list[str] = []
    while scope is not None:
        names.insert(0, scope.name)
        scope = scope.parent
    return "/".join(names)
