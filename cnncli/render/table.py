"""A table for people: aligned plain text, never cut; on a terminal drawn with rich, within its width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .sheet import Sheet
from .styled import Styled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOST_DRAWN = 2_000  # rows; rich takes half a millisecond for each
NARROWEST = 8  # a column of words may be folded to this


def render(sheets: Sequence[Sheet]) -> str:
    """Plain text, as wide as it needs."""
    return "\n".join(_plain(sheet) for sheet in sheets)


def _plain(sheet: Sheet) -> str:
    body, total = list(sheet.rows()), sheet.last_row()
    widths = _widths(sheet, body, total)
    rule = "  ".join("-" * width for width in widths)

    def line(cells: list[str]) -> str:
        pairs = zip(sheet.columns, cells, widths, strict=True)
        return "  ".join(cell.rjust(width) if column.right else cell.ljust(width) for column, cell, width in pairs).rstrip()

    heading = [text for text in (sheet.title, sheet.subtitle) if text]
    lines = [*heading, "" if heading else None, line([column.title for column in sheet.columns]), rule, *map(line, body)]
    lines += [rule, line(total)] if total else []
    return "\n".join([text for text in lines if text is not None] + _below(sheet)) + "\n"


def _widths(sheet: Sheet, body: list[list[str]], total: list[str] | None) -> list[int]:
    titles = [column.title for column in sheet.columns]
    return [max(map(len, cells)) for cells in zip(titles, *body, *([total] if total else []), strict=True)]


def _below(sheet: Sheet) -> list[str]:
    """The notes and the rules."""
    wide = max((len(label) for label, _ in sheet.notes), default=0)
    notes = [f"{label.ljust(wide)}  {text}" for label, text in sheet.notes]
    return [""] * bool(notes) + notes + [""] * bool(sheet.rules) + list(sheet.rules)


def draw(sheets: Sequence[Sheet], width: int) -> Styled:
    """The same for a terminal `width` characters wide. Words are folded or left out where all does not fit; numbers are never cut."""
    from rich.console import Console

    console = Console(width=width, force_terminal=True, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        for index, sheet in enumerate(sheets):
            if index:
                console.print()
            _draw(sheet, console)
    return Styled(captured.get())


def _draw(sheet: Sheet, console: Console) -> None:
    """One sheet; as plain text when it is too long to draw, or its numbers too wide."""
    if len(sheet.things) > MOST_DRAWN:
        console.out(_plain(sheet), end="")
        return
    fitting, left_out = _fitting(sheet, console.width)
    if not _fits(fitting, console.width, NARROWEST):
        console.out(_plain(fitting), end="")
        return
    if fitting.title:
        console.print(fitting.title, style="bold")
    if fitting.subtitle:
        console.print(fitting.subtitle, style="dim")
    console.print(*[""] * bool(fitting.title), _table(fitting), *[""] * bool(fitting.notes), _notes(fitting), sep="\n")
    console.print()
    for rule in fitting.rules:
        console.print(rule, style="dim")
    if left_out:
        console.print(f"{console.width} characters are too narrow for {', '.join(left_out)}.", style="dim")


def _table(sheet: Sheet) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    total = sheet.last_row()
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold", footer_style="bold")
    table.show_footer = total is not None
    for column, foot in zip(sheet.columns, total or [""] * len(sheet.columns), strict=True):
        table.add_column(column.title, foot, justify="right" if column.right else "left", no_wrap=column.right, overflow="fold")
    for row in sheet.rows():
        table.add_row(*row)
    return table


def _notes(sheet: Sheet) -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    for label, text in sheet.notes:
        grid.add_row(label, text)
    return grid


def _fitting(sheet: Sheet, width: int) -> tuple[Sheet, list[str]]:
    """The sheet less the spare columns that do not fit, and their titles."""
    left_out = []
    for name in sheet.spare:
        if _fits(sheet, width):
            break
        left_out.append(name)
        sheet = sheet.without(name)
    return sheet, left_out


def _fits(sheet: Sheet, width: int, narrowest: int | None = None) -> bool:
    """Whether all columns stand side by side, those of words folded to `narrowest` if it is given."""
    wide = _widths(sheet, list(sheet.rows()), sheet.last_row())
    needed = [min(one, narrowest) if narrowest and not column.right else one for one, column in zip(wide, sheet.columns, strict=True)]
    return sum(needed) + 2 * (len(needed) - 1) <= width
