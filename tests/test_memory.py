"""Memory: figures worked out by hand, and random graphs against a simulation that looks at all tensors at each step."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.layers import KINDS, Layer
from cnncli.layers.frozen import frozen
from cnncli.memory import activation_bytes, peak, training
from cnncli.network import Input, Network
from cnncli.optimizers import Sgd


def make(kind: str, **options: Any) -> Layer:
    """A layer as a file would make it, without a file; an activation by its name."""
    if "activation" in options:
        options["activation"] = KINDS[options["activation"]]()
    return KINDS[kind](**options)


def chain(shape: tuple[int, ...], *layers: Layer) -> Network:
    """The layers in a row behind an input of `shape`; the last one is the output."""
    network = Network()
    network.place(Input(shape=shape), ())
    for layer in layers:
        network.place(layer, (len(network.nodes) - 1,))
    network.outputs = (len(layers),)
    return network


def conv(filters: int, kernel: int = 1, **options: Any) -> Layer:
    return make("conv", filters=filters, kernel=kernel, padding="same", **options)


RELU, NORM, ADD = make("relu"), make("batch_norm"), make("add")


@pytest.mark.parametrize(
    ("layers", "elements", "node", "tensors"),
    [
        ([conv(3), conv(5), conv(2)], 3 + 5, 2, (1, 2)),  # 1+3, 3+5, 5+2
        ([conv(3), RELU, conv(4)], 3 + 4, 3, (2, 3)),  # relu writes into the 3
        ([conv(3), NORM, RELU, make("dropout", rate=0.5), make("linear")], 1 + 3, 1, (0, 1)),  # all in the 3
        ([RELU], 1, 0, (0,)),  # into the input itself
        ([make("channel_shuffle", groups=1)], 1 + 1, 1, (0, 1)),  # not element by element
    ],
)
def test_peak_of_chains(layers: list[Layer], elements: int, node: int, tensors: tuple[int, ...]) -> None:
    """In a row, a layer's input and output are alive; element by element it needs no more than its input. Ten pixels, 4 bytes."""
    found = peak(chain((10, 1), *layers))
    assert found == (10 * elements * 4, node, tensors)


def test_peak_scales_with_elements_and_batch() -> None:
    """Bytes are elements * bytes of one * images."""
    network = chain((10, 1), conv(3), conv(5), conv(2))
    assert peak(network, element_bytes=2, batch=16).bytes == 80 * 2 * 16


def test_shortcut_stays_alive() -> None:
    """Over a residual branch the shortcut is alive, until add writes into the branch; the shortcut is its second input."""
    network = chain((10, 2), conv(4), conv(8), conv(2))
    network.place(ADD, (3, 0))
    network.outputs = (4,)
    assert peak(network) == (10 * (2 + 4 + 8) * 4, 2, (0, 1, 2))


def test_overwriting_waits_for_the_other_readers() -> None:
    """Relu takes memory of its own while somebody still reads its input, directly or through a view, and for ever if that is an output."""
    layers = [conv(3), make("dropout", rate=0.5), RELU]
    assert peak(chain((10, 1), *layers)).bytes == 10 * 4 * 4
    read_later = chain((10, 1), *layers)
    read_later.place(make("concat"), (3, 1))
    read_later.outputs = (4,)
    assert peak(read_later) == (10 * (3 + 3 + 6) * 4, 4, (2, 3, 4))
    given_out = chain((10, 1), *layers)
    given_out.outputs = (1, 3)
    assert peak(given_out).bytes == 10 * (3 + 3) * 4


def test_overwriting_needs_the_same_size() -> None:
    """A gate spread over the map is smaller than the product: where it comes first, the product has memory of its own."""
    for inputs, more in (((1, 3), 0), ((3, 1), 10 * 4)):
        network = chain((10, 4), RELU, make("crop", cropping=((0, 9),)), make("reshape", shape=(1, 4)))
        network.place(make("multiply"), inputs)
        network.outputs = (4,)
        assert peak(network).bytes == (10 * 4 + 4 + more) * 4


def test_unread_tensors_live_while_they_are_made() -> None:
    """A tensor that nobody reads, and that is no output, is gone after its layer."""
    network = chain((10, 1), conv(2), conv(7))
    network.place(conv(3), (1,))
    network.outputs = (3,)
    assert peak(network) == (10 * (2 + 7) * 4, 2, (1, 2))


