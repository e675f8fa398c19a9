"""A spec as a tree that can be changed, and its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..layers import Shape
    from ..layers.values import Raw


class Item:
    """One entry of a list of layers. Options are raw: as they would stand in a file."""

    __slots__ = ("branches", "freeze", "kind", "lender", "name", "options", "repeat", "sources")

    def __init__(self, kind: str, options: dict[str, Raw] | None = None, *, branches: dict[str, list[Item]] | None = None) -> None:
        self.kind, self.options, self.branches = kind, dict(options or {}), branches
        self.name, self.lender, self.freeze = "", "", False
        self.sources: list[str] = []
        self.repeat = 1

    def copy(self) -> Item:
        """The same, free to be changed."""
        made = Item(self.kind, self.options)
        if self.branches is not None:
            made.branches = {name: [item.copy() for item in branch] for name, branch in self.branches.items()}
        made.name, made.sources, made.repeat, made.freeze = self.name, list(self.sources), self.repeat, self.freeze
        made.lender = self.lender
        return made

    def lines(self, indent: str) -> Iterator[str]:
        """Its lines of YAML."""
        if self.branches is not None:
            yield f"{indent}- {self.kind}:"
            for name, branch in self.branches.items():
                yield f"{indent}    {name}:" + ("" if branch else " []")
                for item in branch:
                    yield from item.lines(indent + "      ")
        else:
            yield f"{indent}- {self.kind}: {flow(dict(self.options))}" if self.options else f"{indent}- {self.kind}:"
        repeat, freeze = self.repeat if self.repeat > 1 else "", "true" if self.freeze else ""
        wiring = {"name": self.name, "from": list(self.sources), "repeat": repeat, "freeze": freeze, "weights": self.lender}
        for key, value in wiring.items():
            if value:
                yield f"{indent}  {key}: {flow(value)}"  # type: ignore[arg-type]


class Draft:
    """A spec: inputs, defaults, blocks (their heads as they stand, with their items), layers, outputs."""

    def __init__(self, inputs: dict[str, Shape]) -> None:
        self.inputs = dict(inputs)
        self.defaults: dict[str, dict[str, Raw]] = {}
        self.blocks: dict[str, list[Item]] = {}
        self.layers: list[Item] = []
        self.outputs: list[str] = []

    def copy(self) -> Draft:
        """The same, free to be changed."""
        made = Draft(self.inputs)
        made.defaults = {kind: dict(options) for kind, options in self.defaults.items()}
        made.blocks = {head: [item.copy() for item in items] for head, items in self.blocks.items()}
        made.layers = [item.copy() for item in self.layers]
        made.outputs = list(self.outputs)
        return made

    def lists(self) -> Iterator[list[Item]]:
        """Every list of items: of the layers, the blocks, and the branches in them."""
        waiting = [self.layers, *self.blocks.values()]
        while waiting:
            items = waiting.pop()
            yield items
            for item in items:
                waiting.extend((item.branches or {}).values())

    def text(self) -> str:
        """The spec as YAML."""
        shapes = {name: list(shape) for name, shape in self.inputs.items()}
        lines = ["name: random", f"input: {flow(shapes['input'] if list(shapes) == ['input'] else shapes)}"]  # type: ignore[arg-type]
        if self.defaults:
            lines.append(f"defaults: {flow(dict(self.defaults))}")
        if self.blocks:
            lines.append("blocks:")
        for head, items in self.blocks.items():
            lines.append(f"  {head}:")
            lines.extend(line for item in items for line in item.lines("    "))
        lines.append("layers:")
        lines.extend(line for item in self.layers for line in item.lines("  "))
        if self.outputs:
            lines.append(f"outputs: {flow(list(self.outputs))}")
        return "\n".join(lines) + "\n"


def flow(value: Raw) -> str:
    """A value in the flow style of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {flow(entry)}" for name, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value)
