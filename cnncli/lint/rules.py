"""The rules. Each docstring says what the slip is, and which deliberate networks the rule leaves alone."""

from __future__ import annotations

from collections.abc import Iterator

from ..layers.channel_order import FEWEST_PIXELS, channels_first_mend, channels_first_message, looks_channels_first
from ..layers.elementwise import Elementwise
from ..layers.norm import Norm
from ..layers.regularize import Drop
from ..network import Network, Node
from .finding import Slip, Subject, rule

WINDOWED = ("conv", "depthwise_conv", "separable_conv", "conv_transpose", "max_pool", "avg_pool")
SOFTMAX = ("softmax", "log_softmax")


@rule("dense-on-map")
def dense_on_map(subject: Subject) -> Iterator[Slip]:
    """A classifier that ends in dense layers on a map: `flatten` was forgotten.

    Dense layers inside a network are deliberate on maps (ConvNeXt, mixers), and so are those at the end of a sequence (a label for
    each step) and on a map of one position.
    """
    network = subject.network
    for end in network.outputs:
        dense = first_dense_at_end(network, network.nodes[end])
        if dense is None:
            continue
        x, units = network.nodes[dense.inputs[0]].output, dense.output[-1]
        if sum(length > 1 for length in x[:-1]) > 1:
            size = "x".join(map(str, x[:-1]))
            message = f"{dense.name} gives {units:,} numbers at each of {size} positions, not {units:,} in all"
            yield message, "put flatten or global_avg_pool before it; where a map is meant, write conv with kernel: 1", dense.place


def first_dense_at_end(network: Network, node: Node) -> Node | None:
    """The first of the dense layers that end in `node`, with nothing but activations, norms and dropout behind them."""
    first = None
    while len(node.inputs) == 1 and (node.kind == "dense" or isinstance(node.layer, (Elementwise, Norm, Drop))):
        first = node if node.kind == "dense" else first
        node = network.nodes[node.inputs[0]]
    return first


@rule("channels-first")
def channels_first(subject: Subject) -> Iterator[Slip]:
    """An input such as [3, 224, 224]. A network that begins by moving the axes knows what it does."""
    for node, readers in inputs(subject.network):
        x = node.output
        if looks_channels_first(x) and not any(reader.kind in ("permute", "reshape") for reader in readers):
            yield channels_first_message(x), channels_first_mend(x), node.place


@rule("no-channels")
def no_channels(subject: Subject) -> Iterator[Slip]:
    """An input such as [28, 28]: a sequence of 28 steps with 28 channels, and probably a mistake."""
    for node, readers in inputs(subject.network):
        x = node.output
        if len(x) == 2 and x[0] == x[1] >= FEWEST_PIXELS and any(reader.kind in WINDOWED for reader in readers):
            message = f"input is {list(x)}, which means a sequence of {x[0]} steps with {x[1]} channels"
            yield message, f"an image has its channels as a third number: {[*x, 1]} for grey, {[*x, 3]} for colour", node.place


@rule("softmax-twice")
def softmax_twice(subject: Subject) -> Iterator[Slip]:
    """A softmax of a softmax, with at most dropout between them: all outputs become nearly equal."""
    nodes = subject.network.nodes
    for node in nodes:
        if node.kind not in SOFTMAX:
            continue
        before = nodes[node.inputs[0]]
        while before.inputs and (isinstance(before.layer, Drop) or before.kind == "linear"):
            before = nodes[before.inputs[0]]
        if activation(before) in SOFTMAX:
            yield f"{node.name} is applied to the {activation(before)} of {before.name}", "leave one of them out", node.place


def activation(node: Node) -> str:
    """The kind of the activation that a layer is, or ends with."""
    return node.kind if isinstance(node.layer, Elementwise) else getattr(getattr(node.layer, "activation", None), "kind", "")


@rule("no-layers")
def no_layers(subject: Subject) -> Iterator[Slip]:
    """A network of inputs alone."""
    if not any(node.inputs for node in subject.network.nodes):
        yield "the network has no layers", "list them under layers, one a line after a dash", subject.sections.get("layers")


@rule("ends-early")
def ends_early(subject: Subject) -> Iterator[Slip]:
    """The file expects an output that the network does not reach."""
    network = subject.network
    end = network.nodes[network.outputs[0] if network.outputs else -1]
    for expectation in subject.expect:
        value, x = expectation.value, end.output
        if expectation.key == "output_shape" and not expectation.holds(x):
            wanted = shape(value) if isinstance(value, tuple) else f"{value}"
            message = f"the network ends at {end.name} with {shape(x)}, and expect says output_shape: {wanted}"
        elif expectation.key == "layers" and expectation.operator == "==" and len(network.nodes) < value:
            message = f"the network ends at {end.name} with {len(network.nodes):,} layers, and expect says {value:,}"
        else:
            continue
        yield message, "add what is missing, or change expect", expectation.place


def inputs(network: Network) -> Iterator[tuple[Node, list[Node]]]:
    """The inputs, each with the layers that read it."""
    for node in network.nodes:
        if not node.inputs:
            yield node, [reader for reader in network.nodes if node.index in reader.inputs]


def shape(x: tuple[object, ...]) -> str:
    """[7, 7, 512], as files write it."""
    return f"[{', '.join(map(str, x))}]"
