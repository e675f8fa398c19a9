"""One process at a time trains a run: a lock in its directory that names who holds it.

The operating system holds the lock (flock, or its like on Windows) and frees it when the process ends, however it ends, so no lock
outlives its process. Where a file system has no locks, the process named in the file is looked for instead.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..printable import shorten
from .whole import write_failure

if TYPE_CHECKING:
    from typing_extensions import Self

NAME = "run.lock"
FAR = 2**30  # a byte beyond the text, which Windows locks so that others can read the text
TRIES = 100


class LockedError(UsageError):
    """Another process trains the run."""


class RunLock:
    """The lock of a run directory, held from `acquire` to `release` or to the end of the process."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.path = directory, directory / NAME
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises LockedError where another process holds it, UsageError where no file can be written."""
        for _ in range(TRIES):
            try:
                descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise UsageError(write_failure(self.path, error)) from None
            locked = lock_file(descriptor)
            holder = read_holder(descriptor)
            if locked is False or (locked is None and is_alive(holder)):
                os.close(descriptor)
                raise LockedError(f"{self.directory} is in use by {describe(holder)}; wait until it ends, or stop it")
            if self._is_there(descriptor):  # else its last holder has removed it meanwhile
                self._descriptor = descriptor
                self._write(descriptor)
                return
            os.close(descriptor)
        raise LockedError(f"{self.directory} is in use by other processes that start and end; try again")

    def release(self) -> None:
        """Remove the file while it is locked, then unlock it."""
        if self._descriptor is not None:
            with suppress(OSError):  # Windows removes no open file; one that stays locks nobody out
                self.path.unlink()
            os.close(self._descriptor)
            self._descriptor = None

    def _is_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))
        except OSError:
            return False

    def _write(self, descriptor: int) -> None:
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": time.strftime("%Y-%m-%d %H:%M:%S"),
            "command": ["cnncli", *sys.argv[1:]],
        }
        try:
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.write(descriptor, json.dumps(holder).encode())
        except OSError as error:
            self.release()
            raise UsageError(write_failure(self.path, error)) from None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lock_file(descriptor: int) -> bool | None:
    """Whether an open file could be locked; None where its file system has no locks."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True


def read_holder(descriptor: int) -> dict[str, Any]:
    """Who wrote an open lock file; nothing where it does not say."""
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        holder = json.loads(os.read(descriptor, 2**16))
    except (OSError, ValueError, RecursionError):
        return {}
    return holder if isinstance(holder, dict) and isinstance(holder.get("pid"), int) else {}


def is_alive(holder: dict[str, Any]) -> bool:
    """Whether another process of this machine wrote the file and still runs."""
    pid = holder.get("pid", 0)
    if sys.platform == "win32" or holder.get("host") != socket.gethostname() or not 0 < pid < 2**31 or pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def describe(holder: dict[str, Any]) -> str:
    """process 4711 on host, since 2026-12-01 04:43:06 (cnncli train lenet)"""
    if not holder:
        return "another process"
    command = holder.get("command")
    words = shorten(" ".join(map(str, command)), 100) if isinstance(command, list) else ""
    return f"process {holder['pid']} on {holder.get('host')}, since {holder.get('since')}{f' ({words})' if words else ''}"
