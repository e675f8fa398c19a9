"""Where the expansion stands: the use of a block, the parameters visible there, and what items come to under them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers import Layer
from ..network import Scope
from .fault import Mark
from .items import Block, Item

if TYPE_CHECKING:
    from ..layers.values import Raw

Output = int | None  # the index of a node; None where something above was at fault


class Bound:
    """What an item comes to under given parameters: a layer, a block with its arguments, or branches to merge; what of it is frozen."""

    __slots__ = ("arguments", "block", "frozen", "layer", "repeat")

    def __init__(self, layer: Layer | None, block: Block | None, arguments: dict[str, Raw], repeat: int, frozen: frozenset[str]) -> None:
        self.layer, self.block, self.arguments, self.repeat, self.frozen = layer, block, arguments, repeat, frozen


class Names:
    """The parameters that are visible in one place, and what the items there come to. Equal uses of a block share one."""

    __slots__ = ("bound", "values")

    def __init__(self, values: dict[str, Raw]) -> None:
        self.values = values
        self.bound: dict[Item, Bound | None] = {}


class Frame:
    """One use of a block (or the file itself): its parameters, the names given in it, and the use that it stands in.

    `label` is the name that the user gave this use; without one it is called as the block, with a number.
    """

    __slots__ = ("block", "depth", "labels", "mark", "names", "numbers", "parent", "placed", "reserved", "scope")

    def __init__(
        self, names: Names, parent: Frame | None = None, block: Block | None = None, mark: Mark | None = None, label: str = ""
    ) -> None:
        self.names, self.parent, self.mark = names, parent, mark
        self.block: str = "" if block is None else block.name.text
        self.reserved: frozenset[str] = frozenset() if block is None else block.labels  # the names that the user gave here
        self.depth: int = 0 if parent is None else parent.depth + 1  # blocks around it
        self.labels: dict[str, Output] = {}
        self.placed: dict[str, range] = {}  # the nodes that were placed for each item with a name
        self.numbers: dict[str, int] = {}
        self.scope: Scope | None = None
        if parent is not None:
            self.scope = Scope(label or parent.next_name(self.block), parent.scope, self.block)

    def next_name(self, block: str) -> str:
        """double_1, double_2, ...: the next automatic name of a use of a block, and not one that the user gave here."""
        while True:
            number = self.numbers[block] = self.numbers.get(block, 0) + 1
            name = f"{block}_{number}"
            if name not in self.reserved:
                return name

    def trail(self) -> tuple[tuple[str, Mark], ...]:
        """The uses of blocks that lead here, innermost first."""
        uses = []
        frame: Frame | None = self
        while frame is not None and frame.mark is not None:
            uses.append((frame.block, frame.mark))
            frame = frame.parent
        return tuple(uses)
