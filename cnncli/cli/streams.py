"""Standard streams that name themselves in their errors, so that no failed read of a file is blamed on them.

Streams that the shell closed (`>&-`) are opened so that their use fails in words: Python has None in their place, and the next file
that is opened would get their number.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, TextIO

STDIN, STDOUT = "standard input", "standard output"


class _Input(io.FileIO):
    """A file descriptor whose failed reads carry the name of the stream."""

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise _named(error, STDIN) from None

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise _named(error, STDIN) from None


class _Output(io.FileIO):
    """A file descriptor whose failed writes carry the name of the stream."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            raise _named(error, STDOUT) from None


def _named(error: OSError, name: str) -> OSError:
    """The error with the name of its stream."""
    error.filename = name
    if error.errno == errno.EBADF:
        error.strerror = "it is closed"
    return error


def name_errors(stream: TextIO) -> TextIO:
    """The stream, with errors that say which stream failed; streams that are no files stay as they are."""
    buffer = getattr(stream, "buffer", None)
    file = getattr(buffer, "raw", buffer)  # with PYTHONUNBUFFERED there is no buffer
    if not isinstance(stream, io.TextIOWrapper) or type(file) is not io.FileIO:
        return stream
    stream.flush()
    raw: Any = _Output(file.fileno(), "wb", closefd=False)
    raw.original = stream  # kept, for when nothing refers to a stream any more its descriptor is closed
    return io.TextIOWrapper(
        raw if buffer is file else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def open_closed_streams() -> None:
    """Open the standard streams that are closed: reading input and writing output fails, messages go nowhere."""
    if sys.stdin is None and _reserve(0, os.O_WRONLY):
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Input(0, "rb", closefd=False)), encoding="utf-8")
    if sys.stdout is None and _reserve(1, os.O_RDONLY):
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Output(1, "wb", closefd=False)), encoding="utf-8")
    if sys.stderr is None and _reserve(2, os.O_WRONLY):
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "wb", closefd=False), encoding="utf-8", write_through=True)


def _reserve(number: int, mode: int) -> bool:
    """Open the null device under the number of a closed stream; False if a file has it already."""
    try:
        os.fstat(number)
        return False
    except OSError:
        opened = os.open(os.devnull, mode)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return True
