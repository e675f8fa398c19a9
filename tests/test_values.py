"""Readers: what an option accepts, and what it says of the rest."""

from __future__ import annotations

import re
from fractions import Fraction

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import LayerError
from cnncli.layers import KINDS, values
from cnncli.layers.affine import Activation
from cnncli.layers.base import Options
from cnncli.layers.values import LARGEST, Count, Number, Reader, written


def reader(note) -> Reader:
    """The reader of an annotation."""
    return note.__metadata__[0]


ALL = {name: note for name, note in vars(values).items() if hasattr(note, "__metadata__")} | {"Activation": Activation}

# What stands in a file (as JSON has it) and what is read.
ACCEPTED = [
    ("Count", 1, 1),
    ("Count", 25_636_712, 25_636_712),
    ("MaybeCount", 2, 2),
    ("Amount", 0, 0),
    ("Flag", True, True),
    ("Flag", False, False),
    ("Number", -0.5, -0.5),
    ("Number", 3, 3.0),
    ("Positive", 0, 0.0),
    ("MaybePositive", 6, 6.0),
    ("MaybeNorm", 1, 1.0),
    ("MaybeFactor", 1.5, 1.5),
    ("ValueRange", [0, 255], (0.0, 255.0)),
    ("MaybeFactor", [0.5, 2], (0.5, 2.0)),
    ("Rate", 1, 1.0),
    ("BelowOne", 0.99, 0.99),
    ("Angle", 180, 180.0),
    ("PerAxis", 3, 3),
    ("PerAxis", [3, 5], (3, 5)),
    ("MaybePerAxis", [2], (2,)),
    ("AmountPerAxis", [0, 1], (0, 1)),
    ("PerChannel", [0.5, -1], (0.5, -1.0)),
    ("PositivePerChannel", 0.25, 0.25),
    ("Axes", [2, 1], (2, 1)),
    ("NewShape", [7, -1], (7, -1)),
    ("MaybeNorm", 2, 2.0),
    ("MaybePositive", 0, 0.0),
    ("Slopes", "element", "element"),
    ("Padding", "same", "same"),
    ("Padding", 3, 3),
    ("Padding", [1, 2], (1, 2)),
    ("Padding", [[0, 1], 2], ((0, 1), 2)),
    ("Sides", [[0, 1], [0, 1]], ((0, 1), (0, 1))),
    ("Slopes", "one", "one"),
    ("BlockOrder", "crd", "crd"),
    ("Interpolation", "bilinear", "bilinear"),
    ("Coordinates", "align_corners", "align_corners"),
    ("Direction", "both", "both"),
    ("Border", "zeros", "zeros"),
    ("Activation", "relu", KINDS["relu"]()),
    ("Activation", {"leaky_relu": {"slope": 0.2}}, KINDS["leaky_relu"](slope=0.2)),
    ("Activation", {"leaky_relu": 0.2}, KINDS["leaky_relu"](slope=0.2)),
]
REFUSED = [
    ("Count", 0, "a whole number from 1"),
    ("Count", 1.5, "a whole number from 1"),
    ("Count", "three", "a whole number from 1"),
    ("MaybeCount", 0, "a whole number from 1"),
    ("Amount", -1, "a whole number from 0"),
    ("Amount", LARGEST + 1, "a whole number from 0"),
    ("Flag", "no", "true or false"),
    ("Number", "much", "a number"),
    ("Positive", -0.1, "a number from 0"),
    ("MaybePositive", -1, "a number from 0"),
    ("MaybeNorm", 0, "a number from 1e-06"),
    ("MaybeFactor", [-0.5], "a number from 1e-06 to 1e+06, or a list of one for each axis"),
    ("Rate", 1.5, "a number from 0 to 1"),
    ("BelowOne", 1, "a number from 0 to below 1"),
    ("Angle", 181, "a number from 0 to 180"),
    ("PerAxis", [], "a whole number from 1, or a list of one for each axis"),
    ("MaybePerAxis", [0], "a whole number from 1, or a list of one for each axis"),
    ("AmountPerAxis", [[1]], "a whole number from 0, or a list of one for each axis"),
    ("ValueRange", [1], "a list of 2, each entry a number"),
    ("ValueRange", [0, "a"], "a list of 2, each entry a number; entry 2 is 'a'"),
    ("PerChannel", "mean", "a number, or a list of one for each channel"),
    ("PositivePerChannel", [-1], "a number from 0, or a list of one for each channel"),
    ("Axes", 1, "a list, each entry a whole number from 1; write [1]"),
    ("NewShape", [-2], "a list, each entry a whole number from -1"),
    ("MaybeNorm", 0, "a number from 1e-06"),
    ("MaybePositive", -1, "a number from 0"),
    ("Slopes", "all", "one of channel, element, one"),
    ("Padding", "full", "valid, same, a whole number from 0, or a list of one for each axis, each a number or [before, after]"),
    ("Padding", [[0, 1, 2]], "valid, same, a whole number from 0, or a list of one for each axis, each a number or [before, after]"),
    ("Sides", "same", "a whole number from 0, or a list of one for each axis, each a number or [before, after]"),
    ("Slopes", "two", "one of channel, element, one"),
    ("Coordinates", "corner", "one of half_pixel, asymmetric, align_corners"),
    ("BlockOrder", "rdc", "one of dcr, crd"),
    ("Interpolation", "cubic", "one of nearest, bilinear"),
    ("Direction", "diagonal", "one of horizontal, vertical, both"),
    ("Border", "wrap", "one of reflect, zeros"),
    ("Activation", "rellu", "an activation (cnncli layers names them); did you mean 'relu'?"),
    ("Activation", {"relu": {}, "elu": {}}, "an activation (cnncli layers names them)"),
]


