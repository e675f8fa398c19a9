"""What layers say of training beyond what PyTorch's modules hold: told in words, for the code that trains them."""

from __future__ import annotations

from ...convert.written import shown
from ...layers.affine import Affine
from ...network import Network
from ...printable import list_names
from ..python import spoken

MOST = 3  # names


def words(network: Network) -> str:
    """One line for each thing that differs from the usual: `initializer he_normal: conv_1, conv_2 and 7 more`."""
    found: dict[str, list[str]] = {}
    for node in network.nodes:
        for name, field in Affine.fields.items() if isinstance(node.layer, Affine) else ():
            if getattr(node.layer, name) != field.default:
                found.setdefault(f"{name} {shown(getattr(node.layer, name))}", []).append(node.name)
    told = [f"{what}: {spoken(list_names(names, MOST))}" for what, names in found.items()]
    return "\n".join(["For the code that trains it, since PyTorch's modules have no place for it:", *told]) if told else ""
