"""Layers and answers in the words of a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers.base import Options, spread
from ..layers.values import is_long, shorten_list
from ..render.values import people

if TYPE_CHECKING:
    from ..network import Facts, Network, Node
    from ..report import Report

_ALWAYS = ("stride", "padding", "bias")  # told even where they are as usual
_PER_AXIS = ("kernel", "size")


def about(report: Report, node: Node) -> str:
    """A layer takes 32x32x3: conv with filters 8, kernel 3x3, stride 1, padding same, bias; of a spec, which layers it reads."""
    nodes, network = report.network.nodes, report.network
    alone = len(nodes) == 2 or all(not nodes[index].inputs for index in node.inputs)
    told = "; then ".join(f"{one.kind} with {options(one.facts)}" if options(one.facts) else one.kind for one in _chain(report, node))
    if network.name == "drawn":
        return f"{'A stack' if not alone else 'A layer'} takes {times(nodes[0].output)}: {told}"
    return f"{node.name} of {report.name}, {told}, reads {', '.join(_source(network, nodes[index]) for index in node.inputs)}"


def _source(network: Network, node: Node) -> str:
    """The input with its shape; of a layer the name alone, since its shape may be asked elsewhere on the sheet."""
    return node.name if node.inputs else f"{node.name} {times(network.shown(node.output))}"


def _chain(report: Report, node: Node) -> list[Node]:
    """Of a drawn stack all layers up to this one; of a spec the layer itself."""
    return [one for one in report.network.nodes if one.inputs and one.index <= node.index] if report.network.name == "drawn" else [node]


def options(facts: Facts) -> str:
    """filters 8, kernel 3x3, stride 1, padding same, bias."""
    layer, axes = facts.layer, len(facts.shapes[0]) - 1
    told = []
    for name, field in layer.fields.items():
        held = getattr(layer, name)
        if name in layer.untold or (held == field.default and name not in _ALWAYS) or held is None:
            continue
        told.append(_option(name, held, axes))
    return ", ".join(told)


def _option(name: str, held: Any, axes: int) -> str:
    if isinstance(held, bool):
        return name if held else f"no {name}"
    if isinstance(held, Options):
        return f"{name} {held.title()}"
    if name in _PER_AXIS and (isinstance(held, int) or len(held) == axes):
        return f"{name} {times(tuple(spread(held, axes, name)))}"
    return f"{name} {shorten_list(held) if is_long(held) else people(held)}"


def times(shape: tuple[int, ...]) -> str:
    """28x28x6."""
    return "x".join(map(str, shape))


def shown(answer: Any) -> str:
    """An answer as people write it: 1,792 or 28x28x6."""
    return times(answer) if isinstance(answer, tuple) else f"{answer:,}"