def as_text(value):
    """What the spec's tree holds: scalars are text until they are read."""
    if isinstance(value, dict):
        return {key: as_text(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


@pytest.mark.parametrize(("name", "value", "result"), ACCEPTED)
def test_a_reader_and_its_schema_accept_the_same_values(name, value, result):
    """What a reader reads, the JSON Schema that editors are given allows."""
    assert reader(ALL[name]).read(as_text(value)) == result
    jsonschema.validate(value, reader(ALL[name]).schema())


@pytest.mark.parametrize(("name", "value", "words"), REFUSED)
def test_a_reader_and_its_schema_refuse_the_same_values(name, value, words):
    """A refusal says what was expected; the schema forbids the value too."""
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        reader(ALL[name]).read(as_text(value))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, reader(ALL[name]).schema())


@pytest.mark.parametrize("table", [ACCEPTED, REFUSED])
def test_every_reader_has_a_row_in_both_tables(table):
    """No annotation goes untested."""
    assert {row[0] for row in table} == set(ALL)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e-3", 0.001), ("1E2", 100.0), (".5", 0.5), ("5.", 5.0), ("-0.1", -0.1), ("1_000.5", 1000.5), (Fraction(1, 4), 0.25)],
)
def test_numbers_are_read_as_people_write_them(text, number):
    """Decimal points, exponents and underscores between digits; arithmetic gives fractions."""
    assert reader(Number).read(text) == number


@pytest.mark.parametrize(
    "text", ["nan", "inf", "-inf", "0x10", "1e", "1e999", "1__0", "_1", "1_", "", " 1", "1:30", "٣", Fraction(10**400)]
)
def test_what_is_no_plain_number_is_refused(text):
    """No infinities, no bases, no digits of other scripts, nothing too large for a float."""
    for note in (Number, Count):
        with pytest.raises(ValueError, match="number"):
            reader(note).read(text)


def test_a_fraction_where_a_whole_number_is_due_is_refused_with_the_ways_to_round_it():
    """Nothing is rounded silently."""
    assert reader(Count).read(Fraction(6, 2)) == 3
    with pytest.raises(ValueError, match=r"round it: round\(\), floor\(\), ceil\(\) or round8\(\)"):
        reader(Count).read(Fraction(7, 2))


raws = st.recursive(
    st.one_of(st.text(max_size=50), st.sampled_from(["1", "-1", "0.5", "same", "relu", "true"]), st.integers(), st.fractions()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["relu", "leaky_relu", "x"]), inner, max_size=2)),
    max_leaves=6,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(ALL)), raws)
def test_a_reader_gives_a_hashable_value_or_a_short_reason(name, raw):
    """Whatever stands in a file is read or refused; nothing else happens."""
    try:
        outcome = reader(ALL[name]).read(raw)
    except (ValueError, LayerError) as error:
        outcome = str(error)
        assert 0 < len(outcome) < 250
    hash(outcome)


def test_a_long_value_is_cut_where_it_is_shown():
    """A refusal stays one line, whatever it refuses."""
    assert written({"leaky_relu": ["0.1", "same"]}) == "{leaky_relu: [0.1, same]}"
    assert written("x" * 1000) == f"'{'x' * 59}…'"
    assert written("12") == "12"
    assert written([*"123456789"]) == "[1, 2, 3, 4, 5, 6, 7, 8, 9]"
    assert written([*"1234567890"]) == "[1, 2, 3, 4, 5, 6, 7, 8, 9, …]"
    assert written(dict.fromkeys("abcdefghij", "1")) == "{a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1, …}"
    assert written("") == "empty"
    assert len(written([["1"] * 100] * 100)) == 60


class Point(Options):
    """Two options, for the tests below."""

    across: Count
    down: Count = 1


class Nothing(Options):
    """No options."""


def test_options_are_frozen_and_equal_by_value():
    """They are keys of a dictionary: nodes with equal layers share their facts."""
    assert Point(across=2) == Point(down=1, across=2)
    assert hash(Point(across=2)) == hash(Point(across=2, down=1))
    assert Point(across=2) != Point(across=3)
    assert repr(Point(across=2, down=3)) == "Point(across=2, down=3)"
    assert repr(Point(across=2)) == "Point(across=2)"
    with pytest.raises(AttributeError, match="frozen"):
        Point(across=2).across = 3


@pytest.mark.parametrize(
    ("cls", "raw", "message", "option"),
    [
        (Point, {}, "point needs across", "across"),
        (Point, {"across": "2", "acros": "3"}, "point has no option 'acros'; did you mean 'across'?", "acros"),
        (Point, {"across": "zero"}, "across of point is 'zero'; expected a whole number from 1", "across"),
        (Nothing, "3", "nothing has no options; it gets 3", None),
        (
            KINDS["conv"],
            {"activation": {"leaky_relu": {"slop": "1"}}},
            "leaky_relu has no option 'slop'; did you mean 'slope'?",
            "activation",
        ),
    ],
)
def test_options_are_refused_by_name(cls, raw, message, option):
    """A refusal names the option at fault, so that the border can underline it."""
    with pytest.raises(LayerError) as refusal:
        cls.read(raw)
    assert (str(refusal.value), refusal.value.option) == (message, option)


def test_a_lone_value_is_the_first_option_that_must_be_given():
    """`dense: 10` is `dense: {units: 10}`."""
    assert Point.read("2") == Point(across=2)
    assert KINDS["dense"].read("10") == KINDS["dense"](units=10)
