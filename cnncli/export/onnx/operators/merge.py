"""Merges. Those of many inputs that ONNX has for two alone are written one after the other."""

from __future__ import annotations

from ....network import Node
from ..writer import Writer, writes

_MANY = {"add": "Sum", "average": "Mean", "maximum": "Max", "minimum": "Min"}
_TWO = {"add": "Add", "subtract": "Sub", "multiply": "Mul"}


@writes(*_MANY, *_TWO)
def merge(writer: Writer, node: Node, xs: list[str]) -> str:
    if node.kind in _MANY and (len(xs) > 2 or node.kind not in _TWO):
        return writer.op(_MANY[node.kind], *xs)
    made = xs[0]
    for x in xs[1:]:
        made = writer.op(_TWO[node.kind], made, x)
    return made


@writes("concat")
def concat(writer: Writer, node: Node, xs: list[str]) -> str:
    return writer.op("Concat", *xs, axis=1)
