"""The architectures that ship, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..report import Report
from .columns import Column
from .sheet import Sheet
from .summary import RULES
from .values import plain

Entry = tuple[str, Report]


def _total(name: str, title: str, words: str = "") -> Column:
    return Column(name, title, lambda entry: entry[1].totals[name], words)


COLUMNS = (
    Column("name", "name", lambda entry: entry[0], "", right=False),
    Column("input", "input", lambda entry: next(iter(entry[1].inputs.values())), "", right=False),
    _total("params", "params"),
    _total("macs", "MACs"),
    _total("receptive_field", "field"),
    _total("effective_stride", "jump"),
    Column("source", "source", lambda entry: entry[1].network.source, "", right=False),
)


def catalogue(reports: Mapping[str, Report]) -> Sheet:
    """The sheet of them, by the names under which they ship."""
    return Sheet("architectures", COLUMNS, list(reports.items()), rules=RULES[:2], spare=("source", "input"))


def render_json(reports: Mapping[str, Report], lines: bool = False) -> str:
    """An array with an object for each; with `lines` the objects alone, each on a line of its own."""
    found: list[dict[str, Any]] = [{column.name: plain(column.get(entry)) for column in COLUMNS} for entry in reports.items()]
    if lines:
        return "".join(f"{json.dumps(each)}\n" for each in found)
    return "[\n" + ",\n".join(f"  {json.dumps(each)}" for each in found) + "\n]\n"
