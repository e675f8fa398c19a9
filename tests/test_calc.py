"""cnncli calc: layers in the words of a command line."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from click.testing import CliRunner
from test_layers import ROWS
from test_startup import woken

from cnncli.chain import build, pieces, read_shape
from cnncli.cli import main
from cnncli.errors import UsageError
from cnncli.layers import KINDS
from cnncli.network import Network


def run(words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(main, shlex.split(words))
    assert done.exit_code == 0, done.output
    return done.stdout


def chain(words: str, *inputs: str) -> Network:
    """The network of a chain."""
    return build([read_shape(text) for text in inputs], pieces(shlex.split(words)))


def refused(words: str, *inputs: str) -> str:
    """The refusal of a chain."""
    with pytest.raises(UsageError) as caught:
        chain(words, *inputs or ("32x32x3",))
    return str(caught.value)


@pytest.mark.parametrize(
    ("words", "again"),
    [
        ("conv:6,5", "conv --filters 6 --kernel 5"),
        ("conv:6,5,stride=2", "conv:6,5 --stride 2"),
        ("conv:6,5,stride=2", "conv --filters=6 --kernel=5 --stride=2"),
        ("conv:6,3x5", "conv:6,[3,5]"),
        ("conv:6,3X5", "conv:6,[3,5]"),
        ("conv:6,5,p=2,s=1", "conv:6,5,padding=2,stride=1"),
        ("conv:F=6,K=5,d=2,g=3", "conv:6,5,dilation=2,groups=3"),
        ("conv:6,5,same", "conv:6,5,padding=same"),
        ("max_pool:k=3,s=2,same", "max_pool:3,stride=2,padding=same"),
        ("dropout:p=0.1", "dropout:0.1"),
        ("conv:6,3×5", "conv:6,[3, 5]".replace(" ", "")),
        ("conv:6,5,bias=false", "conv:6,5 --no-bias"),
        ("conv:6,5,bias=true", "conv:6,5 --bias"),
        ("max_pool:3,ceil=true", "max_pool:3 --ceil"),
        ("max_pool:3,ceil=true", "max_pool:3 --ceil true"),
        ("conv:6,5,padding=[[1,0],2]", "conv:6,5 --padding [[1,0],2]"),
        ("conv:6,5,activation=relu", "conv:6,5 --activation relu"),
        ("conv_transpose:6,5,stride=2,output_padding=1", "conv_transpose:6,5 --stride 2 --output-padding 1"),
        ("reshape:[1024,-1]", "reshape --shape [1024,-1]"),
        ("leaky_relu:0.1", "leaky_relu --slope 0.1"),
        ("random_flip:vertical", "random_flip --direction vertical"),
    ],
)
def test_ways_of_writing_mean_the_same(words: str, again: str) -> None:
    """Options by position, by name in the word, and as options of the command line give one layer."""
    first, second = (chain(text, "32x32x3").nodes[1].layer for text in (words, again))
    assert first == second


def test_an_activation_may_have_an_option() -> None:
    """{leaky_relu: 0.1} as in a file."""
    layer = chain("'conv:6,5,activation={leaky_relu: 0.3}'", "32x32x3").nodes[1].layer
    assert layer.activation.slope == 0.3  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "options", "shapes"), [row[:3] for row in ROWS if row[0] != "input"], ids=str)
def test_every_kind_can_be_asked(kind: str, options: str, shapes: list[tuple[int, ...]]) -> None:
    """The options of each hand-worked row, as options of the command line, give the shapes and counts of the row."""
    import yaml

    given = yaml.load(f"{{{options}}}", Loader=yaml.BaseLoader) or {}
    words = [kind] + [word for name, value in given.items() for word in (f"--{name}", _written(value))]
    network = build(shapes, pieces(words))
    assert network.nodes[-1].layer == KINDS[kind].read(given)


def _written(value: Any) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    return "{" + ",".join(f"{name}: {_written(inner)}" for name, inner in value.items()) + "}" if isinstance(value, dict) else str(value)


def test_layers_follow_one_another() -> None:
    """LeNet-5 in one line: its shapes and its 61,706 parameters."""
    found = json.loads(
        run("calc --input 32x32x1 conv:6,5 avg_pool:2 conv:16,5 avg_pool:2 flatten dense:120 dense:84 dense:10 --format json")
    )
    [network] = found["networks"]
    assert found["schema"] == "cnncli/calc/1"
    assert network["totals"]["params"] == 61706
    assert [layer["output_shape"] for layer in network["layers"]][5:] == [[400], [120], [84], [10]]
    assert [section["name"] for section in network["workings"]][-2:] == ["dense_3", "total"]


def test_the_example_of_the_help() -> None:
    """Options of the layer stand among those of the command, in any order."""
    for words in (
        "calc conv --input 227x227x3 --filters 96 --kernel 11 --stride 4",
        "calc conv --filters 96 --only params,shape,macs --kernel 11 --stride 4 --input 227x227x3",
    ):
        text = run(words)
        assert "⌊(227 − 11 + 2·0)/4⌋ + 1 = 55" in text
        assert "= 34,944" in text
        assert "= 34,848" in text
        assert "= 105,415,200" in text
        assert "= 210,830,400" in text


def test_branches() -> None:
    """Merges have branches from one point; an empty one is the identity; branches lie in branches."""
    network = chain("conv:8,1 add [ conv:8,3,padding=same relu / ] relu", "9x9x8")
    add = next(node for node in network.nodes if node.kind == "add")
    assert [network.nodes[index].kind for index in add.inputs] == ["relu", "conv"]
    nested = chain("concat [ add [ conv:3,1 / ] / conv:2,1 ]", "9x9x3")
    assert nested.nodes[-1].output == (9, 9, 5)


def test_a_merge_takes_all_inputs() -> None:
    """Several --input are those of the first layer."""
    assert chain("concat conv:4,1", "5x5x3", "5x5x4").nodes[-2].output == (5, 5, 7)


@pytest.mark.parametrize("text", ["227x227x3", "227 x 227 x 3", "227×227×3", "(227, 227, 3)", "227,227,3"])
def test_inputs_are_read_as_people_write_them(text: str) -> None:
    """The axes, then the channels."""
    assert read_shape(text) == (227, 227, 3)


@pytest.mark.parametrize("text", ["", "axb", "0x3", "-1x3", "1.5x3", "3x", "9" * 30])
def test_inputs_that_are_none(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(UsageError, match="is no input; write 224x224x3"):
        read_shape(text)


@pytest.mark.parametrize(
    ("words", "message", "underlined"),
    [
        ("con:6,5", "no kind of layer is called 'con'; did you mean 'conv'?", "con"),
        ("Conv2D:6,5", "no kind of layer is called 'Conv2D'; write 'conv:6,5'", "Conv2D"),
        ("fc:10", "no kind of layer is called 'fc'; write 'dense:10'", "fc"),
        ("Linear:10", "no kind of layer is called 'Linear'; write 'dense:10'", "Linear"),
        ("relu softmax:10", "softmax has no options; write dense:10 softmax", "10"),
        ("flatten:10", "flatten has no options", "10"),
        ("conv:6,5,2", "which option of conv is '2'? write name=value; its options are filters, kernel, stride", "2"),
        ("conv:6,5,stride=2,s=2", "stride of conv is given twice", "s=2"),
        ("relu:1,same", "which option of relu is 'same'?", "same"),
        ("relu :5", "no kind of layer is called ''", ":"),
        ("conv:6,5,strde=2", "conv has no option 'strde'; did you mean 'stride'?", "strde=2"),
        ("relu conv --filters 6 --kernl 5", "conv has no option 'kernl'; did you mean 'kernel'?", "--kernl"),
        ("conv:6", "conv needs kernel", "conv"),
        ("conv:6,5,2", "which option of conv is '2'? write name=value", "2"),
        ("conv:6,5,stride=2,stride=3", "stride of conv is given twice", "stride=3"),
        ("conv:6,five", "kernel of conv is 'five'; expected a whole number from 1", "five"),
        ("conv:6,0", "kernel of conv is 0; expected a whole number from 1", "0"),
        ("conv:6,33", "a window of 33 does not fit in 32 pixels", "conv"),
        ("conv:6,[3,3,3]", "kernel has 3 entries", "[3,3,3]"),
        ("flatten conv:6,3", "conv needs a map", "conv"),
        ("--filters 6", "stands before any layer", "--filters"),
        ("conv --filters", "'--filters' needs a value", "--filters"),
        ("conv --filters --kernel 3", "'--filters' needs a value", "--filters"),
        ("input:3", "no kind of layer is called 'input'", "input"),
        ("conv:8,3 [ conv:8,1 ]", "only merges have branches", "["),
        ("add [ conv:3,1 /", "these branches are not closed", "["),
        ("conv:8,3 ]", "']' stands in no branches", "]"),
        ("add [ conv:3,1 / conv:4,1 ]", "add needs equal shapes", "add"),
        ("add [ relu / conv:3,50 ]", "a window of 50 does not fit", "conv"),
        ("tanh:5", "tanh has no options; write dense:5 tanh", "5"),
    ],
)
def test_refusals_underline_the_word(words: str, message: str, underlined: str) -> None:
    """What is wrong is said in the notation's words, with the place in the command line."""
    told = refused(words)
    assert message in told
    _, line, carets = told.rsplit("\n", 2)
    start = carets.index("^")
    assert (line[start : start + carets.count("^")].strip() or " ") == underlined


