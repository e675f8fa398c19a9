"""A list of terms as a PyTorch class: a Sequential where each reads the one above, else modules and a `forward`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...convert.abstraction import Block
from ...convert.items import ABOVE
from ...convert.naming import SHORT, branch_names
from ...convert.parameters import numbered
from ...convert.program import Program
from ...convert.terms import Term
from ...layers import Shape
from ..python import INDENT, calls, camel, identifier, parameters, passed, shown, variables

BODY = INDENT * 2
LONGEST = 3  # kinds in the name of a chain


class Class:
    """One class: of a block, or of the network where there is none."""

    def __init__(self, program: Program, title: str, block: Block | None = None) -> None:
        self.program, self.title, self.block = program, title, block
        self.terms = block.terms if block else program.terms
        self._modules: dict[str, list[str]] = {}
        self._statements: list[str] = []
        self._names: list[str] = []
        self._taken: set[str] = set()

    def lines(self) -> Iterator[str]:
        """The class."""
        is_chain = is_branch(self.terms) and self.program.graph.heads == 1
        yield f"class {self.title}(nn.{'Sequential' if is_chain else 'Module'}):"
        yield f'{INDENT}"""{self._says()}"""'
        yield ""
        yield f"{INDENT}def __init__({', '.join(filter(None, ('self', parameters(self.block) if self.block else '')))}):"
        if is_chain:
            yield from (f"{BODY}super().__init__(", *(f"{BODY}{INDENT}{line}," for line in modules(self.terms)), f"{BODY})")
            return
        inputs = self._forward()
        yield f"{BODY}super().__init__()"
        for name, made in self._modules.items():
            if len(made) == 1 and not made[0].startswith("*"):
                yield f"{BODY}self.{name} = {made[0]}"
            else:
                yield from (f"{BODY}self.{name} = nn.Sequential(", *(f"{BODY}{INDENT}{line}," for line in made), f"{BODY})")
        yield ""
        yield f"{INDENT}def forward(self, {', '.join(inputs)}):"
        yield from (f"{BODY}{line}" for line in self._statements)

    def _says(self) -> str:
        """The shapes, the channels first."""
        graph = self.program.graph
        if self.block is None:
            come_in, go_out = (
                [shown(first(graph.nodes[place].output)) for place in places] for places in (range(graph.heads), graph.outputs)
            )
            return f"{', '.join(come_in)} -> {', '.join(go_out)}"
        enters, leaves = graph.nodes[self.block.example.enters].output, self.block.example.node.output
        return f"{shown(first(enters))} -> {shown(first(leaves))}, for example."

    def _forward(self) -> list[str]:
        """Write the statements of `forward`; returns what it takes."""
        graph = self.program.graph
        heads = range(graph.heads if self.block is None else 0)
        named = self.program.places if self.block is None else self.block.places
        places = sorted({*named, *heads})
        given = ["images" if place == 0 and len(heads) == 1 else re.sub(r"_\d+$", "", graph.nodes[place].name) for place in places]
        names = dict(zip(places, variables(given, ()), strict=True))
        self._names = [names[place] for place in named]
        self._taken = {*names.values()}
        enters = names[0] if len(heads) > 1 or 0 in named else "x"
        last = self._run(self.terms, enters, "x")
        outputs = graph.outputs if self.block is None else ()
        self._return(", ".join(names.get(place, last) for place in outputs) or last)
        return [names[place] for place in heads] if len(heads) > 1 else [enters]

    def _return(self, result: str) -> None:
        """Return what the last statement made, at once where it is just that."""
        variable, _, value = self._statements[-1].partition(" = ") if self._statements else ("", "", "")
        if variable == result:
            self._statements.pop()
        self._statements.append(f"return {value if variable == result else result}")

    def _run(self, terms: list[Term], x: str, into: str) -> str:
        """Write terms one after another; returns the variable that has the last output."""
        place = 0
        while place < len(terms):
            end = max(chain_end(terms, place), place + 1)
            chain = terms[place:end]
            target = into if chain[-1].name is None else self._names[chain[-1].name]
            read = [x if number == ABOVE else self._names[number] for number in chain[0].reads or (ABOVE,)]
            if is_simple(chain[0]):
                name = self._chain_name(chain, target, place == 0, end == len(terms))
                self._statements.append(f"{target} = {self._called(name, chain, read[0])}")
            else:
                self._statements.append(f"{target} = {merged(chain[0].item.node.kind, self._operands(chain[0], read))}")
            x, place = target, end
        return x

    def _operands(self, term: Term, read: list[str]) -> list[str]:
        """What a merge takes: variables, or calls of its branches."""
        if term.branches is None:
            return read
        found = []
        for name, branch in zip(branch_names(term.item.node.kind, term.item.branches or []), term.branches, strict=True):
            variable = identifier(name, "branch_")
            if not branch:
                found.append(read[0])
            elif is_branch(branch):
                found.append(self._called(variable, branch, read[0]))
            else:
                variable = numbered(variable, self._taken)
                self._taken.add(variable)
                found.append(self._run(branch, read[0], variable))
        return found

    def _called(self, name: str, chain: list[Term], x: str) -> str:
        """Make a chain a module of this one, and call it."""
        name = numbered(name, self._modules)
        self._modules[name] = modules(chain)
        return f"self.{name}({x})"

    def _chain_name(self, chain: list[Term], target: str, is_first: bool, is_last: bool) -> str:
        """What the module of a chain is called."""
        if chain[-1].name is not None:
            return target
        if self.block is None and len(chain) > 1 and (is_first or is_last):
            return "stem" if is_first else "head"
        parts = [term.block.title if term.block else SHORT.get(term.item.node.kind, term.item.node.kind) for term in chain]
        return identifier("_".join(parts) if len(parts) <= LONGEST else "layers_1").removesuffix("_1")


def first(shape: Shape) -> Shape:
    """A shape with the channels first."""
    return (shape[-1], *shape[:-1])


def is_simple(term: Term) -> bool:
    """Whether it takes one input: no merge."""
    return term.branches is None and (term.words is None or not term.item.node.layer.merges)


def is_branch(terms: list[Term]) -> bool:
    """Whether each does nothing but read the one above."""
    return all(is_simple(term) and term.name is None and term.reads is None for term in terms)


def chain_end(terms: list[Term], place: int) -> int:
    """Where the chain ends that begins at a place: at a merge, behind a name, or where something else is read."""
    end = place
    while end < len(terms) and is_simple(terms[end]) and (end == place or (terms[end].reads is None and terms[end - 1].name is None)):
        end += 1
    return end


def modules(terms: list[Term]) -> list[str]:
    """The modules of a chain, one a line."""
    made = []
    for term in terms:
        if term.block is not None:
            parts = [f"{camel(term.block.title)}({passed(term)})"]
        else:
            parts = list(calls(term))
        if term.repeat != 1:
            one = parts[0] if len(parts) == 1 else f"nn.Sequential({', '.join(parts)})"
            parts = [f"*[{one} for {'i' if any(term.steps) else '_'} in range({shown(term.repeat)})]"]
        made.extend(parts)
    return made


def merged(kind: str, operands: list[str]) -> str:
    """The expression for a merge."""
    if kind == "concat":
        return f"torch.cat([{', '.join(operands)}], dim=1)"
    if kind in ("maximum", "minimum"):
        made = operands[0]
        for operand in operands[1:]:
            made = f"torch.{kind}({made}, {operand})"
        return made
    made = {"add": " + ", "average": " + ", "multiply": " * ", "subtract": " - "}[kind].join(operands)
    return f"({made}) / {len(operands)}" if kind == "average" else made
