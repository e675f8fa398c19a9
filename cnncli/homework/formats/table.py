"""The layers of a spec as a table whose blanks are the questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...render.columns import Column
from ...render.sheet import Sheet as Table
from ...render.words import options_of
from ..quantity import QUANTITIES, value
from ..wording import shown

if TYPE_CHECKING:
    from ...network import Node
    from ..sheet import Question, Sheet

Blank = Callable[["Question"], str]
_TELLS = {  # what would tell a blank beside it is left out
    "params": ("param_bytes",), "trainable_params": ("params", "param_bytes"), "param_bytes": ("params",),
    "macs": ("flops",), "flops": ("macs",), "activation_bytes": ("output_shape",),
}  # fmt: skip

_PASSED_ON = ("output_shape", "activation_bytes", "receptive_field")  # what layers such as relu leave as it was


def table(sheet: Sheet, blank: Blank) -> Table:
    """The columns that have blanks, between what is told of every layer."""
    assert sheet.report
    report = sheet.report
    told = {(one.node.index, one.quantity): blank(one) for one in sheet.questions}
    asked = [name for name in QUANTITIES if any(one.quantity == name for one in sheet.questions)]
    if "output_shape" not in asked:
        asked.insert(0, "output_shape")  # without it nothing could be worked out

    repeated = _repeating(sheet)

    def column(name: str) -> Column:
        def get(node: Node) -> Any:
            held = value(report, node, name)
            if (node.index, name) in repeated:
                return ""
            if any((node.index, other) in told for other in _TELLS.get(name, ())) and (node.index, name) not in told:
                return ""
            return told.get((node.index, name)) or ("-" if held is None else shown(held))

        return Column(name, QUANTITIES[name].title, get, QUANTITIES[name].question)

    fixed = (
        Column("name", "name", lambda node: node.name, "", right=False),
        Column("kind", "kind", lambda node: node.kind, "", right=False),
        Column("options", "options", lambda node: options_of(node.facts), "", right=False),
        Column("from", "reads", lambda node: ", ".join(report.network.nodes[index].name for index in node.inputs), "", right=False),
    )
    straight = all(node.inputs in ((), (node.index - 1,)) for node in report.network.nodes)
    columns = (*(fixed[:3] if straight else fixed), *map(column, asked))
    return Table("", columns, report.network.nodes, rules=rules(sheet))


def _repeating(sheet: Sheet) -> set[tuple[int, str]]:
    """The cells that would show an answer: of layers that pass on, unchanged, what is asked of the layer before or behind them."""
    assert sheet.report
    nodes = sheet.report.network.nodes
    links = [(index, node.index) for node in nodes if node.inputs for index in node.inputs]
    hidden: set[tuple[int, str]] = set()
    for name in _PASSED_ON:
        held = [value(sheet.report, node, name) for node in nodes]
        asked = {question.node.index for question in sheet.questions if question.quantity == name}
        linked: dict[int, list[int]] = {}
        for above, below in links:
            if held[above] == held[below]:
                linked.setdefault(above, []).append(below)
                linked.setdefault(below, []).append(above)
        waiting, met = [*asked], {*asked}
        while waiting:
            near = [index for index in linked.get(waiting.pop(), ()) if index not in met]
            met.update(near)
            waiting.extend(near)
        hidden |= {(index, name) for index in met - asked if nodes[index].inputs}
    return hidden


def rules(sheet: Sheet) -> list[str]:
    """What the words of the questions mean."""
    met = {one.quantity for one in sheet.questions}
    told = {
        "output_shape": "Shapes are axes x channels, the channels last, such as 9x7x5.",
        "params": "Parameters: all of them, those that are not trained too.",
        "macs": "MACs: multiply-accumulates of convolutions and dense layers for one image, without the adds of biases.",
        "flops": "FLOPs: two for each MAC, nothing else.",
        "receptive_field": "Field: the input pixels that one output position sees along an axis.",
        "param_bytes": "Bytes: those of float32.",
    }
    if sheet.report and sheet.report.network.channels_first:
        told["output_shape"] = "Shapes are channels x axes, the channels first, such as 5x9x7."
    return [words for name, words in told.items() if name in met] + ["64 of 3x3 /2: 64 filters of 3x3, stride 2."] * bool(sheet.report)
