"""Whether a run fits into memory, by the rules of the memory model, and which batch would."""

from __future__ import annotations

from typing import Any

from ..layers.values import LARGEST
from ..memory import training
from ..network import Network
from ..report import ELEMENT_BYTES

ELEMENT = {"float32": "float32", "float64": "float64", "mixed_bfloat16": "float32", "mixed_float16": "float32"}


def needed_bytes(network: Network, recipe: Any, batch: int) -> int:
    """What training with this batch holds, at least."""
    return training(network, ELEMENT_BYTES[ELEMENT[recipe.precision]], batch, recipe.optimizer).total


def largest_batch(network: Network, recipe: Any, free: int) -> int:
    """The largest batch that needs at most `free` bytes; 0 where none does."""
    one = needed_bytes(network, recipe, 1)
    each = needed_bytes(network, recipe, 2) - one
    return 0 if one > free else min(1 + (free - one) // max(each, 1), LARGEST)


def advice(network: Network, recipe: Any, free: int | None) -> str:
    """What to do about memory that does not suffice."""
    fits = largest_batch(network, recipe, free) if free else recipe.batch // 2
    if not fits:
        return "even one image does not fit; take a smaller network or input, or a machine with more memory"
    if fits >= recipe.batch:
        fits = max(recipe.batch // 2, 1)
    power = 1 << (fits.bit_length() - 1)
    return f"--batch {power} should fit"
