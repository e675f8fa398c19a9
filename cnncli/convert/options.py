"""What the notation says for a layer: its kind, and all of its options."""

from __future__ import annotations

from typing import Any

from ..errors import LayerError
from ..layers import KINDS, Layer
from ..layers.base import Options
from ..layers.frozen import EVERY, NOTHING, Names, bare, frozen, learning
from ..layers.values import written
from ..network import Facts, Network, Node
from .words import NONE, Arg, Call, Speak, Words


def speaker() -> Speak:
    """A function that gives the words of a node; equal layers share them."""
    known: dict[Layer, Words] = {}
    checked: set[Facts] = set()

    def speak(node: Node) -> Words:
        if node.facts not in checked:
            check(node)
            checked.add(node.facts)
        found = known.get(node.layer)
        if found is None:
            found = known[node.layer] = words(node.layer, still(node))
        return found

    return speak


def still(node: Node) -> Names:
    """The weights that are frozen, of those that the layer has: what is said of a block is also said of layers that lack them."""
    if node.layer.frozen == EVERY:
        return EVERY if node.facts.weights or node.shared is not None else NOTHING
    return node.layer.frozen.intersection(learning(node.layer, *node.facts.shapes))


def words(layer: Layer, frozen: Names = NOTHING) -> Words:
    """The words of one layer, of which the weights `frozen` are told beside it."""
    args = []
    for name, field in layer.fields.items():
        value = getattr(layer, name)
        if name == "stride" and layer.kind.endswith("pool") and value == getattr(layer, "size", None):
            value = None  # as large as the window
        if layer.kind == "reshape" and set(value[:-1]) == {1}:
            value = (*value[:-1], -1)  # whatever the channels are
        args.append(Arg(name, value, NONE if field.required else field.default))
    return Words(Call(layer.kind, tuple(args)), frozen=frozen)


def check(node: Node) -> None:
    """Refuse what is not in the vocabulary (LayerError)."""
    if plain(node.facts) is None:
        article = "an" if node.kind[0] in "aeiou" else "a"
        raise LayerError(f"{node.name} is {article} {node.kind} that the notation has no word for; cnncli layers lists what there is")


def readable(node: Node) -> None:
    """Refuse options that a file may hold and no spec (LayerError), such as an epsilon below 0."""
    try:
        _read_again(node.layer)
    except LayerError as error:
        raise LayerError(f"{node.name}: {error}; no spec can say so") from None


def _read_again(made: Options) -> None:
    for name, field in made.fields.items():
        value = getattr(made, name)
        if isinstance(value, Options):
            _read_again(value)
        elif value != field.default:
            try:
                field.reader.read(_raw(value))
            except ValueError as error:
                raise LayerError(f"{name} of {made.title()} is {written(_raw(value))}; expected {error}", name) from None


def _raw(value: Any) -> Any:
    """A value as it stands in a file."""
    if isinstance(value, bool):
        return str(value).lower()
    return [_raw(one) for one in value] if isinstance(value, tuple) else value


def once(network: Network) -> None:
    """Refuse layers that use the weights of others (LayerError)."""
    network.refuse_partly_shared("code")
    for node in network.nodes:
        if node.shared is not None:
            owner = network.nodes[node.shared].name
            raise LayerError(f"{node.name} uses the weights of {owner}; code is written for layers that are used once, --to keras for all")


def plain(facts: Facts) -> Facts | None:
    """The same layer as it stands in the vocabulary; None where there is none that does the same."""
    layer, cls = facts.layer, KINDS.get(facts.layer.kind)
    if cls is None or bare(layer) is cls:
        return facts if cls else None
    if not isinstance(layer, cls) or layer.fields.keys() != cls.fields.keys():
        return None
    try:
        made = Facts(frozen(cls(**{name: getattr(layer, name) for name in layer.fields}), layer.frozen), facts.shapes)
    except LayerError:
        return None
    same = (made.output, made.work, made.windows, made.weights) == (facts.output, facts.work, facts.windows, facts.weights)
    return made if same else None
