"""Network -> a Python file that builds it with Keras' functional API: one function for each block, layers under the nodes' names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..convert.abstraction import IN_CHANNELS, Block, Program, numbered, program
from ..convert.graph import graph_of
from ..convert.naming import branch_names
from ..convert.structure import ABOVE, Structure
from ..convert.terms import Term
from ..convert.words import Arg, Call, Speak, Words
from ..errors import LayerError
from ..layers import Shape
from ..network import Network, Node
from . import keras_words_more
from .keras_helpers import helpers
from .keras_words import SAY
from .python import INDENT, RESERVED, Code, calls, docstring, identifier, parameters, passed, shown, variables

assert keras_words_more  # it enters its kinds


def keras_code(network: Network) -> str:
    """The file. Raises LayerError where Keras has no such layer."""
    graph = graph_of(network)
    numbers = counted_names(network)
    made = program(graph, Structure(graph, blocks=numbers is not None).items(), speaker(numbers or literal_names(network)))
    body = "\n\n\n".join([*(_function(block, made) for block in made.blocks), _build_model(made)])
    used = helpers(body)
    imports = "import keras\nfrom keras import layers" + (", ops" if any("ops." in one for one in used) else "")
    code = "\n\n\n".join([*used, body, 'if __name__ == "__main__":\n    build_model().summary()'])
    return docstring(network, "Written by cnncli; build_model() gives the model.") + f"\n\n{imports}\n\n\n{code}\n"


def speaker(names: list[Code]) -> Speak:
    """A function that gives the words of a node: the calls of its layer, the one that has the weights under its name."""
    known: dict[object, Words] = {}

    def speak(node: Node) -> Words:
        key = (node.facts, names[node.index])
        if key not in known:
            known[key] = Words(*named(node, names[node.index]))
        return known[key]

    return speak


def named(node: Node, name: Code) -> list[Call]:
    """The calls for a node; the name goes to the layer that is the node's, not to one that pads or crops for it."""
    say = SAY.get(node.kind)
    if say is None or node.shared is not None:
        raise LayerError(f"{node.name}: Keras code cannot tell " + (f"a {node.kind}" if say is None else "a layer that is used twice"))
    try:
        made = list(say(node.layer, node.facts.shapes[0]))
    except LayerError as error:
        raise LayerError(f"{node.name}: {error}") from None
    own = next((number for number, call in enumerate(made) if not call.callee.startswith(("layers.ZeroPadding", "Padding"))), 0)
    made[own] = made[own]._replace(args=(*made[own].args, Arg("name", name)))
    return made


def fit(name: str) -> str:
    """A name as Keras has them: without `/`, and without `_` in front."""
    return f"x{name}" if name.startswith("_") else name.replace("/", ".")


def literal_names(network: Network) -> list[Code]:
    """Each node's own name."""
    return [Code(shown(fit(node.name))) for node in network.nodes]


def counted_names(network: Network) -> list[Code] | None:
    """The names as a counter gives them, so that blocks can be functions; None where there are no blocks, or other names."""
    if all(node.scope is None for node in network.nodes):
        return None
    numbers: dict[str, int] = {}
    made = []
    for node in network.nodes:
        stem, _, number = node.name.rpartition("_")
        if node.inputs and number == str(numbers.get(stem, 0) + 1) and (node.scope is not None or stem == node.kind):
            numbers[stem] = int(number)
            made.append(Code(f"name({shown(stem)})"))
        elif node.scope is None:
            made.append(Code(shown(fit(node.name))))
        else:
            return None
    return made


def _function(block: Block, program: Program) -> str:
    """A block as a function of the tensor that enters it."""
    graph = program.graph
    writer = Writer([re.sub(r"_\d+$", "", graph.nodes[place].name) for place in block.places], _functions(program))
    last = writer.run(block.terms, "x", "x")
    uses = any(IN_CHANNELS in line for line in writer.lines)
    example = f"{graph.nodes[block.example.enters].output} -> {block.example.node.output}, for example"
    takes = ", ".join(filter(None, ("x", "name", parameters(block))))
    head = [f"def {identifier(block.title)}({takes}):", f'{INDENT}"""{example}."""', *([f"{INDENT}{IN_CHANNELS} = x.shape[-1]"] * uses)]
    return "\n".join([*head, *writer.lines, f"{INDENT}return {last}"])


def _build_model(program: Program) -> str:
    """The network as a function that gives the model."""
    graph = program.graph
    heads = graph.nodes[: graph.heads]
    places = sorted({*program.places, *range(len(heads))})
    given = [graph.nodes[place].name if place or len(heads) > 1 else "inputs" for place in places]
    names = dict(zip(places, variables(given, _functions(program)), strict=True))
    writer = Writer([names[place] for place in program.places], {*_functions(program), *names.values()}, tells_shapes=True)
    for place, node in enumerate(heads):
        writer.say(f"{names[place]} = keras.Input({shown(node.output)}, name={shown(fit(node.name))})")
    last = writer.run(program.terms, names[0], "x")
    ends = [names[place] for place in range(len(heads))], [names.get(place, last) for place in graph.outputs]
    told = [one[0] if len(one) == 1 else f"[{', '.join(one)}]" for one in ends]
    writer.say(f"return keras.Model({', '.join(told)}, name={shown(fit(graph.network.name).replace('.', '_') or 'network')})")
    counts = [f"{INDENT}name = Names()"] if any(re.search(r"\bname[(),]", line) for line in writer.lines) else []
    return "\n".join(["def build_model():", *counts, *writer.lines])


def _functions(program: Program) -> list[str]:
    return [identifier(block.title) for block in program.blocks]


class Writer:
    """Writes terms as statements: each takes the tensor in one variable and leaves what it makes in another."""

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
        for number, (callee, args) in enumerate(said):
            self.say(f"{target} = {callee}({args})({x})" + (self._shape(term) if number == len(said) - 1 else ""))
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
