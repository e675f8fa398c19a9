"""A report as the documented object that machines read (summary.schema.json): raw whole numbers, nothing rounded, nothing cut."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..report import Report, Row
from .values import plain
from .words import written

if TYPE_CHECKING:
    from ..receptive_field import ReceptiveField

SCHEMA = "cnncli/summary/1"
_FIGURES = (
    "params", "trainable_params", "non_trainable_params", "params_without_bias", "macs", "flops",
    "add", "multiply", "compare", "divide", "exp", "element_wise", "param_bytes", "activation_bytes",
)  # fmt: skip


def document(report: Report, rows: Sequence[Row]) -> dict[str, Any]:
    """The object of a network."""
    inputs = {name: list(shape) for name, shape in report.inputs.items()}
    return {
        "schema": SCHEMA,
        "name": report.name,
        "source": report.network.source,
        "input": next(iter(inputs.values())) if len(inputs) == 1 else inputs,
        "outputs": {name: list(shape) for name, shape in report.outputs.items()},
        "batch": report.batch,
        "dtype": report.dtype,
        "optimizer": report.optimizer,
        "totals": {key: plain(value) for key, value in report.totals.items()},
        "layers": [layer(row) for row in rows],
    }


def layer(row: Row) -> dict[str, Any]:
    """The object of a layer, or of a block that is folded."""
    figures = row.figures
    return {
        "name": row.name,
        "kind": row.kind,
        "options": written(row.nodes[0].layer) if row.is_layer else {},
        "block": row.scope,
        "inputs": list(row.inputs),
        "output_shape": list(row.output_shape),
        "weights": [weight._asdict() for weight in row.nodes[0].facts.weights] if row.is_layer else [],
        **{name: getattr(figures, name) for name in _FIGURES},
        "receptive_field": field(row.receptive_field),
        "place": row.place and str(row.place),
    }


def field(found: ReceptiveField) -> dict[str, Any]:
    """What an output position sees: null where it has no finite field."""
    names = ("size", "stride", "start", "end", "centre", "sees_all", "aligned", "note")
    return {name: plain(getattr(found, name)) for name in names}


def render(documents: Sequence[dict[str, Any]]) -> str:
    """One object, or an array of several; one layer a line."""
    texts = [_one(each) for each in documents]
    return texts[0] if len(texts) == 1 else "[\n" + ",\n".join(text.rstrip("\n") for text in texts) + "\n]\n"


def _one(each: dict[str, Any]) -> str:
    lines = [f"{json.dumps(key)}: {_value(value)}" for key, value in each.items()]
    return "{\n" + ",\n".join(f"  {line}" for line in lines) + "\n}\n"


def _value(value: Any) -> str:
    """A list of objects takes a line for each."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"    {json.dumps(entry)}" for entry in value) + "\n  ]"
    return json.dumps(value)


def schema() -> dict[str, Any]:
    """The JSON Schema of `document`."""
    with open(os.path.join(os.path.dirname(__file__), "summary.schema.json"), encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded
