"""Files that are whole or not there."""

from __future__ import annotations

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
