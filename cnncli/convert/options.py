"""What the notation says for a layer: its kind, and all of its options."""

from __future__ import annotations

from typing import Any

from ..errors import LayerError
from ..layers import KINDS, Layer
from ..network import Facts, Node
from .words import NONE, Arg, Call, Speak, Words


def speaker() -> Speak:
    """A function that gives the words of a node; equal layers share them."""
    known: dict[Layer, Words] = {}
    checked: set[Facts] = set()

    def speak(node: Node) -> Words:
        if node.facts not in checked or node.shared is not None:
            check(node)
            checked.add(node.facts)
        found = known.get(node.layer)
        if found is None:
            found = known[node.layer] = words(node.layer)
        return found

    return speak


def words(layer: Layer) -> Words:
    """The words of one layer."""
    args = []
    for name, field in layer.fields.items():
        value = getattr(layer, name)
        if name == "stride" and layer.kind.endswith("pool") and value == getattr(layer, "size", None):
            value = None  # as large as the window
        if layer.kind == "reshape" and set(value[:-1]) == {1}:
            value = (*value[:-1], -1)  # whatever the channels are
        args.append(Arg(name, value, NONE if field.required else field.default))
    return Words(Call(layer.kind, tuple(args)))


def check(node: Node) -> None:
    """Refuse what the notation cannot say (LayerError)."""
    layer, cls = node.layer, KINDS.get(node.layer.kind)
    if node.shared is not None:
        raise LayerError(f"{node.name} is used more than once; in a spec each layer is used in one place")
    if cls is None or not isinstance(layer, cls) or layer.fields.keys() != cls.fields.keys():
        raise LayerError(f"{node.name} is a {layer.kind} as no spec can say it; cnncli layers lists what there is")
    options: dict[str, Any] = {name: getattr(layer, name) for name in layer.fields}
    if type(layer) is not cls and cls(**options).weights(*node.facts.shapes) != node.facts.weights:
        raise LayerError(f"{node.name} has weights that are not trained; a spec says what a network is, not how it is trained")
