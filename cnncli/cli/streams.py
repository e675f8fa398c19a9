"""Standard output that names itself in its errors, so that no failed read of a file is blamed on it."""

from __future__ import annotations

import io
from typing import Any, TextIO

STDOUT = "standard output"


class _Output(io.FileIO):
    """A file descriptor whose failed writes carry the name of the stream."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = STDOUT
            raise


def name_errors(stream: TextIO) -> TextIO:
    """The stream, with errors that say which stream failed; streams that are no files stay as they are."""
    buffer = getattr(stream, "buffer", None)
    file = getattr(buffer, "raw", buffer)  # with PYTHONUNBUFFERED there is no buffer
    if not isinstance(stream, io.TextIOWrapper) or type(file) is not io.FileIO:
        return stream
    stream.flush()
    raw: Any = _Output(file.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        raw if buffer is file else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
