"""What the writer of a value that does not fit meant, in the words of other programs: 3x3, 3.0, yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .values import Reader, written

if TYPE_CHECKING:
    from .values import Raw

_TRUTHS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_NUMBERS = re.compile(r"[(\[]?\s*\d+(?:\s*[xX×*,; ]\s*\d+)+\s*,?\s*[)\]]?")
_ROUND = re.compile(r"(\d+)\.0*")
_NOTHING = ("none", "null", "~", "")
LONGEST = 60  # characters


def mend(error: ValueError, raw: Raw, reader: Reader, required: bool) -> str:
    """`; write [3, 3]` for a value that a reader refused with an error; an option that is not required can be left out.

    Nothing where the error has a mend already, or where no accepted value is meant.
    """
    if "; " in str(error):
        return ""
    for candidate in _candidates(raw):
        try:
            reader.read(candidate)
        except ValueError:
            continue
        return f"; write {written(candidate) if isinstance(candidate, list) else candidate}"
    return "; leave it out" if str(raw).lower() in _NOTHING and not required else ""


def _candidates(raw: Raw) -> Iterator[Raw]:
    """What may be meant, as files write it."""
    text = str(raw) if not isinstance(raw, (list, dict)) else ""
    if not text or len(text) > LONGEST:
        return
    if text.lower() in _TRUTHS:
        yield _TRUTHS[text.lower()]
    if _ROUND.fullmatch(text):
        yield text.partition(".")[0]
    numbers = numbers_in(text)
    if numbers:
        yield numbers


def numbers_in(text: str) -> list[Raw]:
    """The whole numbers in 3x3, (3, 3) or 3 3; none in any other text."""
    return [int(number) for number in re.findall(r"\d+", text)] if _NUMBERS.fullmatch(text.strip()) else []
