"""numpy's .npy arrays, read within bounds: no more memory is made room for than the file can fill. Arrays of objects are refused."""

from __future__ import annotations

import zipfile
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

Array = Any
DEFLATE = 1032  # no deflate stream grows by more when it is unpacked, so a larger promise is a lie
INFLATED, LARGE = 250, 2**28  # images shrink by less than INFLATED; only a bomb of LARGE bytes or more is worth refusing
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class ArrayError(ValueError):
    """An array that is not read; the message goes on from the name of its file."""


def read_array(file: BinaryIO, limit: int) -> Array:
    """One array from an open .npy of at most `limit` bytes. Raises ArrayError, or what numpy raises for damaged headers."""
    version = npy.read_magic(file)
    if version not in _HEADERS:
        raise ArrayError(f"has a header of version {version}; expected 1.0 or 2.0")
    shape, columns_first, kind = _HEADERS[version](file)
    if kind.hasobject:
        raise ArrayError("holds Python objects, which are not read; save plain arrays")
    count = int(np.prod(shape, dtype=object))  # in whole numbers of any size
    if kind.itemsize < 1 or not 0 <= count * kind.itemsize <= limit:
        raise ArrayError("promises more than the file can hold; it is damaged")
    values = np.empty(count, kind)
    held = fill(values.view(np.uint8), file) if values.nbytes else 0
    if held != values.nbytes or file.read(1):
        raise ArrayError(f"promises {values.nbytes:,} bytes and holds {held:,} or more; it is damaged")
    return values.reshape(shape, order="F" if columns_first else "C")


def read_member(archive: zipfile.ZipFile, name: str, free: int | None = None) -> Array:
    """One array from an .npz, for which `free` bytes of memory are left.

    Raises ArrayError, or what zipfile and numpy raise for damaged files.
    """
    info = archive.getinfo(name)
    check_inflation(info.file_size, info.compress_size)
    if free is not None and info.file_size > free:
        raise ArrayError(f"needs {info.file_size / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free; take a smaller file")
    with archive.open(info) as file:
        return read_array(file, info.file_size)  # type: ignore[arg-type]


def check_inflation(size: int, packed: int) -> None:
    """Refuse what unpacks to far more than data does. Raises ArrayError."""
    if size > (packed + 1) * DEFLATE or (size > LARGE and size > packed * INFLATED):
        raise ArrayError(f"unpacks to {size:,} bytes from {packed:,}, which no array of data does")


def fill(values: Any, stream: Any) -> int:
    """Fill an array of bytes from a stream; how many bytes came."""
    count, view = 0, memoryview(values).cast("B")
    while count < len(view) and (more := stream.readinto(view[count:])):
        count += more
    return count
