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
    """One use of a block (or the file itself): its parameters, the names given in it, and the use that it stands in."""

    __slots__ = ("block", "depth", "labels", "mark", "names", "numbers", "parent", "placed", "scope")

    def __init__(self, names: Names, parent: Frame | None = None, block: str = "", mark: Mark | None = None) -> None:
        self.names, self.parent, self.block, self.mark = names, parent, block, mark
        self.depth: int = 0 if parent is None else parent.depth + 1  # blocks around it
        self.labels: dict[str, Output] = {}
        self.placed: dict[str, range] = {}  # the nodes that were placed for each item with a name
        self.numbers: dict[str, int] = {}
        self.scope: Scope | None = None
        if parent is not None:
            number = parent.numbers[block] = parent.numbers.get(block, 0) + 1
            self.scope = Scope(f"{block}_{number}", parent.scope)

    def trail(self) -> tuple[tuple[str, Mark], ...]:
        """The uses of blocks that lead here, innermost first."""
        uses = []
        frame: Frame | None = self
        while frame is not None and frame.mark is not None:
            uses.append((frame.block, frame.mark))
            frame = frame.parent
        return tuple(uses)
