"""The recipe with what the command line changes in it, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import CnncliError, LayerError, SpecError, UsageError
from ..layers.base import Layer, Options
from ..layers.named import NamedOptions
from ..layers.values import written
from ..printable import quote
from ..spec.recipe import Recipe
from ..synonyms import option_hint

if TYPE_CHECKING:
    from ..layers.values import Raw


def changed(recipe: Recipe | None, changes: Mapping[str, str], advice: str = "--data digits, or a path") -> Recipe:
    """The recipe with `changes`, name -> text as it would stand in the file; `advice`: which data would suit. Raises UsageError."""
    values: dict[str, Any] = {name: getattr(recipe, name) for name in Recipe.fields} if recipe is not None else {}
    for name, text in changes.items():
        if name not in Recipe.fields:
            raise UsageError(f"a recipe has no {quote(name)}{option_hint(name, Recipe.fields)}")
        values[name] = read(name, text)
    if "data" not in values:
        raise UsageError(f"the spec has no train section, so say which data: {advice}")
    return Recipe(**values)


def read(name: str, text: str) -> Any:
    """One value of a recipe from its text. Raises UsageError."""
    from ..spec.binding import value
    from ..spec.fault import Source
    from ..spec.tree import Mapping as Tree
    from ..spec.tree import parse

    try:
        tree = parse(Source("--recipe", f"{name}: {text}\n"))
        if not isinstance(tree, Tree) or list(tree.entries) != [name]:
            raise UsageError(f"{name}={text} cannot be read; write it as in a train section")
        raw = value(tree.entries[name], {})
    except SpecError:
        raise UsageError(f"{name}={text} cannot be read; write it as in a train section") from None
    try:
        return Recipe.fields[name].reader.read(raw)
    except ValueError as error:
        raise UsageError(f"{name} is {written(raw)}; expected {error}") from None
    except LayerError as error:
        raise UsageError(f"{name}: {error}") from None


def plain(value: Any) -> Any:
    """A value of a recipe as JSON has it, in the form in which it is written in a file."""
    if isinstance(value, (NamedOptions, Layer)):
        return {value.title(): {name: plain(getattr(value, name)) for name in value.fields}}
    if isinstance(value, Options):
        return {name: plain(getattr(value, name)) for name in value.fields}
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def from_plain(kept: Mapping[str, Any]) -> Recipe:
    """The recipe that `plain` wrote. Raises UsageError."""
    try:
        return Recipe.read({name: _raw(value) for name, value in kept.items() if value is not None})
    except (CnncliError, TypeError) as error:
        raise UsageError(f"the recipe in recipe.json is damaged: {error}; put back a copy of it") from None


def _raw(value: Any) -> Raw:
    """JSON as readers take it: truth as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {name: _raw(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_raw(one) for one in value]
    if value is None:
        raise TypeError("a list holds null")
    return repr(value) if isinstance(value, float) else value


def with_values(recipe: Recipe, **values: Any) -> Recipe:
    """The recipe with other values."""
    return Recipe(**{**{name: getattr(recipe, name) for name in Recipe.fields}, **values})
