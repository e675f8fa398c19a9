"""The inputs that a network takes: the smallest, and those of which no window leaves a border row unused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from ..errors import LayerError, UsageError
from ..layers import Layer, Shape
from ..network import Input, Network, Node
from . import Answer, Found

MOST_SHAPES = 20_000_000  # sizes to try, times layers: about ten seconds

Sizes = Callable[[range], Iterator[int]]


def smallest(network: Network, most: int, sizes: Sizes = iter) -> Answer:
    """The smallest size, the same along all axes, that every layer accepts.

    `sizes` may wrap the range of sizes to show progress. Raises UsageError when there is too much to try.
    """
    size, why = _first(network, most, sizes)
    question = f"the smallest input of {network.name}"
    if size is None:
        return Answer(question, [], f"none up to {most:,}: {why}")
    shape = _input(network, size)
    note = f"with {size - 1}: {why}" if why else "every size does"
    return Answer(question, [Found({"input": "x".join(map(str, shape))}, note=note)])


def without_rest(network: Network, most: int, sizes: Sizes = iter) -> Answer:
    """The sizes up to `most` of which no sliding window leaves pixels behind its last place.

    `sizes` may wrap the range of sizes to show progress. Raises UsageError when there is too much to try.
    """
    question = f"inputs of {network.name} that leave no border row unused"
    size, why = _first(network, most, sizes)
    if size is None:
        return Answer(question, [], f"no size up to {most:,} is accepted: {why}")
    trial = _Trial(network)
    found = [number for number in sizes(range(size, most + 1)) if trial.uses_all(number)]
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


class _Trial:
    """Tries sizes on the layers of a network, without building it again for each."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._layers = [(node.layer, node.inputs) for node in network.nodes]

    def uses_all(self, size: int) -> bool:
        """Whether every layer accepts the size, and no window leaves pixels behind its last place."""
        known: dict[tuple[Layer, tuple[Shape, ...]], Shape | None] = {}
        outputs: list[Shape] = []
        for layer, inputs in self._layers:
            if not inputs:
                outputs.append(_input(self._network, size))
                continue
            key = (layer, tuple([outputs[index] for index in inputs]))
            if key not in known:
                known[key] = self._output(*key)
            output = known[key]
            if output is None:
                return False
            outputs.append(output)
        return True

    @staticmethod
    def _output(layer: Layer, shapes: tuple[Shape, ...]) -> Shape | None:
        """What comes out; None where the layer refuses its input or leaves some of it unused."""
        try:
            return None if any(_rest(layer, shapes[0])) else layer.output(*shapes)
        except LayerError:
            return None


def _first(network: Network, most: int, sizes: Sizes) -> tuple[int | None, str]:
    """The smallest size that is accepted, and why the one before is not."""
    shapes = most * len(network.nodes)
    if shapes > MOST_SHAPES:
        fitting = MOST_SHAPES // len(network.nodes)
        raise UsageError(
            f"{most:,} sizes on {len(network.nodes):,} layers are {shapes:,} shapes to work out, and "
            f"{MOST_SHAPES:,} are the limit; --to can be at most {fitting:,} for {network.name}"
        )
    why = ""
    for size in sizes(range(1, most + 1)):
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
