"""How a network becomes a spec: the order of its nodes, branches, what recurs, and parameters, each by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.convert.graph import depth_first, graph_of
from cnncli.convert.items import ABOVE, Item
from cnncli.convert.parameters import Parameters, numbered, ratio
from cnncli.convert.recurrence import Recurrence, Token, listed
from cnncli.convert.structure import Structure
from cnncli.convert.words import Arg, Ref
from cnncli.convert.written import number, quoted, shown
from cnncli.errors import LayerError
from cnncli.layers import KINDS
from cnncli.network import Input, Network
from cnncli.spec import loads


def wired(*reads: tuple[int, ...]) -> Network:
    """A network of layers that read the given nodes: relu, or add where there are several."""
    network = Network("wired")
    network.place(Input(shape=(4, 4, 2)), (), "input")
    for some in reads:
        network.place(KINDS["add" if len(some) > 1 else "relu"](), some)
    network.outputs = (len(reads),)
    return network


def told(items: list[Item]) -> list[object]:
    """Items as places: a place, (place, branches...) for a merge with branches, (place, "from", ...) for what is wired by name."""
    found: list[object] = []
    for item in items:
        if item.branches is not None:
            found.append((item.at, *(told(branch) for branch in item.branches)))
        else:
            found.append((item.at, "from", *item.reads) if item.reads else item.at)
    return found


@pytest.mark.parametrize(
    ("reads", "items"),
    [
        ([(0,), (1,)], [1, 2]),
        ([(0,), (1,), (2, 1)], [1, (3, [2], [])]),
        ([(0,), (1,), (1, 2)], [1, (3, [], [2])]),
        ([(0,), (1,), (2,), (1,), (3, 4)], [1, (5, [2, 3], [4])]),
        ([(0,), (0,), (1, 2)], [(3, [1], [2])]),
        ([(0,), (1, 1)], [1, (2, [], [])]),
        ([(0,), (1,), (2, 1), (3,), (4, 1)], [1, (5, [(3, [2], []), 4], [])]),
        ([(0,), (1,), (1,), (3, 2)], [1, 2, (3, "from", 1), (4, "from", ABOVE, 2)]),  # its inputs are not in the order of the branches
        ([(0,), (1,), (2,), (3, 1), (4, 2)], [1, 2, (5, [3, (4, "from", ABOVE, 1)], [])]),  # two shortcuts that cross
    ],
)
def test_merges_have_branches_where_the_nodes_before_them_part(reads: list[tuple[int, ...]], items: list[object]) -> None:
    """Runs of nodes from one node on, one for each input in their order, are branches; what does not part so is wired by name."""
    assert told(Structure(graph_of(wired(*reads))).items()) == items


@pytest.mark.parametrize(
    ("reads", "order"),
    [
        ([(0,), (0,), (1,), (2,), (3, 4)], [0, 1, 3, 2, 4, 5]),
        ([(0,), (1,), (1,), (3, 2)], [0, 1, 3, 2, 4]),
    ],
)
def test_depth_first_is_branch_by_branch(reads: list[tuple[int, ...]], order: list[int]) -> None:
    """Before a merge stands all that its first input needs, then what its second needs in addition."""
    assert depth_first(wired(*reads)) == order


def test_what_nobody_reads_is_refused() -> None:
    """A layer whose output goes nowhere cannot stand in a spec."""
    with pytest.raises(LayerError, match="nothing reads relu_2"):
        graph_of(wired((0,), (0,), (1,)))


@pytest.mark.parametrize("depth", [1, 30, 2000])
def test_depth_meets_no_recursion_limit(depth: int) -> None:
    """Shortcuts within shortcuts: a few levels are nested, those around are wired by name."""
    network = wired(*[(index,) for index in range(depth)], *[(depth + index, depth - index - 1) for index in range(depth)])
    assert told(Structure(graph_of(network)).items())


def test_a_block_that_reads_by_name_what_enters_it_is_opened() -> None:
    """What enters a block has no name in it; where branches do not do either, the block's layers are told without it."""
    text = "input: [4, 4, 2]\nblocks:\n  b:\n    - add:\n        main: [relu, tanh]\n        shortcut: [tanh]\nlayers: [b, b]\n"
    network = loads(text).network
    assert [item.title for item in Structure(graph_of(network)).items()] == ["b", "b"]
    network.nodes[4].inputs = (3, 2)  # the merge takes its branches the other way round
    assert [item.title for item in Structure(graph_of(network)).items()] == ["", "", "", "", "b"]


def joined(*texts: str) -> tuple[Recurrence, list[list[str]]]:
    """Letters as tokens; each list after joining, a pair in brackets, a run with its number."""
    numbers: dict[object, int] = {}

    def number(*key: object) -> int:
        return numbers.setdefault(key, len(numbers))

    def token(letter: str) -> Token:
        made = Token(number(letter), number(letter))
        made.is_unit = letter.isupper()
        made.term = letter  # type: ignore[assignment]
        return made

    def name(one: Token) -> str:
        inside = "".join(map(name, one.parts))
        return (f"({inside})" if one.parts else str(one.term)) + (str(one.repeat) if one.repeat > 1 else "")

    found = Recurrence(number, [[token(letter) for letter in text] for text in texts])
    return found, [[name(one) for one in listed(head)] for head in found.heads]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("abc", ["a", "b", "c"]),
        ("abxab", ["(ab)", "x", "(ab)"]),
        ("abcabc", ["((ab)c)", "((ab)c)"]),
        ("aaaa", ["(aa)", "(aa)"]),
        ("AAAA", ["A4"]),
        ("AAbAAAb", ["(A2b)", "(A3b)"]),
        ("AbAbAb", ["(Ab)3"]),
        ("", []),
    ],
)
def test_frequent_pairs_are_joined(text: str, tokens: list[str]) -> None:
    """Neighbours that are met twice become one, again and again; equal units in a row become a run, of which only the shape counts."""
    assert joined(text)[1] == [tokens]


