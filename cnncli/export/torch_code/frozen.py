"""What PyTorch says for frozen weights, around the modules that have them."""

from __future__ import annotations

from ...convert.words import Call
from ...layers.frozen import EVERY
from ...network import Node
from ..python import Calls, shown

MODULES = ("Conv", "Linear", "Norm", "Scale", "PReLU")  # those with parameters


def held_still(made: Calls, node: Node) -> Calls:
    """The modules of a node, with what is frozen of each."""
    groups: list[list[str]] = []
    for weight in node.facts.weights:  # each kernel and each slope has a module of its own; what follows belongs to it
        if not groups or weight.name.endswith("kernel") or weight.name == "alpha":
            groups.append([])
        groups[-1].append(weight.name)
    waiting = iter(groups)
    has = [next(waiting, []) if any(word in call.callee for word in MODULES) else [] for call in made]
    return tuple([call._replace(around=around(call, names, node.layer.frozen)) for call, names in zip(made, has, strict=True)])


def around(call: Call, has: list[str], still: frozenset[str]) -> str:
    """What stands around a module with these weights. Frozen batch normalization stays in evaluation mode, as in Keras."""
    if still == EVERY and has:
        return "frozen({})" if "BatchNorm" in call.callee else "{}.requires_grad_(False)"
    own = {"gamma": "gamma"} if call.callee == "LayerScale" else {"bias": "bias", "beta": "bias"}
    names = [own.get(name, "weight") for name in has if name in still and not name.startswith("moving")]
    return f"frozen({{}}, {', '.join(map(shown, names))})" if names else "{}"