def bottleneck_stage() -> Network:
    """ResNet-50 from its first pooling on: a block with a projection, a block without."""
    network = Network()
    start = network.place(Input(shape=(56, 56, 64)), ()).index
    for projects in (True, False):
        end = start
        for filters, kernel in ((64, 1), (64, 3), (256, 1)):
            for layer in (conv(filters, kernel), NORM, RELU)[: 2 if filters == 256 else 3]:
                end = network.place(layer, (end,)).index
        if projects:
            start = network.place(conv(256), (start,)).index
            start = network.place(NORM, (start,)).index
        end = network.place(ADD, (end, start)).index
        start = network.place(RELU, (end,)).index
    network.outputs = (start,)
    return network


def test_peak_of_a_bottleneck_is_the_published_one() -> None:
    """Stage 1 of ResNet-50 holds 802,816 bytes into the last convolution, 3,211,264 out of it, and 3,211,264 in the shortcut."""
    found = peak(bottleneck_stage())
    assert found.bytes == 802_816 + 2 * 3_211_264 == 7_225_344
    reference = Path(__file__).parents[1] / ".." / "shared" / "reference.json"
    if not reference.exists():
        pytest.skip("the collection of reference figures is not beside this checkout")
    rows = [row for row in json.loads(reference.read_text()) if row["quantity"] == "peak_activation_memory"]
    assert [row["value"] for row in rows if row["arch"] == "ResNet-50"] == [found.bytes]


def test_activation_bytes() -> None:
    """All outputs, the input among them, added up; views are not counted, what is overwritten is."""
    network = chain((10, 1), conv(3), RELU, make("flatten"), make("dropout", rate=0.5), make("dense", units=7))
    assert activation_bytes(network) == (10 + 30 + 30 + 7) * 4
    assert activation_bytes(network, element_bytes=2, batch=3) == (10 + 30 + 30 + 7) * 2 * 3


@pytest.mark.parametrize(
    ("layers", "elements"),
    [
        ([conv(3), conv(5)], 10 + 30),  # their inputs
        ([conv(3), RELU, conv(5)], 10 + 30),  # relu's output is the input of the next, and its own input is not needed
        ([conv(3), make("silu"), conv(5)], 10 + 30 + 30),  # silu's input, and the next one's
        ([conv(3, activation="relu")], 10 + 30),  # the output
        ([conv(3, activation="relu"), conv(5)], 10 + 30),
        ([conv(3, activation="silu"), conv(5)], 10 + 30 + 30),  # before silu, and behind it
        ([conv(3, activation="silu"), ADD], 10 + 30),  # add needs nothing: only what is before silu
        ([conv(3), NORM, RELU], 10 + 30 + 30),  # inputs of both, and relu's output
        ([conv(3), make("flatten"), make("dense", units=7)], 10 + 30),  # the view is the tensor
        ([conv(3), make("max_pool", size=2), conv(2)], 10 + 30 + 15),  # maxima: input and output
        ([conv(3), make("avg_pool", size=2), make("linear")], 10),
        ([conv(3), RELU, make("dropout", rate=0.5), conv(2)], 10 + 30 + 30),  # relu's output, and what dropout leaves of it
    ],
)
def test_saved_activations_worked_out_by_hand(layers: list[Layer], elements: int) -> None:
    """Each tensor that a gradient needs is saved once, for each image of the batch; ten pixels of one channel come in."""
    merges = layers[-1] is ADD
    network = chain((10, 1), *layers[: -1 if merges else None])
    if merges:
        network.place(ADD, (1, 1))
    assert training(network).activations == elements * 4
    assert training(network, element_bytes=2, batch=8).activations == elements * 2 * 8


def test_weights_gradients_and_slots() -> None:
    """All weights are held, gradients and slots for those that change: of batch norm's 4 a channel only 2."""
    network = chain((10, 1), conv(3), NORM, conv(3))
    held = training(network, optimizer=Sgd(momentum=0.9))
    trainable = (3 + 3) + 2 * 3 + (9 + 3)
    assert held[:3] == ((trainable + 2 * 3) * 4, trainable * 4, trainable * 4)
    assert held.total == sum(held)
    assert training(network).slots == 2 * trainable * 4
    assert training(network, optimizer=Sgd(momentum=0.0)).slots == 0
    assert training(network, batch=9)[:3] == training(network)[:3]


def test_frozen_weights_need_no_gradient() -> None:
    """Nothing is kept above the first layer that learns; a frozen linear map in the middle keeps no input, what is not linear does."""
    layers = [frozen(conv(3)), RELU, conv(5), frozen(NORM), RELU, frozen(conv(2)), conv(4)]
    held = training(chain((10, 1), *layers))
    learn = (3 * 5 + 5) + (2 * 4 + 4)
    assert (held.gradients, held.slots) == (learn * 4, 2 * learn * 4)
    assert held.activations == 10 * (3 + 5 + 2) * 4  # the inputs of the two that learn, and the output of the second relu


