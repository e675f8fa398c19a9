"""The weights that a recipe names: of a layer, of all layers of a kind, or one of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import nearest
from ..network import Network, Node
from ..printable import quote

if TYPE_CHECKING:
    from .recipe import Recipe

OPTIONS = ("lr_scale", "freeze_after")


def weights_of(network: Network, key: str) -> Iterator[tuple[Node, str]]:
    """The trainable weights that `key` means: NAME or KIND, or with the name of a weight, NAME.WEIGHT or KIND.WEIGHT."""
    for node in network.nodes:
        names = filter(None, (node.name, node.automatic_name, node.kind))
        meant = {who: who for who in names}
        for weight in node.facts.weights if node.shared is None else ():
            if weight.trainable and key in (who + what for who in meant for what in ("", f".{weight.name}")):
                yield node, weight.name


def strangers(network: Network, recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """What a recipe names and the network has not: the option, the name, and a sentence about it."""
    for option in OPTIONS:
        for key in getattr(recipe, option):
            if not any(weights_of(network, key)):
                known = {name for node in network.nodes for name in (node.name, node.kind) if node.facts.weights}
                hint = nearest(key, sorted(known)) or "; name a layer, a kind of layers, or one weight: batch_norm.beta"
                yield option, key, f"{option} names {quote(key)}, and no weight that is trained is called so{hint}"
