"""Text of others is shown escaped, shortened and in quotes."""

from __future__ import annotations

import pytest

from cnncli.printable import printable, quote


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
