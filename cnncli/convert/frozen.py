"""What training leaves alone: said once, for the outermost item in which it is all."""

from __future__ import annotations

from collections.abc import Iterable

from ..layers.frozen import EVERY
from .abstraction import Block
from .terms import Term
from .written import shown


class Freezing:
    """The word behind `freeze` for the items of a program."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._blocks: dict[Block | None, bool | None] = {}
        for block in blocks:  # each is made of those before it
            self._blocks[block] = self._all([self._whole(term) for term in block.terms])

    def inside(self, block: Block) -> bool:
        """Whether a block's uses say it of the whole, and its own items not."""
        return self._blocks[block] is True

    def word(self, term: Term) -> str | None:
        """What stands behind `freeze`: true, the names of weights, or nothing, and the items within are asked."""
        if self._whole(term):
            return "true"
        names = sorted(term.words.frozen) if term.words is not None else []
        return (names[0] if len(names) == 1 else shown(tuple(names))) if names else None

    def _whole(self, term: Term) -> bool | None:
        """Whether all weights of an item are frozen; None where it has none."""
        if term.block is not None:
            return self._blocks[term.block]
        if term.branches is not None:
            return self._all([self._whole(one) for branch in term.branches for one in branch])
        node = term.item.node
        holds = bool(node.facts.weights) or node.shared is not None
        return node.layer.frozen == EVERY if holds else None

    @staticmethod
    def _all(found: list[bool | None]) -> bool | None:
        told = [one for one in found if one is not None]
        return all(told) if told else None
