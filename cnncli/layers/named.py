"""Options that go by a name of their own, such as an optimizer's or an initializer's: `he_normal`, or `{constant: 0.1}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import nearest
from .base import Options
from .values import EXPRESSION, Reader

if TYPE_CHECKING:
    from .values import Raw


class NamedOptions(Options):
    """Options under one `name`."""

    name = ""

    @classmethod
    def title(cls) -> str:
        return cls.name


class NameOf(Reader):
    """The name of one of a few sets of options, alone or with its options: `adamw` or `{adamw: {beta_2: 0.99}}`."""

    def __init__(self, what: str, known: dict[str, type[Any]]) -> None:
        self.known = known
        self.words = f"{what}: {', '.join(known)}"

    def read(self, raw: Raw) -> Any:
        pairs: list[tuple[Any, Raw]] = list(raw.items()) if isinstance(raw, dict) else [(raw, {})]
        name, options = pairs[0] if len(pairs) == 1 else ("", {})
        if not isinstance(name, str) or name not in self.known:
            raise ValueError(self.words + (nearest(name, self.known) if isinstance(name, str) else ""))
        return self.known[name].read(options)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.known)}, {"type": "object", "minProperties": 1, "maxProperties": 1}, EXPRESSION]}


def by_name(*classes: type[NamedOptions]) -> dict[str, type[NamedOptions]]:
    """Classes by the names of their options."""
    return {cls.name: cls for cls in classes}
