"""A program as the text of a spec, in the style in which people write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..layers import KINDS
from ..network import Node
from .abstraction import Block
from .defaults import Defaults, common, kind_of, options
from .frozen import Freezing
from .items import ABOVE
from .labels import Labels
from .naming import branch_names
from .program import Program
from .terms import Term
from .words import NONE
from .written import flow, lone, quoted, shown

WIDEST = 140  # columns, before a mapping is written line by line


class Spec:
    """Writes one program."""

    def __init__(self, program: Program, names: bool = False) -> None:
        self.program, self.nodes = program, program.graph.nodes
        self.defaults: Defaults = common(program)
        self.every_name = names
        self.labels = Labels(program)
        self.freezing = Freezing(program.blocks)

    def lines(self) -> Iterator[str]:
        """The lines of the file."""
        program, network = self.program, self.program.graph.network
        yield f"name: {quoted(network.name or 'network')}"
        if network.source:
            yield f"source: {quoted(network.source)}"
        yield f"input: {self._inputs()}"
        if self.defaults:
            yield from ("", "defaults:")
            for kind, values in self.defaults.items():
                yield f"  {kind}: {flow(values)}"
        if program.blocks:
            yield from ("", "blocks:")
            for block in program.blocks:
                yield f"  {block.title}{signature(block)}:"
                yield from self._list(block.terms, 4, self.labels.inside(block), self.freezing.inside(block))
        yield from ("", "layers:" if program.terms else "layers: []")
        yield from self._list(program.terms, 2, self.labels.top)
        if program.graph.outputs != (len(self.nodes) - 1,):
            yield from ("", f"outputs: [{', '.join(self.labels.of(place) for place in program.graph.outputs)}]")
        yield from ("", f"expect: {{params: {total(self.nodes, 'params'):_}, macs: {total(self.nodes, 'macs'):_}}}")

    def _inputs(self) -> str:
        heads = self.nodes[: self.program.graph.heads]
        if len(heads) == 1:
            return shown(heads[0].output)
        return flow({self.labels.of(place): node.output for place, node in enumerate(heads)})

    def _list(self, terms: list[Term], indent: int, names: list[str], frozen: bool = False) -> Iterator[str]:
        """Items in lines; `frozen` where it is said of all of them already."""
        for term in terms:
            yield from self._term(term, " " * indent, names, frozen)

    def _term(self, term: Term, indent: str, names: list[str], frozen: bool) -> Iterator[str]:
        freeze = None if frozen else self.freezing.word(term)
        said = self._arguments(term)
        kind = term.block.title if term.block is not None else kind_of(term)
        wiring = [*self._wiring(term, names), *([f"freeze: {freeze}"] if freeze else [])]
        if term.branches is not None:
            yield f"{indent}- {kind}:"
            for name, branch in zip(branch_names(kind, term.item.branches or []), term.branches, strict=True):
                yield f"{indent}    {name}:" + ("" if branch else " []")
                yield from self._list(branch, len(indent) + 6, names, frozen or freeze == "true")
        elif len(f"{indent}- {kind}: {said}") > WIDEST and said.startswith("{"):
            yield f"{indent}- {kind}:"
            yield from (f"{indent}    {part}" for part in self._parts(term))
        else:
            yield f"{indent}- {kind}" + (f": {said}" if said else ":" if wiring else "")
        yield from (f"{indent}  {line}" for line in wiring)

    def _wiring(self, term: Term, names: list[str]) -> Iterator[str]:
        if term.repeat != 1:
            yield f"repeat: {shown(term.repeat)}"
        if term.name is not None:
            yield f"name: {names[term.name]}"
        elif self.every_name and term.words is not None:
            yield f"name: {self.labels.of(term.item.at)}"
        if term.reads is not None:
            read = ["above" if number == ABOVE else names[number] for number in term.reads]
            yield f"from: {read[0] if len(read) == 1 else '[' + ', '.join(read) + ']'}"
        if term.lender is not None:
            yield f"weights: {names[term.lender]}"

    def _said(self, term: Term) -> dict[str, Any]:
        """The options and arguments that differ from what holds anyway."""
        if term.block is not None:
            pairs = zip(term.block.parameters, term.values, strict=True)
            return {arg.name: value for arg, value in pairs if value != arg.default}
        said, size = {}, None
        for arg, value in options(term):
            default = self.defaults.get(kind_of(term), {}).get(arg.name, arg.default)
            size = value if arg.name == "size" else size
            if value != default:
                said[arg.name] = size if value is None else value
        return said

    def _main(self, term: Term) -> str | None:
        """The option that a lone value stands for."""
        if term.block is None:
            return KINDS[kind_of(term)].main_option()
        parameters = term.block.parameters
        return next((arg.name for arg in parameters if arg.default is NONE), parameters[0].name if parameters else None)

    def _arguments(self, term: Term) -> str:
        said = self._said(term)
        return lone(said, self._main(term)) if said else ""

    def _parts(self, term: Term) -> Iterable[str]:
        return (f"{name}: {shown(value)}" for name, value in self._said(term).items())


def signature(block: Block) -> str:
    """(filters, stride=1), or nothing."""
    parts = [arg.name + ("" if arg.default is NONE else f"={shown(arg.default)}") for arg in block.parameters]
    return f"({', '.join(parts)})" if parts else ""


def total(nodes: list[Node], figure: str) -> int:
    """A sum over all layers."""
    if figure == "macs":
        return sum(node.facts.work.macs for node in nodes)
    return sum(weight.count for node in nodes for weight in node.facts.weights)
