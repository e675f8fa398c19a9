"""One block for all uses of one shape."""

from __future__ import annotations

from typing import Any

from .graph import Graph
from .items import Item
from .pace import told_steps
from .parameters import Parameters
from .terms import Term, follows, is_run
from .words import Arg


class Block:
    """A block: its parameters, and the terms it stands for. `example` is its first use."""

    __slots__ = ("example", "parameters", "places", "terms", "title")

    def __init__(self, title: str, example: Item) -> None:
        self.title, self.example = title, example
        self.parameters: tuple[Arg, ...] = ()
        self.terms: list[Term] = []
        self.places: list[int] = []


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


def together(terms: list[Term], runs: str) -> list[Term]:
    """Terms of a block with those put together that read the same."""
    made: list[Term] = []
    for term in terms:
        if term.branches is not None:
            term.branches = [together(branch, runs) for branch in term.branches]
        before = made[-1] if made else None
        numbers = before and isinstance(before.repeat, int) and isinstance(term.repeat, int)
        if before and numbers and follows(before, term) and is_run(term, runs) and said(before) == said(term):
            before.repeat += term.repeat
            before.name = term.name
        else:
            made.append(term)
    return made


def said(term: Term) -> tuple[Any, ...]:
    """All that will be written of a term but its name and how often it stands."""
    inside = [[(said(one), one.repeat, one.name, one.reads, one.lender) for one in branch] for branch in term.branches or ()]
    return term.words and term.words.signature, term.block, term.values, term.pace, inside
