"""What a network amounts to: a row for each layer, the same rows folded by blocks, and the totals.

    report = analyze(network)
    report.totals["macs"]                           one image, whatever the batch
    [row.figures.params for row in report.rows]

Everything is a whole number of what its name says, and is worked out when it is first asked for.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from .errors import UsageError, nearest
from .optimizers import PRESETS, Optimizer
from .printable import quote
from .rows import Figures, Row, Whole
from .totals import Totals

if TYPE_CHECKING:
    from .layers import Shape
    from .memory import Peak, TrainingMemory
    from .network import Facts, Network, Node, Scope
    from .receptive_field import InputFields, ReceptiveField

__all__ = ["ELEMENT_BYTES", "Figures", "Report", "Row", "analyze"]

ELEMENT_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}


class Report:
    """All figures of a network, for a batch and an element type."""

    def __init__(self, network: Network, batch: int, dtype: str, optimizer: str | Optimizer) -> None:
        """Raises UsageError for a batch, type or optimizer that there is not."""
        for word, known in ((dtype, ELEMENT_BYTES), (optimizer, PRESETS)):
            if isinstance(word, str) and word not in known:
                raise UsageError(f"{quote(word)} is not one of {', '.join(known)}{nearest(word, known)}")
        if batch < 1:
            raise UsageError(f"a batch of {batch} has no images")
        self.network: Network = network
        self.batch, self.dtype = batch, dtype
        self._optimizer = PRESETS[optimizer] if isinstance(optimizer, str) else optimizer
        self.optimizer = optimizer if isinstance(optimizer, str) else optimizer.name
        self._figures: dict[Facts, Figures] = {}

    @property
    def name(self) -> str:
        return self.network.name

    @property
    def element_bytes(self) -> int:
        return ELEMENT_BYTES[self.dtype]

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """What comes in, by name."""
        return {node.name: self.network.shown(node.output) for node in self.network.nodes if node.kind == "input"}

    @cached_property
    def outputs(self) -> dict[str, Shape]:
        """What goes out, by the name of its layer; the first is the main one."""
        nodes = self.network.nodes
        return {name: self.network.shown(nodes[index].output) for name, index in self.network.named_outputs.items()}

    @property
    def partial(self) -> tuple[str, ...]:
        """The layers of which nothing is known but their shape: every total misses what they hold."""
        return tuple([self.network.nodes[index].name for index in self.network.partial])

    @cached_property
    def fields(self) -> list[ReceptiveField]:
        """The receptive field of each layer, on the first input that it sees."""
        return self.input_fields.own

    @cached_property
    def input_fields(self) -> InputFields:
        """The receptive fields, and on which input each is measured."""
        from .receptive_field import InputFields

        return InputFields(self.network)

    @cached_property
    def output_fields(self) -> dict[str, ReceptiveField | None]:
        """The receptive field of each output, by its name; of a classifier that of the last map.

        None where no map on the way to the output has a finite field.
        """
        from .receptive_field import output_field

        return {name: output_field(self.network, self.fields, index) for name, index in self.network.named_outputs.items()}

    @cached_property
    def receptive_field(self) -> ReceptiveField | None:
        """The largest receptive field of the outputs."""
        from .receptive_field import extent

        fields = [field for field in self.output_fields.values() if field is not None]
        return max(fields, key=extent, default=None)

    @cached_property
    def peak(self) -> Peak:
        """The moment at which inference holds most."""
        from .memory import peak

        return peak(self.network, self.element_bytes, self.batch)

    @cached_property
    def training(self) -> TrainingMemory:
        """What a step of training holds."""
        from .memory import training

        return training(self.network, self.element_bytes, self.batch, self._optimizer)

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each layer, in topological order."""
        return [Row(self, (node,)) for node in self.network.nodes]

    def folded(self, depth: int) -> list[Row]:
        """The rows with the uses of blocks `depth` deep folded into one row each: 1 for those in the file itself, 0 for all of it."""
        if depth == 0:
            return [Whole(self)]
        folded: list[Row] = []
        for block, nodes in groupby(self.network.nodes, key=lambda node: ancestor(node.scope, depth)):
            together = tuple(nodes)
            folded.extend([Row(self, together, block)] if block else [Row(self, (node,)) for node in together])
        return folded

    def sum(self, nodes: Iterable[Node]) -> Figures:
        """What the layers have together. Equal layers are counted, then multiplied."""
        counted = Counter([node.facts for node in nodes])
        columns = zip(*[self.of(facts) for facts in counted], strict=True)
        return Figures(*[sum(map(operator.mul, column, counted.values())) for column in columns])

    def of(self, facts: Facts) -> Figures:
        """What one layer has."""
        found = self._figures.get(facts)
        if found is None:
            params = sum(weight.count for weight in facts.weights)
            found = self._figures[facts] = Figures(
                params,
                sum(weight.count for weight in facts.weights if weight.trainable),
                sum(weight.count for weight in facts.weights if weight.name != "bias"),
                *facts.work,
                param_bytes=params * self.element_bytes,
                activation_bytes=0 if facts.layer.view else facts.elements * self.element_bytes * self.batch,
                constants=facts.layer.constants,
            )
        return found

    @cached_property
    def figures(self) -> Figures:
        """The sums over all layers."""
        return self.sum(self.network.nodes)

    @cached_property
    def totals(self) -> Totals:
        """Every total by its name."""
        return Totals(self)


def analyze(network: Network, *, batch: int = 1, dtype: str = "float32", optimizer: str | Optimizer = "adam") -> Report:
    """Count everything there is to count in a network.

    Parameters and work are those of one image; memory is that of `batch` images whose elements are of type `dtype`,
    and for training that of `optimizer`.
    """
    return Report(network, batch, dtype, optimizer)


def ancestor(scope: Scope | None, depth: int) -> Scope | None:
    """The use of a block, `depth` from the outside, in which this one stands; None outside any so deep."""
    trail = []
    while scope is not None:
        trail.append(scope)
        scope = scope.parent
    return trail[-depth] if len(trail) >= depth else None
