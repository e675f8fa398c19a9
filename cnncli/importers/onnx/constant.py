"""Arrays that a file holds or that follow from them: their shape; and their values where these are few, as shapes and scalars are."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from ...errors import LayerError
from ...layers import Shape
from ...layers.base import shown
from ...layers.values import LARGEST, written
from . import messages, wire
from .wire import Span

MOST_VALUES = 256  # that are worked with: shapes, indices and scalars are fewer
_FEW = 2**17  # numbers that are looked at to see whether they are all the same
Number = int | float

# data_type: (name, struct code, bytes an element, the fields that may hold it otherwise than raw)
TYPES: dict[int, tuple[str, str, int, str]] = {
    1: ("float32", "f", 4, "float_data"),
    2: ("uint8", "B", 1, "int32_data"),
    3: ("int8", "b", 1, "int32_data"),
    4: ("uint16", "H", 2, "int32_data"),
    5: ("int16", "h", 2, "int32_data"),
    6: ("int32", "i", 4, "int32_data"),
    7: ("int64", "q", 8, "int64_data"),
    9: ("bool", "?", 1, "int32_data"),
    10: ("float16", "e", 2, "int32_data"),
    11: ("float64", "d", 8, "double_data"),
    12: ("uint32", "I", 4, "uint64_data"),
    13: ("uint64", "Q", 8, "uint64_data"),
    16: ("bfloat16", "H", 2, "int32_data"),
}
_FLOATING = {1, 10, 11, 16}
_PARAMETER = re.compile(r"[A-Za-z_]\w*(\.\w+)+", re.ASCII)  # the path by which PyTorch calls a parameter: layers.0.gain
_LIFTED = re.compile(r"val_\d+", re.ASCII)  # what PyTorch's exporter calls a constant
_EXTERNAL = 1  # data_location


class Constant:
    """An array: its shape, and its values in one row, or None where they are too many or not in the file.

    `origin` names the initialiser whose numbers these are (also turned or under another shape); it is empty where they stand
    in the graph itself or were computed. `merged`: it was read through an Identity, as exporters write equal arrays that they
    store once. `figures`: the file says that these are options of a layer, no weights.
    `source` is the name of what they are, in an initialiser or in the graph, however they were turned.
    """

    __slots__ = ("_read", "_values", "figures", "floating", "merged", "origin", "shape", "source")

    def __init__(self, shape: Shape, read: Callable[[int], Sequence[Number] | None], floating: bool = False, origin: str = "") -> None:
        self.shape, self._read, self.floating, self.origin = shape, read, floating, origin
        self._values: Sequence[Number] | None = None
        self.figures = self.merged = False
        self.source = origin

    @property
    def count(self) -> int:
        return prod(self.shape)

    @property
    def values(self) -> Sequence[Number] | None:
        """The numbers, last axis fastest."""
        if self._values is None:
            self._values = self._read(MOST_VALUES)
        return self._values

    @property
    def numbers(self) -> Sequence[Number] | None:
        """The numbers, also where there are more than are worked with."""
        return self._read(_FEW)

    @property
    def number(self) -> Number | None:
        """The one number that it is, if it is one."""
        values = self.values if self.count == 1 else None
        return None if not values else wire.shortest(values[0]) if isinstance(values[0], float) else values[0]

    @property
    def is_figure(self) -> bool:
        """Whether it is a single number of a formula: no initialiser, or one without axes that is no parameter of a module."""
        return self.count == 1 and not (self.origin and (self.shape or _PARAMETER.fullmatch(self.origin)))

    @property
    def is_lifted(self) -> bool:
        """Whether an exporter made an initialiser of what is no parameter of a module."""
        return bool(_LIFTED.fullmatch(self.origin))

    def filled_with(self, number: Number) -> bool:
        """Whether all its elements are this number."""
        values = self.numbers
        return bool(values) and all(value == number for value in values or ())

    @property
    def is_uniform(self) -> bool:
        """Whether all its elements are known to be equal, as those of biases and norms that nobody has trained."""
        values = self.numbers
        return bool(values) and len(set(values or ())) == 1

    def shaped(self, shape: Shape, same_order: bool = True) -> Constant:
        """The same numbers under another shape; in another order they are not known."""
        made = Constant(shape, self._read if same_order else unknown, self.floating, self.origin)
        made.figures, made.merged, made.source = self.figures, self.merged, self.source
        return made

    def copied(self) -> Constant:
        """The same array under another name."""
        made = self.shaped(self.shape)
        made.merged = True
        return made


def unknown(most: int) -> None:
    """The values of an array of which only the shape is known."""
    return


def known(values: Sequence[Number], shape: Shape | None = None, floating: bool = False) -> Constant:
    """An array whose values are at hand; a row unless told."""
    return Constant((len(values),) if shape is None else shape, lambda most: values, floating)


def tensor(span: Span, stored: bool = True) -> tuple[str, Constant]:
    """The array in a TensorProto, and its name. What it says of itself must agree. `stored`: as an initialiser."""
    found = messages.message(span, messages.TENSOR)
    name, shape = found.get("name", ""), tuple(found.get("dims", ()))
    if len(shape) > 16 or any(not 0 <= length <= LARGEST for length in shape):
        raise LayerError(f"the shape of {name or 'an array'} is {written(list(shape))}; expected at most 16 lengths from 0 to {LARGEST}")
    kind = found.get("data_type", 0)
    of = TYPES.get(kind)
    external = found.get("data_location", 0) == _EXTERNAL
    if of and not external and "raw_data" in found and len(found["raw_data"]) != prod(shape) * of[2]:
        held = len(found["raw_data"])
        raise LayerError(f"{name or 'an array'} is {shown(shape)} of {of[0]}, {prod(shape) * of[2]} bytes; the file has {held}")

    def read(most: int) -> Sequence[Number] | None:
        return None if of is None or external or prod(shape) > most else _values(found, kind, prod(shape))

    return name, Constant(shape, read, kind in _FLOATING, name if stored else "")


def _values(found: messages.Message, kind: int, count: int) -> Sequence[Number] | None:
    """The numbers of a tensor, or None where they are missing (a file stripped of its weights)."""
    name, code, size, field = TYPES[kind]
    if "raw_data" in found:
        values: Any = struct.unpack(f"<{count}{code}", found["raw_data"].bytes())
    elif field in ("float_data", "double_data"):
        code = "f" if field == "float_data" else "d"
        data = b"".join([span.bytes() for span in found.get(field, ())])
        values = struct.unpack(f"<{len(data) // size}{code}", data[: len(data) // size * size])
    else:
        values = [number for span in found.get(field, ()) for number in wire.wholes(2, span)]
        if name == "float16":
            values = [struct.unpack("<e", struct.pack("<H", number & 0xFFFF))[0] for number in values]
    if name == "bfloat16":
        values = [struct.unpack("<f", struct.pack("<I", (number & 0xFFFF) << 16))[0] for number in values]
    return values if len(values) == count else None
