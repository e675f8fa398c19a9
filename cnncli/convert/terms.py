"""Items -> terms: what a language says for each item, with a number for its shape and one for all of it, and runs put together.

Terms of one shape are alike but for values; terms that are alike in all stand for equal layers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .items import ABOVE, Item
from .naming import branch_names
from .pace import paced
from .words import Arg, Speak, Words

if TYPE_CHECKING:
    from .abstraction import Block

TIMES = Arg("times", 1, 1)  # how often an item is repeated


class Term:
    """An item as it will be written. `name`, `reads` and `lender` number the outputs that have names in one list, in their order.

    `others` are uses of a block that follow on this one, each with its values a `pace` further than the one before (see pace).
    """

    __slots__ = (
        "alone", "block", "body", "branches", "exact", "item", "lender", "name", "others", "pace", "reads", "repeat", "shape", "steps",
        "values", "words",
    )  # fmt: skip

    def __init__(self, item: Item, words: Words | None, values: tuple[Any, ...]) -> None:
        self.item, self.words, self.values = item, words, values
        self.repeat: Any = 1
        self.branches: list[list[Term]] | None = None
        self.body: Body | None = None
        self.block: Block | None = None
        self.name: int | None = None
        self.reads: tuple[int, ...] | None = None
        self.lender: int | None = None
        self.alone = False  # it uses the weights of another, or another those of it: it stays an item of its own
        self.shape = self.exact = 0
        self.others: list[Term] = []
        self.pace: tuple[Any, ...] = ()
        self.steps: tuple[int, ...] = ()  # how much further each argument of the next use is

    @property
    def is_plain(self) -> bool:
        """Whether it is one layer, without branches."""
        return self.body is None and self.branches is None and self.block is None

    @property
    def wired(self) -> tuple[Any, ...]:
        """Its shape and how it is wired."""
        return self.shape, self.name, self.reads, self.lender, self.alone, self.pace

    def flat_values(self) -> Iterator[Any]:
        """The values of all that may differ between terms of one shape."""
        yield self.repeat
        yield from self.values
        for branch in self.branches or ():
            for term in branch:
                yield from term.flat_values()

    def flat_args(self) -> Iterator[Arg]:
        """What these values are: arguments, each with a name for a parameter that takes its place."""
        yield TIMES
        yield from self.words.opened if self.words is not None else self.block.parameters if self.block is not None else ()
        several = self.item.branches is not None and len(self.item.branches) > 2
        names = branch_names("", self.item.branches or []) if several else ("", "")
        for name, branch in zip(names, self.branches or (), strict=False):
            for arg in (arg for term in branch for arg in term.flat_args()):
                yield arg._replace(name=f"{arg.name}_{name}", stem=arg.stem or arg.name) if several else arg

    def filled(self, values: Iterator[Any]) -> Term:
        """The same with other values, in the order of `flat_values`."""
        made = Term(self.item, self.words, ())
        made.block, made.name, made.reads, made.shape = self.block, self.name, self.reads, self.shape
        made.pace, made.steps, made.lender, made.alone = self.pace, self.steps, self.lender, self.alone
        made.repeat = next(values)
        made.values = tuple([next(values) for _ in self.values])
        if self.branches is not None:
            made.branches = [[term.filled(values) for term in branch] for branch in self.branches]
        return made


class Body:
    """The terms of one list, and the places of the outputs that are read by name in it."""

    __slots__ = ("places", "terms")

    def __init__(self, terms: list[Term], places: list[int]) -> None:
        self.terms, self.places = terms, places


class Terms:
    """Makes terms of items; what is alike gets the same numbers.

    `runs`: what is put together when it follows on its equal: "all", "none", or "steps": what has no branches, and also uses of
    blocks whose values go on in equal steps.
    Layers in a block are not, since they may not be equal in another use of it, but in the blocks `tight`.
    """

    def __init__(self, speak: Speak, runs: str = "all", tight: frozenset[str] = frozenset()) -> None:
        self.speak, self.runs, self.tight = speak, runs, tight
        self._numbers: dict[Hashable, int] = {}
        self._lent: frozenset[int] = frozenset()

    def number(self, *key: Hashable) -> int:
        """A number for a key, the same for equal keys."""
        return self._numbers.setdefault(key, len(self._numbers))

    def body(self, items: list[Item], outputs: Iterable[int] = (), tight: bool = True) -> Body:
        """The terms of one list."""
        around, self._lent = self._lent, frozenset(borrowed(items))
        places = sorted({*outputs, *read_by_name(items), *self._lent})
        names = {place: number for number, place in enumerate(places)}
        made = Body(self._list(items, names, tight), places)
        self._lent = around
        return made

    def _list(self, items: list[Item], names: dict[int, int], tight: bool) -> list[Term]:
        terms: list[Term] = []
        for item in items:
            term = self._use(item) if item.body is not None else self._layer(item, names, tight)
            term.name = names.get(item.at)
            term.lender = None if item.lender is None else names[item.lender]
            term.alone = term.lender is not None or item.at in self._lent
            term.reads = item.reads and tuple([ABOVE if read == ABOVE else names[read] for read in item.reads])
            joins = terms and follows(terms[-1], term) and terms[-1].exact == term.exact
            if joins and is_run(term, self.runs) and (tight or not term.is_plain):
                terms[-1].repeat += 1
                terms[-1].name = term.name
            else:
                terms.append(term)
        return paced(terms) if self.runs == "steps" else terms

    def _use(self, item: Item) -> Term:
        term = Term(item, None, ())
        term.body = self.body(item.body or [], (), item.title in self.tight)
        term.shape = self.number(item.title, *(one.wired for one in term.body.terms))
        term.exact = self.number(term.shape, *((one.exact, one.repeat) for one in term.body.terms))
        return term

    def _layer(self, item: Item, names: dict[int, int], tight: bool) -> Term:
        words = self.speak(item.node)
        term = Term(item, words, words.values)
        if item.branches is None:
            term.shape = self.number(words.signature)
            term.exact = self.number(term.shape, words.values)
        else:
            term.branches = [self._list(branch, names, tight) for branch in item.branches]
            term.shape = self.number(words.signature, *(tuple([one.wired for one in branch]) for branch in term.branches))
            inside = (tuple([(one.exact, one.repeat) for one in branch]) for branch in term.branches)
            term.exact = self.number(term.shape, words.values, *inside)
        return term


def follows(before: Term, term: Term) -> bool:
    """Whether nothing but the order of the list connects two terms."""
    return term.reads is None and before.name is None and not term.alone


def is_run(term: Term, runs: str) -> bool:
    """Whether equals of a term are put together."""
    return runs == "all" or (runs == "steps" and term.branches is None)


def read_by_name(items: list[Item]) -> Iterator[int]:
    """The places of the outputs that items read by name, branches included."""
    for item in items:
        yield from (read for read in item.reads or () if read != ABOVE)
        for branch in item.branches or ():
            yield from read_by_name(branch)


def borrowed(items: list[Item]) -> Iterator[int]:
    """The places of the outputs of items that lend others of a list their weights, branches included."""
    for item in items:
        if item.lender is not None:
            yield item.lender
        for branch in item.branches or ():
            yield from borrowed(branch)


def walk(terms: Iterable[Term]) -> Iterator[Term]:
    """All terms of a list, those of branches before their merge; not those within blocks."""
    for term in terms:
        for branch in term.branches or ():
            yield from walk(branch)
        yield term
