"""Whether a run fits into memory, by the rules of the memory model, and which batch would."""

from __future__ import annotations

from typing import Any

from ..layers.values import LARGEST
from ..network import Network
from ..report import OPTIMIZER_SLOTS, analyze

ELEMENT = {"float32": "float32", "float64": "float64", "mixed_bfloat16": "float32", "mixed_float16": "float32"}


def optimizer_name(recipe: Any) -> str:
    """The optimizer as the memory model calls it."""
    optimizer = recipe.optimizer
    return "momentum" if optimizer.name == "sgd" and optimizer.momentum else str(optimizer.name)


def needed_bytes(network: Network, recipe: Any, batch: int) -> int:
    """What training with this batch holds, at least."""
    name = optimizer_name(recipe)
    assert name in OPTIMIZER_SLOTS
    return analyze(network, batch=batch, optimizer=name, dtype=ELEMENT[recipe.precision]).training.total


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
