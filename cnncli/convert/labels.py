"""The names of outputs that are read by name."""

from __future__ import annotations

import re

from .abstraction import Block
from .program import Program
from .terms import walk


class Labels:
    """The names of outputs that are read by name: those that users gave, those of the file, made fit to be names."""

    def __init__(self, program: Program) -> None:
        self._graph = program.graph
        given = {index: label for label, index in reversed(program.graph.network.labels.items())}
        self._given = {place: given[node.index] for place, node in enumerate(program.graph.nodes) if node.index in given}
        self._taken: dict[str, int] = {"above": -1}
        terms = walk(program.terms)
        self._titles = {program.places[term.name]: term.block.title for term in terms if term.block is not None and term.name is not None}
        self._made: dict[int, str] = {}
        if program.graph.heads == 1:
            self._made[0] = "input"
            self._taken["input"] = 0
        self.top = [self.of(place) for place in program.places]

    def of(self, place: int) -> str:
        """The name of an output on the top level."""
        if place not in self._made:
            own = self._graph.nodes[place].name
            if re.fullmatch(rf"{self._graph.nodes[place].kind}_\d+", own):  # a number that another layer of its kind will get
                own = self._titles.get(place, own)
            self._made[place] = unique(self._given.get(place, own), self._taken)
        return self._made[place]

    def inside(self, block: Block) -> list[str]:
        """The names in a block: as in its first use, without the number that each use gets."""
        taken: dict[str, int] = {"above": -1}
        return [unique(re.sub(r"_\d+$", "", self._graph.nodes[place].name), taken) for place in block.places]


def unique(text: str, taken: dict[str, int]) -> str:
    """A name as the notation has them, and not one that is taken."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("-") or "output"
    plain = plain if re.match(r"[A-Za-z_]", plain) else f"_{plain}"
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    taken[name] = number
    return name
