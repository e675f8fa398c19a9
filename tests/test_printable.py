"""Text of others is shown escaped, shortened and in quotes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from cnncli.cli import main
from cnncli.printable import list_names, printable, quote, shorten_words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv_1", "conv_1"),
        ("größe 寸法 🎉", "größe 寸法 🎉"),
        ("a\u00a0b\u3000c", "a\u00a0b\u3000c"),  # spaces of other widths
        ("\x1b[2J", "\\x1b[2J"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("\x9b31m", "\\x9b31m"),  # the same introducer in one byte
        ("a\tb\nc\rd\x00e\x7f", "a\\tb\\nc\\rd\\x00e\\x7f"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),  # bidirectional override and isolate
        ("a\u200bb\u200d\ufeff\u2060", "a\\u200bb\\u200d\\ufeff\\u2060"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("\udcff", "\\udcff"),  # a byte of a file name that is not UTF-8
        ("\U000e0041", "\\U000e0041"),  # a tag character, invisible
    ],
)
def test_printable_escapes_what_a_terminal_would_act_on(text: str, expected: str) -> None:
    assert printable(text) == expected


def test_printable_keeps_line_ends_where_asked() -> None:
    assert printable("a\nb\x1b\n", keep="\n") == "a\nb\\x1b\n"


def test_quote_shortens_and_escapes() -> None:
    assert quote("filtes") == "'filtes'"
    assert quote("") == "''"
    assert quote("x" * 60) == f"'{'x' * 60}'"
    assert quote("x" * 61) == f"'{'x' * 59}…'"
    assert quote("x" * 1_000_000, 10) == "'xxxxxxxxx…'"
    assert quote("\x1b" * 10, 10) == "'\\x1b\\x1b\\…'"


def test_long_words_of_a_message_are_shortened() -> None:
    assert shorten_words("a " * 1000) == "a " * 1000
    assert shorten_words(f"no file {'x' * 250} here") == f"no file {'x' * 250} here"
    assert shorten_words(f"no file {'x' * 251} here") == f"no file {'x' * 249}… here"


LONG = "x" * 4000


@pytest.mark.parametrize(
    "words",
    [
        ["get", LONG, "params"],
        ["get", "vgg16", LONG],
        ["get", "vgg16", "params", "--dtype", LONG],
        ["get", "mobilenet", "params", "--set", f"width={LONG}"],
        ["validate", "vgg16", "--expect", f"params<={LONG}"],
        ["calc", "--input", "8x8x3", f"conv:1,{LONG}"],
        ["calc", "--input", "8x8x3", f"conv:1,1,name={LONG}", "relu"],
        ["calc", "--input", "8x8x3", *["relu"] * 400, LONG],
        ["exercise", "--kind", LONG],
        ["convolve", "--input", "1 2", "--kernel", LONG],
        ["solve", "size", LONG, "3"],
        ["export", "vgg16", "--to", LONG],
        [LONG],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_messages_repeat_no_word_of_any_length(words: list[str]) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert len(done.stderr) < 1500
    assert "x" * 251 not in done.stderr


def test_long_lists_say_how_many_names_they_leave_out() -> None:
    """All names up to the limit; beyond it, how many more there are."""
    names = [f"n{number}" for number in range(1005)]
    assert [list_names(names[:count], 2) for count in (0, 1, 2, 3)] == ["", "n0", "n0, n1", "n0, n1 and 1 more"]
    assert list_names(names, 3) == "n0, n1, n2 and 1,002 more"
