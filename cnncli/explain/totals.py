"""The sums over layers: of all, and of each kind; and the moment at which most memory is alive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..memory import peak
from ..network import Network
from .term import add, named, product
from .workings import Explanation, Working, working

SUMMED = (
    ("params", "parameters", ""),
    ("params", "of them trained", ""),
    ("params", "without bias", ""),
    ("macs", "MACs", ""),
    ("memory", "memory of weights", "bytes"),
    ("memory", "memory of output", "bytes"),
)
_OF_ALL = {"memory of output": "memory of all outputs", "memory of weights": "memory of all weights"}


def totals(network: Network, explanations: Sequence[Explanation], element_bytes: int = 4, batch: int = 1) -> list[Working]:
    """The sums, equal numbers together: 3·2,359,808. What `explanations` do not tell is left out."""
    found: list[Working] = []
    for topic, label, unit in SUMMED:
        numbers = [(one, _figure(one, topic, label)) for one in explanations]
        told = any(line.label == label for one in explanations for line in one.workings)
        if told and any(number for _, number in numbers):
            found.append(_sum(topic, _OF_ALL.get(label, label), [number for _, number in numbers], unit))
            found.extend(_by_kind(topic, label, numbers))
        if label == "MACs" and found and found[-1].topic == "macs":
            whole = sum(number for _, number in numbers)
            found.append(working("macs", "FLOPs", product([2, named("MACs", whole)]), 2 * whole))
    if any(line.topic == "memory" for line in found):
        found.append(_peak(network, element_bytes, batch))
    return found


def _sum(topic: str, label: str, numbers: Sequence[int], unit: str = "") -> Working:
    return working(topic, label, add(named("", number) for number in numbers if number), sum(numbers), unit)


def _figure(explanation: Explanation, topic: str, label: str) -> int:
    """A figure of a layer. What is not told apart (no bias, nothing untrained) is the whole."""
    told = {line.label: line.value for line in explanation.workings if line.topic == topic}
    value = told.get(label, told.get("parameters") if topic == "params" else None)
    return int(value or 0)


def _by_kind(topic: str, label: str, numbers: Sequence[tuple[Explanation, int]]) -> Iterator[Working]:
    """What each kind of layer has of the parameters and MACs, and its share; then the layer that has most."""
    kinds = list(dict.fromkeys(one.node.kind for one, number in numbers if number))
    if label not in ("parameters", "MACs") or len(kinds) < 2:
        return
    whole = sum(number for _, number in numbers)
    for kind in kinds:
        line = _sum(topic, f"{label} in {kind}", [number for one, number in numbers if one.node.kind == kind])
        yield line._replace(words=_share(line.value, whole))
    most, largest = max(numbers, key=lambda pair: pair[1])
    yield Working(topic, f"most {label}", None, largest, words=f"{most.node.name}, {_share(largest, whole)}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} % of all"


def _peak(network: Network, element_bytes: int, batch: int) -> Working:
    """The tensors alive together when they are most."""
    most, nodes = peak(network, element_bytes, batch), network.nodes
    alive = [nodes[index].facts.elements * element_bytes * batch for index in most.tensors]
    words = f"alive at {nodes[most.node].name}: {', '.join(nodes[index].name for index in most.tensors)}"
    return _sum("memory", "most at once", alive, "bytes")._replace(words=words)
