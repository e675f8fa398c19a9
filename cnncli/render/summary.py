"""A report as a sheet: the rows, their sum, the totals in words, and the rules by which all was counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..report import Report, Row
from ..totals import one_if_equal
from .columns import DEFAULT, Column
from .sheet import Sheet
from .values import megabytes, people

if TYPE_CHECKING:
    from ..receptive_field import ReceptiveField

RULES = (
    "MACs: multiply-accumulates of convolutions and dense layers, one image, no bias. FLOPs = 2 x MACs. Element-wise apart.",
    "field: receptive field in input pixels; all: the whole input; ~: paths out of line, their union. jump: its stride.",
    "options: 64 of 3x3 /2 is 64 filters of 3x3, stride 2. 1 MB = 1,000,000 bytes.",
    "activations: all outputs; peak: most alive at once; training: weights, gradients, optimizer, saved activations.",
)
SHARED = "= NAME: uses the weights of the layer NAME, which are counted there."
SPARE = ("options", "kind", "effective_stride", "receptive_field")  # what a narrow terminal goes without, in this order
_CLASSES = ("add", "multiply", "compare", "divide", "exp")


def summary(report: Report, columns: tuple[Column, ...], rows: Sequence[Row]) -> Sheet:
    """The sheet of a network."""
    total = {column.name: getattr(report.figures, column.name) for column in columns if column.summed}
    inputs = [people(shape) if len(report.inputs) == 1 else f"{name} {people(shape)}" for name, shape in report.inputs.items()]
    return Sheet(
        report.name,
        columns,
        rows,
        title=f"{report.name}, input {', '.join(inputs)}",
        subtitle=report.network.source,
        total={columns[0].name: "total, partial" if report.partial else "total", **total} if not columns[0].summed else total,
        notes=notes(report),
        rules=[*RULES, *[SHARED] * any(row.shared_weights for row in rows)],
        spare=SPARE if tuple(column.name for column in columns) == DEFAULT else (),
    )


def comparison(reports: Sequence[Report], columns: tuple[Column, ...]) -> Sheet:
    """Networks side by side, one row each."""
    return Sheet("networks", columns, [row for report in reports for row in report.folded(0)], rules=RULES[:3], spare=SPARE)


def notes(report: Report) -> list[tuple[str, str]]:
    """The totals in words."""
    figures = report.figures
    classes = ", ".join(f"{name} {people(getattr(figures, name))}" for name in _CLASSES if getattr(figures, name))
    lacking = f"every total lacks what is in {', '.join(report.partial)}; only the shapes of opaque layers are known"
    return [
        *([("partial", lacking)] if report.partial else []),
        ("parameters", f"{people(figures.params)}: {people(figures.trainable_params)} trainable, "
         f"{people(figures.non_trainable_params)} non-trainable; {people(figures.params_without_bias)} without bias"),
        *([("constants", f"{people(figures.constants)} numbers that vary along positions, such as prior boxes: no parameters")]
          if figures.constants else []),
        ("work", f"{people(figures.macs)} MACs = {people(figures.flops)} FLOPs"),
        ("element-wise", f"{people(figures.element_wise)}{': ' if classes else ''}{classes}"),
        ("field", _field(report)),
        ("memory", _memory(report)),
        *report.network.notes,
    ]  # fmt: skip


def _field(report: Report) -> str:
    """The receptive field of the network, of each output where they differ, and of which input."""
    fields = {name: field for name, field in report.output_fields.items() if field is not None}
    if not fields:
        return "the whole input"
    outputs = report.network.named_outputs
    words = {name: _field_words(field, field is report.fields[outputs[name]]) for name, field in fields.items()}
    if len(set(words.values())) == 1:
        told = next(iter(words.values()))
    else:
        told = "; ".join(f"{name} {text}" for name, text in words.items())
    of = f", of {next(iter(report.inputs))}" if len(report.inputs) > 1 else ""
    return told + of


def _field_words(field: ReceptiveField, of_output: bool) -> str:
    size, stride = people(one_if_equal(field.size)), people(one_if_equal(field.stride))
    where = "" if of_output else ", on the last map with a finite field"
    return f"{size} pixels, every {stride}{where}{f' ({field.note})' if field.note else ''}"


def _memory(report: Report) -> str:
    totals = report.totals
    return (
        f"weights {megabytes(totals['param_bytes'])}, activations {megabytes(totals['activation_bytes'])}, "
        f"peak {megabytes(totals['peak_memory_bytes'])} at {totals['peak_memory_at']} ({', '.join(totals['peak_memory_tensors'])}), "
        f"training {megabytes(totals['training_memory_bytes'])} with {report.optimizer}; {report.dtype}, batch {people(report.batch)}"
    )
