"""A network at work on given numbers: every map on the way, and the gradients back.

steps = forward(network, weights, inputs)                       plain numbers: exact where all are whole
traced = gradients(network, weights, inputs, objective)         the same, and the slope of the objective everywhere
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..layers.activation import Linear
from ..layers.affine import Affine
from . import curves, linear, moves, norms, pooling  # noqa: F401  (they enter their rules)
from .array import Array
from .number import bound_digits, tidy
from .rules import RULES, Weights, rule
from .variable import Variable, backward, plain

if TYPE_CHECKING:
    from ..network import Network, Node

MOST_FORWARD, MOST_BACKWARD = 10_000_000, 2_000_000  # operations; a variable holds about a hundred bytes
MOST_NUMBERS = 100_000  # in all maps together: nobody reads more, and exact numbers take their time
Supply = dict[int, Weights]  # the weights of each node, by its index


class Stage(NamedTuple):
    """What a layer has computed at one point: products of an affine one, bias added, activation; of others the output."""

    label: str
    array: Array


class Step(NamedTuple):
    """One layer's part."""

    node: Node
    stages: list[Stage]

    @property
    def output(self) -> Array:
        return self.stages[-1].array


class Traced(NamedTuple):
    """The way there, the value of the objective, and its slopes: for each stage of each step, and for each weight of each layer."""

    steps: list[Step]
    objective: Any
    slopes: list[list[Array]]
    weights: dict[int, Weights]


@rule("input")
def given(layer: Any, weights: Weights, *none: Array) -> list[Any]:
    """What comes in is given."""
    raise AssertionError("the input is not computed")


def operations(network: Network) -> int:
    """An estimate of the work: multiply-accumulates, element-wise operations, and the numbers that are moved."""
    return sum(sum(node.facts.work) + node.facts.elements for node in network.nodes)


def check(network: Network, most: int) -> None:
    """Refuse what has no rule here, by its name, and what would take too long."""
    for node in network.nodes:
        if node.kind not in RULES:
            raise UsageError(f"{node.name} is a layer of the kind {node.kind}, which is not computed by hand")
    count = operations(network)
    if count > most:
        raise UsageError(f"{network.name} takes about {count:,} operations; at most {most:,} are done by hand, so take a smaller input")
    numbers = sum(node.facts.elements for node in network.nodes)
    if numbers > MOST_NUMBERS:
        raise UsageError(
            f"{network.name} has {numbers:,} numbers in its maps; at most {MOST_NUMBERS:,} are computed by hand, so take a smaller input"
        )


def forward(network: Network, weights: Supply, inputs: dict[int, Array]) -> list[Step]:
    """Every step, in order."""
    check(network, MOST_FORWARD)
    return _run(network, weights, inputs, lambda array: array)


def gradients(network: Network, weights: Supply, inputs: dict[int, Array], objective: Callable[[list[Step]], Any]) -> Traced:
    """Every step, and the slope of `objective(steps)` with respect to whatever was computed or given."""
    check(network, MOST_BACKWARD)
    known = {index: {name: _variables(array) for name, array in arrays.items()} for index, arrays in weights.items()}
    steps = _run(network, known, {index: _variables(array) for index, array in inputs.items()}, _passed)
    try:
        aim = objective(steps)
        _check_finite([aim])
    except (OverflowError, ZeroDivisionError, ValueError):
        raise UsageError("the loss has no finite value; begin with a smaller input or smaller weights") from None
    try:
        backward(aim)
        slopes = [[_slopes(stage.array) for stage in step.stages] for step in steps]
        found = {index: {name: _slopes(array) for name, array in arrays.items()} for index, arrays in known.items()}
    except (OverflowError, ZeroDivisionError):
        raise UsageError("a gradient grows beyond all numbers; begin with smaller weights") from None
    told = [Step(step.node, [Stage(stage.label, _numbers(stage.array)) for stage in step.stages]) for step in steps]
    return Traced(told, tidy(plain(aim)), slopes, found)


def _run(network: Network, weights: Supply, inputs: dict[int, Array], leave: Callable[[Array], Array]) -> list[Step]:
    steps: list[Step] = []
    for node in network.nodes:
        if not node.inputs:
            steps.append(Step(node, [Stage("input", inputs[node.index])]))
            continue
        owner = node.index if node.shared is None else node.shared
        try:
            stages = _stages(node, weights.get(owner, {}), [steps[index].output for index in node.inputs], leave)
        except (OverflowError, ZeroDivisionError, ValueError) as error:
            what = "divides by zero" if isinstance(error, ZeroDivisionError) else "meets a number that it has no result for"
            what = "meets numbers that are too large" if isinstance(error, OverflowError) else what
            raise UsageError(f"{node.name} {what}; look at its input and weights") from None
        steps.append(Step(node, stages))
    return steps


def _stages(node: Node, weights: Weights, xs: Sequence[Array], leave: Callable[[Array], Array]) -> list[Stage]:
    layer, shape = node.layer, node.output

    def finished(label: str, values: Any) -> Stage:
        array = Array(shape, [bound_digits(value) for value in values])
        _check_finite(array.values)
        return Stage(label, leave(array))

    if not isinstance(layer, Affine):
        return [finished("output", RULES[layer.kind](layer, weights, *xs))]
    stages = [finished("products", RULES[layer.kind](layer, weights, *xs))]
    if layer.bias:
        bias = weights["bias"].values
        stages.append(finished("with bias", [value + bias[i % len(bias)] for i, value in enumerate(stages[-1].array.values)]))
    if not isinstance(layer.activation, Linear):
        stages.append(finished(layer.activation.kind, RULES[layer.activation.kind](layer.activation, weights, stages[-1].array)))
    return stages


def _variables(array: Array) -> Array:
    return Array(array.shape, [Variable(value) for value in array.values])


def _passed(array: Array) -> Array:
    """What leaves a stage is a variable of its own, so that it has a gradient of its own."""
    return Array(array.shape, [Variable(bound_digits(plain(v)), *(([v], [1]) if type(v) is Variable else ())) for v in array.values])


def _slopes(array: Array) -> Array:
    _check_finite([value.grad for value in array.values])
    return Array(array.shape, [tidy(value.grad) for value in array.values])


def _check_finite(values: Sequence[Any]) -> None:
    """Raise OverflowError for a number that no float holds."""
    if not all(math.isfinite(plain(value)) for value in values):
        raise OverflowError


def _numbers(array: Array) -> Array:
    return Array(array.shape, [value.value for value in array.values])
