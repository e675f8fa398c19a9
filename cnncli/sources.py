"""Specs and models from wherever they are: paths, names of architectures, YAML text, mappings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import UsageError
from .printable import quote

if TYPE_CHECKING:
    from .importers.model import Model
    from .spec import Document

    Source = str | os.PathLike[str] | Mapping[str, Any]


def load(
    spec: Source,
    settings: Mapping[str, Any] | None = None,
    input_size: str | Sequence[int] | None = None,
    opaque: Sequence[str] = (),
    change_axes: bool = False,
    restrict: bool = False,
) -> Document | Model:
    """Read a spec or a model as `cnncli.load` does, without warnings of slips in it."""
    from . import importers
    from . import spec as specs
    from .spec.mapping import size_text, value_text, yaml_text

    size = None if input_size is None else size_text(input_size)
    values = {name: value_text(value) for name, value in (settings or {}).items()}
    text = yaml_text(spec) if isinstance(spec, Mapping) else spec if isinstance(spec, str) and is_text(spec) else None
    path = "" if isinstance(spec, Mapping) else os.fspath(spec)
    if text is None and importers.is_model(path):
        if values:
            raise UsageError(f"{quote(path)} is a model; only a spec has parameters to set")
        return importers.load_model(path, opaque, size)
    if opaque:
        raise UsageError(f"{quote(path) if text is None else 'this'} is a spec; only the layers of a model can be kept opaque")
    if text is not None:
        return specs.loads(text, "mapping" if isinstance(spec, Mapping) else "text", values, size, change_axes, restrict)
    return specs.load(path, values, size, change_axes, restrict)


def is_text(spec: str) -> bool:
    """Whether a string is the text of a spec and no path."""
    return "\n" in spec or spec.lstrip().startswith("{")
