"""Exercises from courses that are computed by hand, with their answers: each is one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cnncli.cli import main

FILE = Path(__file__).parent.parent.parent / "shared" / "exercises.json"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the exercises are not beside this folder")
EXERCISES = {one["id"]: one for one in json.loads(FILE.read_text(encoding="utf-8"))} if FILE.exists() else {}


def asked(*words: str) -> Any:
    """What a command prints for machines."""
    done = CliRunner().invoke(main, [*words, "--format", "json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def convolved(number: str, *words: str, kernel: Any = None, given: Any = None) -> Any:
    """The exercise's input slid over by its kernel."""
    spec = EXERCISES[number]["spec"]
    return asked("convolve", "--input", str(given or spec["input"]), "--kernel", str(kernel or spec["kernel"]), *words)["output"]


def answer(number: str) -> Any:
    return EXERCISES[number]["correct_answer"]


def test_all_exercises_by_hand_are_tried() -> None:
    """Every exercise of these types stands in a test of this file."""
    types = ("cross_correlation1d", "cross_correlation2d", "convolution2d", "maxpool2d", "avgpool_backward", "dense_softmax")
    text = Path(__file__).read_text(encoding="utf-8")
    found = [number for number, one in EXERCISES.items() if one["spec"].get("type") in types]
    assert len(found) == 15
    assert [number for number in found if f'"{number}"' not in text] == []


@pytest.mark.parametrize("number", ["A01", "A02", "B10", "D18"])
def test_cross_correlations(number: str) -> None:
    """Rows and matrices slid over by a kernel, without padding."""
    assert convolved(number) == answer(number)


def test_a_kernel_of_another_length() -> None:
    """A kernel of three taps fits the row as well as one of two does."""
    assert convolved("A05") == answer("A02")


def test_one_zero_on_the_left_keeps_the_length() -> None:
    """Padding before alone; without it 9 and 8 values come out."""
    assert convolved("A03", "--padding", "1:0") == answer("A03")["same_length_F1_one_zero_left"]
    assert [len(convolved(number)) for number in ("A01", "A02")] == answer("A03")["valid_lengths"]


@pytest.mark.parametrize("number", ["C03", "Q19"])
def test_convolution_flips_the_kernel(number: str) -> None:
    """True convolution and cross-correlation differ in sign here."""
    expected = answer("Q19")
    assert convolved(number, "--flip") == expected["convolution"]
    assert convolved(number) == expected["cross_correlation"]


def test_the_sign_of_an_edge() -> None:
    """Left minus right: positive where the left is brighter."""
    assert convolved("D19") == [[answer("D19")["left_brighter [[1,1,0]]*3"]]]
    assert convolved("D19", given=[[0, 1, 1]] * 3) == [[answer("D19")["right_brighter [[0,1,1]]*3"]]]


def test_which_pixels_a_position_sees() -> None:
    """The steps name the pixels of the window at (2, 3)."""
    spec = EXERCISES["E04"]["spec"]
    steps = asked("convolve", "--input", str(spec["input"]), "--kernel", "box", "--steps")["steps"]
    [step] = [one for one in steps if one["position"] == spec["position"]]
    assert [pixel for pixel, _ in step["terms"]] == [pixel for row in answer("E04")["patch"] for pixel in row]


def test_max_pooling() -> None:
    """The largest of each block of 2 x 2."""
    spec = EXERCISES["D23"]["spec"]
    assert asked("pool", "--input", str(spec["input"]), "--size", "2", "--stride", "2")["output"] == answer("D23")


def test_average_pooling_backward() -> None:
    """Each of four pixels gets a quarter."""
    spec = EXERCISES["B30"]["spec"]
    found = asked("pool", "--input", str(spec["input"]), "--size", "2", "--average", "--backward", str(spec["upstream"]))
    assert found["input_gradient"] == answer("B30")


def test_symmetric_kernels_are_those_that_a_turn_leaves() -> None:
    """Sobel's kernel changes when it is turned by 180 degrees, Gauss' does not."""
    given = [[1, 2, 5], [4, 0, 6], [7, 3, 9]]
    for kernel, equal in (("sobel_x", False), ("gaussian", True)):
        found = [asked("convolve", "--input", str(given), "--kernel", kernel, *flag)["output"] for flag in ([], ["--flip"])]
        assert (found[0] == found[1]) is equal is answer("E03")[f"{kernel}{' equal under 180-degree rotation' if not equal else ' equal'}"]


def test_conv_relu_and_pool_of_an_image(tmp_path: Path) -> None:
    """The sums, with the bias of -5, after relu, and pooled: every map of the trace of the network, and step by step."""
    expected, layers = answer("B26"), traced(tmp_path)
    stages = {name: [[pixel for [pixel] in row] for row in stage] for name, stage in layers["conv_1"]["stages"].items()}
    assert stages == {"products": expected["no_bias"], "with bias": expected["bias"], "relu": expected["relu"]}
    assert [[pixel for [pixel] in row] for row in layers["max_pool_1"]["output"]] == expected["pool"]
    assert convolved("B26", "--bias", "-5") == expected["bias"]
    assert asked("pool", "--input", str(expected["relu"]), "--size", "2")["output"] == expected["pool"]


@pytest.mark.parametrize("number", ["B27", "B28"])
def test_dense_softmax(number: str, tmp_path: Path) -> None:
    """The logits and the shares of three classes behind the flattened pool; the third wins."""
    layers = traced(tmp_path)
    spec, expected = EXERCISES[number]["spec"], answer("B27")
    assert layers["flatten_1"]["output"] == spec["x"]
    assert layers["dense_1"]["stages"]["with bias"] == pytest.approx(expected["logits"], abs=1e-9)
    assert layers["dense_1"]["output"] == pytest.approx(expected["softmax"], rel=1e-4)
    assert layers["dense_1"]["output"][2] == pytest.approx(answer("B28"), abs=5e-10)
    assert layers["dense_1"]["output"].index(max(layers["dense_1"]["output"])) + 1 == expected["class"]


def traced(room: Path) -> dict[str, Any]:
    """The trace of exercise_6x6 with the weights of the exercises."""
    conv, dense = EXERCISES["B26"]["spec"], EXERCISES["B27"]["spec"]
    weights = {
        "conv_1": {"kernel": conv["kernel"], "bias": conv["bias"]},
        "dense_1": {"kernel": {"per_unit": dense["W"]}, "bias": dense["b"]},
    }
    (room / "weights.json").write_text(json.dumps(weights), encoding="utf-8")
    found = asked("trace", "exercise_6x6", "--weights", str(room / "weights.json"), "--input", str(conv["input"]))
    return {layer["name"]: layer for layer in found["layers"]}
