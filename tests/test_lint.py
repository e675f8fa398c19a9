"""Slips that a network does not show are reported as warnings, at their place, and nothing deliberate is."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnncli.cli import main
from cnncli.lint import RULES, check
from cnncli.spec import load, loads, shipped

CONV = "  - conv: {filters: 8, kernel: 3}\n"


def findings(text: str) -> list[tuple[str, str]]:
    """The ids of the rules that fire, and line:column."""
    document = loads(text, "net.yaml")
    return [(found.rule, str(found.place).removeprefix("net.yaml:")) for found in check(document.network, document.expect, document.marks)]


SLIPS = {
    "dense behind a map": ("input: [8, 8, 3]\nlayers:\n" + CONV + "  - dense: 10\n", [("dense-on-map", "4:5")]),
    "the first of several dense": (
        "input: [8, 8, 3]\nlayers:\n" + CONV + "  - dense: 64\n  - relu\n  - dropout: 0.5\n  - dense: 10\n  - softmax\n",
        [("dense-on-map", "4:5")],
    ),
    "dense alone": ("input: [28, 28, 1]\nlayers:\n  - dense: 10\n", [("dense-on-map", "3:5")]),
    "one of two outputs": (
        "input: [8, 8, 3]\nlayers:\n"
        + CONV
        + "    name: map\n  - flatten\n  - dense: 4\n    name: a\n  - dense: 4\n    from: map\n    name: b\n"
        "outputs: [a, b]\n",
        [("dense-on-map", "8:5")],
    ),
    "channels first": ("input: [3, 224, 224]\nlayers: [flatten]\n", [("channels-first", "1:8")]),
    "grey first": ("input: [1, 28, 28]\nlayers: [flatten]\n", [("channels-first", "1:8")]),
    "oblong colour first": ("input: [3, 48, 64]\nlayers: [flatten]\n", [("channels-first", "1:8")]),
    "video first": ("input: [3, 16, 112, 112]\nlayers: [flatten]\n", [("channels-first", "1:8")]),
    "by name": ("input: {image: [3, 32, 32]}\nlayers: [flatten]\n", [("channels-first", "1:16")]),
    "no channels": ("input: [28, 28]\nlayers:\n" + CONV, [("no-channels", "1:8")]),
    "softmax of softmax": ("input: [10]\nlayers: [softmax, softmax]\n", [("softmax-twice", "2:19")]),
    "softmax of an activation": (
        "input: [10]\nlayers:\n  - dense: {units: 10, activation: softmax}\n  - dropout: 0.1\n  - log_softmax\n",
        [("softmax-twice", "5:5")],
    ),
    "in a block, once": (
        "input: [10]\nblocks:\n  twice: [softmax, softmax, relu]\nlayers:\n  - twice:\n    repeat: 3\n",
        [("softmax-twice", "3:20")],
    ),
    "no layers": ("input: [8, 8, 3]\nlayers: []\n", [("no-layers", "2:1")]),
    "ends before its shape": (
        "input: [8, 8, 3]\nlayers:\n  - flatten\nexpect: {output_shape: 10}\n",
        [("ends-early", "4:24")],
    ),
    "ends before its layers": ("input: [8, 8, 3]\nlayers:\n  - flatten\nexpect: {layers: 5}\n", [("ends-early", "4:18")]),
}

DELIBERATE = {
    "a classifier": "input: [8, 8, 3]\nlayers:\n" + CONV + "  - flatten\n  - dense: 10\n  - softmax\nexpect: {output_shape: [10]}\n",
    "a map of one position": "input: [3, 3, 3]\nlayers:\n" + CONV + "  - dense: 10\n",
    "a label for each step": "input: [100, 16]\nlayers:\n" + CONV + "  - dense: 10\n  - softmax\n",
    "a sequence with an axis of one": "input: [100, 1, 16]\nlayers:\n  - dense: 10\n",
    "behind global pooling": "input: [100, 16]\nlayers:\n" + CONV + "  - global_avg_pool\n  - dense: 10\n",
    "dense inside": "input: [8, 8, 3]\nlayers:\n" + CONV + "  - dense: 32\n  - gelu\n  - dense: 8\n  - global_avg_pool\n  - dense: 10\n",
    "dense before a convolution": "input: [8, 8, 3]\nlayers:\n  - dense: 32\n" + CONV,
    "moved axes": "input: [3, 32, 32]\nlayers:\n  - permute: [2, 3, 1]\n",
    "few rows": "input: [3, 8, 8]\nlayers: [flatten]\n",
    "two rows of a signal": "input: [2, 128, 1]\nlayers: [flatten]\n",
    "few rows with many channels": "input: [1, 128, 64]\nlayers: [flatten]\n",
    "a sequence": "input: [128, 64]\nlayers:\n" + CONV,
    "a square table": "input: [28, 28]\nlayers: [flatten]\n",
    "softmax of something between": "input: [10]\nlayers: [softmax, {dense: 10}, softmax]\n",
    "as many layers as expected": "input: [8, 8, 3]\nlayers: [flatten]\nexpect: {layers: 2, output_shape: 192}\n",
}


@pytest.mark.parametrize(("text", "expected"), SLIPS.values(), ids=SLIPS)
def test_slip_is_found_at_its_place(text: str, expected: list[tuple[str, str]]) -> None:
    assert findings(text) == expected


@pytest.mark.parametrize("text", DELIBERATE.values(), ids=DELIBERATE)
def test_deliberate_network_is_left_alone(text: str) -> None:
    assert findings(text) == []


def test_every_rule_is_tested() -> None:
    assert {rule for _, expected in SLIPS.values() for rule, _ in expected} == set(RULES)


def test_no_shipped_architecture_is_warned_of() -> None:
    for name in shipped():
        document = load(name)
        assert [*check(document.network, document.expect, document.marks)] == [], name


def invoke(words: str) -> Result:
    return CliRunner().invoke(main, shlex.split(words))


@pytest.fixture
def slip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("input: [28, 28, 1]\nlayers:\n" + CONV + "  - dense: 10\n  - softmax\n")


WARNING = """net.yaml:4:5: warning: dense_1 gives 10 numbers at each of 26x26 positions, not 10 in all; \
put flatten or global_avg_pool before it; where a map is meant, write conv with kernel: 1 [dense-on-map]
      - dense: 10
        ^^^^^
