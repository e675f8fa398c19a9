"""The notation as a JSON Schema, read off the classes, so that editors complete and check specs while they are written.

An editor reads YAML by its own rules: numbers and true/false come typed, 25_636_712 and $expressions as text.
What depends on the file itself (which blocks there are, which shapes fit) stays for `cnncli validate`.
"""

from __future__ import annotations

from typing import Any

from ..expectation import KEYS
from ..layers import KINDS
from ..layers.base import Field, Layer, Options
from .binding import FREEZE
from .items import WIRING

Schema = dict[str, Any]

_GROUPED = {"type": "string", "pattern": r"^\d+(_\d+)+$"}  # 25_636_712
_EXPRESSION = {"type": "string", "pattern": r"^\$"}
_NAME = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$"}
_COUNT = {"anyOf": [{"type": "integer", "minimum": 1}, _GROUPED, _EXPRESSION]}
_ONE_OR_MORE = [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]
_BOUND = r"^(<=|>=|==|=|<|>)?\s*\d+(_\d+)*(/\d+|(\.\d+)?([eE][-+]?\d{1,2})?)$"
_NUMBER = [{"type": "number"}, {"type": "string", "pattern": _BOUND}]


def schema() -> Schema:
    """The whole of it."""
    kinds = {kind: cls for kind, cls in KINDS.items() if kind != "input"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A CNN in the notation of cnncli",
        "type": "object",
        "additionalProperties": False,
        "anyOf": [{"required": [start, "layers"]} for start in ("input", "backbone")] + [{"required": ["extends"]}],
        "properties": _sections(kinds),
        "$defs": {
            "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
            "item": _item(),
            "expectation": {"anyOf": [*_NUMBER, _EXPRESSION, {"type": "array", "items": {"anyOf": _NUMBER}, "minItems": 1}]},
            **{kind: _kind(cls) for kind, cls in kinds.items()},
        },
    }


def _sections(kinds: dict[str, type[Layer]]) -> Schema:
    """The sections of a spec."""
    from .backbone import Backbone
    from .recipe import Recipe

    items, shape = {"$ref": "#/$defs/items"}, {"type": "array", "items": _COUNT, "minItems": 1, "maxItems": 8}
    return {
        "name": _told("What the network is called.", type="string"),
        "source": _told("The paper, and its table or figure.", type="string"),
        "input": _told(
            "One image, [*size, channels]; or several inputs by name.", anyOf=[shape, {"type": "object", "additionalProperties": shape}]
        ),
        "backbone": _told(
            "A network that the layers go on from, without its head: an architecture's name, or a file.",
            anyOf=[{"type": "string", "minLength": 1}, options(Backbone)],
        ),
        "parameters": _told("Numbers and words that --set may override.", type="object", propertyNames=_NAME),
        "defaults": _told(
            "Options that hold for a kind of layer throughout the file.", **_closed({kind: options(cls) for kind, cls in kinds.items()})
        ),
        "blocks": _told("Layers that you define: name(parameter, parameter=default).", type="object", additionalProperties=items),
        "layers": _told("The network, from top to bottom.", **items),
        "outputs": _told("What leaves the network; the last item by default.", anyOf=_ONE_OR_MORE),
        "extends": _told("Another spec, whose parameters are overridden.", type="string"),
        "expect": _told("What must come out; cnncli validate compares.", **_closed({key: {"$ref": "#/$defs/expectation"} for key in KEYS})),
        "train": _told("The recipe with which cnncli train reaches the network's accuracy.", **options(Recipe)),
    }


def _told(words: str, **rules: Any) -> Schema:
    return {"description": words, **rules}


def _closed(properties: Schema) -> Schema:
    """A mapping that has no other keys."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _item() -> Schema:
    """A kind alone, or a kind with its options and the wiring beside it. Kinds that the vocabulary lacks are blocks of the file."""
    kinds = [kind for kind in KINDS if kind != "input"]
    return {
        "anyOf": [
            {"enum": kinds},
            _NAME,
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1 + len(WIRING),
                "propertyNames": _NAME,
                "properties": {
                    "repeat": {"anyOf": [{"type": "integer", "minimum": 0}, _EXPRESSION], "description": "How often, one after another."},
                    "name": {**_NAME, "description": "What its output is called."},
                    "from": {"anyOf": _ONE_OR_MORE, "description": "The outputs that it reads; above is that of the item above."},
                    "freeze": {**FREEZE.schema(), "description": "What training leaves alone: true, or the names of weights."},
                    "weights": {**_NAME, "description": "The item above, the same as this, whose weights it uses; they count once."},
                    **{kind: {"$ref": f"#/$defs/{kind}"} for kind in kinds},
                },
            },
        ]
    }


def _kind(cls: type[Layer]) -> Schema:
    """What stands behind a kind: nothing, its options, a lone value for the main one, or branches."""
    forms: list[Schema] = [{"type": "null"}, options(cls)]
    main = cls.main_option()
    if main is not None:
        forms.append(_option(cls.fields[main]))
    if cls.merges:
        forms.append({"type": "object", "additionalProperties": {"$ref": "#/$defs/items"}})
    return {"description": first_sentence(cls), "anyOf": forms}


def options(cls: type[Options]) -> Schema:
    """A mapping of options. None is demanded, since `defaults` may give it."""
    return _closed({name: _told(_words(field), **_option(field)) for name, field in cls.fields.items()})


def _words(field: Field) -> str:
    """What an option accepts."""
    return f"{field.reader.words[:1].upper()}{field.reader.words[1:]}{'; must be given' if field.required else ''}."


def _option(field: Field) -> Schema:
    made = _grouping(field.reader.schema())
    assert isinstance(made, dict)
    return made


def _grouping(part: Any) -> Any:
    """The schema, with digits in groups wherever a whole number may stand."""
    if isinstance(part, list):
        return [_grouping(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "integer":
        return {"anyOf": [part, _GROUPED]}
    return {key: _grouping(value) for key, value in part.items()}


def first_sentence(cls: type[Options]) -> str:
    """The first paragraph of its docstring, on one line."""
    return " ".join((cls.__doc__ or "").split("\n\n")[0].split())
