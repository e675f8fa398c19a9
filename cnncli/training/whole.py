"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole(path: Path, name: str = "") -> Iterator[Path]:
    """Where to write what then takes the place of `path`: beside it, as `name`. Nothing remains there when it cannot be written."""
    beside = path.with_name(name or path.name + ".new")
    try:
        yield beside
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            beside.unlink(missing_ok=True)
        raise


REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EROFS: "the file system is read-only: make it writable, or copy the run elsewhere",
    errno.EACCES: "change the permissions",
    errno.EPERM: "change the permissions",
    errno.EISDIR: "remove the directory of that name",
    errno.ENOTDIR: "remove the file that stands where a directory is needed",
    errno.ENOENT: "create the directory again",
} | ({errno.EDQUOT: "free some space of your quota"} if hasattr(errno, "EDQUOT") else {})


def write_failure(path: Path | str, error: OSError, command: str = "") -> str:
    """What could not be written, why, and how to mend it; `command` is what to run afterwards."""
    remedy = REMEDIES.get(error.errno or 0)
    steps = "; " + ", then ".join(step for step in (remedy, command) if step) if remedy or command else ""
    return f"{path} cannot be written: {error.strerror or error}{steps}"
