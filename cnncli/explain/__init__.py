"""The same facts as workings: the formula, the numbers put in, the result."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..errors import UsageError, nearest
from ..network import Facts, Network, Node
from ..printable import quote
from .field import receptive_field
from .term import Term, exact
from .totals import Totals
from .workings import TOPICS, Explanation, Lettered, Working, first, macs, memory, params, shape

__all__ = ["TOPICS", "Explanation", "Term", "Totals", "Working", "exact", "explain"]

MOST_REMEMBERED = 256  # layers, so that memory stays bounded


def explain(
    network: Network, names: Sequence[str] = (), topics: Collection[str] = TOPICS, element_bytes: int = 4, batch: int = 1
) -> Iterator[Explanation]:
    """The workings of the layers called so (conv_* stands for many), or of all, in the order of the network.

    Raises UsageError for a name that is not there.
    """
    from ..receptive_field import InputFields

    chosen = _chosen(network, names)
    fields = InputFields(network) if "receptive_field" in topics else None
    letters: dict[Facts, Lettered] = {}  # equal layers are worked out once

    def lines(node: Node) -> Iterator[Working]:
        if not node.inputs:
            yield from first(node, element_bytes, batch)
            return
        if node.index in network.partial:
            yield Working("shape", "output", None, node.output, words="nothing else is known of this layer")
            return
        if node.facts not in letters:
            if len(letters) >= MOST_REMEMBERED:
                letters.clear()
            letters[node.facts] = Lettered(node.facts)
        this = letters[node.facts]
        yield from shape(this)
        yield from params(this, node, "" if node.shared is None else network.nodes[node.shared].name)
        yield from macs(this)
        if fields is not None:
            yield from receptive_field(this, node, fields.like(node.index))
        yield from memory(this, element_bytes, batch)

    return (Explanation(node, [line for line in lines(node) if line.topic in topics]) for node in network.nodes if node.name in chosen)


def _chosen(network: Network, names: Sequence[str]) -> set[str]:
    """The names of the layers that are meant."""
    from fnmatch import filter as matching

    known = network.node_names
    for name in names:
        if not matching(known, name):
            raise UsageError(f"no layer is called {quote(name)}{nearest(name, known)}")
    indices = {known[found] for name in names for found in matching(known, name)} if names else known.values()
    return {network.nodes[index].name for index in indices}
