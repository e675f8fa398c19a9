"""The comparison, quantity by quantity."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..network import Network, Node
from ..report import Report, analyze
from .certificate import QUANTITIES, Certificate, Counted, Mismatch


class Pair:
    """A node, the Keras layer that was built for it, and which of the layer's calls it is."""

    __slots__ = ("built", "call", "node", "shape")

    def __init__(self, node: Node, built: Any, call: int = 0) -> None:
        self.node, self.built, self.call = node, built, call
        self.shape: tuple[int, ...] = ()  # of its output, as the backend finds it

    @property
    def inputs(self) -> list[Any]:
        """The tensors that this call reads. (Keras tells of a layer that is called several times in no other way.)"""
        return list(self.built._inbound_nodes[self.call].input_tensors)

    @property
    def output(self) -> Any:
        """The tensor that this call makes."""
        [made] = self.built._inbound_nodes[self.call].output_tensors
        return made

    @property
    def weights(self) -> list[Any]:
        """Those that count here: of a layer that is used again they are its first use's; borrowed ones are another layer's."""
        if self.node.shared is not None:
            return []
        return [weight for weight in self.built.weights if weight.name not in self.node.borrowed]


def paired(network: Network, model: Any) -> list[Pair]:
    """Each node with its layer in the model that was built from the network."""
    from ..keras_model import keras_names

    names, calls = keras_names(network), [0] * len(network.nodes)
    pairs = []
    for node in network.nodes:
        first = node.index if node.shared is None else node.shared
        pairs.append(Pair(node, model.get_layer(names[first]), calls[first]))
        calls[first] += 1
    return pairs


Found = Iterator[tuple[Node, str, object, object]]  # a figure: the node, what it is, predicted, built


def verify(network: Network, model: Any, only: Sequence[str] = QUANTITIES, progress: Callable[[str], object] = str) -> Certificate:
    """Compare what is predicted of `network` with what `model`, built from it, has. `progress` is told each step."""
    report, pairs = analyze(network), paired(network, model)
    compared: dict[str, int] = {}
    mismatches: list[Mismatch] = []
    counted: Counted | None = None
    for quantity in only:
        progress(quantity)
        if quantity in ("shapes", "macs", "memory") and not pairs[0].shape:
            trace_shapes(model, pairs)
        figures = list(FIGURES[quantity](report, model, pairs))
        compared[quantity] = len(figures)
        mismatches += [Mismatch(node.place, node.name, what, said, built) for node, what, said, built in figures if said != built]
    if "macs" in only:
        progress("counter")
        counted, differing, layers = second_opinion(pairs)
        mismatches += differing
        compared["macs"] += layers
    return Certificate(network.name, compared, mismatches, counted)


def trace_shapes(model: Any, pairs: list[Pair]) -> None:
    """Run the model symbolically, and note the shapes that the backend, not Keras' own arithmetic, gives to every output."""
    from .backend import traced_shapes

    for pair, shape in zip(pairs, traced_shapes(model, [pair.output for pair in pairs]), strict=True):
        pair.shape = shape


def shapes(report: Report, model: Any, pairs: list[Pair]) -> Found:
    """Each output's, as Keras states it and as the backend finds it."""
    for pair in pairs:
        stated = tuple(pair.output.shape[1:])
        yield pair.node, "output shape", pair.node.output, pair.shape if stated == pair.shape else (stated, pair.shape)


def weights(report: Report, model: Any, pairs: list[Pair]) -> Found:
    """Each weight's name, shape and trainability; and how many there are."""
    for pair in pairs:
        predicted = [(weight.name, weight.shape, weight.trainable) for weight in pair.node.facts.weights]
        built = [(weight.name, tuple(weight.shape), weight.trainable) for weight in pair.weights]
        if len(predicted) != len(built):
            yield pair.node, "weights", predicted, built
        else:
            yield from ((pair.node, f"weight {one[0]}", one, other) for one, other in zip(predicted, built, strict=True))


def macs(report: Report, model: Any, pairs: list[Pair]) -> Found:
    """From the built layers' own kernels, and the positions at which they are applied."""
    from .facts import macs_of

    total = 0
    for pair, row in zip(pairs, report.rows, strict=True):
        found = macs_of(pair)
        total += found
        yield pair.node, "MACs", row.figures.macs, found
    yield pairs[-1].node, "MACs of all layers", report.totals["macs"], total


def receptive_field(report: Report, model: Any, pairs: list[Pair]) -> Found:
    """What some positions of some outputs see of the inputs."""
    from .support import fields

    yield from fields(report.network, pairs)


def memory(report: Report, model: Any, pairs: list[Pair]) -> Found:
    """The bytes of each layer's weights and of its output, unless that is its input's memory under another shape."""
    from .facts import activation_bytes, weight_bytes

    for pair, row in zip(pairs, report.rows, strict=True):
        yield pair.node, "bytes of weights", row.figures.param_bytes, weight_bytes(pair)
        if not pair.node.layer.view:
            yield pair.node, "bytes of output", row.figures.activation_bytes, activation_bytes(pair)
    yield pairs[-1].node, "bytes of all weights", report.totals["param_bytes"], sum(map(weight_bytes, pairs))


FIGURES: dict[str, Callable[[Report, Any, list[Pair]], Found]] = {
    "shapes": shapes,
    "weights": weights,
    "macs": macs,
    "receptive_field": receptive_field,
    "memory": memory,
}


def second_opinion(pairs: list[Pair]) -> tuple[Counted, list[Mismatch], int]:
    """The framework's own counter on every layer with kernels; differences without a reason are mismatches. And how many layers."""
    from .counter import count, counter

    known: dict[object, tuple[int, dict[str, int]]] = {}
    flops = ours = layers = 0
    explained: dict[str, int] = {}
    mismatches = []
    for pair in pairs:
        node, twice = pair.node, 2 * pair.node.facts.work.macs
        if not twice:
            continue
        if node.facts not in known:
            known[node.facts] = count(pair)
        found, reasons = known[node.facts]
        flops, ours, layers = flops + found, ours + twice, layers + 1
        for words, difference in reasons.items():
            explained[words] = explained.get(words, 0) + difference
        if found != twice + sum(reasons.values()):
            expected = twice + sum(reasons.values())
            mismatches.append(Mismatch(node.place, node.name, "operations as the framework counts them", expected, found))
    explained = {words: difference for words, difference in explained.items() if difference}
    return Counted(counter(), flops, ours, explained), mismatches, layers
