"""The totals of a report: each has a name, and is worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .report import Report


def one_if_equal(values: tuple[Any, ...] | None) -> Any:
    """One number where all axes agree, else all of them."""
    return values[0] if values and len(set(values)) == 1 else values


TOTALS: dict[str, Callable[[Report], Any]] = {
    "layers": lambda report: len(report.network.nodes),
    "params": lambda report: report.figures.params,
    "trainable_params": lambda report: report.figures.trainable_params,
    "non_trainable_params": lambda report: report.figures.non_trainable_params,
    "params_without_bias": lambda report: report.figures.params_without_bias,
    "constants": lambda report: report.figures.constants,
    "macs": lambda report: report.figures.macs,
    "flops": lambda report: report.figures.flops,
    "add": lambda report: report.figures.add,
    "multiply": lambda report: report.figures.multiply,
    "compare": lambda report: report.figures.compare,
    "divide": lambda report: report.figures.divide,
    "exp": lambda report: report.figures.exp,
    "element_wise": lambda report: report.figures.element_wise,
    "output_shape": lambda report: next(iter(report.outputs.values())),
    "receptive_field": lambda report: report.receptive_field and one_if_equal(report.receptive_field.size),
    "effective_stride": lambda report: report.receptive_field and one_if_equal(report.receptive_field.stride),
    "param_bytes": lambda report: report.figures.param_bytes,
    "activation_bytes": lambda report: report.figures.activation_bytes,
    "peak_memory_bytes": lambda report: report.peak.bytes,
    "peak_memory_at": lambda report: report.network.nodes[report.peak.node].name,
    "peak_memory_tensors": lambda report: tuple(report.network.nodes[index].name for index in report.peak.tensors),
    "training_memory_bytes": lambda report: report.training.total,
    "training_gradient_bytes": lambda report: report.training.gradients,
    "training_optimizer_bytes": lambda report: report.training.slots,
    "training_activation_bytes": lambda report: report.training.activations,
}


class Totals(Mapping[str, Any]):
    """The totals of a report by name, each worked out when it is asked for."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def __getitem__(self, key: str) -> Any:
        return TOTALS[key](self._report)

    def __iter__(self) -> Iterator[str]:
        return iter(TOTALS)

    def __len__(self) -> int:
        return len(TOTALS)
