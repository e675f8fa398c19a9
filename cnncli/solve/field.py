"""How many layers see so many pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..errors import LayerError, UsageError
from ..explain.term import add, named, product
from ..layers import Layer
from ..network import Input, Network
from ..receptive_field import receptive_fields
from . import Answer, Found

MOST = 10_000  # layers
_WIDE = 2**31 - 1  # an input on which every chain fits long enough


def layers_that_see(pixels: int, once: Sequence[Layer], again: Sequence[Layer], name: str) -> Answer:
    """How often `again` is repeated, behind `once`, until one position sees `pixels` or more."""
    seen = _fields(pixels, once, again)
    question = f"{name}: how many see {pixels:,} pixels"
    if seen[-1] < pixels:
        still = f"they see {seen[-1]:,} {'pixel' if seen[-1] == 1 else 'pixels'}, however many they are"
        return Answer(question, [], still if seen[-1] == seen[0] else f"{len(seen) - 1:,} see {seen[-1]:,} pixels, and the map ends there")
    count = len(seen) - 1
    exact = "" if seen[-1] == pixels else f"not exactly: {count - 1} see {seen[-2]:,}" if count else f"already {seen[0]:,}"
    steps = [late - early for early, late in pairwise(seen)]
    formula = add([named("r", seen[0]), product([named("times", count), named("step", steps[0])])]) if len(set(steps)) == 1 else None
    found = [Found({"times": count}, formula, seen[-1], exact)]
    listed = ", ".join(f"{number}: {size:,}" for number, size in enumerate(seen[:40]))
    return Answer(question, found, note=f"seen by so many: {listed}{', ...' * (len(seen) > 40)}")


def _fields(pixels: int, once: Sequence[Layer], again: Sequence[Layer]) -> list[int]:
    """What 0, 1, 2, ... repetitions see, until it is enough. Raises UsageError for layers that see everything."""
    network = Network()
    place = network.place(Input(shape=(_WIDE, _WIDE, 1)), ()).index
    ends = [_placed(network, once, place)]
    while len(ends) <= MOST:
        try:
            ends.append(_placed(network, again, ends[-1]))
        except LayerError:
            if len(ends) == 1:
                raise
            break
        if len(ends) & (len(ends) - 1) == 0 and _size(network, ends[-1:])[0] >= pixels:
            break
    sizes = _size(network, ends)
    enough = next((number for number, size in enumerate(sizes) if size >= pixels), len(sizes) - 1)
    return sizes[: enough + 1]


def _placed(network: Network, layers: Sequence[Layer], place: int) -> int:
    for layer in layers:
        place = network.place(layer, (place,)).index
    return place


def _size(network: Network, ends: Sequence[int]) -> list[int]:
    """The largest side of what each sees."""
    fields = receptive_fields(network)
    sizes = [fields[end].size for end in ends]
    for size in sizes:
        if size is None:
            raise UsageError("these layers see the whole input, whatever their number")
    return [max(size) for size in sizes if size]
