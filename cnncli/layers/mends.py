"""What the writer of a value that does not fit meant, in the words of other programs: 3x3, 3.0, yes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .values import Reader, written

if TYPE_CHECKING:
    from .values import Raw

_TRUTHS = {"yes": "true", "on": "true", "1": "true", "no": "false", "off": "false", "0": "false"}
_NUMBERS = re.compile(r"[(\[]?\s*\d+(?:\s*[xX×*, ]\s*\d+)+\s*,?\s*[)\]]?")
_ROUND = re.compile(r"(\d+)\.0*")
_NOTHING = ("none", "null", "~", "")
LONGEST = 40


def mend(raw: Raw, reader: Reader, required: bool = True) -> str:
    """`; write [3, 3]`, or nothing where no value that is accepted is meant. What need not be given can be left out."""
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
    if _NUMBERS.fullmatch(text.strip()):
        numbers: list[Raw] = list(re.findall(r"\d+", text))
        yield numbers
