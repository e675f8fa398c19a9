"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from ..errors import UsageError


def write(path: str, text: Iterable[str]) -> None:
    """Write `text`, which comes in pieces, beside `path` and rename it into place, so that no reader ever meets half a file."""
    target = os.path.realpath(path)
    try:
        if os.path.exists(target) and not os.path.isfile(target):  # a device or a pipe is no file to replace
            with open(target, "w", encoding="utf-8") as stream:
                stream.writelines(text)
            return
        mode = os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_umask()
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=os.path.basename(target) + ".")
        try:
            with open(handle, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(text)
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
