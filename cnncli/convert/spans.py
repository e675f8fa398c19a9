"""The uses of blocks in a graph: which nodes each spans, and whether it can be told as a block."""

from __future__ import annotations

import re
from itertools import zip_longest

from ..layers import KINDS
from ..network import Scope
from ..spec.items import WIRING
from .graph import Graph

DEEPEST = 16  # uses of blocks within each other; what lies deeper is told as part of these


class Span:
    """One use of a block. It is `whole` when its nodes stand together, one output enters, and only that of the last node leaves.

    `twin` is the earlier use whose weights this one uses, all of them.
    """

    __slots__ = ("count", "entry", "first", "last", "parent", "title", "twin", "whole")

    def __init__(self, title: str, parent: Span | None, first: int) -> None:
        self.title, self.parent = title, parent
        self.first = self.last = first
        self.count = 0
        self.entry: int | None = None
        self.twin: Span | None = None
        self.whole = True

    def holds(self, place: int) -> bool:
        return self.first <= place <= self.last


def spans_of(graph: Graph) -> list[Span | None]:
    """The innermost use of a block in which each node stands."""
    known: dict[int, Span] = {}
    spans = [_span(node.scope, place, known) for place, node in enumerate(graph.nodes)]
    for place, span in enumerate(spans):
        for around in _outwards(span):
            around.last, around.count = place, around.count + 1
    for span in known.values():
        span.whole = span.last - span.first + 1 == span.count
    for place, span in enumerate(spans):
        for around in _outwards(span):
            _enter(around, graph.reads[place])
        for read in graph.reads[place]:
            _leave(spans[read], read, place)
    for output in graph.outputs:
        _leave(spans[output], output, len(spans))
    for place, lender in enumerate(graph.lenders):
        if lender is not None:
            _pair(spans[place], spans[lender], place, lender, graph)
    return spans


def _span(scope: Scope | None, place: int, known: dict[int, Span]) -> Span | None:
    """The span of a scope; those around it are made first."""
    trail: list[Scope] = []
    while scope is not None and id(scope) not in known:
        trail.append(scope)
        scope = scope.parent
    made = None if scope is None else known[id(scope)]
    for scope in reversed(trail):
        if len(_outwards(made)) < DEEPEST:
            made = Span(title_of(scope), made, place)
        assert made is not None
        known[id(scope)] = made
    return made


def title_of(scope: Scope) -> str:
    """The block of which this is a use: bottleneck_3 -> bottleneck. Other programs' names are made fit for a block."""
    if scope.block:
        return scope.block
    name = re.sub(r":\d+$", "", scope.name)  # another use of a model
    title, _, number = name.rpartition("_")
    title = re.sub(r"\W+", "_", title if title and number.isdecimal() else name, flags=re.ASCII)
    return f"{title}_block" if title in KINDS or title in WIRING else title if title[:1].isalpha() else f"block_{title}"


def _outwards(span: Span | None) -> list[Span]:
    """A span and those around it."""
    found = []
    while span is not None:
        found.append(span)
        span = span.parent
    return found


def _pair(span: Span | None, other: Span | None, place: int, lender: int, graph: Graph) -> None:
    """Where a node uses the weights of one in another use of the block, the two uses are twins; else neither can be told as a block."""
    mine = [one for one in _outwards(span) if not one.holds(lender)][::-1]
    theirs = [one for one in _outwards(other) if not one.holds(place)][::-1]
    for one, twin in zip_longest(mine, theirs):
        if one is not None and twin is not None and one.twin in (None, twin) and (one.twin or _alike(one, twin, graph)):
            one.twin = twin
            one.whole = twin.whole = one.whole and twin.whole
        else:
            for alone in filter(None, (one, twin)):
                alone.whole = False


def _alike(span: Span, twin: Span, graph: Graph) -> bool:
    """Whether each node of a use that has weights uses those of the node in its place in another."""
    away = twin.first - span.first
    borrowed = [(place, graph.lenders[place]) for place in range(span.first, span.last + 1)]
    same = all(lender == place + away if lender is not None else not graph.nodes[place].facts.weights for place, lender in borrowed)
    return same and span.title == twin.title and span.last + away == twin.last


def _enter(span: Span, reads: tuple[int, ...]) -> None:
    """Note what enters a use; it is one output."""
    for read in reads:
        if read < span.first:
            span.whole = span.whole and span.entry in (None, read)
            span.entry = read
    if not reads:
        span.whole = False


def _leave(span: Span | None, read: int, place: int) -> None:
    """What is read from outside a use is its last node."""
    while span is not None and not span.holds(place):
        span.whole = span.whole and span.last == read
        span = span.parent
