"""How much memory the tensors of a network take: at inference, at its peak, and in training. Bytes, without the weights unless named.

The rules, the same for all figures:

- A tensor is what one layer gives out; the network's inputs are tensors too. It takes elements * element_bytes * batch.
- A view (flatten, reshape, linear; dropout and augmentations at inference) has its input's memory and takes none of its own.

At inference layers run in topological order, and a tensor is alive from its layer to its last reader; outputs of the network stay.
While a layer runs, its inputs, its output and every tensor that is still to be read are alive. A layer that works element by
element (activations, normalizations, add) writes its output into its first input's memory, be it an input of the network, if both
have the same size and nobody reads that memory later. Work space of the layers themselves is not counted.
"""

from __future__ import annotations

from typing import NamedTuple

from .layers.frozen import EVERY
from .network import Facts, Network, Node
from .optimizers import PRESETS, Optimizer

ADAM = PRESETS["adam"]


class Peak(NamedTuple):
    """The most memory alive at once, and the index of the node that runs then.

    `tensors` is what is alive: of each piece of memory the node whose output lies there, the last one where several share it.
    """

    bytes: int
    node: int
    tensors: tuple[int, ...]


class TrainingMemory(NamedTuple):
    """What training holds when the forward pass ends, in bytes; `slots` are the optimizer's."""

    weights: int
    gradients: int
    slots: int
    activations: int

    @property
    def total(self) -> int:
        return sum(self)


def activation_bytes(network: Network, element_bytes: int = 4, batch: int = 1) -> int:
    """The outputs of all layers together, in bytes, the inputs too: what a forward pass that frees and overwrites nothing takes."""
    elements = sum([node.facts.elements for node in network.nodes if not node.facts.layer.view])
    return elements * element_bytes * batch


def peak(network: Network, element_bytes: int = 4, batch: int = 1) -> Peak:
    """The most bytes of tensors alive at once at inference, and the first node where it is so."""
    read = last_reads(network)
    homes: list[int] = []  # of each node's output: the node whose memory it lives in
    until = read[:]  # of each home: the last node that reads what lives there
    alive = most = where = 0
    for node in network.nodes:
        index = node.index
        home = home_of(node, homes, until, network.nodes)
        homes.append(home)
        if home == index:
            alive += node.facts.elements
        else:
            until[home] = max(until[home], read[index])
        if alive > most:
            most, where = alive, index
        for one in {home, *[homes[origin] for origin in node.inputs]}:
            if until[one] <= index:
                alive -= network.nodes[one].facts.elements
    return Peak(most * element_bytes * batch, where, _alive(homes[: where + 1], until, where))


def last_reads(network: Network) -> list[int]:
    """The last node that reads each node's output: itself when nobody does, one past the last node for outputs of the network."""
    read = list(range(len(network.nodes)))
    for node in network.nodes:
        for origin in node.inputs:
            read[origin] = node.index
    for index in network.outputs:
        read[index] = len(network.nodes)
    return read


def home_of(node: Node, homes: list[int], until: list[int], nodes: list[Node]) -> int:
    """The node in whose memory the output of `node` lives: its own, or that of its first input."""
    if not node.inputs:
        return node.index
    layer, home = node.facts.layer, homes[node.inputs[0]]
    if layer.view:
        return home
    free = layer.overwrites and until[home] <= node.index and nodes[home].facts.elements == node.facts.elements
    return home if free else node.index


def _alive(homes: list[int], until: list[int], where: int) -> tuple[int, ...]:
    """What is alive while the node `where` runs: in each home that is still read the last output."""
    holders = {home: index for index, home in enumerate(homes)}
    return tuple([index for home, index in holders.items() if until[home] >= where])


class Held(NamedTuple):
    """What training holds for one layer: its weights, how many of them change, and which tensors its gradient needs."""

    params: int
    trainable: int
    inputs: bool  # the tensors that it reads
    output: bool  # its output
    inner: int  # elements of a tensor of its own, between the kernel and a fused activation
    shares: bool  # its output is its input's memory, in training too
    slots: int  # numbers that the optimizer keeps for them


def training(network: Network, element_bytes: int = 4, batch: int = 1, optimizer: Optimizer = ADAM) -> TrainingMemory:
    """An estimate of what training holds, in bytes: weights, for each trainable weight a gradient and what the optimizer keeps
    (Adam 2 numbers, momentum 1, SGD 0), and the activations that are saved for the gradients of a batch.

    Saved is each tensor that some layer's gradient needs, once, however many need it: convolutions and dense layers need their
    input, activations their output or their input, batch normalization its input, maxima both. An activation fused into a layer
    needs the same; where that is its input, this is a tensor of its own. Views share their input's memory, except those that do
    something in training and save it (dropout: its mask). Nothing is overwritten, nothing recomputed; work space is not counted.
    Before the first trainable weight no gradient is computed, so nothing is saved there; and a frozen linear map needs no input.
    """
    known: dict[int, Held] = {}
    homes: list[int] = []
    saved = bytearray(len(network.nodes))
    params = trainable = inner = slots = 0
    for node, learns in zip(network.nodes, network.learning(), strict=True):
        held = known.get(id(node.facts))
        if held is None:
            held = known[id(node.facts)] = held_for(node.facts, optimizer)
        params += held.params
        trainable += held.trainable
        slots += held.slots
        home = homes[node.inputs[0]] if held.shares else node.index
        homes.append(home)
        if not learns:
            continue
        inner += held.inner
        if held.inputs:
            for origin in node.inputs:
                saved[homes[origin]] = 1
        if held.output:
            saved[home] = 1
    elements = inner + sum([node.facts.elements for node, kept in zip(network.nodes, saved, strict=True) if kept])
    weights, gradients = params * element_bytes, trainable * element_bytes
    return TrainingMemory(weights, gradients, slots * element_bytes, elements * element_bytes * batch)


def held_for(facts: Facts, optimizer: Optimizer) -> Held:
    """What training holds for layers with these facts."""
    layer = facts.layer
    params = sum([weight.count for weight in facts.weights])
    learning = [weight for weight in facts.weights if weight.trainable]
    trainable = sum([weight.count for weight in learning])
    slots = sum([optimizer.slots(weight.shape) * weight.count for weight in learning])
    fused = getattr(layer, "activation", None)
    inner = facts.elements if fused is not None and "input" in fused.saves else 0
    output = "output" in (layer.saves if fused is None else fused.saves)
    still = layer.linear and layer.frozen == EVERY
    return Held(params, trainable, "input" in layer.saves and not still, output, inner, layer.view and not layer.saves, slots)
