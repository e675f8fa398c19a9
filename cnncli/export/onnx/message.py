"""Writing protocol buffers: a message is a row of fields, kept in pieces, so that weights are never copied."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from ...importers.onnx.messages import Table


class Message:
    """A message that grows field by field. Fields are named as the table of what is read of such a message names them."""

    def __init__(self, table: Table, **fields: object) -> None:
        self._numbers = {field.name: number for number, field in table.items()}
        self.pieces: list[bytes] = []
        self.length = 0
        for name, value in fields.items():
            self.add(name, value)

    def add(self, name: str, value: object) -> Message:
        """Add a field, or one for each of many values."""
        if isinstance(value, (list, tuple)):
            for one in value:
                self.add(name, one)
            return self
        number = self._numbers[name] << 3
        if isinstance(value, int):
            self._append(varint(number), varint(value % 2**64))
        elif isinstance(value, float):
            self._append(varint(number | 5), struct.pack("<f", value))
        elif isinstance(value, Message):
            self._append(varint(number | 2), varint(value.length), *value.pieces)
        else:
            data = value.encode("utf-8", "backslashreplace") if isinstance(value, str) else value
            assert isinstance(data, bytes)
            self._append(varint(number | 2), varint(len(data)), data)
        return self

    def add_pieces(self, name: str, pieces: Iterable[bytes], length: int) -> Message:
        """Add a field of bytes that comes in pieces."""
        self._append(varint(self._numbers[name] << 3 | 2), varint(length), *pieces)
        return self

    def _append(self, *pieces: bytes) -> None:
        self.pieces += pieces
        self.length += sum(map(len, pieces))


def varint(value: int) -> bytes:
    """A whole number from 0, seven bits to a byte."""
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes((*made, value))
