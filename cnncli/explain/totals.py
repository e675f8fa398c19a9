"""The sums over layers: of all, and of each kind; and the moment at which most memory is alive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..memory import peak
from ..network import Network, Node
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


class Totals:
    """Collects the figures of explained layers, then explains their sums.

    Keeps a few numbers for each layer rather than its workings, so that long networks can be
    explained layer by layer in bounded memory.
    """

    def __init__(self, network: Network, element_bytes: int = 4, batch: int = 1) -> None:
        self._network, self._element_bytes, self._batch = network, element_bytes, batch
        self._labels: set[str] = set()
        self._layers: list[tuple[Node, tuple[int, ...]]] = []

    def add(self, explanation: Explanation) -> None:
        """Take the figures of one layer."""
        self._labels.update(line.label for line in explanation.workings)
        figures = [_figure(explanation, topic, label) for topic, label, _ in SUMMED]
        self._layers.append((explanation.node, tuple(figures)))

    def workings(self) -> list[Working]:
        """The sums, equal numbers together: 3·2,359,808. Leaves out what no layer explains."""
        lines: list[Working] = []
        for column, (topic, label, unit) in enumerate(SUMMED):
            numbers = [figures[column] for _, figures in self._layers]
            if label in self._labels and any(numbers):
                lines.append(_sum(topic, _OF_ALL.get(label, label), numbers, unit))
                lines.extend(_by_kind(topic, label, [node for node, _ in self._layers], numbers))
            if label == "MACs" and lines and lines[-1].topic == "macs":
                macs = sum(numbers)
                lines.append(working("macs", "FLOPs", product([2, named("MACs", macs)]), 2 * macs))
        if any(line.topic == "memory" for line in lines):
            lines.append(_peak(self._network, self._element_bytes, self._batch))
        return lines


def _sum(topic: str, label: str, numbers: Sequence[int], unit: str = "") -> Working:
    formula = add(named("", number) for number in numbers if number)
    return working(topic, label, formula, sum(numbers), unit)


def _figure(explanation: Explanation, topic: str, label: str) -> int:
    """A figure of a layer. One that is not listed separately (no bias, all trained) is the whole."""
    values = {line.label: line.value for line in explanation.workings if line.topic == topic}
    value = values.get(label, values.get("parameters") if topic == "params" else None)
    return int(value or 0)


def _by_kind(topic: str, label: str, nodes: Sequence[Node], numbers: Sequence[int]) -> Iterator[Working]:
    """Parameters and MACs of each kind of layer, with their share; then the largest layer."""
    by_kind: dict[str, list[int]] = {}
    for node, number in zip(nodes, numbers, strict=True):
        if number:
            by_kind.setdefault(node.kind, []).append(number)
    if label not in ("parameters", "MACs") or len(by_kind) < 2:
        return
    total = sum(numbers)
    for kind, parts in by_kind.items():
        line = _sum(topic, f"{label} in {kind}", parts)
        yield line._replace(words=_share(line.value, total))
    largest = max(numbers)
    node = nodes[numbers.index(largest)]
    words = f"{node.name}, {_share(largest, total)}"
    yield Working(topic, f"most {label}", None, largest, words=words)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} % of all"


def _peak(network: Network, element_bytes: int, batch: int) -> Working:
    """The tensors alive together when they are most."""
    most, nodes = peak(network, element_bytes, batch), network.nodes
    alive = [nodes[index].facts.elements * element_bytes * batch for index in most.tensors]
    words = f"alive at {nodes[most.node].name}: {', '.join(nodes[index].name for index in most.tensors)}"
    return _sum("memory", "most at once", alive, "bytes")._replace(words=words)