def test_deep_networks_need_no_recursion() -> None:
    """A row of ten times the recursion limit, half of it overwriting: two tensors are alive."""
    depth = 10 * sys.getrecursionlimit()
    network = chain((4, 1), *[conv(1), RELU] * (depth // 2))
    assert peak(network).bytes == 2 * 4 * 4
    assert training(network).activations == (1 + depth // 2) * 4 * 4


# Random graphs, against a simulation.

ALIKE = [conv(1), RELU, make("silu"), make("dropout", rate=0.1), make("linear"), make("channel_shuffle", groups=1)]
WIDER = [conv(2), conv(3, activation="silu"), make("max_pool", size=1), make("reshape", shape=(-1, 1))]


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Up to twelve layers, each on any nodes before it; any nodes are outputs."""
    network = Network()
    for _ in range(draw(st.integers(1, 2))):
        network.place(Input(shape=(draw(st.integers(2, 3)), 1)), ())
    for _ in range(draw(st.integers(1, 12))):
        nodes = network.nodes
        index = draw(st.integers(0, len(nodes) - 1))
        equal = [node.index for node in nodes if node.output == nodes[index].output]
        if draw(st.booleans()):
            network.place(draw(st.sampled_from(ALIKE + WIDER)), (index,))
        else:
            network.place(draw(st.sampled_from([ADD, make("multiply"), make("concat")])), (index, draw(st.sampled_from(equal))))
    network.outputs = tuple(draw(st.sets(st.integers(0, len(network.nodes) - 1), min_size=1)))
    return network


def needed(network: Network, tensors: set[int], step: int) -> bool:
    """Whether a later step than `step` reads one of the tensors, or they are outputs."""
    return any(tensors & set(node.inputs) for node in network.nodes[step + 1 :]) or bool(tensors & set(network.outputs))


def simulated(network: Network) -> list[list[set[int]]]:
    """The pieces of memory at each step, each with the tensors that have lain in it."""
    pieces: list[set[int]] = []
    history = []
    for node in network.nodes:
        home = next((piece for piece in pieces if node.inputs and node.inputs[0] in piece), None)
        fits = home is not None and network.nodes[max(home)].facts.elements == node.facts.elements
        if home is not None and (node.layer.view or (node.layer.overwrites and fits and not needed(network, home, node.index))):
            home.add(node.index)
        else:
            pieces.append({node.index})
        history.append([set(piece) for piece in pieces])
        pieces = [piece for piece in pieces if needed(network, piece, node.index)]
    return history


@settings(deadline=None, max_examples=300)
@given(graphs())
def test_peak_of_random_graphs(network: Network) -> None:
    """Peak, place and tensors are those of the step at which most is alive, looked up afresh at each step."""
    history = simulated(network)
    sizes = [sum(network.nodes[max(piece)].facts.elements for piece in pieces) for pieces in history]
    found = peak(network, element_bytes=1)
    assert (found.bytes, found.node) == (max(sizes), sizes.index(max(sizes)))
    assert sorted(found.tensors) == sorted(max(piece) for piece in history[found.node])


@settings(deadline=None, max_examples=200)
@given(graphs())
def test_saved_activations_of_random_graphs(network: Network) -> None:
    """Saved is the union of what each layer's gradient needs, found by following the views to where the tensor was made.

    A layer has a gradient when it has weights, which here only convolutions have, or reads, through others, one that has.
    """

    def origin(index: int) -> int:
        node = network.nodes[index]
        return origin(node.inputs[0]) if node.kind in ("linear", "reshape") else index

    def learns(index: int) -> bool:
        return network.nodes[index].kind == "conv" or any(map(learns, network.nodes[index].inputs))

    saved: set[tuple[int, str]] = set()
    for node in filter(lambda node: learns(node.index), network.nodes):
        if node.kind in ("conv", "silu", "max_pool", "multiply"):
            saved |= {(origin(index), "output") for index in node.inputs}
        if node.kind in ("relu", "dropout", "max_pool"):
            saved.add((origin(node.index), "output"))
        if node.kind == "conv" and node.layer.activation.kind == "silu":
            saved.add((node.index, "before the activation"))
    assert training(network, element_bytes=1).activations == sum(network.nodes[index].facts.elements for index, _ in saved)
