"""Options as the value of an option: by a name of their own, such as an initializer's (`he_normal`, `{constant: 0.1}`), or plain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import nearest
from ..printable import quote
from ..synonyms import known_kind
from .base import Options
from .values import EXPRESSION, Reader

if TYPE_CHECKING:
    from .values import Raw


def _plain(name: str) -> str:
    """LeakyReLU and leaky_relu are one."""
    return name.lower().replace("_", "")


class NamedOptions(Options):
    """Options under one `name`."""

    name = ""

    @classmethod
    def title(cls) -> str:
        return cls.name


class NameOf(Reader):
    """The name of one of a few sets of options, alone or with its options: `adamw` or `{adamw: {beta_2: 0.99}}`."""

    def __init__(self, what: str, known: Mapping[str, type[Any]], where: str = "") -> None:
        self.known = known
        self.words = f"{what} ({where})" if where else f"{what}: {', '.join(known)}"

    def read(self, raw: Raw) -> Any:
        pairs: list[tuple[Any, Raw]] = list(raw.items()) if isinstance(raw, dict) else [(raw, {})]
        name, options = pairs[0] if len(pairs) == 1 else ("", {})
        if not isinstance(name, str):
            raise ValueError(self.words)
        cls = self.known.get(name) or self.known.get(next((same for same in self.known if _plain(same) == _plain(name)), ""))
        if cls is None:
            meant = known_kind(name, ())
            hint = f"; here it is called {quote(meant)}" if meant in self.known else nearest(name, self.known)
            raise ValueError(self.words + hint)
        return cls.read(options)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.known)}, {"type": "object", "minProperties": 1, "maxProperties": 1}, EXPRESSION]}


class OptionsOf(Reader):
    """The options of a class, or the lone value of its main one."""

    def __init__(self, cls: type[Options]) -> None:
        self.cls = cls
        self.words = f"the options of {cls.title()}"

    def read(self, raw: Raw) -> Any:
        return self.cls.read(raw)

    def schema(self) -> dict[str, Any]:
        fields, required = self.cls.fields, [name for name, field in self.cls.fields.items() if field.required]
        lone = [fields[self.cls.main_option() or ""].reader.schema()] if len(required) < 2 else []
        return {"anyOf": [*lone, {"type": "object", "required": required}, EXPRESSION]}


def by_name(*classes: type[NamedOptions]) -> dict[str, type[NamedOptions]]:
    """Classes by the names of their options."""
    return {cls.name: cls for cls in classes}