@given(st.lists(st.text("abAB", max_size=40), max_size=4))
def test_nothing_is_lost_in_joining(texts: list[str]) -> None:
    """Read in order, the tokens are what they were."""

    def letters(one: Token) -> Iterator[str]:
        for part in one.parts or ():
            yield from letters(part)
        if one.term is not None:
            yield str(one.term)
        for again in one.run:
            yield from letters(again)

    found, _ = joined(*texts)
    assert ["".join(letter for token in listed(head) for letter in letters(token)) for head in found.heads] == texts


@pytest.mark.parametrize(
    ("columns", "values"),
    [
        ([("filters", (64, 64))], [64]),
        ([("filters", (64, 128))], [Ref("filters")]),
        ([("filters", (64, 128)), ("filters", (64, 128))], [Ref("filters"), Ref("filters")]),
        ([("filters", (64, 128)), ("filters", (256, 512))], [Ref("filters"), Ref("filters", 4)]),
        ([("filters", (64, 128)), ("filters", (16, 32))], [Ref("filters"), Ref("filters", 1, 4)]),
        ([("filters", (64, 128)), ("filters", (64, 100))], [Ref("filters"), Ref("filters_2")]),
        ([("filters", (64, 128)), ("stride", (1, 2))], [Ref("filters"), Ref("stride")]),
        ([("units", (3, 5))], [Ref("in_channels")]),
        ([("units", (6, 10))], [Ref("in_channels", 2)]),
        ([("rate", (0.1, 0.2)), ("rate", (0.2, 0.4))], [Ref("rate"), Ref("rate_2")]),
        ([("kernel", (3, (1, 7)))], [Ref("kernel")]),
    ],
)
def test_what_differs_becomes_a_parameter(columns: list[tuple[str, tuple[object, ...]]], values: list[object]) -> None:
    """A column of one value stays it; equal columns are one parameter; channels may be a multiple or a part of others."""
    parameters = Parameters((3, 5))
    assert [parameters.value(Arg(name, None), column) for name, column in columns] == values


def test_parameters_that_must_be_given_come_first() -> None:
    """A parameter has the option's default where a use has that value; how often something is repeated stands behind the others."""
    parameters = Parameters(None)
    for arg, column in ((Arg("stride", 1, 1), (1, 2)), (Arg("times", 1, 1), (2, 3)), (Arg("filters", 8), (8, 16))):
        parameters.value(arg, column)
    assert [(arg.name, column) for arg, column in zip(*parameters.ordered(), strict=True)] == [
        ("filters", (8, 16)), ("times", (2, 3)), ("stride", (1, 2)),
    ]  # fmt: skip


@given(st.integers(1, 40), st.lists(st.integers(1, 500), min_size=1))
def test_ratio_is_a_whole_number_for_all(times: int, column: list[int]) -> None:
    """It is found where it holds everywhere, unless it is 1."""
    assert ratio(tuple(times * value for value in column), tuple(column)) == (times if times > 1 else 0)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"), (1e-05, "1e-5"), (1.001e-05, "1.001e-5"), (1 / 255, "$(1 / 255)"), (2.0, "2"), (-1.0, "-1"),
        (1 / 127.5, "$(1 / 127.5)"), (0.30000000000000004, "0.30000000000000004"),
    ],
)  # fmt: skip
def test_numbers_are_written_short_and_exact(value: float, text: str) -> None:
    """As people write them, and so that they are read as the same number, but for the rounding of its last digit."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), ((1, 7), "[1, 7]"), (((0, 1), 2), "[[0, 1], 2]"), ("same", "same"), (Ref("filters"), "$filters"),
        (Ref("filters", 4), "$(4 * filters)"), (Ref("in_channels", 1, 2), "$(in_channels // 2)"), (KINDS["relu"](), "relu"),
        (KINDS["leaky_relu"](slope=0.1), "{leaky_relu: 0.1}"),
    ],
)  # fmt: skip
def test_values_are_written_as_the_notation_has_them(value: object, text: str) -> None:
    """Each kind of value, by hand."""
    assert shown(value) == text


@pytest.mark.parametrize(("text", "scalar"), [("VGG-16", "VGG-16"), ("a: b", '"a: b"'), ("a #b", '"a #b"'), ("a:", '"a:"'), ("[a", '"[a"')])
def test_text_is_quoted_where_yaml_would_misread_it(text: str, scalar: str) -> None:
    """Plain where that is safe."""
    assert quoted(text) == scalar


def test_numbers_tell_names_apart() -> None:
    """name, name_2, name_3."""
    assert [numbered("a", taken) for taken in ((), ("a",), ("a", "a_2"))] == ["a", "a_2", "a_3"]
