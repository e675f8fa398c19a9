"""Tables as HTML, for notebooks. All text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .sheet import Sheet


def render(sheets: Sequence[Sheet]) -> str:
    """One table for each sheet, with its title above and its notes below."""
    return "\n".join(_table(sheet.printable()) for sheet in sheets)


def _table(sheet: Sheet) -> str:
    total = sheet.last_row()
    caption = [f"<p><b>{escape(sheet.title)}</b><br>{escape(sheet.subtitle)}</p>"] if sheet.title else []
    titles = [column.title for column in sheet.columns]
    notes = [f"<tr><th style='text-align: left'>{escape(label)}</th><td>{escape(text)}</td></tr>" for label, text in sheet.notes]
    return "\n".join(
        [
            *caption,
            "<table>",
            f"<thead>{_row(sheet, titles, 'th')}</thead>",
            "<tbody>",
            *(_row(sheet, row, "td") for row in sheet.rows()),
            "</tbody>",
            *([f"<tfoot>{_row(sheet, total, 'th')}</tfoot>"] if total else []),
            "</table>",
            *(["<table>", *notes, "</table>"] if notes else []),
        ]
    )


def _row(sheet: Sheet, cells: Sequence[str], tag: str) -> str:
    sides = ["right" if column.right else "left" for column in sheet.columns]
    shown = [f"<{tag} style='text-align: {side}'>{escape(cell)}</{tag}>" for side, cell in zip(sides, cells, strict=True)]
    return f"<tr>{''.join(shown)}</tr>"
