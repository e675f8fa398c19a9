"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping

from ..errors import UsageError

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


def refuse_same_file(written: Mapping[str, str | None], read: Iterable[str] = ()) -> None:
    """Refuse one file for two roles: two that are written, or one that is also read. Raises UsageError.

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
            found = seen.get(os.path.realpath(path))
            if found and os.path.exists(path):
                raise UsageError(f"{found} {path} would replace the file that is read; give another name")


def read_bytes(path: str, most: int = LARGEST) -> bytes:
    """A file, or standard input where `path` is `-`. Raises UsageError where it is too large or cannot be read."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > most:
        raise UsageError(f"{path}: more than {most // 2**20} MiB, which is more than is read here")
    return data


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
