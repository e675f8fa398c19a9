"""The memory that is free for a new program: the system's, or less where a control group allows less, as in containers and CI.

Source: Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst. Pages of files that nobody used lately
count as used there, but make room when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple


class Files(NamedTuple):
    """Where a version of control groups says how much memory may be used, and how much is."""

    folder: str
    limit: str
    used: str
    reclaimable: str  # a line of memory.stat


VERSIONS = {  # by the controllers of a line of /proc/self/cgroup, of which version 2 names none
    "": Files("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    "memory": Files("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}


def free_bytes(root: Path = Path("/")) -> int | None:
    """The bytes that are free, by the files below `root`; None where the system does not say."""
    found = [*_table(root / "proc/meminfo", "MemAvailable:", 1024), *_allowed(root)]
    return min(found, default=None)


def _allowed(root: Path) -> Iterator[int]:
    """What each control group above this process leaves, down from its own; a container may see but the outermost."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, group = line.split(":", 2)
        for files in (VERSIONS[one] for one in controllers.split(",") if one in VERSIONS):
            own = PurePosixPath(group.lstrip("/"))
            for folder in (root / files.folder / one for one in (own, *own.parents)):
                numbers = [_lines(folder / name) for name in (files.limit, files.used)]
                if all(text and text[0].isdigit() for text in numbers):  # else there is no such group, or its limit is `max`
                    limit, used = (int(text[0]) for text in numbers)
                    yield max(0, limit - used + sum(_table(folder / "memory.stat", files.reclaimable)))


def _table(path: Path, name: str, unit: int = 1) -> list[int]:
    """The number beside a name in a table."""
    rows = [line.split() for line in _lines(path)]
    return [int(row[1]) * unit for row in rows if row[:1] == [name]]


def _lines(path: Path) -> list[str]:
    """The lines of a file; none where it is not there."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