"""


@pytest.mark.usefixtures("slip")
@pytest.mark.parametrize(
    "words",
    [
        "summarize net.yaml --format json",
        "get net.yaml params macs",
        "validate net.yaml",
        "explain net.yaml --format json",
        "export net.yaml --to mermaid",
        "convert net.yaml",
        "exercise net.yaml --count 1",
        "solve input net.yaml --to 40",
        "summarize net.yaml net.yaml",
    ],
)
def test_commands_warn_once_on_standard_error(words: str) -> None:
    done = invoke(words)
    assert done.exit_code == 0, done.output
    assert done.stderr.count(WARNING) == 1
    assert "warning" not in done.stdout


@pytest.mark.usefixtures("slip")
@pytest.mark.parametrize("words", ["summarize net.yaml", "get net.yaml macs", "validate net.yaml", "export net.yaml --to dot"])
def test_strict_refuses(words: str) -> None:
    done = invoke(words + " --strict")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == WARNING.replace("warning: ", "")


@pytest.mark.usefixtures("slip")
def test_validate_reports_an_unmet_output_once() -> None:
    """What fails the check is no warning as well."""
    Path("net.yaml").write_text("input: [4]\nlayers: [relu]\nexpect: {output_shape: 10}\n")
    done = invoke("validate net.yaml")
    assert done.exit_code == 1
    assert done.stderr.startswith("net.yaml:3:24: output_shape is [4], expected 10\n")
    assert "warning" not in done.stderr
    assert "[ends-early]" in invoke("get net.yaml params").stderr


def test_input_keeps_its_number_of_axes() -> None:
    done = invoke("get vgg16 params --input 32x32")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: --input '32x32' has 2 numbers; the input of vgg16.yaml has 3: 224x224x3; "
        "write 32x32x3, or give --change-axes to change the number of axes\n"
    )
    alone = invoke("get vgg16 params --input 224").stderr
    assert "has 1 number; the input of vgg16.yaml has 3: 224x224x3; write all 3, such as 224x224x3" in alone
    assert invoke("get lenet5 params --input 32x32 --change-axes").exit_code == 0
    assert invoke("get lenet5 params --input 32,32,1").stdout == invoke("get lenet5 params").stdout


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("--input 32x32 conv:6,3", "--input: warning: input is [32, 32], which means a sequence of 32 steps with 32 channels; "),
        ("--input 3,32,32 conv:6,3", "--input: warning: input is [3, 32, 32], which means 32 channels; "),
        ("--input 28x28x1 dense:10", "warning: dense_1 gives 10 numbers at each of 28x28 positions, not 10 in all; "),
        ("--input 10 softmax softmax", "warning: softmax_2 is applied to the softmax of softmax_1; "),
    ],
)
def test_calc_warns(words: str, start: str) -> None:
    done = invoke(f"calc {words} --format json")
    assert done.exit_code == 0
    assert done.stderr.startswith(start)
    assert json.loads(done.stdout)["networks"]
    assert invoke(f"calc {words} --strict").exit_code == 2


def test_calc_underlines_the_layer() -> None:
    done = invoke("calc --input 28x28x1 conv:6,3 dense:10")
    assert done.stderr.endswith("[dense-on-map]\n    conv:6,3 dense:10\n             ^^^^^\n")


def test_a_window_too_large_for_channels_taken_as_pixels_names_the_input() -> None:
    mend = "input is [3, 32, 32], which means 32 channels; channels come last: write [32, 32, 3]"
    assert f"a window of 2 does not fit in 1 pixel; {mend}\n" in invoke("calc --input 3x32x32 conv:6,3 max_pool:2").stderr
    done = invoke("get vgg16 params --input 3x224x224")
    assert done.exit_code == 2
    assert "input is [3, 224, 224], which means 224 channels; channels come last: write [224, 224, 3]" in done.stderr
    assert "pad it, or use padding: same" in invoke("calc --input 3x8x8 conv:6,5").stderr


def test_input_size_counts_from_one() -> None:
    done = invoke("get lenet5 params --input 0x32x1")
    assert done.exit_code == 2
    assert done.stderr == "Error: '0x32x1' is no input size; write 224x224x3: the axes, then the channels, each from 1\n"
