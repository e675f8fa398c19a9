"""Numbers for a network: what was given, brought into the shapes that the layers state, or made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError, nearest
from ..printable import quote
from .array import Array, Shape
from .number import Number, tidy
from .rules import Weights

if TYPE_CHECKING:
    from ..layers import Weight
    from ..network import Network, Node

PER_FILTER, PER_UNIT, PER_CHANNEL = "per_filter", "per_unit", "per_channel"
# How people write what Keras nests otherwise: the word, and the axes that then come first.
LAYOUTS: dict[tuple[str, str], tuple[str, tuple[int, ...]]] = {
    ("conv", "kernel"): (PER_FILTER, (-1, -2)),
    ("separable_conv", "pointwise_kernel"): (PER_FILTER, (-1, -2)),
    ("conv_transpose", "kernel"): (PER_FILTER, (-2, -1)),
    ("depthwise_conv", "kernel"): (PER_CHANNEL, (-2, -1)),
    ("separable_conv", "depthwise_kernel"): (PER_CHANNEL, (-2, -1)),
    ("dense", "kernel"): (PER_UNIT, (-1, -2)),
    ("input", "input"): (PER_CHANNEL, (-1,)),
}
MADE_UP = ("random:SEED", "ones", "zeros")


class Given(NamedTuple):
    """What somebody wrote: the numbers, where, and in which layout when not as Keras nests them."""

    array: Array
    where: str = ""
    layout: str | None = None


def weights(network: Network, given: Mapping[str, Mapping[str, Given]]) -> dict[int, Weights]:
    """The weights of all layers. What is missing, unknown or of another shape is refused, all that is missing at once."""
    owners = {node.name: node for node in network.nodes if node.shared is None and needed(node)}
    current = {node.automatic_name: node.name for node in owners.values() if node.automatic_name}
    given = {current.get(name, name): arrays for name, arrays in given.items()}
    for name, arrays in given.items():
        if name not in owners:
            raise UsageError(f"{_place(arrays)}no layer with weights is called {quote(name)}{nearest(name, owners)}")
        own = {weight.name for weight in needed(owners[name])}
        for weight, one in arrays.items():
            if weight not in own:
                hint = nearest(weight, own) or "; it has " + ", ".join(sorted(own))
                raise UsageError(f"{_at(one)}{name} has no weight {quote(weight)}{hint}")
    missing = [(node, weight) for node in owners.values() for weight in needed(node) if weight.name not in given.get(node.name, {})]
    if missing:
        lines = [f"  {node.name}: {weight.name}, shape {weight.shape}{_hint(node.kind, weight.name)}" for node, weight in missing]
        raise UsageError("\n".join(["weights are missing:", *lines]))
    return {
        node.index: {weight.name: fitted(given[node.name][weight.name], weight.shape, node, weight.name) for weight in needed(node)}
        for node in owners.values()
    }


def made_up(network: Network, rule: str) -> dict[int, Weights]:
    """Weights of ones, of zeros, or at random: tenths from -1 to 1, variances from 0.5 to 1.5."""
    draw = drawing(rule, "weights")
    nodes = [node for node in network.nodes if node.shared is None]
    return {node.index: {w.name: Array(w.shape, [draw(w.name) for _ in range(prod(w.shape))]) for w in needed(node)} for node in nodes}


def made_up_inputs(network: Network, rule: str) -> dict[int, Array]:
    """Inputs of ones, of zeros, or of tenths from -1 to 1 at random."""
    draw = drawing(rule, "inputs")
    return {node.index: Array(node.output, [draw("") for _ in range(prod(node.output))]) for node in network.nodes if not node.inputs}


def drawing(rule: str, what: str) -> Callable[[str], Number]:
    """How to make up one number for a weight of a name."""
    word, _, seed = rule.partition(":")
    if word not in ("random", "ones", "zeros") or (word == "random" and not seed.isdecimal()) or (word != "random" and seed):
        raise UsageError(f"{quote(rule)} is neither a file nor a rule for {what}; rules are {', '.join(MADE_UP)}, such as random:7")
    if word != "random":
        return lambda name: int(word == "ones")
    chance = Random(int(seed))

    def draw(name: str) -> Number:
        tenths = chance.randrange(5, 16) if name.endswith("variance") else chance.randrange(-10, 11)
        return tidy(Fraction(tenths, 10))

    return draw


def inputs(network: Network, given: Mapping[str, Given] | Given) -> dict[int, Array]:
    """What goes into each input of the network."""
    nodes = {node.name: node for node in network.nodes if not node.inputs}
    if isinstance(given, Given):
        if len(nodes) > 1:
            raise UsageError(f"{network.name} has {len(nodes)} inputs; give each by its name: {', '.join(nodes)}")
        given = dict.fromkeys(nodes, given)
    for name, one in given.items():
        if name not in nodes:
            raise UsageError(f"{_at(one)}no input is called {quote(name)}{nearest(name, nodes) or '; there is ' + ', '.join(nodes)}")
    for name, node in nodes.items():
        if name not in given:
            raise UsageError(f"{_titled(name)}, shape {node.output}, is missing")
    return {node.index: fitted(given[name], node.output, node, "input") for name, node in nodes.items()}


def _titled(name: str) -> str:
    """A lone input is called input."""
    return "the input" if name == "input" else f"the input {quote(name)}"


def needed(node: Node) -> tuple[Weight, ...]:
    """The weights that have to be given: those of normalize are its options."""
    return () if node.kind == "normalize" else node.facts.weights


def fitted(given: Given, shape: Shape, node: Node, name: str) -> Array:
    """The numbers under the shape that is expected. Axes of length 1 may be left out; a lone number stands for all."""
    array, told = given.array, f"{name} of {node.name}" if node.inputs else _titled(node.name)
    if not array.shape and given.layout is None:
        return Array(shape, array.values * prod(shape))
    if given.layout is None:
        if _long(array.shape) == _long(shape):
            return Array(shape, array.values)
        raise UsageError(f"{_at(given)}{told} has the shape {array.shape}; expected {shape}{_hint(node.kind, name)}")
    word, first = LAYOUTS.get((node.kind, name), ("", ()))
    if word != given.layout:
        raise UsageError(f"{_at(given)}{told} is not written {given.layout}{'; it may be written ' + word if word else ''}")
    ahead = [axis % len(shape) for axis in first][: len(shape)]
    order = [*ahead, *(axis for axis in range(len(shape)) if axis not in ahead)]
    there = tuple(shape[axis] for axis in order)
    if _long(array.shape) != _long(there):
        raise UsageError(f"{_at(given)}{told}, {word}, has the shape {array.shape}; expected {there}")
    return Array(there, array.values).moved([order.index(axis) for axis in range(len(shape))])


def _long(shape: Shape) -> Shape:
    """The axes of more than one."""
    return tuple(length for length in shape if length != 1)


def _hint(kind: str, name: str) -> str:
    """How else it may be written."""
    word, _ = LAYOUTS.get((kind, name), ("", ()))
    each = {PER_FILTER: "a matrix for each channel that it reads", PER_UNIT: "a row of its weights", PER_CHANNEL: "a matrix"}
    return f" (or {word}: a list, for each {word.removeprefix('per_')} {each[word]})" if word else ""


def _at(one: Given) -> str:
    return f"{one.where}: " if one.where else ""


def _place(arrays: Mapping[str, Given]) -> str:
    return next((_at(one) for one in arrays.values()), "")
