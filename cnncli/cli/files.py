"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable

from ..errors import UsageError


def write(path: str, pieces: Iterable[str | bytes]) -> None:
    """Write a file in pieces beside `path` and rename it into place, so that no reader ever meets half a file. Text becomes UTF-8.

    `-` is standard output.
    """
    content = (piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.writelines(content)
        return
    target = os.path.realpath(path)
    try:
        if os.path.exists(target) and not os.path.isfile(target):  # a device or a pipe is no file to replace
            with open(target, "wb") as stream:
                stream.writelines(content)
            return
        mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_umask()
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=os.path.basename(target) + ".")
        try:
            with open(handle, "wb") as file:
                file.writelines(content)
            os.chmod(beside, mode)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
