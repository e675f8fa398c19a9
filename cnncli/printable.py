"""Show text that others wrote: control characters escaped, long text shortened, in quotes."""

from __future__ import annotations

from collections.abc import Sequence

QUOTED = 60  # characters of quoted text that a message shows
LONGEST_WORD = 250  # characters of a word in a message; paths are long


def printable(text: str, keep: str = "") -> str:
    """Escape control, bidirectional, zero-width and surrogate characters, except those in `keep`.

    `\\x1b[2J` instead of a cleared screen. Pass `keep="\\n"` for text of several lines.
    """
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() or char in keep else _escape(char) for char in text])


def quote(text: str, limit: int = QUOTED) -> str:
    """Put text in single quotes, printable and at most `limit` characters long."""
    return f"'{shorten(text, limit)}'"


def shorten(text: str, limit: int = LONGEST_WORD) -> str:
    """Make text printable and at most `limit` characters long."""
    shown = printable(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def shorten_words(text: str) -> str:
    """Shorten the words of a message that no one reads to the end: what users wrote, repeated by code that is not ours."""
    if len(text) <= LONGEST_WORD:
        return text
    import re

    return re.sub(rf"\S{{{LONGEST_WORD + 1},}}", lambda word: word[0][: LONGEST_WORD - 1] + "…", text)


def list_names(names: Sequence[str], most: int) -> str:
    """The names, or the first of many and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def _escape(char: str) -> str:
    """Escape a character unless it is an unusual space, for private use, or newer than this Python."""
    from unicodedata import category

    if category(char) in ("Zs", "Co", "Cn"):
        return char
    return char.encode("unicode_escape").decode("ascii")


def count_of(number: int, noun: str) -> str:
    """1 sheet; 1,200 sheets."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
