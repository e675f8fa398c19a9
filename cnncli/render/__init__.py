"""Report -> text: one module for each format. Only what is drawn on a terminal wakes rich."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..report import Report, Row
    from .sheet import Sheet

FORMATS = ("table", "json", "jsonl", "csv", "markdown", "latex")


def tables(sheets: Sequence[Sheet], style: str, width: int | None = None) -> str:
    """Sheets in one of the formats; `width` is that of the terminal, if it is one."""
    sheets = [sheet.printable() for sheet in sheets]
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


def summaries(
    reports: Sequence[Report], style: str, columns: str | None = None, depth: int | None = None, width: int | None = None
) -> Iterator[str]:
    """The text of networks in one of the formats, in pieces. `columns` as users name them, `depth` that to which blocks are told apart."""

    def rows(report: Report) -> list[Row]:
        return report.rows if depth is None else report.folded(depth)

    if style in ("json", "jsonl"):
        from .document import render, render_lines

        if columns:
            raise UsageError(f"{style} has every figure of every layer; leave --columns out")
        return render(reports, rows) if style == "json" else render_lines(reports, rows)
    from .columns import chosen
    from .summary import comparison, summary

    picked = chosen(columns)
    sheets = [comparison(reports, picked)] if depth == 0 else [summary(report, picked, rows(report)) for report in reports]
    return iter([tables(sheets, style, width)])
