"""A chain of layers placed on its inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import LayerError, UsageError
from ..layers import Shape
from ..layers.channel_order import refusal_of_layer
from ..layers.values import Whole
from ..network import Input, Network
from ..printable import quote
from .words import Piece

_LENGTH = Whole(1)


def read_shape(text: str) -> Shape:
    """227x227x3: the axes, then the channels. Raises UsageError."""
    try:
        return tuple([_LENGTH.read(part) for part in re.split(r"\s*[xX×,]\s*", text.strip("()[] ").rstrip(", "))])
    except ValueError:
        raise UsageError(f"{quote(text)} is no input; write 224x224x3: the axes, then the channels, each {_LENGTH.words}") from None


def build(inputs: Sequence[Shape], chain: Sequence[Piece], name: str = "chain") -> Network:
    """The network of the layers one behind the other. A merge that comes first takes all inputs. Raises UsageError with the place."""
    network = Network(name)
    places = tuple([network.place(Input(shape=shape), (), f"input_{number}" if len(inputs) > 1 else "input").index
                    for number, shape in enumerate(inputs, 1)])  # fmt: skip
    network.outputs = _placed(network, chain, places)
    return network


def _placed(network: Network, chain: Sequence[Piece], places: tuple[int, ...]) -> tuple[int, ...]:
    """The place that the chain ends at."""
    for piece in chain:
        layer = piece.layer()
        if piece.branches is not None:
            places = tuple([end for branch in piece.branches for end in _placed(network, branch, places)])
        elif len(places) > 1 and not layer.merges:
            piece.kind.refuse(f"{layer.kind} takes one input; it gets {len(places)}")
        try:
            places = (network.place(layer, places, place=piece.kind).index,)
        except LayerError as error:
            piece.refuse(error, refusal_of_layer(error, [node.output for node in network.nodes if not node.inputs]))
    return places
