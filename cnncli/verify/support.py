"""Receptive fields by experiment: how far the gradient of single output positions reaches back, through the built layers.

Positions that are reached are passed from layer to layer, from the back, along the wiring of the built model. At each layer the
gradient of its marked output positions is taken by the framework, with weights and inputs drawn so that nothing cancels or is cut
off, and every input position whose gradient is not zero is marked for the layers before. So neither depth (gradients fade or
explode) nor relus nor where a maximum happens to lie can hide a pixel.

Conventions, as in cnncli.receptive_field: statistics over a map are no look at it, nor does softmax look aside; what moves positions about
(reshape, permute) looks at everything; channels are all alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import signature
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ..network import Network, Node
from ..receptive_field import trace
from .backend import gradients, linear

if TYPE_CHECKING:
    from .check import Found, Pair

Mask = np.ndarray[Any, np.dtype[np.bool_]]  # (probes, *size): which positions are reached
Spans = tuple[tuple[int, int], ...] | None

EACH_ITS_OWN = {"layer_norm", "group_norm", "instance_norm", "local_response_norm", "softmax", "log_softmax", "hard_tanh"}
LARGEST = {"max_pool", "adaptive_max_pool"}  # of a window, in each channel
EVERYTHING = {"global_max_pool", "reshape", "permute"}
MOST_NODES, MOST_WORK = 4, 60e9  # MACs for one network, about
TOO_SMALL = 1e-6  # of the largest gradient: rounding, not reach
ROUGHER = {"resize": 1e-5}  # where TensorFlow works out places, too, in single precision


def fields(network: Network, pairs: list[Pair]) -> Found:
    """What chosen positions see of each input, as predicted and as the built model has it."""
    probes = [probe for probe in chosen(network) if built_shape(pairs[probe[0]]) == network.nodes[probe[0]].output]
    inputs = [node for node in network.nodes if not node.inputs]
    reached = reach(pairs, probes)
    for number, (index, position) in enumerate(probes):
        for source in inputs:
            words = f"field of position {list(position)} on {source.name}"
            if source.index <= index:
                yield network.nodes[index], words, trace(network, index, position, source.index), spans(reached[source.index][number])


def chosen(network: Network) -> list[tuple[int, tuple[int, ...]]]:
    """The corners and the centre of a few maps: the last, the outputs, and some between. Fewer where networks are large."""
    maps = [node for node in network.nodes if len(node.output) > 1 and node.inputs]
    last = maps[-1:] if maps else []
    between = maps[len(maps) // 4 : -1 : max(len(maps) // 4, 1)]
    outputs = [network.nodes[index] for index in network.outputs]
    nodes = list(dict.fromkeys(node.index for node in (*last, *outputs, *between)))[: MOST_NODES + len(outputs)]
    work = 3 * sum(node.facts.work.macs for node in network.nodes) + 1
    most = max(3, int(MOST_WORK / work))
    found: list[tuple[int, tuple[int, ...]]] = []
    for index in nodes:
        size = network.nodes[index].output[:-1]
        for share in (0, 2, 1):  # the first, the last, the middle position
            probe = (index, tuple((n - 1) * share // 2 for n in size))
            if probe not in found and len(found) < most:
                found.append(probe)
    return found


def built_shape(pair: Pair) -> tuple[int, ...]:
    """Of the output of the built layer: where the prediction is wrong, gradients must be taken all the same."""
    return tuple(pair.output.shape[1:])


def spans(mask: Mask) -> Spans:
    """(first, last) along each axis of what is marked; None when nothing is."""
    if not mask.any():
        return None
    return tuple((int(axis.min()), int(axis.max())) for axis in np.nonzero(mask)) if mask.ndim else ()


def reach(pairs: list[Pair], probes: list[tuple[int, tuple[int, ...]]]) -> dict[int, Mask]:
    """Which positions of each input the probes reach."""
    masks: dict[int, Mask] = {}

    def mask_of(index: int) -> Mask:
        if index not in masks:
            masks[index] = np.zeros((len(probes), *built_shape(pairs[index])[:-1]), bool)
        return masks[index]

    for number, (index, position) in enumerate(probes):
        marked = (number, *position)
        mask_of(index)[marked] = True
    origins, chance = wiring(pairs), np.random.default_rng(0)
    for index in range(len(pairs) - 1, -1, -1):
        if not origins[index] or index not in masks:
            continue
        mask = masks.pop(index)  # what is done with is let go
        rows = np.nonzero(mask.reshape(len(mask), -1).any(axis=1))[0]
        if not len(rows):
            continue
        for origin, found in zip(origins[index], looked(pairs[index], mask[rows], chance), strict=True):
            mask_of(origin)[rows] |= found
    return {index: mask_of(index) for index, read in enumerate(origins) if not read}


def wiring(pairs: list[Pair]) -> list[list[int]]:
    """Whose outputs each built layer reads, as the model has it."""
    makers = {id(pair.output): pair.node.index for pair in pairs}
    return [[makers[id(tensor)] for tensor in pair.inputs] for pair in pairs]


def looked(pair: Pair, mask: Mask, chance: np.random.Generator) -> list[Mask]:
    """Which positions of its inputs the marked positions of a layer's output see."""
    node, layer = pair.node, pair.built
    shapes = [tuple(tensor.shape[1:]) for tensor in pair.inputs]
    ends: Any = node.layer
    cut_off = node.kind == "relu" and (ends.max is not None or ends.threshold)  # slope 0 at these inputs
    if node.kind in EACH_ITS_OWN or cut_off or (node.kind in EVERYTHING and stands_still(pair, shapes[0])):
        return [mask]
    if node.kind in EVERYTHING:
        return [np.ones((len(mask), *shapes[0][:-1]), bool)]
    channels = 1 if node.kind in LARGEST else built_shape(pair)[-1]
    cotangent = (mask[..., None] * chance.uniform(1, 1.4, (*mask.shape, channels))).astype("float32")
    masks = [np.zeros((len(mask), *shape[:-1]), bool) for shape in shapes]
    with linear(layer):
        function = alive(layer, node, chance)
        for inputs in drawn(node, layer, shapes, len(mask), chance):
            for found, gradient in zip(masks, gradients(function, inputs, cotangent), strict=True):
                least = ROUGHER.get(node.kind, TOO_SMALL)
                found |= (np.abs(gradient) > least * np.abs(gradient).max(initial=0)).any(axis=-1)
    return masks


