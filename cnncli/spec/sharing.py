"""Weights that several items share: a later item uses those of an earlier one, and they count once."""

from __future__ import annotations

from ..errors import LayerError, nearest
from ..layers.base import shown
from ..layers.values import is_long, shorten_list
from ..network import Network, Node
from ..printable import quote
from .frames import Frame


def borrow(network: Network, frame: Frame, name: str, placed: range) -> None:
    """Let each node of `placed` use the weights of the one in its place among those of the item called `name`.

    Raises LayerError where there is no such item, they are not the same layers, or the weights do not fit what comes in.
    """
    if name not in frame.placed:
        if frame.labels.get(name, 0) is None:  # it is at fault itself
            return
        hint = nearest(name, frame.placed) or "; an item gets a name by `name:` beside its kind, above its use"
        raise LayerError(f"no item above is called {quote(name)}{hint}")
    lent = frame.placed[name]
    pairs = [(network.nodes[index], network.nodes[first]) for index, first in zip(placed, lent, strict=False)]
    other = next((pair for pair in pairs if pair[0].layer != pair[1].layer), None)
    if other is not None:
        raise LayerError(f"{quote(name)} has another {told(other[1])} than this {told(other[0])}; only the same layers share weights")
    if len(placed) != len(lent):
        raise LayerError(f"{quote(name)} has {len(lent)} layers and this has {len(placed)}; only the same layers share weights")
    for node, first in pairs:
        owner = first if first.shared is None else network.nodes[first.shared]
        if node.facts.weights != owner.facts.weights:
            gives, needs = shown(owner.facts.shapes[0]), shown(node.facts.shapes[0])
            raise LayerError(f"the weights of {quote(name)} are for inputs of {gives}; {quote(node.name)} gets {needs}")
        network.share(node, owner)
    if not any(node.shared is not None for node, _ in pairs):
        raise LayerError(f"{quote(name)} has no weights to share")


def told(node: Node) -> str:
    """A layer by its kind and the options that are not as usual."""
    layer = node.layer
    changed = {name: getattr(layer, name) for name, field in layer.fields.items() if getattr(layer, name) != field.default}
    said = [f"{name}: {shorten_list(value) if is_long(value) else value}" for name, value in changed.items()]
    return ("frozen " if layer.frozen else "") + layer.kind + (f" {{{', '.join(said)}}}" if said else "")
