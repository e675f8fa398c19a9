"""What the layers are called in Keras: as the nodes are, also in blocks that are functions."""

from __future__ import annotations

from ...network import Network
from ..python import Code, shown


def fit(name: str) -> str:
    """A name as Keras has them: without `/`, and without `_` in front."""
    return f"x{name}" if name.startswith("_") else name.replace("/", ".")


def literal_names(network: Network) -> list[Code]:
    """Each node's own name."""
    return [Code(shown(fit(node.name))) for node in network.nodes]


def renamed(network: Network) -> dict[str, str]:
    """The names that users gave to nodes in blocks, by the name that the counter gives."""
    return {node.automatic_name: fit(node.name) for node in network.nodes if node.automatic_name}


def counted_names(network: Network) -> list[Code] | None:
    """The names as a counter gives them, so that blocks can be functions; None where there are no blocks, or other names."""
    if all(node.scope is None for node in network.nodes):
        return None
    numbers: dict[str, int] = {}
    made = []
    for node in network.nodes:
        stem, _, number = (node.automatic_name or node.name).rpartition("_")
        if node.inputs and number == str(numbers.get(stem, 0) + 1) and (node.scope is not None or stem == node.kind):
            numbers[stem] = int(number)
            made.append(Code(f"name({shown(stem)})"))
        elif node.scope is None:
            made.append(Code(shown(fit(node.name))))
        else:
            return None
    return made
