"""Show text that others wrote: control characters escaped, long text shortened, in quotes."""

from __future__ import annotations

QUOTED = 60  # characters of quoted text that a message shows


def printable(text: str, keep: str = "") -> str:
    """Escape control, bidirectional, zero-width and surrogate characters, except those in `keep`.

    `\\x1b[2J` instead of a cleared screen. Pass `keep="\\n"` for text of several lines.
    """
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() or char in keep else _escape(char) for char in text])


def quote(text: str, limit: int = QUOTED) -> str:
    """Put text in single quotes, printable and at most `limit` characters long."""
    shown = printable(text[: limit + 1])
    if len(shown) > limit:
        shown = shown[: limit - 1] + "…"
    return f"'{shown}'"


def _escape(char: str) -> str:
    """Escape a character unless it is an unusual space, for private use, or newer than this Python."""
    from unicodedata import category

    if category(char) in ("Zs", "Co", "Cn"):
        return char
    return char.encode("unicode_escape").decode("ascii")
