"""A sheet: titled columns, a row for each thing, a total, and the notes below. What all formats but JSON are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..printable import printable
from .columns import Column
from .values import people


class Sheet(NamedTuple):
    """A table before it is drawn.

    `total` holds values by column, `notes` labelled lines, `rules` what the words mean; `spare` names the columns that a narrow
    terminal may go without, the first to go first.
    """

    name: str
    columns: tuple[Column, ...]
    things: Sequence[Any]
    title: str = ""
    subtitle: str = ""
    total: dict[str, Any] | None = None
    notes: Sequence[tuple[str, str]] = ()
    rules: Sequence[str] = ()
    spare: tuple[str, ...] = ()

    def rows(self) -> Iterable[list[str]]:
        """The rows as people read them."""
        return ([printable(column.cell(thing)) for column in self.columns] for thing in self.things)

    def last_row(self) -> list[str] | None:
        """The total as people read it."""
        if self.total is None:
            return None
        return [people(self.total[column.name]) if column.name in self.total else "" for column in self.columns]

    def raw_rows(self) -> Iterable[list[Any]]:
        """The values of the rows."""
        return ([column.get(thing) for column in self.columns] for thing in self.things)

    def printable(self) -> Sheet:
        """The same, with the text around the rows escaped; a subtitle may have several lines."""
        return self._replace(
            title=printable(self.title),
            subtitle=printable(self.subtitle, "\n"),
            notes=[(label, printable(text)) for label, text in self.notes],
            rules=[printable(rule) for rule in self.rules],
        )

    def without(self, name: str) -> Sheet:
        """The same, less one column."""
        return self._replace(columns=tuple(column for column in self.columns if column.name != name))
