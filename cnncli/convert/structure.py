"""Graph -> nested items: layers one after another, merges with their branches, uses of blocks. What is left is wired by name.

A merge has branches when the nodes before it part into runs, one for each input in their order, that all set out from one node.
"""

from __future__ import annotations

from .graph import Graph
from .items import ABOVE, Item, is_worth_a_name, reads_by_name, starts_anew
from .spans import Span, spans_of

DEEPEST = 8  # merges within each other; those around are wired by name
ENLARGING = ("upsample", "conv_transpose", "resize", "depth_to_space")


class Split:
    """Where the branches of a merge set out, and the first and last place of each; an empty branch ends before it begins."""

    __slots__ = ("at", "branches", "first")

    def __init__(self, at: int, branches: list[tuple[int, int]], first: int) -> None:
        self.at, self.branches, self.first = at, branches, first


class Body:
    """The stretch of the graph that is told in one list: from `start`, where `entry` comes in, within the use `inside` of a block."""

    __slots__ = ("depth", "entry", "inside", "start")

    def __init__(self, start: int, entry: int, inside: Span | None, depth: int) -> None:
        self.start, self.entry, self.inside, self.depth = start, entry, inside, depth

    def place(self, read: int) -> int:
        """Where an output stands in the order of this list: what comes in stands before all of it."""
        return self.start - 1 if read == self.entry else read

    def reaches(self, read: int) -> bool:
        """Whether an output stands in this list, or enters it."""
        return read >= self.start or read == self.entry

    def borrows(self, lender: int | None) -> int | None:
        """The lender of weights; none where the whole use of the block around borrows them."""
        return None if lender is None or (self.inside is not None and lender < self.inside.first) else lender

    def can_name(self, read: int) -> bool:
        """Whether an output has a name here; what enters a block has none."""
        return self.inside is None or read != self.inside.entry


class Structure:
    """The nested items of a graph."""

    def __init__(self, graph: Graph, blocks: bool = True) -> None:
        self.graph = graph
        self.spans: list[Span | None] = spans_of(graph) if blocks else [None] * len(graph.nodes)

    def items(self) -> list[Item]:
        """The items of the whole network, after its inputs."""
        return self._list(Body(self.graph.heads, 0, None, 0), len(self.graph.nodes) - 1)

    def _list(self, body: Body, end: int) -> list[Item]:
        """The items from body.start to `end`, found from the end."""
        found, place = [], end
        while place >= body.start:
            span = self._outermost(place, body.inside)
            if span is None:
                item, place = self._layer(place, body)
                found.append(item)
            else:
                use = self._use(span, body)
                if use is not None:
                    found.append(use)
                    place = span.first - 1
        found.reverse()
        above = body.entry
        for item in found:
            reads = tuple([ABOVE if read == above else read for read in item.reads or ()])
            item.reads = None if reads == (ABOVE,) else reads
            above = item.at
        return found

    def _outermost(self, place: int, inside: Span | None) -> Span | None:
        """The largest whole use of a block around a node, within the one that is being told."""
        found, span = None, self.spans[place]
        while span is not None and span is not inside:
            if span.whole:
                found = span
            span = span.parent
        return found

    def _use(self, span: Span, body: Body) -> Item | None:
        """The use of a block; None, and no longer whole, where something in it would have to read by name what enters."""
        if span.whole and span.first >= body.start and span.entry is not None:
            item = Item(span.last, self.graph.nodes[span.last], (span.entry,))
            item.title = span.title
            if span.twin is not None:
                item.lender = body.borrows(span.twin.last)
            item.body = self._list(Body(span.first, span.entry, span, 0), span.last)
            if is_worth_a_name(item.body) and not reads_by_name(item.body, span.entry):
                return item
        span.whole = False
        return None

    def _layer(self, place: int, body: Body) -> tuple[Item, int]:
        """A layer with the branches that it merges, and the place before it and them."""
        item = Item(place, self.graph.nodes[place], self.graph.reads[place])
        item.lender = body.borrows(self.graph.lenders[place])
        split = self._split(place, body) if len(self.graph.reads[place]) > 1 else None
        if split is not None:
            deeper = [(Body(first, split.at, body.inside, body.depth + 1), last) for first, last in split.branches]
            branches = [self._list(*branch) for branch in deeper]
            if not any(starts_anew(branch) for branch in branches):
                item.branches, item.enters, item.reads = branches, split.at, (split.at,)
                return item, split.first - 1
        return item, place - 1

    def _split(self, merge: int, body: Body) -> Split | None:
        """How the nodes before a merge part into branches; None where they do not."""
        reads = self.graph.reads[merge]
        places = [body.place(read) for read in reads]
        if max(places) != merge - 1 or body.depth == DEEPEST or not all(map(body.reaches, reads)):
            return None
        ends = sorted(set(places))
        at = reads[0] if len(ends) == 1 else self._origin(ends[0] + 1)
        if at is None or not body.reaches(at) or body.place(at) > ends[0]:
            return None
        before = begin = body.place(at)
        branches = []
        for place in places:
            if place == begin:
                branches.append((begin + 1, begin))
            elif place <= before or self._origin(before + 1) != at or self._cuts(before, body):
                return None
            else:
                branches.append((before + 1, place))
                before = place
        if len(reads) == 2 and body.can_name(at) and any(self._is_detour(*branch) for branch in branches):
            return None
        return Split(at, branches, begin + 1)

    def _origin(self, place: int) -> int | None:
        """The one output that a node reads; None where it reads several, or none."""
        reads = set(self.graph.reads[place])
        return reads.pop() if len(reads) == 1 else None

    def _cuts(self, place: int, body: Body) -> bool:
        """Whether a use of a block goes on behind a node."""
        if place < body.start:
            return False
        span = self._outermost(place, body.inside)
        return span is not None and span.last > place

    def _is_detour(self, first: int, last: int) -> bool:
        """Whether the map is enlarged on the way: a path through other levels (U-Net), which names tell better than nesting."""
        return any(self.graph.nodes[place].kind in ENLARGING for place in range(first, last + 1))
