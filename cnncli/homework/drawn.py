"""Layers drawn by chance, one for each question. At `easy` their numbers are kind to mental arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import LayerError, UsageError, nearest
from ..layers import KINDS, Layer, Shape
from ..network import Input, Network
from ..printable import quote
from ..report import Report, analyze
from .chance import Chance
from .quantity import QUANTITIES, worth_asking
from .request import LEVELS, Request

if TYPE_CHECKING:
    from ..network import Node

SIZES = ((4, 5, 6, 8, 10, 12, 16, 20), (14, 24, 28, 32, 56, 64, 112), (13, 27, 55, 75, 111, 224, 227))
CHANNELS = ((1, 2, 3, 4, 5, 10), (3, 8, 16, 32, 64), (12, 24, 48, 96, 192, 256))
KERNELS = ((1, 2, 3), (3, 5), (3, 5, 7, 11))
STRIDES = ((1, 2), (1, 2), (1, 2, 3, 4))
_TRIES = 500


def _convolution(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    kernel = chance.one_of(KERNELS[level])
    paddings: tuple[Any, ...] = (("valid", "same"), ("valid", "same", kernel // 2), ("valid", "same", 1, 2, 3))[level]
    values = {"kernel": kernel, "stride": chance.one_of(STRIDES[level]), "padding": chance.one_of(paddings)}
    values["bias"] = chance.below(4) > 0
    if level == 2:
        values["dilation"] = chance.one_of((1, 1, 2))
    return values


def _conv(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    values = {**_convolution(chance, level, channels), "filters": chance.one_of(CHANNELS[level])}
    return {**values, "groups": chance.one_of((1, 1, 2, 3))} if level == 2 else values


def _separable(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    return {**_convolution(chance, level, channels), "filters": chance.one_of(CHANNELS[level])}


def _depthwise(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    return {**_convolution(chance, level, channels), "multiplier": chance.one_of((1, 1, 2)) if level else 1}


def _pool(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    size = chance.one_of((2, 2, 3)) if level else 2
    return {"size": size, "stride": chance.one_of((1, 2, size)) if level else size, "padding": chance.one_of(("valid", "valid", "same"))}


def _dense(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    units: tuple[int, ...] = ((2, 4, 5, 10, 20), (10, 64, 84, 120, 128), (10, 100, 512, 1000, 4096))[level]
    return {"units": chance.one_of(units), "bias": chance.below(4) > 0}


def _plain(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    return {}


def _factor(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    return {"factor": 2 + chance.below(1 + level)}


def _pad(chance: Chance, level: int, channels: int) -> dict[str, Any]:
    return {"padding": 1 + chance.below(1 + level)}


DRAWN: dict[str, Callable[[Chance, int, int], dict[str, Any]]] = {
    "conv": _conv, "depthwise_conv": _depthwise, "separable_conv": _separable, "conv_transpose": _separable,
    "max_pool": _pool, "avg_pool": _pool, "dense": _dense, "batch_norm": _plain, "layer_norm": _plain,
    "flatten": _plain, "global_avg_pool": _plain, "upsample": _factor, "pad": _pad,
}  # fmt: skip


def drawn(request: Request, chance: Chance) -> Iterator[tuple[Report, Node, str]]:
    """A layer in its place and what is asked of it, for each question; none twice. Kinds with no other question are left out."""
    for kind in request.kinds:
        if kind not in DRAWN:
            known = f"; no exercises are drawn for it, only for {', '.join(DRAWN)}"
            raise UsageError(f"--kind {quote(kind)}{nearest(kind, DRAWN) or known}")
    level, seen = LEVELS.index(request.level), set[Any]()
    active, count = list(request.kinds), 0
    while count < request.count and active:
        place = count % len(active)
        found = _new(active[place], level, chance, seen)
        if found is None:
            del active[place]
            continue
        count += 1
        yield found
    if not count:
        raise UsageError(f"no exercise can be drawn for {', '.join(request.kinds)} at the level {request.level}")


def _new(kind: str, level: int, chance: Chance, seen: set[Any]) -> tuple[Report, Node, str] | None:
    """A question that has not been drawn yet; None where many draws give none."""
    for _ in range(_TRIES):
        found = _one(kind, level, chance)
        if found is None:
            continue
        report, _, quantity = found
        key = (tuple([node.layer for node in report.network.nodes]), quantity)
        if key not in seen:
            seen.add(key)
            return found
    return None


def _one(kind: str, level: int, chance: Chance) -> tuple[Report, Node, str] | None:
    """One draw; None where the layer does not fit, or has nothing worth asking."""
    asked = [one for one in QUANTITIES.values() if one.level <= level]
    quantity = chance.one_of(asked).name
    deep = 2 + chance.below(2) if quantity == "receptive_field" else 1
    shape = _input(kind, level, chance)
    network = Network("drawn")
    place = network.place(Input(shape=shape), (), "input")
    try:
        for _ in range(deep):
            place = network.place(_layer(kind, level, chance, place.output[-1]), (place.index,))
    except LayerError:
        return None
    network.outputs = (place.index,)
    report = analyze(network)
    return (report, place, quantity) if worth_asking(report, place, quantity) else None


def _layer(kind: str, level: int, chance: Chance, channels: int) -> Layer:
    return KINDS[kind](**DRAWN[kind](chance, level, channels))


def _input(kind: str, level: int, chance: Chance) -> Shape:
    """A map, square but at `hard`; for a dense layer a vector."""
    channels, height = chance.one_of(CHANNELS[level]), chance.one_of(SIZES[level])
    if kind == "dense":
        return (chance.one_of(((5, 8, 10, 20, 50, 100), (64, 84, 120, 400, 784), (1024, 3072, 6272, 9216, 25088))[level]),)
    width = chance.one_of(SIZES[level]) if level == 2 and chance.below(3) == 0 else height
    return (height, width, channels)
