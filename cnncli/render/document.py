"""A report as the documented object that machines read (summary.schema.json): raw whole numbers, nothing rounded, nothing cut."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..report import Report, Row
from .values import plain
from .words import written

if TYPE_CHECKING:
    from ..network import Facts
    from ..receptive_field import ReceptiveField

SCHEMA = "cnncli/summary/1"
_FIGURES = (
    "params", "trainable_params", "non_trainable_params", "params_without_bias", "macs", "flops",
    "add", "multiply", "compare", "divide", "exp", "element_wise", "param_bytes", "activation_bytes", "constants",
)  # fmt: skip


def document(report: Report, rows: Sequence[Row] | None = None) -> dict[str, Any]:
    """The object of a network."""
    return {**without_layers(report), "layers": [layer(row) for row in (report.rows if rows is None else rows)]}


def without_layers(report: Report) -> dict[str, Any]:
    """The object of a network but for its layers."""
    return {**head(report), **output_fields(report), "totals": totals(report)}


def head(report: Report) -> dict[str, Any]:
    """What the object says of the network before its figures."""
    inputs = {name: list(shape) for name, shape in report.inputs.items()}
    return {
        "schema": SCHEMA,
        "name": report.name,
        "source": report.network.source,
        "input": next(iter(inputs.values())) if len(inputs) == 1 else inputs,
        "channels": "first" if report.network.channels_first else "last",
        "partial": list(report.partial),
        "outputs": {name: list(shape) for name, shape in report.outputs.items()},
        "batch": report.batch,
        "dtype": report.dtype,
        "optimizer": report.optimizer,
    }


def output_fields(report: Report) -> dict[str, Any]:
    """What the object says of the receptive field of each output; null where there is no finite one."""
    fields = report.output_fields
    return {"output_receptive_fields": {name: seen and field(seen) for name, seen in fields.items()}}


def totals(report: Report) -> dict[str, Any]:
    """The totals, all worked out."""
    return {key: plain(value) for key, value in report.totals.items()}


def layer(row: Row) -> dict[str, Any]:
    """The object of a layer, or of layers that are folded."""
    return {**own(row), **common(row), "receptive_field": field(row.receptive_field)}


def own(row: Row) -> dict[str, Any]:
    """What a layer has to itself."""
    return {
        "name": row.name,
        "inputs": row.inputs,
        "block": row.scope,
        "place": row.place and str(row.place),
        "shared_weights": row.shared_weights,
        "receptive_field_input": row.receptive_field_input,
    }


def common(row: Row) -> dict[str, Any]:
    """What equal layers on equal shapes have in common."""
    figures, alone = row.figures, row.is_layer
    return {
        "kind": row.kind,
        "options": written(row.nodes[0].layer) if alone else {},
        "output_shape": row.output_shape,
        "weights": [weight._asdict() for weight in row.nodes[0].facts.weights] if alone else [],
        **{name: getattr(figures, name) for name in _FIGURES},
    }


def field(found: ReceptiveField) -> dict[str, Any]:
    """What an output position sees: null where it has no finite field."""
    names = ("size", "stride", "start", "end", "centre", "sees_all", "aligned", "note")
    return {name: plain(getattr(found, name)) for name in names}


def render(reports: Sequence[Report], rows: Callable[[Report], Iterable[Row]]) -> Iterator[str]:
    """One object, or an array of several; one layer a line. In pieces, so that of a long network only the pieces are held."""
    yield "[\n" if len(reports) > 1 else ""
    for index, report in enumerate(reports):
        yield ",\n" if index else ""
        yield "{\n"
        for key, value in without_layers(report).items():
            yield f"  {json.dumps(key)}: {json.dumps(value)},\n"
        yield '  "layers": [\n    '
        yield from _joined(",\n    ", map(Lines().line, rows(report)))
        yield "\n  ]\n}"
    yield "\n]\n" if len(reports) > 1 else "\n"


def render_lines(reports: Sequence[Report], rows: Callable[[Report], Iterable[Row]]) -> Iterator[str]:
    """One object for each network, on a line of its own, also where there is only one. In pieces."""
    for report in reports:
        yield json.dumps(without_layers(report))[:-1] + ', "layers": ['
        yield from _joined(", ", map(Lines().line, rows(report)))
        yield "]}\n"


def _joined(between: str, parts: Iterable[str]) -> Iterator[str]:
    for index, part in enumerate(parts):
        yield between + part if index else part


class Lines:
    """Layers as text; what many have in common is written once and repeated."""

    def __init__(self) -> None:
        self._common: dict[Facts, str] = {}
        self._fields: dict[ReceptiveField, str] = {}

    def line(self, row: Row) -> str:
        """The text of `layer(row)`."""
        if not row.is_layer:
            return json.dumps(layer(row))
        facts, seen = row.nodes[0].facts, row.receptive_field
        text = self._common.get(facts)
        if text is None:
            text = self._common[facts] = json.dumps(common(row))[1:-1]
        told = self._fields.get(seen)
        if told is None:
            told = self._fields[seen] = json.dumps(field(seen))
        return f'{json.dumps(own(row))[:-1]}, {text}, "receptive_field": {told}}}'


def schema() -> dict[str, Any]:
    """The JSON Schema of `document`."""
    with open(os.path.join(os.path.dirname(__file__), "summary.schema.json"), encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded
