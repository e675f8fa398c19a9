"""The parameters of a block: what differs between its uses is a column of values, one for each different use.

Equal columns are one parameter; a column that is everywhere the same multiple of another, or of the channels that come in, is said
by it: $(4 * filters).
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from .terms import TIMES
from .words import NONE, Arg, Ref, family

IN_CHANNELS = "in_channels"
MOST_TIMES = 64
Column = tuple[Any, ...]


class Parameters:
    """The parameters of a block, found column by column."""

    def __init__(self, channels: Column | None) -> None:
        self._columns: dict[str, tuple[Column, Arg]] = {}
        self._channels = channels

    def value(self, arg: Arg, column: Column) -> Any:
        """What stands in the block for a column: a value, or a reference to a parameter."""
        if column.count(column[0]) == len(column):
            return column[0]
        known = {name: values for name, (values, one) in self._columns.items() if family(one) == family(arg)}
        if self._channels and family(arg) == "channels":
            known[IN_CHANNELS] = self._channels
        for name, values in known.items():
            if values == column:
                return Ref(name)
        for name, values in known.items() if family(arg) == "channels" else ():
            times, over = ratio(column, values), ratio(values, column)
            if times or over:
                return Ref(name, times or 1, over or 1)
        name = numbered(re.sub(r"_\d+$", "", arg.name), self._columns)
        self._columns[name] = (column, arg)
        return Ref(name)

    def ordered(self) -> tuple[tuple[Arg, ...], list[Column]]:
        """The parameters, those that must be given first, and their columns."""
        made = []
        for name, (column, arg) in self._columns.items():
            default = arg.default if arg.default in column else NONE
            made.append((Arg(name, None, default, arg.keyword, arg.stem or arg.name), column))
        made.sort(key=lambda one: (one[0].default is not NONE, one[0].stem == TIMES.name))
        return tuple([arg for arg, _ in made]), [column for _, column in made]


def ratio(column: Column, other: Column) -> int:
    """The whole number by which `other` is multiplied everywhere to give `column`; 0 where there is none."""
    times = column[0] // other[0] if other[0] else 0
    return times if 1 < times <= MOST_TIMES and all(a == times * b for a, b in zip(column, other, strict=True)) else 0


def numbered(name: str, taken: Container[str]) -> str:
    """A name, or name_2, name_3, ... where it is taken."""
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}_{number}"
    return made
