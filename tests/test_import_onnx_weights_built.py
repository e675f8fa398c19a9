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
