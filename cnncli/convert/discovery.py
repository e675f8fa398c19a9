"""Items -> items with blocks, where a network comes without: what recurs and is long enough to be worth a name becomes a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from .items import Item
from .naming import title_of
from .recurrence import Recurrence, Token, listed
from .terms import Term, Terms, walk
from .units import Unit, odd_ones, proportions, token_of, values_of
from .words import Speak

WORTH = 2  # lines that a block saves at least
LEAST = 3  # lines that it has at least
MOST_PARAMETERS = 8


def with_blocks(items: list[Item], speak: Speak, outputs: Iterable[int] = ()) -> list[Item]:
    """The same items, with blocks for what recurs; so in the blocks that are there."""
    _in_bodies(items, speak)
    found = Discovery(items, speak, outputs)
    found.decide()
    return found.items()


def _in_bodies(items: list[Item], speak: Speak) -> None:
    for item in items:
        for branch in item.branches or ():
            _in_bodies(branch, speak)
        if item.body is not None:
            item.body = with_blocks(item.body, speak)


class Discovery:
    """The tokens of all lists, and the shapes of them that are worth a block."""

    def __init__(self, items: list[Item], speak: Speak, outputs: Iterable[int]) -> None:
        terms = Terms(speak, "none")
        lists = [terms.body(items, outputs).terms]
        for some in lists:
            lists.extend(branch for term in some for branch in term.branches or ())
        for token in (tokens := [[token_of(term) for term in some] for some in lists])[0]:
            token.top = True
        heads = Recurrence(terms.number, tokens).heads
        self._heads = {id(some): head for some, head in zip(lists, heads, strict=True)}
        self._lists, self._top = lists, heads[0]  # the lists are kept, for their ids
        self._units: dict[int, Unit] = {}
        for head in heads:
            for token in listed(head):
                self._measure(token)
        self._blocks: dict[int, str] = {}
        self._odd: set[Token] = set()

    def decide(self) -> None:
        """Choose the blocks, the largest first: what lies within one is written once."""
        order = sorted(self._units.values(), key=lambda unit: unit.layers)
        for unit in order:
            for token in unit.tokens:
                for child in self._children(token):
                    if child.shape in self._units:
                        around = self._units[child.shape].around
                        around[token.shape] = around.get(token.shape, 0) + child.repeat
        for unit in order:
            unit.lines = sum(self._lines(token) for token in self._children(unit.tokens[0]))
            unit.lines += 1 + len(self._branches(unit.tokens[0])) if not unit.tokens[0].parts else 0
        self._write(listed(self._top), 1)
        for unit in reversed(order):
            token = unit.tokens[0]
            kept = self._is_worth(unit)
            if kept:
                self._blocks[token.shape] = title_of([term.item for term in self._terms(token)])
            self._write(self._children(token), 1 if kept else unit.turns if token.parts else unit.written)

    def _recurs(self, unit: Unit) -> bool:
        """Whether it is met more than once, and not always as the same part of a larger unit."""
        [(around, count), *others] = unit.around.items() or [(-1, -1)]
        return len(unit.tokens) > 1 and (bool(others) or count != len(unit.tokens) or count != len(self._units[around].tokens))

    def _is_worth(self, unit: Unit) -> bool:
        if unit.lines < LEAST or not self._recurs(unit) or unit.saves(0) < WORTH:
            return False
        rows = [values_of(token) for token in unit.tokens]
        odd = odd_ones(rows)
        self._odd.update(unit.tokens[place] for place in odd)
        rows = [row for place, row in enumerate(rows) if place not in odd]
        parameters = len({proportions(column) for column in zip(*rows, strict=False) if column.count(column[0]) < len(column)})
        return parameters <= MOST_PARAMETERS and unit.saves(parameters) >= WORTH

    def items(self) -> list[Item]:
        """The items of the network."""
        return self._items(listed(self._top))

    def _measure(self, token: Token) -> None:
        """Note a token and its parts, each with its size."""
        order = [token]
        for one in order:
            order.extend((*one.parts, *one.run))
        for one in reversed(order):
            if one.parts or one.is_unit:
                unit = self._units.setdefault(one.shape, Unit())
                unit.tokens.append(one)
                unit.layers = unit.layers or sum(self._size(part) for part in one.parts) or self._size(one)

    def _size(self, token: Token) -> int:
        unit = self._units.get(token.shape)
        return unit.layers if unit and unit.layers else sum(1 for _ in walk([token.term])) if token.term else 0

    def _branches(self, token: Token) -> list[Token]:
        """What stands before the branches of a merge."""
        return [self._heads[id(branch)] for branch in token.term.branches or ()] if token.term else []

    def _children(self, token: Token) -> Iterable[Token]:
        return token.parts or chain.from_iterable(map(listed, self._branches(token)))

    def _lines(self, token: Token) -> int:
        """The lines of a token, when whatever recurs has a block."""
        unit = self._units.get(token.shape)
        return (1 if unit is None or (unit.lines >= LEAST and self._recurs(unit)) else unit.lines) + (token.repeat > 1)

    def _write(self, tokens: Iterable[Token], times: int) -> None:
        """Count what is written when a list is written so many times."""
        for token in tokens:
            unit = self._units.get(token.shape)
            if unit is not None:
                unit.written += times
                unit.turns += times * token.repeat
                unit.runs += times * (token.repeat > 1)

    def _terms(self, token: Token) -> Iterator[Term]:
        """The terms of a token, in order."""
        waiting = [token]
        while waiting:
            one = waiting.pop()
            waiting.extend(reversed(one.run if one is not token else []))
            if one.term is not None:
                yield one.term
            else:
                waiting.extend(reversed(one.parts))

    def _items(self, tokens: Iterable[Token]) -> list[Item]:
        """The items that tokens stand for, with the uses of blocks."""
        made: list[Item] = []
        waiting = list(tokens)[::-1]
        while waiting:
            token = waiting.pop()
            waiting.extend(reversed(token.run))
            if token.shape in self._blocks and token not in self._odd:
                made.append(self._use(token))
            elif token.term is not None:
                made.append(self._layer(token))
            else:
                waiting.extend(reversed(token.parts))
        return made

    def _layer(self, token: Token) -> Item:
        assert token.term is not None
        item = token.term.item
        if item.branches is not None:
            item.branches = [self._items(listed(head)) for head in self._branches(token)]
        return item

    def _use(self, token: Token) -> Item:
        body = self._items(token.parts) if token.parts else [self._layer(token)]
        use = Item(body[-1].at, body[-1].node, (body[0].enters,))
        use.reads, body[0].reads = body[0].reads, None
        use.body, use.title = body, self._blocks[token.shape]
        return use
