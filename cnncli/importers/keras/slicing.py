"""x[:, 1:5, ::2, :3]: parts of a tensor."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.activation import Linear
from ...layers.spatial import Reshape
from ...layers.values import written
from ..spatial import Pick, taking
from .use import is_whole

_ALL = {"start": None, "stop": None, "step": None}


def picked(x: Shape, key: Any) -> Layer:
    """What a key in brackets takes out of a batch of `x`."""
    key = _spread(key if isinstance(key, list) else [key], len(x) + 1)
    if not key or not _is_slice(key[0]) or key[0]["config"] != _ALL:
        raise LayerError(f"{written(key)} takes images out of the batch; cnncli counts one image")
    lengths = iter(enumerate(x))
    picks: dict[int, Pick] = {}
    new_axes = [number for number, part in enumerate(key[1:]) if part is None]
    for part in key[1:]:
        if part is not None:
            at, length = next(lengths)
            picks[at] = _pick(part, length)
    if not new_axes:
        return cut(x, picks)
    if any(pick != (0, x[at], 1) for at, pick in picks.items()):
        raise LayerError(f"{written(key)} adds an axis and takes a part at once; cnncli reads one of them")
    shape = list(x)
    for number in new_axes:
        shape.insert(number, 1)
    return Reshape(shape=tuple(shape))


def cut(x: Shape, picks: dict[int, Pick]) -> Layer:
    """A part of some axes."""
    return taking(x, tuple([picks.get(at, (0, length, 1)) for at, length in enumerate(x)])) or Linear()


def _spread(key: list[Any], rank: int) -> list[Any]:
    """The key with a part for every axis: an ellipsis and the end stand for whole axes."""
    dots = [number for number, part in enumerate(key) if isinstance(part, dict) and part.get("class_name") == "__ellipsis__"]
    named = sum(part is not None for part in key) - len(dots)
    if len(dots) > 1 or named > rank or len(key) > 16:
        raise LayerError(f"{written(key)} has too many parts for {rank - 1} axes and the batch")
    whole = [{"class_name": "__slice__", "config": dict(_ALL)} for _ in range(rank - named)]
    return [*key[: dots[0]], *whole, *key[dots[0] + 1 :]] if dots else [*key, *whole]


def _is_slice(part: Any) -> bool:
    return isinstance(part, dict) and part.get("class_name") == "__slice__" and isinstance(part.get("config"), dict)


def _pick(part: Any, length: int) -> Pick:
    """A slice or a position of one axis, counted from its start."""
    if is_whole(part, -length) and part < length:
        return int(part) % length
    if _is_slice(part):
        bounds = [part["config"].get(name) for name in ("start", "stop", "step")]
        if all(bound is None or is_whole(bound, -(2**31)) for bound in bounds) and bounds[2] != 0:
            start, stop, step = slice(*[None if bound is None else int(bound) for bound in bounds]).indices(length)
            places = range(start, stop, step)
            if len(places):
                return (places.start, len(places), places.step if len(places) > 1 else 1)
    raise LayerError(f"{written(part)} takes nothing, or no known part, out of an axis of {length}")
