"""The sizes of inputs, as files and the command line write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..layers import Shape
from ..layers.values import ListOf, Whole, written
from ..printable import count_of, quote

if TYPE_CHECKING:
    from ..layers.values import Raw

_SHAPE = ListOf(Whole(1), most=8)
_BATCHES = ("None", "null", "~", "", "-1", "?", "N", "batch")  # what other programs write for the number of images


def read_shape(raw: Raw) -> Shape:
    """The shape that `input` gives. Raises ValueError with the mend where a tuple, 32x32x3 or the batch was written."""
    try:
        return tuple(_SHAPE.read(raw))
    except ValueError:
        expected = "expected [*size, channels], each a whole number from 1"
        raise ValueError(f"input is {written(raw)}; {expected}{_mend(raw)}") from None


def _mend(raw: Raw) -> str:
    """How to write what was meant; empty where that cannot be guessed."""
    from ..layers.mends import LONGEST, numbers_in

    entries = list(raw) if isinstance(raw, list) else []
    if len(entries) > 1 and str(entries[0]) in _BATCHES and _is_shape(entries[1:]):
        return f"; leave out the number of images: {written(entries[1:])}"
    text = entries[0] if len(entries) == 1 else raw
    numbers = numbers_in(text) if isinstance(text, str) and len(text) <= LONGEST else []
    return f"; write {written(numbers)}" if _is_shape(numbers) else ""


def _is_shape(raw: Raw) -> bool:
    try:
        _SHAPE.read(raw)
    except ValueError:
        return False
    return True


def split_size(size: str) -> list[str]:
    """The numbers of 160x160x3. Raises UsageError."""
    parts = [part.strip() for part in re.split("[x×,]", size.lower().strip("[]() "))]
    if not all(part.isdecimal() and part.strip("0") for part in parts):
        raise UsageError(f"{quote(size)} is no input size; write 224x224x3: the axes, then the channels, each from 1")
    return parts


def refuse_axes(size: str, count: int, usual: list[str], path: str) -> UsageError:
    """The refusal of a size of `count` numbers where the spec's input has other axes."""
    shown = "x".join(usual)
    mend = f"write {size}x{usual[-1]}" if count == len(usual) - 1 else f"write all {len(usual)}, such as {shown}"
    counts = f"{count_of(count, 'number')}; the input of {path} has {len(usual)}: {shown}"
    return UsageError(f"--input {quote(size)} has {counts}; {mend}, or give --change-axes to change the number of axes")