def stands_still(pair: Pair, x: tuple[int, ...]) -> bool:
    """Whether what could move positions about leaves them where they are."""
    axes = getattr(pair.node.layer, "axes", None)
    return built_shape(pair) == x and (list(axes) == sorted(axes) if axes else pair.node.kind == "reshape")


def alive(layer: Any, node: Node, chance: np.random.Generator) -> Any:
    """The layer as a function of its inputs, with small positive weights, frozen ones too."""

    def positive(variable: Any) -> Any:
        return (chance.uniform(1, 1.4, variable.shape) / max(np.prod(variable.shape), 1)).astype("float32")

    weights = [positive(v) for v in layer.trainable_variables]
    state = [positive(v) if "float" in str(v.dtype) else v.value for v in layer.non_trainable_variables]
    resting = {"training": False} if "training" in signature(layer.call).parameters else {}

    def function(*inputs: Any) -> Any:
        return layer.stateless_call(weights, state, list(inputs) if node.layer.merges else inputs[0], **resting)[0]

    return function


def drawn(node: Node, layer: Any, shapes: list[tuple[int, ...]], batch: int, chance: np.random.Generator) -> Iterator[list[Any]]:
    """Inputs to try. Where a layer picks the largest or the smallest, each element is it once."""
    if node.kind in LARGEST:
        size = shapes[0][:-1]
        extents = layer.pool_size if node.kind == "max_pool" else [-(-n // m) + 1 for n, m in zip(size, layer.output_size, strict=True)]
        steps = [min(k, n) for k, n in zip(extents, size, strict=True)]
        for start in product(*map(range, steps)):
            peaks: np.ndarray[Any, Any] = np.zeros((batch, *size, 1), "float32")
            picked = (slice(None), *(slice(s, None, step) for s, step in zip(start, steps, strict=True)))
            peaks[picked] = 1
            yield [peaks]
        return
    step = -1 if node.kind == "minimum" else 1
    for outermost in range(len(shapes) if node.kind in ("maximum", "minimum") else 1):
        yield [(chance.uniform(1, 1.4, (batch, *x)) + step * (number == outermost)).astype("float32") for number, x in enumerate(shapes)]
