"""Sheet -> text: one module for each format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sheet import Sheet

STYLES = ("markdown", "latex", "csv", "moodle", "gift")
ENDINGS = {"markdown": ".md", "latex": ".tex", "csv": ".csv", "moodle": ".xml", "gift": ".gift"}


def write(sheet: Sheet, style: str, solved: bool = False) -> str:
    """A sheet in one of the formats; `solved` with the answers and their workings."""
    if style == "markdown":
        from .markdown import render
    elif style == "latex":
        from .latex import render
    elif style == "csv":
        from .csv import render
    elif style == "moodle":
        from .moodle import render
    elif style == "gift":
        from .gift import render
    else:
        raise NotImplementedError(style)
    return render(sheet, solved)
