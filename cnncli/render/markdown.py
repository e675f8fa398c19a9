"""Tables as GitHub draws them."""

from __future__ import annotations

from collections.abc import Sequence

from .sheet import Sheet


def render(sheets: Sequence[Sheet]) -> str:
    return "\n".join(_one(sheet) for sheet in sheets)


def _one(sheet: Sheet) -> str:
    lines = [f"## {_escaped(sheet.title)}", ""] if sheet.title else []
    if sheet.subtitle:
        lines += ["```text", sheet.subtitle, "```", ""] if "\n" in sheet.subtitle else [_escaped(sheet.subtitle), ""]
    lines.append(_line([column.title for column in sheet.columns]))
    lines.append(f"|{'|'.join('---:' if column.right else '---' for column in sheet.columns)}|")
    lines.extend(_line(row) for row in sheet.rows())
    total = sheet.last_row()
    if total:
        lines.append(_line([cell and f"**{cell}**" for cell in total], escape=False))
    lines.extend(["", *(f"- {label}: {_escaped(text)}" for label, text in sheet.notes)] if sheet.notes else [])
    lines.extend(["", *(f"{_escaped(rule)}  " for rule in sheet.rules)] if sheet.rules else [])
    return "\n".join(lines) + "\n"


def _line(cells: list[str], escape: bool = True) -> str:
    return f"| {' | '.join(_escaped(cell) if escape else cell for cell in cells)} |"


def _escaped(text: str) -> str:
    """What would be markup, taken as it stands."""
    for mark in ("\\", "|", "*", "_", "`", "<", "[", "~"):
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", " ")
