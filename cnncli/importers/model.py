"""A model that was read from another program's file: what a spec's document offers, as far as such a file has it."""

from __future__ import annotations

from typing import Any

from ..errors import LayerError, SpecError, UsageError
from ..layers import Shape
from ..layers.values import LARGEST
from ..network import Network

MOST_LAYERS = 100_000
MOST_STEPS = 500_000  # connections too: a model without layers can be used without ever placing one
MOST_AXES = 8


class Model:
    """The network of a file. Such a file expects nothing of itself, has no parameters to set and no recipe."""

    def __init__(self, path: str, network: Network) -> None:
        self.path, self.text = path, ""
        self.network = network
        self.name, self.source = network.name, network.source
        self.expect: tuple[Any, ...] = ()
        self.parameters: dict[str, Any] = {}
        self.recipe: Any = None


class TooLargeError(LayerError):
    """The network is beyond the bounds; the reading ends here."""

    def __init__(self) -> None:
        bounds = f"{MOST_LAYERS} layers or {MOST_STEPS} connections"
        super().__init__(f"more than {bounds}, models within models counted as often as they are used")


def refuse(path: str, reason: str) -> SpecError:
    """The refusal of a whole file."""
    return SpecError([f"{path}: {printable(reason)}"])


def printable(text: str) -> str:
    """Words of a file without what would move a terminal's cursor."""
    return "".join([letter if letter.isprintable() else "?" for letter in text])


def given_size(size: str) -> Shape:
    """160x160x3 as a shape."""
    parts = size.lower().replace("×", "x").split("x")
    numbers = [int(part) if part.isascii() and part.isdecimal() and len(part) < 11 else 0 for part in parts]
    if len(numbers) > MOST_AXES or not all(0 < number <= LARGEST for number in numbers):
        raise UsageError(f"{size} is no input size; write 224x224x3: the axes, then the channels")
    return tuple(numbers)
