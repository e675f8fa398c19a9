"""What is a weight, and which layers share it, in graphs of a few nodes that are built here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from onnx_graphs import model, node, saved

from cnncli import analyze
from cnncli.importers import load_model
from cnncli.network import Network

pytestmark = pytest.mark.onnx
MAP = ["N", 6, 8, 10]
FRESH = {"one": [1.0] * 6, "zero": [0.0] * 6}


def read(folder: Path, nodes: list[Any], **options: Any) -> Network:
    """The network of a graph of these nodes, on a map of 6 channels."""
    return load_model(saved(folder, model(nodes, {"x": MAP}, **options))).network


def shares(network: Network, kind: str) -> list[int | None]:
    """For each layer of a kind, the index of the layer whose weights it uses."""
    return [each.shared for each in network.nodes if each.kind == kind]


def tower(second: str) -> list[Any]:
    """Two convolutions, the second with the kernel `second`, each with a norm behind it that reads the same two arrays."""
    return [
        node("Conv", "x w", "a", pads=[1] * 4), node("InstanceNormalization", "a one zero", "b"),
        node("Conv", f"b {second}", "c", pads=[1] * 4), node("InstanceNormalization", "c one zero", "y"),
    ]  # fmt: skip


def test_norms_of_an_untrained_network_are_not_shared(tmp_path: Path) -> None:
    """All of them have ones and zeros: stored once, they are nevertheless the arrays of each norm."""
    network = read(tmp_path, tower("v"), arrays={"w": (6, 6, 3, 3), "v": (6, 6, 3, 3), **FRESH})
    assert shares(network, "instance_norm") == [None, None]
    assert analyze(network).totals["params"] == 2 * (324 + 12)


def test_norms_behind_one_layer_used_twice_are_shared(tmp_path: Path) -> None:
    """The convolution says that the whole is used again, so the norm is, whatever its numbers are."""
    network = read(tmp_path, tower("w"), arrays={"w": (6, 6, 3, 3), **FRESH})
    assert shares(network, "conv") == [None, 1]
    assert shares(network, "instance_norm") == [None, 2]
    assert analyze(network).totals["params"] == 324 + 12


def test_norms_with_trained_arrays_are_shared(tmp_path: Path) -> None:
    """Two layers do not come by the same trained numbers by accident."""
    network = read(tmp_path, tower("v"), arrays={"w": (6, 6, 3, 3), "v": (6, 6, 3, 3), "one": (6,), "zero": (6,)})
    assert shares(network, "instance_norm") == [None, 2]


@pytest.mark.parametrize(("kernel", "shared"), [((6, 6, 3, 3), [None, 1]), ([[[[0.0] * 3] * 3] * 6] * 6, [None, None])])
def test_kernels_read_through_identity(kernel: Any, shared: list[int | None], tmp_path: Path) -> None:
    """Equal kernels are one, however they are read; kernels of zeros are equal by how they begin."""
    nodes = [node("Identity", "w", "v"), node("Conv", "x w", "a", pads=[1] * 4), node("Conv", "a v", "y", pads=[1] * 4)]
    assert shares(read(tmp_path, nodes, arrays={"w": kernel}), "conv") == shared


BIASES: dict[str, tuple[list[Any], dict[str, Any], int]] = {
    "initialiser": ([node("Conv", "x w", "c"), node("Add", "c b", "y")], {"w": (4, 6, 3, 3), "b": (4, 1, 1)}, 216 + 4),
    "array first": ([node("Conv", "x w", "c"), node("Add", "b c", "y")], {"w": (4, 6, 3, 3), "b": (1, 4, 1, 1)}, 216 + 4),
    "depthwise": ([node("Conv", "x w", "c", group=6), node("Add", "c b", "y")], {"w": (6, 1, 3, 3), "b": (6, 1, 1)}, 54 + 6),
    "transposed convolution": (
        [node("ConvTranspose", "x w", "c"), node("Add", "c b", "y")], {"w": (6, 4, 3, 3), "b": (4, 1, 1)}, 216 + 4,
    ),
    "one filter": ([node("Conv", "x w", "c"), node("Add", "c b", "y")], {"w": (1, 6, 3, 3), "b": (1,)}, 54 + 1),
    "reshaped array": (
        [node("Reshape", "b s", "b4"), node("Conv", "x w", "c"), node("Add", "c b4", "y")],
        {"w": (4, 6, 3, 3), "b": (4,), "s": [1, 4, 1, 1]}, 216 + 4,
    ),
    "transposed array": (
        [node("Transpose", "b", "t", perm=[2, 0, 1]), node("Conv", "x w", "c"), node("Add", "c t", "y")],
        {"w": (4, 6, 3, 3), "b": (1, 1, 4)}, 216 + 4,
    ),
    "behind a transpose": (
        [node("Conv", "x w", "c"), node("Transpose", "c", "t", perm=[0, 2, 3, 1]), node("Add", "t b", "y")],
        {"w": (4, 6, 3, 3), "b": (4,)}, 216 + 4,
    ),
    "behind a reshape": (
        [node("Conv", "x w", "c"), node("Reshape", "c s", "r"), node("Add", "r b", "y")],
        {"w": (4, 6, 3, 3), "s": [0, 4, -1], "b": (4, 1)}, 216 + 4,
    ),
    "zeros in the graph": (
        [
            node("Conv", "x w", "c"), node("Constant", "", "b", value_floats=[0.0] * 4), node("Reshape", "b s", "b4"),
            node("Add", "c b4", "y"),
        ],
        {"w": (4, 6, 3, 3), "s": [4, 1, 1]}, 216 + 4,
    ),
    "zeros in the graph as an input": (
        [node("Constant", "", "b", value_floats=[0.0] * 4), node("Conv", "x w b", "y")], {"w": (4, 6, 3, 3)}, 216 + 4,
    ),
    "Gemm": ([node("Flatten", "x", "f"), node("Gemm", "f w", "g"), node("Add", "g b", "y")], {"w": (480, 5), "b": (5,)}, 2400 + 5),
    "MatMul behind a reshape": (
        [node("MatMul", "x w", "m"), node("Reshape", "m s", "r"), node("Add", "r b", "y")], {"w": (10, 5), "s": [0, 48, 5], "b": (5,)}, 55,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BIASES)
def test_an_addition_behind_a_linear_layer_is_its_bias(case: str, tmp_path: Path) -> None:
    """However the array and the tensor are turned in between, and whatever the numbers are."""
    nodes, arrays, params = BIASES[case]
    network = read(tmp_path, nodes, arrays=arrays)
    affine = next(each for each in network.nodes if each.facts.work.macs)
    assert affine.layer.bias
    assert "with_array" not in [each.kind for each in network.nodes]
    assert analyze(network).totals["params"] == params


def test_an_addition_is_no_bias_where_the_layer_is_read_elsewhere(tmp_path: Path) -> None:
    """What comes out without the array is needed as well, so the addition stays a layer; its numbers are weights all the same."""
    nodes = [node("Conv", "x w", "c"), node("Add", "c b", "d"), node("Mul", "c d", "y")]
    network = read(tmp_path, nodes, arrays={"w": (4, 6, 3, 3), "b": (4, 1, 1)})
    assert [each.kind for each in network.nodes[1:]] == ["conv", "with_array", "multiply"]
    assert analyze(network).totals["trainable_params"] == 216 + 4
    network = read(tmp_path, nodes[:2], arrays={"w": (4, 6, 3, 3), "b": (4, 1, 1)}, outputs=["d", "c"])
    assert [each.kind for each in network.nodes[1:]] == ["conv", "with_array"]


@pytest.mark.parametrize("stored", ["initialiser", "node"])
def test_a_kernel_used_again_transposed_is_borrowed(stored: str, tmp_path: Path) -> None:
    """Wherever its numbers stand."""
    values = [0.1 * number for number in range(50)]
    first = [node("Constant", "", "v", value_floats=values)] if stored == "node" else []
    nodes = [
        *first, node("Reshape", "v s", "w"), node("Transpose", "w", "t", perm=[1, 0]), node("MatMul", "x w", "m"),
        node("MatMul", "m t", "y"),
    ]  # fmt: skip
    network = read(tmp_path, nodes, arrays={"s": [10, 5], **({} if first else {"v": values})})
    assert [list(each.borrowed) for each in network.nodes if each.kind == "dense"] == [[], ["kernel"]]
    assert analyze(network).totals["params"] == 50


def test_an_addition_that_is_kept_opaque_is_no_bias(tmp_path: Path) -> None:
    """What the user keeps for its shape alone is a layer, and nothing of it is counted."""
    made = model([node("Conv", "x w", "c"), node("Add", "c b", "y", "shift")], {"x": MAP}, arrays={"w": (4, 6, 3, 3), "b": (4, 1, 1)})
    network = load_model(saved(tmp_path, made), opaque=["shift=4x6x8"]).network
    assert [each.kind for each in network.nodes[1:]] == ["conv", "opaque"]
    assert analyze(network).totals["params"] == 216


def test_one_convolution_used_twice_with_its_bias_behind_it(tmp_path: Path) -> None:
    """The second use shares the bias, too."""
    nodes = [
        node("Conv", "x w", "a", pads=[1] * 4), node("Add", "a b", "c"), node("Conv", "c w", "d", pads=[1] * 4), node("Add", "d b", "y"),
    ]  # fmt: skip
    network = read(tmp_path, nodes, arrays={"w": (6, 6, 3, 3), "b": (6, 1, 1)})
    assert shares(network, "conv") == [None, 1]
    assert analyze(network).totals["params"] == 324 + 6


@pytest.mark.parametrize("stored", ["initialiser", "node"])
def test_position_embeddings_are_weights_and_grids_are_constants(stored: str, tmp_path: Path) -> None:
    """What is added to each position before more layers was learned; what decodes the outputs was not."""
    values = [0.5 * number for number in range(80)]
    arrays: dict[str, Any] = {"w": (4, 6, 3, 3), "v": (6, 6, 1, 1), "s": [1, 1, 8, 10]}
    first = [node("Constant", "", "p", value_floats=values)] if stored == "node" else []
    arrays |= {} if stored == "node" else {"p": values}
    first += [node("Reshape", "p s", "q"), node("Conv", "x v", "e")]
    embedded = read(tmp_path, [*first, node("Add", "e q", "t"), node("Conv", "t w", "y")], arrays=arrays)
    decoded = read(tmp_path, [*first, node("Add", "e q", "t"), node("Relu", "t", "y")], arrays=arrays)
    figures = [(analyze(network).totals["trainable_params"], analyze(network).totals["constants"]) for network in (embedded, decoded)]
    assert figures == [(36 + 80 + 216, 0), (36, 80)]


@pytest.mark.parametrize(("names", "params"), [(("val_3", "val_4"), 0), (("norm.weight", "norm.bias"), 12), (("g", "b"), 12)])
def test_norms_without_scale_and_shift_have_none(names: tuple[str, str], params: int, tmp_path: Path) -> None:
    """Ones and zeros that PyTorch's exporter lifted to initialisers are no weights; those of an untrained norm are."""
    nodes = [node("InstanceNormalization", f"x {' '.join(names)}")]
    network = read(tmp_path, nodes, arrays=dict(zip(names, ([1.0] * 6, [0.0] * 6), strict=True)))
    assert analyze(network).totals["params"] == params


