"""The kinds of layers and their options, read off the classes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from ..layers import Layer
from ..layers.affine import Affine
from ..layers.base import Field
from .columns import Column
from .sheet import Sheet
from .words import written_value

_KINDS = (
    Column("kind", "kind", lambda cls: cls.kind, "", right=False),
    Column("meaning", "what it does", lambda cls: meaning(cls), "", right=False),
    Column("options", "options", lambda cls: ", ".join(map(_signature, told(cls))), "", right=False),
)
_OPTIONS = (
    Column("option", "option", lambda field: field.name, "", right=False),
    Column("default", "default", lambda field: default(field), "", right=False),
    Column("accepts", "accepts", lambda field: field.reader.words, "", right=False),
)


def index(known: Mapping[str, type[Layer]]) -> Sheet:
    """All kinds, one row each."""
    trained = [cls.kind for cls in known.values() if issubclass(cls, Affine)]
    shared = f"For training {', '.join(trained)} have {', '.join(map(_signature, Affine.fields.values()))} too."
    return Sheet("layers", _KINDS, list(known.values()), rules=[shared, "cnncli layers KIND describes one kind."])


def told(cls: type[Layer]) -> list[Field]:
    """The options of one kind, without those that all layers with kernels have for training."""
    return [field for name, field in cls.fields.items() if name not in Affine.fields]


def page(cls: type[Layer]) -> Sheet:
    """One kind: its docstring and its options."""
    main = cls.main_option()
    lone = main is not None and sum(field.required for field in cls.fields.values()) < 2
    rules = [f"- {cls.kind}: VALUE is short for - {cls.kind}: {{{main}: VALUE}}"] if lone else []
    return Sheet(cls.kind, _OPTIONS, list(cls.fields.values()), title=cls.kind, subtitle=cleandoc(cls.__doc__ or ""), rules=rules)


def render_json(known: Mapping[str, type[Layer]], lines: bool = False) -> str:
    """An array with an object for each kind; with `lines` the objects alone, each on a line of its own."""
    if lines:
        return "".join(f"{json.dumps(_object(cls))}\n" for cls in known.values())
    return json.dumps([_object(cls) for cls in known.values()], indent=2) + "\n"


def _object(cls: type[Layer]) -> dict[str, Any]:
    return {
        "kind": cls.kind,
        "meaning": meaning(cls),
        "documentation": cleandoc(cls.__doc__ or ""),
        "main_option": cls.main_option(),
        "options": [
            {"name": field.name, "accepts": field.reader.words, "required": field.required, "default": _default(field)}
            for field in cls.fields.values()
        ],
    }


def meaning(cls: type[Layer]) -> str:
    """The first sentence of its docstring."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())


def _default(field: Field) -> Any:
    return None if field.required else written_value(field.default)


def default(field: Field) -> str:
    """The default, or that there is none."""
    if field.required:
        return "must be given"
    value = written_value(field.default)
    return "-" if value is None else value if isinstance(value, str) else json.dumps(value)


def _signature(field: Field) -> str:
    return field.name if field.required else f"{field.name}={'...' if field.default is None else default(field)}"
