"""One value of a summary, by the path of keys that leads to it: `params`, `layers.conv_1.output_shape`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..printable import quote
from ..report import Report
from ..synonyms import figure_hint
from ..totals import TOTALS, one_if_equal
from .document import head, layer, output_fields, totals
from .values import plain

if TYPE_CHECKING:
    from ..receptive_field import ReceptiveField


FEW = 12  # names that a message lists


def look_up(report: Report, key: str) -> Any:
    """The value at `key`; totals need no `totals.` before them. Raises UsageError where there is none."""
    first, _, rest = key.partition(".")
    if first == "layers" and rest:
        names = report.network.node_names
        name = _known(rest, names, "layers")
        row = report.rows[names[name]]
        if rest == f"{name}.receptive_field":
            return _field_size(row.receptive_field)
        return _walk(layer(row), rest[len(name) + 1 :], f"layers.{name}")
    if first in TOTALS:
        return _walk(plain(report.totals[first]), rest, first)
    if first == "totals":
        return _walk(totals(report), rest, first)
    if first in ("outputs", "output_receptive_fields"):
        rest = _output_name(report, rest)
    if first == "output_receptive_fields":
        if rest in report.output_fields:
            return _field_size(report.output_fields[rest])
        return _walk(output_fields(report)[first], rest, first)
    values = head(report)
    if first == "outputs":
        return _walk(values[first], rest, first)
    name = _known(key, values, "", also=(*TOTALS, "layers", "totals", "output_receptive_fields"))
    return _walk(values[name], key[len(name) + 1 :], name)


def _output_name(report: Report, name: str) -> str:
    """The name of an output under which the report lists it; the layer's own names lead to it too."""
    outputs = report.network.named_outputs
    index = None if name in outputs else report.network.node_names.get(name)
    return next((output for output, place in outputs.items() if place == index), name)


def _field_size(field: ReceptiveField | None) -> Any:
    """The size of a receptive field, as the total `receptive_field` has it."""
    return None if field is None else plain(one_if_equal(field.size))


def _walk(value: Any, key: str, path: str) -> Any:
    """Follow `key` from `value`, which stands at `path`, to a single value or a list of them."""
    while key:
        if not isinstance(value, dict):
            raise UsageError(f"{path} is a single value; it has no {quote(key)}")
        name = _known(key, value, path)
        value, key, path = value[name], key[len(name) + 1 :], f"{path}.{name}"
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        names = list(value) if isinstance(value, dict) else []
        raise UsageError(f"{path} is not a single value{'; add one of ' + _few(names) if names else ''}")
    return value


def _known(key: str, values: dict[str, Any], path: str, also: tuple[str, ...] = ()) -> str:
    """The name that `key` begins with. Names may have dots themselves (those of other programs do), so the longest counts."""
    parts = key.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        if name in values:
            return name
    known = [*values, *also]
    near = figure_hint(parts[0], known)
    hint = near if near and len(known) > FEW else f"{near}; there are {_few(known)}"
    raise UsageError(f"{path} has no {quote(parts[0])}{hint}" if path else f"no figure is called {quote(parts[0])}{hint}")


def _few(names: list[str]) -> str:
    """The names, or the first of many."""
    return ", ".join(names[:FEW]) + (f" ... ({len(names)} in all)" if len(names) > FEW else "")
