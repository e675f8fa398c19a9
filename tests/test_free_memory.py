"""The memory that is free: the least that the system and the control groups around a process leave, read from files as Linux has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncli.training.free_memory import free_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\nHugePages_Total:       0\n"
V2, V1 = "sys/fs/cgroup", "sys/fs/cgroup/memory"
OPEN = "9223372036854771712"  # what version 1 says where nothing is limited
HALF = {f"{V2}/memory.max": "3000000000", f"{V2}/memory.current": "1000000000"}
OUTER = {f"{V2}/a/memory.max": "2000000000", f"{V2}/a/memory.current": "500000000"}
INNER = {f"{V2}/a/b/memory.max": "max", f"{V2}/a/b/memory.current": "500000000"}
OLD = {f"{V1}/memory.limit_in_bytes": OPEN, f"{V1}/memory.usage_in_bytes": "9000000000"}
OLD_DEEP = {f"{V1}/docker/x/memory.limit_in_bytes": "1000000000", f"{V1}/docker/x/memory.usage_in_bytes": "900000000"}
STAT = {f"{V1}/docker/x/memory.stat": "inactive_file 7\ntotal_inactive_file 300000000\n"}


@pytest.mark.parametrize(("groups", "files", "wanted"), [
    ("", {}, 8_192_000_000),  # no control groups
    ("0::/", HALF, 2_000_000_000),  # a container with a namespace of its own
    ("0::/elsewhere/x", HALF, 2_000_000_000),  # the path of the host, of which the container sees its own group only
    ("0::/", {**HALF, f"{V2}/memory.stat": "anon 5\ninactive_file 600000000\n"}, 2_600_000_000),
    ("0::/", {**HALF, f"{V2}/memory.max": "max"}, 8_192_000_000),
    ("0::/", {**HALF, f"{V2}/memory.max": "90000000000"}, 8_192_000_000),  # more than the machine has
    ("0::/", {**HALF, f"{V2}/memory.current": "3000004096"}, 0),
    ("0::/a/b", {**OUTER, **INNER}, 1_500_000_000),  # the limit of a group further out holds as well
    ("11:cpu,memory:/docker/x\n0::/", {**OLD, **OLD_DEEP}, 100_000_000),
    ("11:memory:/docker/x", {**OLD, **OLD_DEEP, **STAT}, 400_000_000),
    ("11:memory:/docker/y", OLD, 8_192_000_000),
    ("11:cpuset:/docker/x", OLD_DEEP, 8_192_000_000),
])  # fmt: skip
def test_what_is_free(groups: str, files: dict[str, str], wanted: int, tmp_path: Path) -> None:
    """By hand: limit less use, of which files that nobody used lately make room; never more than the system has."""
    for name, text in {"proc/meminfo": MEMINFO, "proc/self/cgroup": groups, **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n" if text else "", encoding="utf-8")
    assert free_bytes(tmp_path) == wanted


def test_where_the_system_does_not_say(tmp_path: Path) -> None:
    """There nothing is known, and nothing is refused."""
    assert free_bytes(tmp_path) is None
