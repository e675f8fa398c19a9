"""The inputs that a network takes: the smallest, and those of which no window leaves a border row unused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from ..errors import LayerError, UsageError
from ..layers import Shape
from ..network import Input, Network, Node
from . import Answer, Found

SHOWN = 12  # sizes


def smallest(network: Network, most: int) -> Answer:
    """The smallest size, the same along all axes, that every layer accepts."""
    size, why = _first(network, most)
    question = f"the smallest input of {network.name}"
    if size is None:
        return Answer(question, [], f"none up to {most:,}: {why}")
    shape = _input(network, size)
    note = f"with {size - 1}: {why}" if why else "every size does"
    return Answer(question, [Found({"input": "x".join(map(str, shape))}, note=note)])


def without_rest(network: Network, most: int) -> Answer:
    """The sizes up to `most` of which no sliding window leaves pixels behind its last place."""
    question = f"inputs of {network.name} that leave no border row unused"
    size, why = _first(network, most)
    if size is None:
        return Answer(question, [], f"no size up to {most:,} is accepted: {why}")
    found = [number for number in range(size, most + 1) if not any(_left(network, number))]
    usual = _length(network)
    found.sort(key=lambda number: (number != usual, number))
    shown = [Found({"size": number}) for number in found]
    why = "" if found else f"none from {size:,} to {most:,}"
    return Answer(question, shown, why, _spacing(found) or (f"from {size:,} to {most:,}" if found else ""))


def unused(network: Network) -> Iterator[tuple[Node, tuple[int, ...]]]:
    """The layers of a network whose windows leave pixels behind their last place, and how many along each axis."""
    for node in network.nodes:
        rest = _rest(node.layer, network.nodes[node.inputs[0]].output) if node.inputs else ()
        if any(rest):
            yield node, rest


def _rest(layer: Any, x: Shape) -> tuple[int, ...]:
    """The pixels behind the last place along each axis. What a last window may hang over (`ceil`) is used."""
    if not hasattr(layer, "slides") or getattr(layer, "ceil", False) or layer.padding == "same":
        return ()
    return tuple([(slide.size + slide.before + slide.after - slide.extent) % slide.stride for slide in layer.slides(x)])


def _left(network: Network, size: int) -> Iterator[bool]:
    """Whether something is left over at this size, or it does not fit at all."""
    try:
        yield any(True for _ in unused(resized(network, size)))
    except LayerError:
        yield True


def _first(network: Network, most: int) -> tuple[int | None, str]:
    """The smallest size that is accepted, and why the one before is not."""
    why = ""
    for size in range(1, most + 1):
        try:
            resized(network, size)
        except LayerError as error:
            why = str(error)
        else:
            return size, why
    return None, why


def resized(network: Network, size: int) -> Network:
    """The same layers on another input. Raises LayerError where one refuses it."""
    made = Network(network.name)
    for node in network.nodes:
        layer = Input(shape=_input(network, size)) if node.kind == "input" else node.layer
        try:
            made.place(layer, node.inputs, node.name)
        except LayerError as error:
            raise LayerError(f"{node.name} refuses it: {error}") from None
    return made


def _input(network: Network, size: int) -> Shape:
    inputs = [node.output for node in network.nodes if node.kind == "input"]
    if len(inputs) != 1 or len(inputs[0]) < 2:
        raise UsageError(
            f"{network.name} has {len(inputs)} inputs; expected one" if len(inputs) != 1 else f"{network.name} takes a vector, not a map"
        )
    return (*(size for _ in inputs[0][:-1]), inputs[0][-1])


def _length(network: Network) -> int:
    return next(node.output[0] for node in network.nodes if node.kind == "input")


def _spacing(found: list[int]) -> str:
    """Every 32nd from 35, where they are so; or all."""
    ordered = sorted(found)
    steps = {late - early for early, late in pairwise(ordered)}
    if len(steps) != 1:
        return ""
    step = steps.pop()
    return f"{f'every {step:,}' if step > 1 else 'all'} from {ordered[0]:,} to {ordered[-1]:,}"
