"""Report -> text: one module for each format. Only what is drawn on a terminal wakes rich."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..report import Report
    from .sheet import Sheet

FORMATS = ("table", "json", "csv", "markdown", "latex")


def tables(sheets: Sequence[Sheet], style: str, width: int | None = None) -> str:
    """Sheets in one of the formats; `width` is that of the terminal, if it is one."""
    if style == "csv":
        from . import csv

        return csv.render(sheets)
    if style == "markdown":
        from . import markdown

        return markdown.render(sheets)
    if style == "latex":
        from . import latex

        return latex.render(sheets)
    from . import table

    return table.draw(sheets, width) if width else table.render(sheets)


def summaries(reports: Sequence[Report], style: str, columns: str | None = None, depth: int | None = None, width: int | None = None) -> str:
    """Networks in one of the formats. `columns` as a user names them, `depth` that to which blocks are told apart."""
    if style == "json":
        from .document import document, render

        if columns:
            raise UsageError("json has every figure of every layer; leave --columns out")
        return render([document(report, report.rows if depth is None else report.folded(depth)) for report in reports])
    from .columns import chosen
    from .summary import comparison, summary

    picked = chosen(columns)
    if depth == 0:
        return tables([comparison(reports, picked)], style, width)
    sheets = [summary(report, picked, report.rows if depth is None else report.folded(depth)) for report in reports]
    return tables(sheets, style, width)
