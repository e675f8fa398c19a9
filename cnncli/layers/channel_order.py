"""Inputs whose channels come first, as PyTorch writes them: here they come last."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import LayerError
from .base import Shape
from .window import WindowTooLarge

FEWEST_PIXELS = 8  # along an axis, for its length to look like that of an image
MOST_COLOURS = 4


def looks_channels_first(x: Shape) -> bool:
    """Whether the first of three or more numbers is likely to be the channels."""
    channels, size = x[0], x[1:]
    if len(x) < 3 or channels > MOST_COLOURS or min(size) < 2 * FEWEST_PIXELS:
        return False
    return channels == 3 or len(set(size)) == 1 or min(size) >= 100


def channels_first_message(x: Shape) -> str:
    """What an input with its channels first means here."""
    return f"input is {list(x)}, which means {x[-1]:,} channels"


def channels_first_mend(x: Shape) -> str:
    """How to write it with its channels last."""
    return f"channels come last: write {[*x[1:], x[0]]}"


def refusal_of_layer(error: LayerError, inputs: Iterable[Shape]) -> str:
    """The refusal of a layer in a network. A window that is too large for channels taken as pixels gets the mend of the input."""
    swapped = [x for x in inputs if looks_channels_first(x)]
    if not isinstance(error, WindowTooLarge) or not swapped:
        return str(error)
    return f"{error.clause}; {channels_first_message(swapped[0])}; {channels_first_mend(swapped[0])}"
