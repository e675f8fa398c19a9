"""Items: the entries of nested lists, as a spec has them."""

from __future__ import annotations

from collections.abc import Iterator

from ..network import Node

ABOVE = -1  # among what an item reads: the item above


class Item:
    """One entry of a list: a layer, a merge with `branches`, or the use of the block `title` with its `body`.

    `at` is the place of its output and `enters` that of what comes in; `reads` what it reads, where that is not just the item above;
    `lender` the place of the output of the item whose weights it uses.
    """

    __slots__ = ("at", "body", "branches", "enters", "lender", "node", "reads", "title")

    def __init__(self, at: int, node: Node, reads: tuple[int, ...]) -> None:
        self.at, self.node = at, node
        self.reads: tuple[int, ...] | None = reads
        self.enters = reads[0]
        self.branches: list[list[Item]] | None = None
        self.body: list[Item] | None = None
        self.lender: int | None = None
        self.title = ""


def reads_by_name(items: list[Item], place: int) -> bool:
    """Whether an item, also in a branch, reads an output by its name."""
    return any(place in (item.reads or ()) or any(reads_by_name(branch, place) for branch in item.branches or ()) for item in items)


def is_worth_a_name(items: list[Item]) -> bool:
    """Whether a block is more than another name for one layer, or for another block."""
    return len(items) > 1 or items[0].branches is not None


def starts_anew(items: list[Item]) -> bool:
    """Whether a list is no branch but several: an item has nothing to do with the one above it."""
    return any(item.reads is not None and ABOVE not in item.reads for item in items)


def opened(items: list[Item], uses: set[Item]) -> list[Item]:
    """The items with what lies in some uses of blocks in their place."""
    made: list[Item] = []
    for item in items:
        if item.branches is not None:
            item.branches = [opened(branch, uses) for branch in item.branches]
        if item.body is not None:
            item.body = opened(item.body, uses)
        if item.body is None or item not in uses:
            made.append(item)
        else:
            item.body[0].reads = item.reads
            made.extend(item.body)
    return made


def nodes_in(items: list[Item]) -> Iterator[Node]:
    """The layers of a list, also those in branches and in blocks."""
    for item in items:
        for branch in item.branches or ():
            yield from nodes_in(branch)
        if item.body is not None:
            yield from nodes_in(item.body)
        else:
            yield item.node
