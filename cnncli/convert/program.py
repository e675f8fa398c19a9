"""Items -> a program: blocks, each made of those before it, and the terms of the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from .abstraction import Block, abstracted, together
from .graph import Graph
from .items import Item, opened
from .parameters import numbered
from .terms import Body, Term, Terms, walk
from .words import Speak


class Program:
    """Blocks and terms; `places` are those of the outputs that are read by name among the terms."""

    __slots__ = ("blocks", "graph", "places", "terms")

    def __init__(self, graph: Graph, body: Body) -> None:
        self.graph, self.terms, self.places = graph, body.terms, body.places
        self.blocks: list[Block] = []

    def lists(self) -> Iterator[list[Term]]:
        """The terms of each block, then those of the network."""
        yield from (block.terms for block in self.blocks)
        yield self.terms


def program(graph: Graph, items: list[Item], speak: Speak, runs: str = "all", implicit: bool = True, named: Iterable[int] = ()) -> Program:
    """The blocks and terms of a network. `runs`: what is put together where it is repeated (see Terms).

    `implicit`: the channels that enter a block are known in it without being passed. `named`: the places of outputs that have
    names although nothing reads them.
    """
    outputs = (*named, *(() if graph.outputs == (len(graph.nodes) - 1,) else graph.outputs))
    body, groups = _built(items, speak, outputs, runs)
    single = _written_once(body.terms, groups)
    if single:
        body, groups = _built(opened(items, single), speak, outputs, runs)
    made = Program(graph, body)
    heights: dict[int, int] = {}
    titles: set[str] = set()
    for shape in sorted(groups, key=lambda shape: height(groups[shape][0], heights)):
        uses = groups[shape]
        title = numbered(uses[0].item.title, titles)
        titles.add(title)
        block = abstracted(Block(title, uses[0].item), uses, graph, implicit)
        block.terms = together(block.terms, runs)
        made.blocks.append(block)
    made.terms = together(made.terms, runs)
    return made


def _built(items: list[Item], speak: Speak, outputs: Iterable[int], runs: str) -> tuple[Body, dict[int, list[Term]]]:
    body = Terms(speak, runs, tightened(items, speak)).body(items, outputs)
    return body, grouped(body.terms)


def _written_once(terms: list[Term], groups: dict[int, list[Term]]) -> set[Item]:
    """The uses of blocks that come in several shapes, of which this one is written in one place: not worth a block."""
    titles = Counter([uses[0].item.title for uses in groups.values()])
    lists = [terms, *(uses[0].body.terms for uses in groups.values() if uses[0].body is not None)]
    written = Counter([term.shape for some in lists for term in walk(some) if term.body is not None])
    once = [uses for shape, uses in groups.items() if titles[uses[0].item.title] > 1 and written[shape] == 1]
    return {use.item for uses in once for use in uses if all(other.repeat == 1 and not other.alone for other in uses)}


def tightened(items: list[Item], speak: Speak) -> frozenset[str]:
    """The blocks that come in fewer shapes when equal layers in a row are told as a run."""
    titles = frozenset(_titles(items))
    if not titles:
        return titles
    loose, tight = (_variants(items, speak, some) for some in (frozenset[str](), titles))
    return frozenset(title for title in titles if tight[title] < loose[title])


def _titles(items: list[Item]) -> Iterator[str]:
    for item in items:
        if item.body is not None:
            yield item.title
            yield from _titles(item.body)
        for branch in item.branches or ():
            yield from _titles(branch)


def _variants(items: list[Item], speak: Speak, tight: frozenset[str]) -> dict[str, int]:
    """In how many shapes each block comes."""
    counts: dict[str, int] = {}
    for uses in grouped(Terms(speak, "all", tight).body(items).terms).values():
        title = uses[0].item.title
        counts[title] = counts.get(title, 0) + 1
    return counts


def grouped(terms: list[Term]) -> dict[int, list[Term]]:
    """All uses of blocks, also within others, by their shape."""
    groups: dict[int, list[Term]] = {}
    waiting = [terms]
    for some in waiting:
        for use in (one for term in walk(some) if term.body is not None for one in (term, *term.others)):
            assert use.body is not None
            groups.setdefault(use.shape, []).append(use)
            waiting.append(use.body.terms)
    return groups


def height(use: Term, known: dict[int, int]) -> int:
    """How many blocks lie within one another in this use."""
    if use.shape not in known:
        assert use.body is not None
        known[use.shape] = 1 + max([height(term, known) for term in walk(use.body.terms) if term.body is not None], default=0)
    return known[use.shape]
