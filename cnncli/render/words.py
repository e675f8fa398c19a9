"""What a layer was told, in the few words of a paper's table: `64 of 3x3 /2 same relu`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers import Layer
from ..layers.base import Options, spread
from ..layers.values import is_long, shorten_list
from ..printable import count_of
from ..report import Row

if TYPE_CHECKING:
    from ..network import Facts

_PER_AXIS = ("kernel", "size")


def options(row: Row) -> str:
    """The options of a layer that are not the defaults, and whose weights it uses; of a block, how many layers it has."""
    if not row.is_layer:
        return count_of(len(row.nodes), "layer")
    return " ".join(filter(None, [options_of(row.nodes[0].facts), *shared(row)]))


def shared(row: Row) -> list[str]:
    """Whose weights a layer uses: "= conv_1", or "bias = conv_1" where it has others of its own."""
    whole = row.nodes[0].shared is not None
    names = row.shared_weights
    if whole:
        return [f"= {owner}" for owner in dict.fromkeys(names.values())]
    return [f"{weight} = {owner}" for weight, owner in names.items()]


def options_of(facts: Facts) -> str:
    """The options of one layer that are not the defaults."""
    axes = len(facts.shapes[0]) - 1 if facts.shapes else 0
    made = facts.layer
    told = [name for name in changed(made) if name not in made.untold]
    return " ".join(_said(made, name, getattr(made, name), axes) for name in told) if made.kind != "input" else ""


def changed(made: Options) -> list[str]:
    """The options that do not have their defaults."""
    return [name for name, field in made.fields.items() if getattr(made, name) != field.default]


def _said(made: Options, name: str, value: Any, axes: int) -> str:
    """One option in words."""
    if name in _PER_AXIS:
        of = "of " if name == "kernel" and "filters" in made.fields else ""
        return of + "x".join(map(str, spread(value, axes, name)))
    if name == "stride":
        return "/" + "x".join(map(str, value if isinstance(value, tuple) else (value,)))
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if isinstance(value, Options):
        return " ".join([value.title(), *(_said(value, own, getattr(value, own), axes) for own in changed(value))])
    return shortened(value) if isinstance(value, str) or name == made.main_option() else f"{name} {shortened(value)}"


def shortened(value: Any) -> str:
    """The value of an option for a table, a long list cut to its beginning and its length."""
    return shorten_list(value) if is_long(value) else str(written_value(value))


def weights(row: Row) -> str:
    """kernel 3x3x3x64, bias 64. A block's are those of its layers, which are too many to tell."""
    if not row.is_layer:
        return ""
    return ", ".join(f"{weight.name} {'x'.join(map(str, weight.shape))}" for weight in row.nodes[0].facts.weights)


def written(layer: Layer) -> dict[str, Any]:
    """All options of a layer as they would be written."""
    return {name: written_value(getattr(layer, name)) for name in layer.fields}


def written_value(value: Any) -> Any:
    """The value of an option as it would be written."""
    if isinstance(value, Options):
        return {value.title(): {name: written_value(getattr(value, name)) for name in value.fields}} if value.fields else value.title()
    return [written_value(one) for one in value] if isinstance(value, tuple) else value
