"""A report that shows itself: as a table, in notebooks, as the JSON document, and as rows."""

from __future__ import annotations

from typing import Any

from .. import report as counted


class Report(counted.Report):
    """All figures of a network, for a batch and an element type.

    `print(report)` shows the table of `cnncli summarize`. `report.totals["macs"]` is a total, `report.rows` has a row for each layer.
    """

    def __repr__(self) -> str:
        from ..printable import count_of, printable

        figures = self.figures
        counts = f"{count_of(len(self.network.nodes), 'layer')}, {count_of(figures.params, 'parameter')}, {count_of(figures.macs, 'MAC')}"
        return f"<Report of {printable(self.name) or 'a network'}: {counts}>"

    def __str__(self) -> str:
        from . import summaries

        return "".join(summaries([self], "table"))

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        from . import html
        from .columns import chosen
        from .summary import summary

        return html.render([summary(self, chosen(None), self.rows)])

    def to_dict(self) -> dict[str, Any]:
        """The document that `cnncli summarize --format json` writes; `cnncli schema summary` describes it."""
        import json

        from .document import document

        result: dict[str, Any] = json.loads(json.dumps(document(self)))
        return result

    def to_rows(self, depth: int | None = None) -> list[dict[str, Any]]:
        """A dictionary for each layer, by the columns of `cnncli summarize --columns help`: pandas.DataFrame(report.to_rows()).

        `depth`: fold blocks so many levels deep into a row each; 0 gives one row for the whole network.
        """
        from .columns import COLUMNS

        rows = self.rows if depth is None else self.folded(depth)
        return [{column.name: column.get(row) for column in COLUMNS.values()} for row in rows]
