"""The border between files and us: whatever is wrong with a file is one refusal that names it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ...errors import DataError
from ..arrays import ArrayError, check_inflation

_GZIP = b"\x1f\x8b"


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Everything that parsers make of damaged bytes, as a DataError. Keep the block to the parsing."""
    try:
        yield
    except DataError:
        raise
    except EOFError:
        raise DataError(f"{path} ends early, as a download cut short does; get it again") from None
    except MemoryError:
        raise DataError(f"{path} does not fit in memory") from None
    except Exception as error:  # parsers of damaged bytes raise what they like
        if isinstance(error, OSError) and error.strerror:
            raise DataError(f"{path}: {error.strerror.lower()}") from None
        raise DataError(f"{path} is damaged: {_short(error)}; get it again") from None


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file as a stream, unpacked if it is gzip, whatever its name says (browsers unpack and keep the name)."""
    with reading(path), open(path, "rb") as file:
        packed = file.read(2) == _GZIP
        file.seek(0)
        stream: Any = gzip.GzipFile(fileobj=file) if packed else file
        yield stream


def drained(stream: BinaryIO) -> int:
    """Read to the end, so that gzip compares its checksum; how many bytes there still were."""
    return sum(len(block) for block in iter(lambda: stream.read(1 << 20), b""))


def check_promise(path: Path, promised: int) -> None:
    """Refuse a file that promises more bytes than can come out of it. Raises DataError."""
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP
    size = path.stat().st_size
    try:
        check_inflation(promised, size if packed else promised)
    except ArrayError:
        packed = False
    if promised > size and not packed:
        raise DataError(f"{path} promises {promised:,} bytes, more than it can hold; it is damaged or cut short: get it again")


def _short(error: Exception) -> str:
    text = ascii(str(error).split("\n", 1)[0])[1:-1]
    return text[:100] if text else type(error).__name__
