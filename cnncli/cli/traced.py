"""What a trace found, for people and for machines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..by_hand.array import Array
    from ..by_hand.draw import Block
    from ..by_hand.trace import Step, Traced
    from ..network import Network


class Objective(NamedTuple):
    """What is differentiated: its name, how it is written, and what it makes of the steps."""

    name: str
    formula: str
    of: Callable[[list[Step]], Any]


def objective(network: Network, name: str | None, targets: dict[str, Array]) -> Objective:
    """The loss of all outputs against their targets; without targets, the sum of the outputs."""
    from ..by_hand.loss import LOSSES, target_of
    from ..by_hand.variable import total
    from ..errors import UsageError

    outputs = network.outputs
    if not targets:
        if name:
            raise UsageError(f"{name} compares the output with a target; give --target")
        return Objective("sum", "sum of y", lambda steps: total([value for index in outputs for value in steps[index].output.values]))
    last = network.nodes[outputs[0]].layer
    shares = "softmax" in (last.kind, getattr(getattr(last, "activation", None), "kind", ""))
    name = name or ("cross_entropy" if shares else "squared_error")
    loss = LOSSES[name]

    def of(steps: list[Step]) -> Any:
        parts = []
        for index in outputs:
            output = steps[index].output
            parts.append(loss.of(output.values, target_of(name, targets[steps[index].node.name], output)))
        return total(parts)

    return Objective(name, loss.formula, of)


def sections(steps: list[Step], style: str, digits: int | None, aim: Objective | None = None, traced: Traced | None = None) -> str:
    """Layer after layer; then the loss, and the gradients from the last layer to the first."""
    from ..by_hand import draw
    from ..by_hand.number import show

    parts: list[Block] = []
    for step in steps:
        own = [block for stage in step.stages for block in draw.blocks(stage.label if len(step.stages) > 1 else "", stage.array)]
        parts += headed(_heading(step), own)
    if traced and aim:
        value = show(traced.objective, digits)
        parts.append(draw.Block(heading="loss", lines=(f"{aim.name} = {aim.formula} = {value}",)))
        for step, slopes in reversed([*zip(steps, traced.slopes, strict=True)]):
            parts += headed(f"gradients of {step.node.name}", _gradients(step, slopes, traced))
    return draw.render(parts, style, digits)


def headed(heading: str, blocks: list[Block]) -> list[Block]:
    """The blocks, the heading above the first."""
    return [blocks[0]._replace(heading=heading), *blocks[1:]]


def _heading(step: Step) -> str:
    node = step.node
    return f"{node.name}: {node.kind}, {node.output}"


def _gradients(step: Step, slopes: list[Array], traced: Traced) -> list[Block]:
    """Of the outputs, stage by stage backwards, then of the weights."""
    from ..by_hand import draw

    stages = [*zip(step.stages, slopes, strict=True)]
    if len(stages) > 1 and stages[1][0].label == "with bias":
        stages = stages[1:]  # adding a bias changes no gradient
    found = [block for stage, slope in reversed(stages) for block in draw.blocks(stage.label, slope)]
    for name in trained(step, traced):
        array = traced.weights[step.node.index][name]
        deep = len(array.shape) > 2
        names = ("filter", "channel") if step.node.kind == "conv_transpose" else ("channel", "filter")
        found += draw.blocks(f"{name} {array.shape}", array, names if deep else ())
    return found


def trained(step: Step, traced: Traced) -> list[str]:
    """The weights of a layer that a gradient changes."""
    known = traced.weights.get(step.node.index, {})
    return [weight.name for weight in step.node.facts.weights if weight.trainable and weight.name in known]


def as_json(network: Network, steps: list[Step], aim: Objective | None = None, traced: Traced | None = None) -> str:
    """For machines; lists are nested as Keras has them."""
    layers = []
    for number, step in enumerate(steps):
        told: dict[str, Any] = {"name": step.node.name, "kind": step.node.kind, "shape": list(step.node.output)}
        told["stages"] = {stage.label: _nested(stage.array) for stage in step.stages}
        told["output"] = _nested(step.output)
        if traced:
            told["output_gradient"] = _nested(traced.slopes[number][-1])
            told["gradients"] = {name: _nested(traced.weights[step.node.index][name]) for name in trained(step, traced)}
        layers.append(told)
    found: dict[str, Any] = {"schema": "cnncli/trace/1", "name": network.name}
    if traced and aim:
        from ..by_hand.number import machine

        found["loss"] = {"name": aim.name, "formula": aim.formula, "value": machine(traced.objective)}
    lines = ",\n    ".join(map(json.dumps, layers))
    head = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in found.items())
    return f'{{\n{head}  "layers": [\n    {lines}\n  ]\n}}\n'


def _nested(array: Array) -> Any:
    from ..by_hand.draw import plain

    return plain(array).nested()
