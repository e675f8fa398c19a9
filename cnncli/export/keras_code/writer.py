"""Terms as statements: each takes the tensor in one variable and leaves what it makes in another."""

from __future__ import annotations

from collections.abc import Iterable

from ...convert.items import ABOVE
from ...convert.naming import branch_names
from ...convert.parameters import numbered
from ...convert.terms import Term
from ...layers import Shape
from ..python import INDENT, RESERVED, calls, identifier, passed, shown, variables


class Writer:
    """Writes the statements of one function; `names` are those of the variables that are read by name."""

    def __init__(self, names: list[str], taken: Iterable[str], tells_shapes: bool = False) -> None:
        self.lines: list[str] = []
        self._names = names if tells_shapes else variables(names, taken)
        self._taken = {*self._names, *taken, *RESERVED}
        self._depth, self._tells_shapes = 1, tells_shapes
        self._size: Shape = ()

    def say(self, line: str) -> None:
        self.lines.append(INDENT * self._depth + line)

    def run(self, terms: list[Term], x: str, into: str) -> str:
        """Write terms one after another; returns the variable of the last."""
        for term in terms:
            target = into if term.name is None else self._names[term.name]
            read = [x if number == ABOVE else self._names[number] for number in term.reads or (ABOVE,)]
            if term.repeat == 1:
                self._term(term, read, target)
            else:
                self._repeated(term, read[0], target)
            x = target
        return x

    def _repeated(self, term: Term, x: str, target: str) -> None:
        if x != target:
            self.say(f"{target} = {x}")
        self.say(f"for _ in range({shown(term.repeat)}):")
        self._depth += 1
        self._term(term, [target], target)
        self._depth -= 1

    def _term(self, term: Term, read: list[str], target: str) -> None:
        if term.block is not None:
            more = ", ".join(filter(None, ("name", passed(term))))
            self.say(f"{target} = {identifier(term.block.title)}({read[0]}, {more})" + self._shape(term))
            return
        if term.branches is not None:
            read = self._branches(term, read[0])
        x = f"[{', '.join(read)}]" if term.item.node.layer.merges else read[0]
        said = list(calls(term))
        for number, made in enumerate(said):
            self.say(f"{target} = {made}({x})" + (self._shape(term) if number == len(said) - 1 else ""))
            x = target

    def _branches(self, term: Term, x: str) -> list[str]:
        """Write the branches of a merge; returns the variables of their ends."""
        ends, own = [], []
        items = term.item.branches or []
        for name, branch in zip(branch_names(term.item.node.kind, items), term.branches or [], strict=True):
            variable = numbered(identifier(name, "branch_"), self._taken)
            if branch:
                self._taken.add(variable)
                own.append(variable)
            ends.append(self.run(branch, x, variable))
        self._taken.difference_update(own)
        return ends

    def _shape(self, term: Term) -> str:
        """A comment with the shape, where the map has another size than before."""
        shape = term.item.node.output
        if not self._tells_shapes or shape[:-1] == self._size or self._depth > 1:
            return ""
        self._size = shape[:-1]
        return f"  # {'×'.join(map(str, shape))}"