@pytest.mark.parametrize(("name", "kind", "params"), [("blocks.0.gain", "with_array", 1), ("val_3", "rescale", 0), ("eps", "rescale", 0)])
def test_a_scalar_parameter_counts_one(name: str, kind: str, params: int, tmp_path: Path) -> None:
    """A number that has the path of a module is a parameter; the numbers of formulas have none."""
    network = read(tmp_path, [node("Mul", f"x {name}")], arrays={name: 0.5})
    assert [each.kind for each in network.nodes[1:]] == [kind]
    assert analyze(network).totals["trainable_params"] == params


def test_arithmetic_on_sizes_is_no_layer(tmp_path: Path) -> None:
    """2 times the height, plus 1, is a size to resize to: 8 rows and columns of 10 become 17 and 21."""
    nodes = [
        node("Shape", "x", "s"), node("Slice", "s two four", "hw"), node("Mul", "hw double", "d"), node("Add", "d one", "t"),
        node("Slice", "s zero two", "nc"), node("Concat", "nc t", "size", axis=0), node("Resize", "x - - size", mode="nearest"),
    ]  # fmt: skip
    network = read(tmp_path, nodes, arrays={"zero": [0], "two": [2], "four": [4], "double": [2], "one": [1]})
    assert [(each.kind, network.shown(each.output)) for each in network.nodes[1:]] == [("resample", (6, 17, 21))]
