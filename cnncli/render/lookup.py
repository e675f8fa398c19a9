"""One value of a summary's document, by the path of keys that leads to it: `params`, `layers.conv_1.output_shape`."""

from __future__ import annotations

from typing import Any

from ..errors import UsageError, nearest


def look_up(document: dict[str, Any], key: str) -> Any:
    """The value at `key`, where totals need no `totals.` before them. Raises UsageError where there is none."""
    first = key.partition(".")[0]
    if first in document["totals"]:
        return _walk(document["totals"], key, "")
    layers = {layer["name"]: layer for layer in document["layers"]}
    return _walk({**document, "layers": layers}, key, "", also=document["totals"])


def _walk(value: Any, key: str, before: str, also: Any = ()) -> Any:
    """Follow `key`, whose parts may have dots themselves (layers of other programs do): the longest that is known counts."""
    if not isinstance(value, dict):
        raise UsageError(f"{before} is a single value; it has no {key}")
    parts = key.split(".")
    for count in range(len(parts), 0, -1):
        name, rest = ".".join(parts[:count]), ".".join(parts[count:])
        if name in value:
            found, path = value[name], f"{before}.{name}".lstrip(".")
            return _walk(found, rest, path) if rest else _single(found, path)
    known = [*value, *also]
    where = f"{before} has no" if before else "no total or other value is called"
    raise UsageError(f"{where} {parts[0]}{nearest(parts[0], known) or f'; there are {_few(known)}'}")


def _single(value: Any, path: str) -> Any:
    """The value, if it is a single one or a list of them."""
    if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
        names = list(value) if isinstance(value, dict) else [entry["name"] for entry in value]
        raise UsageError(f"{path} holds several values; add one of {_few(names)}, such as {path}.{names[0]}")
    return value


def _few(names: list[str]) -> str:
    """The names, or the first of many."""
    return ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
