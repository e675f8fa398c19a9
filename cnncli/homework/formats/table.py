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
            if name == "output_shape" and node.index in repeated:
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


def _repeating(sheet: Sheet) -> set[int]:
    """The layers whose output has the shape of a layer before whose shape is asked: they would show the answer."""
    assert sheet.report
    nodes = sheet.report.network.nodes
    asked = {one.node.index for one in sheet.questions if one.quantity == "output_shape"}
    hidden: set[int] = set()
    for node in nodes:
        known = [index for index in node.inputs if index in asked or index in hidden]
        if node.index not in asked and any(nodes[index].output == node.output for index in known):
            hidden.add(node.index)
    return hidden


def rules(sheet: Sheet) -> list[str]:
    """What the words of the questions mean."""
    met = {one.quantity for one in sheet.questions}
    told = {
        "output_shape": "Shapes are axes x channels, the channels last, such as 28x28x6.",
        "params": "Parameters: all of them, those that are not trained too.",
        "macs": "MACs: multiply-accumulates of convolutions and dense layers for one image, without the adds of biases.",
        "flops": "FLOPs: two for each MAC, nothing else.",
        "receptive_field": "Field: the input pixels that one output position sees along an axis.",
        "param_bytes": "Bytes: those of float32.",
    }
    if sheet.report and sheet.report.network.channels_first:
        told["output_shape"] = "Shapes are channels x axes, the channels first, such as 6x28x28."
    return [words for name, words in told.items() if name in met] + ["64 of 3x3 /2: 64 filters of 3x3, stride 2."] * bool(sheet.report)
