"""The wire format of protocol buffers: a message is a row of fields, each a number, a type and a value.

A field that holds bytes is left where it stands, as a span of the file, until somebody asks for it: so the shapes of a model
are read without its weights.

Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from mmap import mmap

    Data = bytes | mmap

_VARINT, _EIGHT, _SPAN, _FOUR = 0, 1, 2, 5  # wire types; 3 and 4, groups, are of another age
LONGEST_WORD = 2**16  # bytes of a name
LONGEST_ROW = 2**20  # bytes of a row of numbers; arrays are kept otherwise


class Malformed(ValueError):  # noqa: N818  (it reads as what happened)
    """The bytes are no message; the text says why."""


class Span(NamedTuple):
    """A stretch of the file."""

    data: Data
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def bytes(self) -> bytes:
        """A copy of what stands there."""
        return bytes(self.data[self.start : self.end])


def fields(span: Span) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and value of each field of a message: a whole number, or the span of what is longer."""
    data, at, end = span
    while at < end:
        key, at = varint(data, at, end)
        number, kind = key >> 3, key & 7
        if not number:
            raise Malformed(f"byte {at} begins no field")
        if kind == _VARINT:
            value, at = varint(data, at, end)
            yield number, kind, value
            continue
        if kind == _SPAN:
            length, at = varint(data, at, end)
        else:
            length = {_EIGHT: 8, _FOUR: 4}.get(kind, -1)
        if length < 0:
            raise Malformed(f"byte {at} begins no field")
        if at + length > end:
            raise Malformed(f"it breaks off: at byte {at} there should be {length} more, there are {end - at}")
        yield number, kind, Span(data, at, at + length)
        at += length


def varint(data: Data, at: int, end: int) -> tuple[int, int]:
    """The whole number of 64 bits that begins at a byte, seven bits to a byte, and where the next field begins."""
    if at < end and data[at] < 128:  # most have one byte
        return data[at], at + 1
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (2**64 - 1), at
        shift += 7
        if shift > 63:
            raise Malformed(f"byte {at} goes on with a number that has more than 64 bits")
    raise Malformed("it breaks off within a number")


def signed(value: int) -> int:
    """The same 64 bits as a number with a sign."""
    return value - 2**64 if value >= 2**63 else value


# What makes a value of a field: (wire type, what the field gave) -> what is kept. All refuse the wrong wire type.
Reader = Callable[[int, Any], Any]


def whole(kind: int, value: Any) -> int:
    """A whole number with a sign."""
    return signed(_of(kind, _VARINT, value))


def real(kind: int, value: Any) -> float:
    """A number of four bytes."""
    return shortest(struct.unpack("<f", _of(kind, _FOUR, value).bytes())[0])


def shortest(value: float) -> float:
    """The number with fewest digits that four bytes hold as they hold this one: 0.1, not 0.10000000149011612."""
    for digits in range(1, 9) if abs(value) < 1e38 else ():
        found = float(f"{value:.{digits}g}")
        if struct.pack("<f", found) == struct.pack("<f", value):
            return found
    return value


def raw(kind: int, value: Any) -> Span:
    """Bytes, left where they stand."""
    found: Span = _of(kind, _SPAN, value)
    return found


def text(kind: int, value: Any) -> str:
    """Words; bytes that are not UTF-8, and what cannot be printed, are shown as such."""
    words = within(raw(kind, value), LONGEST_WORD).bytes().decode("utf-8", "backslashreplace")
    return words if words.isprintable() else "".join([one if one.isprintable() else ascii(one)[1:-1] for one in words])


def within(span: Span, most: int) -> Span:
    """The span, refused when it is longer than any model needs."""
    if len(span) > most:
        raise Malformed(f"at byte {span.start} there are {len(span)} bytes where {most} are the most that a model needs")
    return span


def wholes(kind: int, value: Any) -> list[int]:
    """One number, or a packed row of them."""
    if kind == _VARINT:
        return [signed(value)]
    data, at, end = within(raw(kind, value), LONGEST_ROW)
    found = []
    while at < end:
        number, at = varint(data, at, end)
        found.append(signed(number))
    return found


def reals(kind: int, value: Any) -> list[float]:
    """One number of four bytes, or a packed row of them."""
    span: Span = value if kind == _FOUR else within(raw(kind, value), LONGEST_ROW)
    return [number for (number,) in struct.iter_unpack("<f", span.bytes()[: len(span) // 4 * 4])]


def _of(kind: int, expected: int, value: Any) -> Any:
    if kind != expected:
        raise Malformed(f"a field has the wire type {kind} where {expected} belongs")
    return value
