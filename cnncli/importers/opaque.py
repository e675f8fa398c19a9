"""Opaque layers: kept in the graph for their shape alone, since nothing else of them is known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import UsageError, nearest
from ..layers import Layer, Shape, Weight, Work
from ..layers.values import Axes
from ..layers.window import WHOLE_MAP, Windows

_SHAPE = re.compile(r"[1-9]\d{0,8}(x[1-9]\d{0,8}){0,7}", re.ASCII)
SAME = "same"


class Opaque(Layer):
    """A layer of which only the shape that comes out is known.

    k x any shape -> shape

    Its weights and its work are not counted: whoever adds up says that they are missing (Network.partial).
    Whatever it computes, a position sees no more than the whole map.
    """

    kind = "opaque"
    merges = True
    shape: Axes

    def output(self, *xs: Shape) -> Shape:
        return self.shape

    def weights(self, *xs: Shape) -> tuple[Weight, ...]:
        return ()

    def work(self, *xs: Shape) -> Work:
        return Work()

    def windows(self, *xs: Shape) -> Windows:
        return WHOLE_MAP


class Requests:
    """The layers that are to be kept opaque, by name or by class: `NAME`, `NAME=56x56x64`, or `NAME=same` (as what comes in)."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self.shapes: dict[str, Shape | str | None] = {}
        self._unmet: set[str] = set()
        for text in texts:
            name, sign, shape = text.strip().rpartition("=")
            if not sign:
                name, shape = shape, ""
            self.shapes[name.strip()] = _read(text, shape.strip()) if sign else None
        self._unmet.update(self.shapes)

    def find(self, *names: str) -> str | None:
        """The request that means one of these names of a layer."""
        for name in names:
            if name in self.shapes:
                self._unmet.discard(name)
                return name
        return None

    def check(self, path: str, known: Iterable[str]) -> None:
        """Refuse requests that meant no layer."""
        known = list(known)
        for name in self.shapes:
            if name in self._unmet:
                raise UsageError(f"--opaque {name}: {path} has no layer or class of that name{nearest(name, known)}")


def _read(text: str, shape: str) -> Shape | str:
    if shape == SAME:
        return SAME
    shape = shape.lower().replace("×", "x")
    if not _SHAPE.fullmatch(shape):
        raise UsageError(f"--opaque {text}: write NAME, NAME=56x56x64 (the shape that comes out), or NAME=same")
    return tuple([int(length) for length in shape.split("x")])
