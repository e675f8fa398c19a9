"""The same facts as workings: the formula, the numbers put in, the result."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ..errors import UsageError, nearest
from ..network import Facts, Network, Node
from .field import receptive_field
from .term import Term, add, exact, named, product
from .workings import TOPICS, Lettered, Working, first, macs, memory, params, shape, working

__all__ = ["TOPICS", "Explanation", "Term", "Working", "exact", "explain", "total"]


class Explanation(NamedTuple):
    """The workings of one layer."""

    node: Node
    workings: list[Working]


def explain(
    network: Network, names: Sequence[str] = (), topics: Collection[str] = TOPICS, element_bytes: int = 4, batch: int = 1
) -> Iterator[Explanation]:
    """The workings of the layers called so (conv_* stands for many), or of all, in the order of the network.

    Raises UsageError for a name that is not there.
    """
    from ..receptive_field import receptive_fields

    chosen = _chosen(network, names)
    fields = receptive_fields(network) if "receptive_field" in topics else []
    made: dict[Facts, Lettered] = {}

    def lines(node: Node) -> Iterator[Working]:
        if not node.inputs:
            yield from first(node, element_bytes, batch)
            return
        this = made.setdefault(node.facts, Lettered(node.facts))
        yield from shape(this)
        yield from params(this, "" if node.shared is None else network.nodes[node.shared].name)
        yield from macs(this)
        if fields:
            yield from receptive_field(this, node, fields)
        yield from memory(this, element_bytes, batch)

    for node in network.nodes:
        if node.name in chosen:
            yield Explanation(node, [line for line in lines(node) if line.topic in topics])


def _chosen(network: Network, names: Sequence[str]) -> set[str]:
    """The names of the layers that are meant."""
    from fnmatch import filter as matching

    known = [node.name for node in network.nodes]
    for name in names:
        if not matching(known, name):
            raise UsageError(f"no layer is called {name}{nearest(name, known)}")
    return {found for name in names for found in matching(known, name)} if names else set(known)


_SUMS = (("params", "parameters", ""), ("params", "of them trained", ""), ("params", "without bias", ""), ("macs", "MACs", ""),
         ("memory", "memory of weights", "bytes"), ("memory", "memory of output", "bytes"))  # fmt: skip
_NAMES = {"memory of output": "memory of all outputs", "memory of weights": "memory of all weights"}


def total(explanations: Sequence[Explanation]) -> list[Working]:
    """The sums over layers, equal ones together: 3·2,359,808."""
    found = []
    for topic, label, unit in _SUMS:
        counted = [_figure(explanation, topic, label) for explanation in explanations]
        numbers = [one for one in counted if one]
        if numbers and (label in ("parameters", "MACs") or topic == "memory" or numbers != [one for one in map(_params, explanations) if one]):
            found.append(working(topic, _NAMES.get(label, label), add(named("", one) for one in numbers), sum(numbers), unit))
    flops = next((line.value for line in found if line.topic == "macs"), 0)
    if flops:
        found.insert([line.topic for line in found].index("macs") + 1, working("macs", "FLOPs", product([2, named("MACs", flops)]), 2 * flops))
    return found


def _params(explanation: Explanation) -> int:
    return _figure(explanation, "params", "parameters")


def _figure(explanation: Explanation, topic: str, label: str) -> int:
    """A figure of a layer; what is not told apart (no bias, nothing untrained) is the whole."""
    told = {line.label: int(line.value) for line in explanation.workings if line.topic == topic and isinstance(line.value, int)}
    return told.get(label, told.get("parameters", 0) if topic == "params" else 0)