def test_two_inputs_need_a_merge() -> None:
    """One layer cannot read two inputs."""
    assert "conv takes one input; it gets 2" in refused("conv:6,5", "9x9x3", "9x9x3")


def test_refusal_leaves_with_2() -> None:
    """The shell sees 2, stdout nothing."""
    done = CliRunner().invoke(main, ["calc", "--input", "8x8x3", "conv:6,9"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Error: a window of 9 does not fit in 8 pixels" in done.stderr


def compared(words: str) -> dict[str, dict[str, Any]]:
    """The comparison, by the names of what is compared."""
    return {row["name"]: row for row in json.loads(run(f"{words} --format json"))["comparison"]}


def test_dense_equivalent() -> None:
    """6 filters of 5x5 on 32x32x3 against the dense layer between the same numbers: 3,072 by 6,144, like for like without bias."""
    found = compared("calc --input 32x32x3 conv:6,5,padding=same --compare")
    dense = found["dense on all numbers"]
    assert dense["params_without_bias"] == 3072 * 6144
    assert dense["params"] == 3072 * 6144 + 6144
    assert dense["times_params_without_bias"] == pytest.approx(41943.04)
    assert compared("calc --input 32x32x3 conv:6,5,bias=false --compare")["dense on all numbers"]["params"] == 3072 * 4704


def test_separable_and_pointwise() -> None:
    """A separable convolution has 1/F + 1/k² of the multiply-accumulates (Howard et al. 2017, section 3.1); a 1x1 has 1/k²."""
    found = compared("calc --input 14x14x512 conv:512,3,padding=same,bias=false --compare")
    assert found["separable_conv"]["times_macs"] == pytest.approx(1 / 512 + 1 / 9)
    assert found["1x1 conv"]["times_macs"] == pytest.approx(1 / 9)


def test_a_depthwise_convolution_is_compared_with_a_plain_one() -> None:
    """The other way round."""
    assert compared("calc --input 14x14x8 depthwise_conv:3 --compare")["plain conv"]["times_macs"] == 8


def test_chains_are_compared() -> None:
    """Two 3x3 against one 5x5: 18/25 of the weights."""
    text = run("calc --input 14x14x256 conv:256,3,padding=same conv:256,3,padding=same vs conv:256,5,padding=same --only params")
    assert "1,179,648" in text
    assert "1.389" in text
    assert "2·590,080 = 1,180,160" in text


def test_nothing_is_not_compared() -> None:
    """Both sides of vs have layers."""
    done = CliRunner().invoke(main, ["calc", "--input", "8x8x3", "conv:6,3", "vs"])
    assert done.exit_code == 2
    assert "write layers on both sides of vs" in done.stderr


@pytest.mark.parametrize("style", ["text", "markdown", "latex", "json"])
def test_formats(style: str) -> None:
    """Each format has the workings and the comparison."""
    text = run(f"calc --input 9x9x3 conv:6,3 --compare --format {style}")
    assert "dense on all numbers" in text
    assert "168" in text


def test_letters_alone_show_what_fewer_means() -> None:
    """Fewer is told as a part: 1/4."""
    text = run("calc --input 9x9x4 conv:4,2 --compare --only params --no-bias")
    assert " 1/4 " in text or " 1/4\n" in text


@pytest.mark.parametrize(
    "words", [["explain", "lenet5"], ["calc", "--input", "9x9x3", "conv:6,3", "--compare"], ["solve", "size", "9", "7"]]
)
def test_they_wake_no_framework(words: list[str]) -> None:
    """Neither rich nor numpy nor a framework is woken; calc and solve need no YAML either."""
    names = woken(*words)
    assert names & {"rich", "numpy", "keras", "tensorflow"} == set()
    assert words[0] == "explain" or "yaml" not in names


def test_sizes_may_have_capitals() -> None:
    """32X32X3 is 32x32x3."""
    assert read_shape("32X32X3") == (32, 32, 3)


def test_compared_chains_have_names_of_their_own() -> None:
    """Both chains begin with conv_1; numbers in front tell them apart."""
    told = run("calc --input 8x8x3 --only shape conv:4,1 vs conv:4,3")
    assert [line.split(":")[0] for line in told.splitlines() if line.startswith("(")] == [
        "(1) conv_1",
        "(2) conv_1",
        "(1) conv",
        "(2) conv",
    ]
    assert "(1)" not in run("calc --input 8x8x3 --only shape conv:4,1")
    document = json.loads(run("calc --input 8x8x3 --format json conv:4,1 vs conv:4,3"))
    assert [network["layers"][1]["name"] for network in document["networks"]] == ["conv_1", "conv_1"]
    assert [row["name"] for row in document["comparison"]] == ["conv:4,1", "conv:4,3"]
