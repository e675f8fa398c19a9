"""Network -> Graphviz: `dot -Tsvg` draws it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ..network import Network
from ..printable import printable
from .picture import nested, picture

LOOKS = {
    "affine": 'fillcolor="#d6e6f5"', "pool": 'fillcolor="#fbe3cf"', "merge": 'fillcolor="#dcefd8", shape=ellipse',
    "block": 'fillcolor="#eee8f6", shape=box3d', "other": 'fillcolor="#ffffff"',
}  # fmt: skip


def dot(network: Network, depth: int | None = None) -> Iterator[str]:
    """The lines of the graph. Blocks are clusters; those `depth` deep are one box each."""
    drawn = picture(network, depth)
    yield f"digraph {quoted(drawn.title)} {{\n"
    look = 'fontname="Helvetica", fontsize=11, style=rounded, color="#8c8c8c"'
    yield f"  graph [label={quoted(drawn.title)}, labelloc=t, labeljust=l, {look}]\n"
    yield '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=10]\n'
    numbers = count()
    for deep, what in nested(drawn.boxes):
        indent = "  " * (deep + 1)
        if not isinstance(what, int):
            yield f"{indent}subgraph cluster_{next(numbers)} {{\n{indent}  label={quoted(what.name)}\n"
        elif what < 0:
            yield f"{indent}}}\n"
        else:
            box = drawn.boxes[what]
            yield f"{indent}n{what} [label={quoted(*box.lines)}, {LOOKS[box.look]}]\n"
    yield from (f"  n{start} -> n{end}\n" for start, end in drawn.arrows)
    yield "}\n"


def quoted(*lines: str) -> str:
    """Text in quotes, line by line."""
    return '"' + "\\n".join(printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'
