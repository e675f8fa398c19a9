"""Network -> a Python file that builds it with Keras' functional API: one function for each block, layers under the nodes' names.

names       what the layers are called
windows     what Keras says for the layers that slide; elements for the others; helpers for those that it lacks
writer      terms as statements
"""

from __future__ import annotations

import builtins
import re

from ...convert.abstraction import Block
from ...convert.graph import graph_of
from ...convert.options import check, once
from ...convert.parameters import IN_CHANNELS
from ...convert.program import Program, program
from ...convert.structure import Structure
from ...convert.words import Arg, Call, Speak, Words
from ...errors import LayerError
from ...layers.frozen import EVERY
from ...network import Network, Node
from ..python import INDENT, Code, distinct, docstring, identifier, parameters, shown, variables, wrapped
from . import elements  # noqa: F401  (fill the vocabulary)
from .helpers import HELPERS, helpers
from .names import counted_names, fit, literal_names, renamed
from .windows import KERAS
from .writer import Writer

DEEP = 800  # layers, from which on Keras needs more recursion than Python allows


def keras_code(network: Network) -> str:
    """The file. Raises LayerError where Keras has no such layer."""
    once(network)
    graph = graph_of(network)
    numbers = counted_names(network)
    made = program(graph, Structure(graph, blocks=numbers is not None).items(), speaker(numbers or literal_names(network)))
    distinct(made.blocks, identifier, (*dir(builtins), "Custom", *HELPERS))
    functions = "\n\n\n".join([*(_function(block, made) for block in made.blocks), _build_model(made)])
    body = "\n".join(part for line in functions.splitlines() for part in wrapped(line))
    used = helpers(body)
    imports = "import keras\nfrom keras import layers" + (", ops" if any("ops." in one for one in used) else "")
    if len(graph.nodes) > DEEP:
        imports = f"import sys\n\n{imports}\n\nsys.setrecursionlimit({10 * len(graph.nodes)})  # Keras walks a model by recursion"
    code = "\n\n\n".join([*used, body, f'if __name__ == "__main__":\n{INDENT}build_model().summary()'])
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
    check(node)
    try:
        made = list(KERAS[node.kind](node.layer, node.facts.shapes[0]))
    except LayerError as error:
        raise LayerError(f"{node.name}: {error}") from None
    own = next((number for number, call in enumerate(made) if not call.callee.startswith(("layers.ZeroPadding", "Padding"))), 0)
    still = node.layer.frozen == EVERY and bool(node.facts.weights)
    made[own] = made[own]._replace(args=(*made[own].args, Arg("trainable", not still, True), Arg("name", name)))
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
    made = f"keras.Model({', '.join(told)}, name={shown(fit(graph.network.name).replace('.', '_') or 'network')})"
    for line in _with_frozen(made, graph.network):
        writer.say(line)
    renames = ", ".join(f"{shown(old)}: {shown(new)}" for old, new in renamed(graph.network).items())
    listed = f"{{{renames}}}" if renames else ""
    counts = [f"{INDENT}name = Names({listed})"] if any(re.search(r"\bname[(),]", line) for line in writer.lines) else []
    return "\n".join(["def build_model():", *counts, *writer.lines])


def _with_frozen(model: str, network: Network) -> list[str]:
    """The lines that return a model, in which single weights are frozen; whole layers have been told so."""
    held = {
        fit(node.name): tuple([weight.name for weight in node.facts.weights if weight.name in node.layer.frozen]) for node in network.nodes
    }
    if not any(held.values()):
        return [f"return {model}"]
    told = ", ".join(f"{shown(name)}: {shown(weights)}" for name, weights in held.items() if weights)
    return [
        f"model = {model}",
        f"frozen = {{{told}}}",
        "for layer, weights in frozen.items():",
        f"{INDENT}for weight in model.get_layer(layer).weights:",
        f"{INDENT * 2}weight.trainable = weight.trainable and weight.name not in weights",
        "return model",
    ]


def _functions(program: Program) -> list[str]:
    return [identifier(block.title) for block in program.blocks]
