"""What a drawing of a network shows: boxes, the blocks around them, and arrows between them. Blocks can be folded into boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..layers import Layer
from ..layers.affine import Affine
from ..layers.pool import GlobalPool, Pool
from ..layers.values import written
from ..network import Network, Node, Scope
from ..printable import count_of

LONGEST = 40  # characters of a line of options


class Box(NamedTuple):
    """A layer, or a folded use of a block: what stands in it, line by line, what it is, and the uses of blocks around it."""

    lines: tuple[str, ...]
    look: str  # affine, pool, merge, block or other
    around: tuple[Scope, ...]


class Picture(NamedTuple):
    """Boxes in order, and arrows between their numbers."""

    title: str
    boxes: list[Box]
    arrows: list[tuple[int, int]]


def picture(network: Network, depth: int | None = None) -> Picture:
    """The drawing of a network. Uses of blocks `depth` deep are a box each: 1 for those in the file itself."""
    groups: dict[int, list[Node]] = {}
    trails: list[tuple[Scope, ...]] = []
    for node in network.nodes:
        trail = outwards(node.scope)
        key = id(trail[depth - 1]) if depth is not None and len(trail) >= depth else -node.index
        groups.setdefault(key, []).append(node)
        if len(groups) > len(trails):
            trails.append(trail if key <= 0 else trail[:depth])
    names = {index: name for name, index in (network.labels | network.named_outputs).items()}
    boxes = [
        _box(nodes, trail, key > 0, names.get(nodes[-1].index, "")) for (key, nodes), trail in zip(groups.items(), trails, strict=True)
    ]
    numbers = {node.index: number for number, nodes in enumerate(groups.values()) for node in nodes}
    arrows = [(numbers[read], numbers[node.index]) for node in network.nodes for read in node.inputs]
    return Picture(network.name, boxes, list(dict.fromkeys(arrow for arrow in arrows if arrow[0] != arrow[1])))


def _box(nodes: list[Node], trail: tuple[Scope, ...], is_block: bool, name: str) -> Box:
    """The box of a layer or of the layers of a folded block; `name` is what the user calls its output."""
    size = "×".join(map(str, nodes[-1].output))
    if is_block:
        count = count_of(len(nodes), "layer")
        return Box((trail[-1].name, count, size), "block", trail[:-1])
    kind, *options = _options(nodes[0].layer)
    if trail and trail[-1].name == name:  # which stands around it
        name = ""
    return Box((_titled(name, kind), *options, size), _look(nodes[0].layer), trail)


def _titled(name: str, kind: str) -> str:
    """stem: conv. A name that says no more than the kind, such as that of a lone input or dense_3, is left out."""
    return kind if not name or re.fullmatch(rf"{re.escape(kind)}(_\d+)?", name) else f"{name}: {kind}"


def outwards(scope: Scope | None) -> tuple[Scope, ...]:
    """The uses of blocks in which a layer stands, the outermost first."""
    found = []
    while scope is not None:
        found.append(scope)
        scope = scope.parent
    return tuple(reversed(found))


def _options(layer: Layer) -> Iterator[str]:
    """The kind, and the options that are not as they are by default."""
    yield layer.kind
    told = []
    for name, field in layer.fields.items():
        value = getattr(layer, name)
        if value != field.default and layer.kind != "input" and name not in layer.untold:
            told.append(f"{name} {value.kind if isinstance(value, Layer) else _short(value)}")
    line = ""
    for part in told:
        if line and len(line) + len(part) > LONGEST:
            yield line + ","
            line = ""
        line += f", {part}" if line else part
    if line:
        yield line


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return written([str(one) for one in value])
    return str(value).lower() if isinstance(value, bool) else f"{value:.4g}" if isinstance(value, float) else str(value)


def _look(layer: Layer) -> str:
    if layer.merges:
        return "merge"
    return "affine" if isinstance(layer, Affine) else "pool" if isinstance(layer, (Pool, GlobalPool)) else "other"


def nested(boxes: list[Box]) -> Iterator[tuple[int, Scope | int]]:
    """Boxes in their blocks, in order: (depth, box number), (depth, block that begins), (depth, -1) where one ends."""
    open_: list[Scope] = []
    for number, box in enumerate(boxes):
        same = 0
        while same < min(len(open_), len(box.around)) and open_[same] is box.around[same]:
            same += 1
        while len(open_) > same:
            open_.pop()
            yield len(open_), -1
        for scope in box.around[same:]:
            yield len(open_), scope
            open_.append(scope)
        yield len(open_), number
    while open_:
        open_.pop()
        yield len(open_), -1
