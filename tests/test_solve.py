"""cnncli solve: the answers are those that the rules give, none is missing, and none is explained."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli import load
from cnncli.cli import main
from cnncli.errors import LayerError, UsageError
from cnncli.layers import KINDS
from cnncli.solve.inputs import resized, unused
from cnncli.solve.size import Ranges, keeping, sizes


def asked(words: str, code: int = 0) -> Any:
    """What `cnncli solve` prints for machines."""
    done = CliRunner().invoke(main, ["solve", *shlex.split(words), "--format", "json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def said(words: str, code: int = 0) -> str:
    """What it prints for people."""
    done = CliRunner().invoke(main, ["solve", *shlex.split(words)])
    assert done.exit_code == code, done.output
    return done.stdout


def values(answer: Any) -> list[dict[str, Any]]:
    """The solutions."""
    return [found["values"] for found in answer["found"]]


def conv_size(size: int, options: dict[str, Any]) -> int | None:
    """What the layer itself says."""
    try:
        return KINDS["conv"](filters=1, **options).output((size, 1))[0]
    except LayerError:
        return None


@pytest.mark.parametrize(
    ("words", "usual"),
    [
        ("size 227 55 --kernel 11", {"kernel": 11, "stride": 4, "padding": 0}),  # AlexNet
        ("size 227 55", {"kernel": 11, "stride": 4, "padding": 0}),
        ("size 224 112 --kernel 7", {"kernel": 7, "stride": 2, "padding": 3}),  # ResNet
        ("size 224 112", {"kernel": 2, "stride": 2, "padding": 0}),  # a pool, or 2x2 of stride 2
        ("size 224 222", {"kernel": 3, "stride": 1, "padding": 0}),
        ("size 32 28", {"kernel": 5, "stride": 1, "padding": 0}),  # LeNet-5
        ("size 56 56", {"kernel": 3, "stride": 1, "padding": 1}),
        ("size 28 28 --kernel 5", {"kernel": 5, "stride": 1, "padding": 2}),
        ("size 28 24 --kernel 3 --dilation 2", {"kernel": 3, "stride": 1, "padding": 0, "dilation": 2}),
        ("size 7 14 --kind conv_transpose", {"kernel": 2, "stride": 2, "padding": 0}),
        ("size 16 33 --kind conv_transpose --kernel 3", {"kernel": 3, "stride": 2, "padding": 0}),
    ],
)
def test_the_usual_way_comes_first(words: str, usual: dict[str, int]) -> None:
    """What the well-known networks do is the first answer."""
    assert values(asked(words))[0] == usual


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 40))
def test_all_ways_are_found(before: int, after: int) -> None:
    """Exactly the choices of the ranges for which the layer gives the size, each once."""
    ranges = Ranges(kernel=range(1, 6), stride=range(1, 5), padding=range(3), dilation=(1, 2))
    expected = {
        (k, s, p, d)
        for k in ranges.kernel for s in ranges.stride for p in range(3) for d in ranges.dilation
        if conv_size(before, {"kernel": k, "stride": s, "padding": p, "dilation": d}) == after
    }  # fmt: skip
    answer = sizes(before, after, ranges)
    found = [(one.values["kernel"], one.values["stride"], one.values["padding"], one.values.get("dilation", 1)) for one in answer.found]
    assert set(found) == expected
    assert len(found) == len(expected)
    assert bool(answer.why) == (not expected)
    assert all(one.formula == after for one in answer.found)


def test_exact_leaves_nothing_unused() -> None:
    """--exact keeps what covers every pixel."""
    found = values(asked("size 224 112 --kernel 7 --stride 2 --padding 2,3"))
    assert found == [{"kernel": 7, "stride": 2, "padding": 3}]
    assert "1 pixel behind the last window unused" in said("size 224 112 --kernel 7 --stride 2")
    assert asked("size 224 112 --kernel 7 --stride 2 --exact", 1)["found"] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("size 227 300 --kernel 3", "to enlarge, ask for --kind conv_transpose"),
        ("size 10 4 --kernel 3 --stride 1 --padding 0", "nearest 8"),
        ("size 3 1 --kernel 5 --padding 0", "no window in these ranges fits in 3 pixels"),
        ("size 227 56 --kernel 11 --stride 4,5 --padding 0", "nearest 55"),
        ("field 31 conv:1,1", "they see 1 pixel, however many they are"),
        ("fit 'params>=60000' --to 700 --input 32x32x3 conv:N,5", "with N = 700 params 53,200"),
        ("fit 'params<=6' --input 32x32x3 conv:N,5", "with N = 1 params 76"),
        ("fit 'params<=100' mobilenet --set width=N --from 0.5 --to 1 --step 0.25", "with N = 0.5 params"),
    ],
)
def test_none_and_why(words: str, why: str) -> None:
    """When there is none, that is said with the reason, and the exit code is 1."""
    assert f"none: {asked(words, 1)['why_none']}" in said(words, 1)
    assert why in said(words, 1)


@pytest.mark.parametrize(
    ("words", "paddings"),
    [
        ("1", [0]), ("3", [1]), ("5", [2]), ("7", [3]), ("3 --dilation 2", [2]), ("5 --dilation 3", [6]),
        ("2", ["[[0, 1]]"]), ("4", ["[[1, 2]]"]), ("7 --stride 2 --size 224", [3, "[[2, 3]]"]),
        ("3 --stride 2 --size 112", [1, "[[0, 1]]"]),
        ("3 --stride 2 --size 7", [1]), ("2 --stride 2 --size 8", [0]), ("1 --stride 3 --size 8", [0]),
    ],
)  # fmt: skip
def test_padding_that_keeps_the_size(words: str, paddings: list[Any]) -> None:
    """(k - 1) d / 2 on each side where that is whole; with a stride what gives ceil(n / s); the odd pixel after."""
    assert [one["padding"] for one in values(asked(f"padding {words}"))] == paddings


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(1, 40))
def test_padding_is_that_of_same(kernel: int, stride: int, dilation: int, size: int) -> None:
    """Each padding found gives as many places as `same`."""
    options = {"kernel": kernel, "stride": stride, "dilation": dilation}
    expected = conv_size(size, {**options, "padding": "same"})
    found = keeping(kernel, stride, dilation, size).found
    assert found
    for one in found:
        padding = one.values["padding"]
        given_sides = padding if isinstance(padding, int) else tuple(tuple(pair) for pair in json.loads(padding))
        assert conv_size(size, {**options, "padding": given_sides}) == expected


def test_a_stride_needs_the_size() -> None:
    """Which padding a stride needs depends on the size."""
    with pytest.raises(UsageError, match="give --size too"):
        keeping(3, 2)


@pytest.mark.parametrize(
    ("words", "times", "seen"),
    [
        ("31", 15, 31),
        ("5", 2, 5),
        ("7 conv:1,3", 3, 7),
        ("31 conv:1,5", 8, 33),
        ("31 conv:1,3,dilation=2", 8, 33),
        ("22 conv:1,3 max_pool:2", 3, 22),
        ("15 conv:1,3,stride=2", 3, 15),
        ("100 conv:64,7,stride=2 max_pool:3,stride=2 then conv:64,3", 12, 107),
        ("1", 0, 1),
    ],
)
def test_layers_that_see(words: str, times: int, seen: int) -> None:
    """r grows by (k - 1) d j a layer, j by the stride: the smallest number that sees as much."""
    [found] = asked(f"field {words}")["found"]
    assert found["values"] == {"times": times}
    assert found["working"].endswith(f"{seen}")


def test_a_field_that_is_not_met_exactly_says_so() -> None:
    """The number before sees less, and how much is said."""
    assert "(not exactly: 11 see 99)" in said("field 100 conv:64,7,stride=2 max_pool:3,stride=2 then conv:64,3")


def test_global_layers_see_all() -> None:
    """Their number does not matter."""
    done = CliRunner().invoke(main, ["solve", "field", "9", "global_avg_pool"])
    assert done.exit_code == 2
    assert "see the whole input" in done.stderr


@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("'params<=60000' --input 32x32x3 conv:N,5", 789),  # 76 N
        ("'params<60040' --input 32x32x3 conv:N,5", 789),
        ("'params<=60040' --input 32x32x3 conv:N,5", 790),
        ("'params==760' --input 32x32x3 conv:N,5", 10),
        ("'params<=60000' --input 784 dense:N dense:10", 75),  # 795 N + 10
        ("'receptive_field<=15' --input 64x64x3 conv:8,N", 15),
        ("'params<=1000' --and 'params>=700' --input 32x32x3 conv:N,5", 13),
        ("'params<=2000' --input 9x9x6 conv:N,3,groups=2", 70),  # 28 N, and N even
    ],
)
def test_numbers_that_fit(words: str, best: int) -> None:
    """The largest number within the bounds; the next one is not."""
    assert values(asked(f"fit {words}"))[0]["N"] == best
    assert values(asked(f"fit {words} --to 400"))[0]["N"] == min(best, 400)


def test_the_smallest_where_only_a_lower_bound_is_asked() -> None:
    """receptive_field >= 15 asks for the smallest kernel; the larger ones follow."""
    assert values(asked("fit 'receptive_field>=15' --input 64x64x3 conv:8,N"))[:2] == [{"N": 15}, {"N": 16}]
    assert values(asked("fit 'params>=60000' --input 32x32x3 conv:N,5")) == [{"N": 790}]


def test_all_numbers_are_tried_where_they_are_few() -> None:
    """(33 - N)² N² 24 multiply-accumulates grow and fall again: both ends of the range are found."""
    found = values(asked("fit 'macs<=1000000' --input 32x32x3 conv:8,N"))
    assert [one["N"] for one in found] == [*range(32, 24, -1), *range(8, 0, -1)]


def test_a_parameter_of_a_spec() -> None:
    """All steps that fit, the largest first; without a step whole numbers."""
    found = [one["N"] for one in values(asked("fit 'params<=2000000' mobilenet --set width=N --from 0.25 --to 1 --step 0.25"))]
    assert found == ["0.5", "0.25"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("fit 'params<=5' --input 9x9x3 conv:4,3", "write N where the number is sought"),
        ("fit 'params<=5' lenet5", "--set width=N"),
        ("fit 'parms<=5' lenet5 --set width=N", "no total is called 'parms'; did you mean 'params'?"),
        ("fit 'params<=5' lenet5 --set width=N", "width"),
        ("fit 'params<=5' mobilenet --set width=N --from a", "no numbers"),
        ("fit 'params<=5' mobilenet --set width=N --from 1 --to 2 --step 0", "are no steps"),
        ("size 5 3 --kernel 0", "is no choice of numbers"),
        ("size 5 3 --kernel 5:1", "is no choice of numbers"),
        ("size 5 3 --kernel 1:9000 --stride 1:9000", "more than 1,000,000 ways"),
        ("field 9 then", "write the layers that come once"),
    ],
)
def test_refusals(words: str, message: str) -> None:
    """What cannot be asked is refused with exit code 2 and what to write instead."""
    done = CliRunner().invoke(main, ["solve", *shlex.split(words)])
    assert done.exit_code == 2, done.output
    assert message in done.stderr


@pytest.mark.parametrize(("name", "size"), [("lenet5", 16), ("vgg16", 32), ("alexnet", 67)])
def test_smallest_input(name: str, size: int) -> None:
    """The smallest that every layer accepts; one pixel less is refused, and by whom is said."""
    found = asked(f"input {name} --smallest")
    assert values(found)[0]["input"].startswith(f"{size}x{size}x")
    assert "refuses it" in found["found"][0]["note"]
    network = load(name).network
    resized(network, size)
    with pytest.raises(LayerError):
        resized(network, size - 1)


def test_inputs_without_unused_rows() -> None:
    """Of VGG-16 the multiples of 32, its own size first; of what is left out something is unused."""
    [_, answer] = asked("input vgg16 --to 256")
    found = [one["size"] for one in values(answer)]
    assert found[0] == 224
    assert sorted(found) == [32, 64, 96, 128, 160, 192, 224, 256]
    network = load("vgg16").network
    assert list(unused(resized(network, 225)))
    assert not list(unused(resized(network, 224)))


@given(st.integers(1, 12), st.integers(1, 6), st.integers(1, 4), st.integers(1, 40))
def test_padding_is_what_trying_all_finds(kernel: int, stride: int, dilation: int, size: int) -> None:
    """The paddings in closed form are those that trying every padding up to the window finds."""
    extent = (kernel - 1) * dilation + 1
    wanted = -(-size // stride)
    expected = [
        padding for padding in range(extent) if size + 2 * padding >= extent and (size + 2 * padding - extent) // stride + 1 == wanted
    ]
    found = [
        answer.values["padding"] for answer in keeping(kernel, stride, dilation, size).found if isinstance(answer.values["padding"], int)
    ]
    assert found == expected


def test_huge_choices_end_at_once() -> None:
    """A huge dilation is solved, not searched; huge ranges and too many sizes are refused with the limit."""
    assert values(asked("padding 5 --dilation 2147483647")) == [{"padding": 4294967294}]
    for words, message in (
        ("size 2 5 --stride 1:2147483647", "has more than 10,000 numbers"),
        ("size 2 5 --stride 1:99999999999999999999999", "has more than 10,000 numbers"),
        ("input resnet1001 --to 100000", "--to can be at most 5,989"),
    ):
        done = CliRunner().invoke(main, ["solve", *shlex.split(words)])
        assert done.exit_code == 2
        assert message in done.stderr


def test_vectors_have_no_size() -> None:
    """A network that reads a vector is refused."""
    from cnncli.chain import build, pieces

    with pytest.raises(UsageError, match="takes a vector"):
        resized(build([(5,)], pieces(["dense:3"])), 4)


def test_what_is_unused_is_told_by_layer() -> None:
    """A 3x3 pool of stride 2 on 8 pixels leaves one."""
    from cnncli.chain import build, pieces

    network = build([(8, 8, 1)], pieces(["max_pool:3,stride=2"]))
    assert [(node.kind, rest) for node, rest in unused(network)] == [("max_pool", (1, 1))]


@pytest.mark.parametrize("style", ["text", "markdown", "latex"])
def test_formats(style: str) -> None:
    """Each format has the solution, its working, and how many more there are."""
    text = said(f"size 56 56 --dilation 1:3 --format {style}")
    assert "kernel 3, stride 1, padding 1" in text
    assert "3" in text
    assert "more; " in text
    assert "more; " not in said(f"size 56 56 --dilation 1:3 --all --format {style}")
