"""Python values as the text of a spec: whole specs as mappings, and single values as options take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import UsageError


def yaml_text(spec: Mapping[str, Any]) -> str:
    """A spec given as a mapping, as YAML. Raises UsageError for a value that YAML has no text for."""
    return _dump(spec, flow=False)


def value_text(value: Any) -> str:
    """A value as it would be written in a file or after --set: 0.5, true, [1, 2], {sgd: {momentum: 0.9}}."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _dump(value, flow=True).removesuffix("\n").removesuffix("\n...")


def size_text(size: str | int | Sequence[int]) -> str:
    """The size of an input as text: 160x160x3 for (160, 160, 3)."""
    if isinstance(size, str):
        return size
    return "x".join([value_text(axis) for axis in (size if isinstance(size, Sequence) else [size])])


def _dump(value: Any, flow: bool) -> str:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))
    return str(yaml.dump(_plain(value), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=float("inf"), default_flow_style=flow))


def _plain(value: Any) -> Any:
    """The value in lists, dictionaries, numbers and text; NumPy's numbers and arrays too."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "__fspath__"):
        return str(value.__fspath__())
    if hasattr(value, "__float__"):  # fractions, decimals
        return float(value)
    raise UsageError(f"a value of type {type(value).__name__} cannot stand in a spec; write numbers, text, lists and mappings")
