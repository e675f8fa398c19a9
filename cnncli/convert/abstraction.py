"""Terms -> a program: uses of one shape become one block, and what differs between them its parameters.

What differs is a column of values, one for each different use. Equal columns are one parameter; a column that is everywhere the same
multiple of another, or of the channels that come in, is said by it: $(4 * filters).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from .graph import Graph
from .pace import told_steps
from .structure import Item, opened
from .terms import TIMES, Body, Term, Terms, follows, is_run, walk
from .words import NONE, Arg, Ref, Speak, family

IN_CHANNELS = "in_channels"
MOST_TIMES = 64
Column = tuple[Any, ...]


class Block:
    """A block: its parameters, and the terms it stands for. `example` is its first use."""

    __slots__ = ("example", "parameters", "places", "terms", "title")

    def __init__(self, title: str, example: Item) -> None:
        self.title, self.example = title, example
        self.parameters: tuple[Arg, ...] = ()
        self.terms: list[Term] = []
        self.places: list[int] = []


class Program:
    """A network as a few blocks, each made of those before it, and a list of terms; `places` are the outputs with a name in it."""

    __slots__ = ("blocks", "graph", "places", "terms")

    def __init__(self, graph: Graph, body: Body) -> None:
        self.graph, self.terms, self.places = graph, body.terms, body.places
        self.blocks: list[Block] = []

    def lists(self) -> Iterator[list[Term]]:
        """The terms of each block, then those of the network."""
        yield from (block.terms for block in self.blocks)
        yield self.terms


def program(graph: Graph, items: list[Item], speak: Speak, runs: str = "all", implicit: bool = True) -> Program:
    """The blocks and terms of a network. `runs`: what is put together where it is repeated (see Terms).

    `implicit`: the channels that enter a block are known in it without being passed.
    """
    outputs = () if graph.outputs == (len(graph.nodes) - 1,) else graph.outputs
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
    return {use.item for uses in once for use in uses if all(other.repeat == 1 for other in uses)}


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


def abstracted(block: Block, uses: list[Term], graph: Graph, implicit: bool) -> Block:
    """Fill a block from its uses, and give each use its arguments."""
    bodies = [use.body for use in uses if use.body is not None]
    rows = [
        (graph.nodes[use.item.enters].output[-1], *(value for term in body.terms for value in term.flat_values()))
        for use, body in zip(uses, bodies, strict=True)
    ]
    distinct = list(dict.fromkeys(rows))
    channels, *columns = zip(*distinct, strict=True)
    args = [arg for term in bodies[0].terms for arg in term.flat_args()]
    parameters = Parameters(channels if implicit else None)
    values = iter([parameters.value(arg, column) for arg, column in zip(args, columns, strict=True)])
    block.terms = [term.filled(values) for term in bodies[0].terms]
    block.places = bodies[0].places
    block.parameters, order = parameters.ordered()
    arguments = dict(zip(distinct, zip(*order, strict=True), strict=True)) if order else {}
    for use, row in zip(uses, rows, strict=True):
        use.block, use.values = block, arguments.get(row, ())
    for use in uses:
        use.steps = told_steps(use)
    return block


class Parameters:
    """The parameters of a block, found column by column."""

    def __init__(self, channels: Column | None) -> None:
        self._columns: dict[str, tuple[Column, Arg]] = {}
        self._channels = channels

    def value(self, arg: Arg, column: Column) -> Any:
        """What stands in the block for a column: a value, or a reference to a parameter."""
        if column.count(column[0]) == len(column):
            return column[0]
        known = {name: values for name, (values, one) in self._columns.items() if family(one) == family(arg)}
        if self._channels and family(arg) == "channels":
            known[IN_CHANNELS] = self._channels
        for name, values in known.items():
            if values == column:
                return Ref(name)
        for name, values in known.items() if family(arg) == "channels" else ():
            times, over = ratio(column, values), ratio(values, column)
            if times or over:
                return Ref(name, times or 1, over or 1)
        name = numbered(re.sub(r"_\d+$", "", arg.name), self._columns)
        self._columns[name] = (column, arg)
        return Ref(name)

    def ordered(self) -> tuple[tuple[Arg, ...], list[Column]]:
        """The parameters, those that must be given first, and their columns."""
        made = []
        for name, (column, arg) in self._columns.items():
            default = arg.default if arg.default in column else NONE
            made.append((Arg(name, None, default, arg.keyword, arg.stem or arg.name), column))
        made.sort(key=lambda one: (one[0].default is not NONE, one[0].stem == TIMES.name))
        return tuple([arg for arg, _ in made]), [column for _, column in made]


def ratio(column: Column, other: Column) -> int:
    """The whole number by which `other` is multiplied everywhere to give `column`; 0 where there is none."""
    times = column[0] // other[0] if other[0] else 0
    return times if 1 < times <= MOST_TIMES and all(a == times * b for a, b in zip(column, other, strict=True)) else 0


def together(terms: list[Term], runs: str) -> list[Term]:
    """Terms of a block with those put together that read the same."""
    made: list[Term] = []
    for term in terms:
        if term.branches is not None:
            term.branches = [together(branch, runs) for branch in term.branches]
        before = made[-1] if made else None
        numbers = before and isinstance(before.repeat, int) and isinstance(term.repeat, int)
        if before and numbers and follows(before, term) and is_run(term, runs) and text(before) == text(term):
            before.repeat += term.repeat
            before.name = term.name
        else:
            made.append(term)
    return made


def text(term: Term) -> tuple[Any, ...]:
    """All that will be written of a term but its name and how often it stands."""
    inside = [[(text(one), one.repeat, one.name, one.reads) for one in branch] for branch in term.branches or ()]
    return term.words and term.words.signature, term.block, term.values, term.pace, inside


def numbered(name: str, taken: Any) -> str:
    """A name, or name_2, name_3, ... where it is taken."""
    number, made = 1, name
    while made in taken:
        number += 1
        made = f"{name}_{number}"
    return made
