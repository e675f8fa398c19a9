"""What may stand in an argument: names from the network on the command line, from recipes, and from run folders.

Each function takes click's context and what has been typed. What cannot be read completes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from ..importers.model import Model
    from ..spec import Document

    Items = list[CompletionItem[str]]


def complete(name: str) -> Callable[[click.Context, click.Parameter, str], Items]:
    """The function of this room for click's `shell_complete`, imported when it is used: `complete("layer_names")`."""

    def items(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        found: Items = globals()[name](ctx, incomplete)
        return found

    return items


def beginning(names: Iterable[str], incomplete: str) -> Items:
    """The names that begin as typed, and can be typed."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete) and name.isprintable()]


def in_list(names: Iterable[str], incomplete: str) -> Items:
    """The same for lists with commas: what is before the last one stays, and is not offered again."""
    before, comma, begun = incomplete.rpartition(",")
    chosen = before.split(",")
    return beginning([before + comma + name for name in names if name not in chosen], before + comma + begun)


def layer_names(ctx: click.Context, incomplete: str) -> Items:
    """The layers of the network."""
    return beginning((node.name for document in _documents(ctx) for node in document.network.nodes), incomplete)


def figure_keys(ctx: click.Context, incomplete: str) -> Items:
    """The keys of `get`: totals, and level by level what layers have."""
    from ..render.document import head, layer
    from ..report import analyze
    from ..totals import TOTALS

    for document in _documents(ctx):
        report = analyze(document.network)
        keys = [*TOTALS, *(key for key, value in head(report).items() if not isinstance(value, dict)), "layers."]
        keys += [f"{key}.{name}" for key in ("outputs", "input") for name in _names_in(head(report)[key])]
        rows = {row.name: row for row in report.rows} if incomplete.startswith("layers.") else {}
        keys += [f"layers.{name}." for name in rows]
        name = next((name for name in rows if incomplete.startswith(f"layers.{name}.")), None)
        if name is not None:
            for key, value in layer(rows[name]).items():
                keys += [f"layers.{name}.{key}.{inner}" for inner in _names_in(value)] or [f"layers.{name}.{key}"]
            keys.remove(f"layers.{name}.")
        return beginning(keys, incomplete)
    return []


def _names_in(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def setting_names(ctx: click.Context, incomplete: str) -> Items:
    """The parameters of the spec, for --set NAME=VALUE."""
    return beginning((f"{name}=" for document in _documents(ctx) for name in getattr(document, "parameters", ())), incomplete)


def recipe_names(ctx: click.Context, incomplete: str) -> Items:
    """The values of a recipe, for --recipe NAME=VALUE."""
    from ..spec.recipe import Recipe

    name, sign, begun = incomplete.partition("=")
    if sign:
        return beginning((f"{name}={value}" for value in _values(name)), f"{name}={begun}")
    return beginning((f"{name}=" for name in Recipe.fields), incomplete)


def complete_value(option: str) -> Callable[[click.Context, click.Parameter, str], Items]:
    """The names that an option of the recipe takes; for the data also files."""

    def items(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        from click.shell_completion import CompletionItem

        files: Items = [CompletionItem(incomplete, type="file")] if option == "data" else []
        return [*beginning(_values(option), incomplete), *files]

    return items


def _values(name: str) -> Iterable[str]:
    """The names that a value of the recipe can have."""
    from ..layers.named import NameOf
    from ..layers.values import ListOf, OneOf
    from ..spec.recipe import DATA_SETS, Recipe

    if name == "data":
        return DATA_SETS
    reader = Recipe.fields[name].reader if name in Recipe.fields else None
    reader = reader.item if isinstance(reader, ListOf) else reader
    if isinstance(reader, OneOf):
        return reader.choices
    return reader.known if isinstance(reader, NameOf) else ()


def layer_kinds(ctx: click.Context, incomplete: str) -> Items:
    """Kinds of layers with commas between them."""
    from ..layers import KINDS

    return in_list([kind for kind in KINDS if kind != "input"], incomplete)


def shipped_names(ctx: click.Context, incomplete: str) -> Items:
    """The architectures that ship."""
    from ..spec import shipped

    return beginning(shipped(), incomplete)


def runs(ctx: click.Context, incomplete: str) -> Items:
    """The runs in the folder `runs`, and other folders to go on from."""
    from click.shell_completion import CompletionItem

    known = [] if os.path.dirname(incomplete) else sorted(_runs_in("runs"))
    return [*beginning(known, incomplete), CompletionItem(incomplete, type="dir")]


def _runs_in(folder: str) -> Iterator[str]:
    """The runs in a folder: those with a recipe, and those of several seeds."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if any(os.path.isfile(os.path.join(path, file)) for file in ("recipe.json", "seeds.json")):
            yield path


def _documents(ctx: click.Context) -> Iterator[Document | Model]:
    """What the command line names so far and can be read. Pipes and standard input are left alone."""
    from ..errors import CnncliError
    from ..sources import load
    from ..spec import shipped

    words = [ctx.params.get(name) for name in ("spec", "specs", "model")]
    named = [word for value in words if value for word in (value if isinstance(value, tuple) else [value])]
    for word in [*named, *ctx.args][:8]:
        if word in shipped() or os.path.isfile(word) or os.path.isfile(f"{word}.yaml"):
            try:
                yield load(word)
            except (CnncliError, OSError):
                continue
