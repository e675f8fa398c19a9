"""Networks side by side: what each has, and how many times that of the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..report import Report
from .columns import Column
from .sheet import Sheet

FIGURES = ("params", "params_without_bias", "macs")
_TITLES = {"params": "params", "params_without_bias": "no bias", "macs": "MACs"}


def comparison(reports: Sequence[Report]) -> Sheet:
    """The first network and what it is compared with."""
    first = reports[0]
    columns = [
        Column("name", "what", lambda report: report.name, "", right=False),
        Column("output_shape", "output", lambda report: report.totals["output_shape"], ""),
    ]
    for name in FIGURES:
        columns.append(Column(name, _TITLES[name], _total(name), ""))
        columns.append(Column(f"times_{name}", "times", _ratio(first, name), "", tell=_told(first, name)))
    rules = [f"times: that many times as many as {first.name}. no bias: parameters without biases, to compare like with like."]
    return Sheet("comparison", tuple(columns), list(reports), title="compared", rules=rules)


def plain_rows(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """What machines read: the figures raw, the ratios as decimal numbers."""
    return [{column.name: column.get(report) for column in comparison(reports).columns} for report in reports]


def _total(name: str) -> Callable[[Report], Any]:
    return lambda report: report.totals[name]


def _ratio(first: Report, name: str) -> Callable[[Report], Any]:
    return lambda report: report.totals[name] / first.totals[name] if first.totals[name] else None


def _told(first: Report, name: str) -> Callable[[Report], str]:
    """Four digits, or as many as stand before the point; 1/11.5 of what there are fewer."""

    def tell(report: Report) -> str:
        ratio = _ratio(first, name)(report)
        if not ratio:
            return "-" if ratio is None else "0"
        large = max(ratio, 1 / ratio)
        return ("" if ratio >= 1 else "1/") + (f"{large:,.0f}" if large >= 1000 else f"{large:.4g}")

    return tell
