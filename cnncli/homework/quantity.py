"""What can be asked of a layer: in words, what it comes to, and which of its workings lead there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..totals import one_if_equal

if TYPE_CHECKING:
    from ..network import Facts, Node
    from ..report import Report


class Quantity(NamedTuple):
    """One thing to ask: the head of its column, the question, and the topic and labels of its workings (none: all of the topic)."""

    name: str
    title: str
    question: str
    topic: str
    labels: tuple[str, ...] = ()
    level: int = 0  # 0: asked at every level; 1: from medium on; 2: hard only


QUANTITIES = {
    one.name: one
    for one in (
        Quantity("output_shape", "output", "What is the shape of its output (axes, then channels)?", "shape"),
        Quantity("params", "params", "How many parameters has it, trainable or not?", "params", ("parameters",)),
        Quantity("trainable_params", "trained", "How many of its parameters are trainable?", "params", ("of them trained",)),
        Quantity("macs", "MACs", "How many multiply-accumulates (MACs) does one image take?", "macs", ("MACs",), 1),
        Quantity("flops", "FLOPs", "How many FLOPs does one image take (two for each MAC)?", "macs", ("MACs", "FLOPs"), 1),
        Quantity("receptive_field", "field", "How many input pixels does an output position see along an axis?", "receptive_field", (), 2),
        Quantity(
            "param_bytes",
            "weight bytes",
            "How many bytes do its weights take as float32?",
            "memory",
            ("parameters", "memory of weights"),
            2,
        ),
        Quantity("activation_bytes", "output bytes", "How many bytes does its output take as float32?", "memory", ("memory of output",), 2),
    )
}
FIGURES = ("params", "trainable_params", "macs", "flops", "param_bytes", "activation_bytes")


def value(report: Report, node: Node, quantity: str) -> Any:
    """What a layer has of it; None where there is nothing to ask."""
    if quantity == "receptive_field":
        field = report.fields[node.index]
        return one_if_equal(field.size) if field.size and not field.sees_all and not field.note else None
    return local(report, node.facts, quantity)


def local(report: Report, facts: Facts, quantity: str) -> Any:
    """What follows from a layer and the shapes that it gets alone."""
    return report.network.shown(facts.output) if quantity == "output_shape" else getattr(report.of(facts), quantity)


def worth_asking(report: Report, node: Node, quantity: str) -> bool:
    """Whether there is something to work out."""
    if not node.inputs or node.index in report.network.partial or (node.shared is not None and quantity != "output_shape"):
        return False
    facts = node.facts
    if quantity == "output_shape":
        return facts.output != facts.shapes[0]
    if quantity == "trainable_params":
        return bool(facts.weights) and not all(weight.trainable for weight in facts.weights) and bool(value(report, node, quantity))
    if quantity == "receptive_field" and not facts.windows:
        return False
    return bool(value(report, node, quantity))
