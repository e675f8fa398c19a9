"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import UsageError

CHUNK = 2**20
LARGEST = 16 * 2**20  # bytes of a sheet, a key, answers


def write(path: str, pieces: Iterable[str | bytes]) -> None:
    """Write a file in pieces beside `path` and rename it into place, so that no reader ever meets half a file. Text becomes UTF-8.

    `-` is standard output.
    """
    content = (piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    if path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.writelines(content)
        return
    with _write_errors(path), cleanup_on_signals():
        target = os.path.realpath(path)
        if _is_special(target):  # a device or a pipe is no file to replace
            with open(target, "wb") as stream:
                stream.writelines(content)
            return
        mode = _mode(target)
        handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=os.path.basename(target) + ".")
        try:
            with open(handle, "wb") as file:
                file.writelines(content)
            os.chmod(beside, mode)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise


@contextmanager
def replacing(path: str, suffix: str) -> Iterator[str]:
    """Where to write what then takes the place of `path`, or goes to standard output (`-`), device or pipe: in a directory of its own
    beside `path`, which is removed with all that is in it, whatever happens."""
    with _write_errors(path), cleanup_on_signals():
        target = os.path.realpath(path)
        streamed = path == "-" or _is_special(target)
        folder = tempfile.mkdtemp(dir=None if streamed else os.path.dirname(target), prefix=f"{os.path.basename(path)}.")
        try:
            beside = os.path.join(folder, f"new{suffix}")
            yield beside
            if streamed:
                with open(beside, "rb") as file:
                    write(path, iter(lambda: file.read(CHUNK), b""))
            else:
                os.chmod(beside, _mode(target))
                os.replace(beside, target)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cleanup_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the process as an exception does, so that what is half written is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        sys.exit(128 + number)  # as a shell reports it

    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None]  # Windows has one
    before = {number: signal.signal(number, end) for number in numbers if signal.getsignal(number) == signal.SIG_DFL}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _write_errors(path: str) -> Iterator[None]:
    """Name the file in what the operating system refuses."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def refuse_same_file(written: Mapping[str, str | None], read: Iterable[str] = ()) -> None:
    """Refuse one file for two roles: two that are written, or one that is also read. Raises UsageError.

    The files of a run are never replaced either: a run without one of them is lost.
    `written` has the paths by what they are for, such as "-o"; None and - are none.
    """
    seen: dict[str, str] = {}
    for role, path in written.items():
        if path is None or path == "-":
            continue
        target = os.path.realpath(path)
        if target in seen:
            raise UsageError(f"{seen[target]} and {role} name the same file, {path}; give each its own")
        seen[target] = role
    for name in read:
        for path in (name, f"{name}.yaml"):  # a spec is found without its ending
            if "\0" in path:
                continue  # no file is called so; whoever opens it says that
            found = seen.get(os.path.realpath(path))
            if found and os.path.exists(path):
                raise UsageError(f"{found} {path} would replace the file that is read; give another name")
    for target, role in seen.items():
        _refuse_run_file(role, target)


def _refuse_run_file(role: str, target: str) -> None:
    """Refuse to replace a file of a run. Only where a directory looks like one are the modules of training imported."""
    folder = os.path.dirname(target)
    above = os.path.dirname(folder)
    if os.path.isfile(target) and any(os.path.exists(os.path.join(path, "recipe.json")) for path in (folder, above)):
        from pathlib import Path

        from ..training.directories import is_run_file

        if is_run_file(Path(target)):
            raise UsageError(f"{role} {target} would replace a file of a run; give another name")


def read_bytes(path: str, most: int = LARGEST) -> bytes:
    """A file, or standard input where `path` is `-`. Raises UsageError where it is too large or cannot be read."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            data = _read_file(path, most + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > most:
        raise UsageError(f"{path}: more than {most // 2**20} MiB, which is more than is read here")
    return data


def _read_file(path: str, most: int) -> bytes:
    """Read at most so many bytes. A pipe is opened without waiting: one that nobody writes to is empty."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if hasattr(os, "O_NONBLOCK"):
            os.set_blocking(descriptor, True)
        return file.read(most)


def _is_special(target: str) -> bool:
    return os.path.exists(target) and not os.path.isfile(target)


def _mode(target: str) -> int:
    """The permissions that the file has, or would get."""
    return os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
