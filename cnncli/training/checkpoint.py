"""Checkpoints: files that are whole or not there. The one before stays until the new one is complete.

A checkpoint is an .npz (no pickle) of the arrays and one JSON text `about`, which holds the SHA-256 of the arrays.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import read_member
from .errors import RefusedError, RunError
from .records import CHECKPOINT
from .whole import whole, write_failure

Array = Any
FORMAT = 1
NUMBERS = "biuf"  # the kinds of arrays in a checkpoint


class Checkpoint:
    """The state of a run: arrays, and about them what JSON can say."""

    def __init__(self, arrays: dict[str, Array], about: dict[str, Any]) -> None:
        self.arrays, self.about = arrays, about


def digest(arrays: dict[str, Array]) -> str:
    """The SHA-256 of names, types, shapes and contents."""
    sha = hashlib.sha256()
    for name in sorted(arrays):
        value = np.ascontiguousarray(arrays[name])
        sha.update(f"{name} {value.dtype.str} {value.shape}\n".encode())
        sha.update(value.tobytes())
    return sha.hexdigest()


def pack(checkpoint: Checkpoint, file: Any) -> None:
    """Write to an open file."""
    about = json.dumps({"format": FORMAT, "sha256": digest(checkpoint.arrays), **checkpoint.about})
    np.savez(file, allow_pickle=False, about=np.frombuffer(about.encode(), np.uint8), **checkpoint.arrays)


def unpack(file: Any) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays, and what is said about them, in an open file. Raises ValueError, or what zipfile and numpy raise for damaged files."""
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in members)
        if not stored or sum(info.file_size for info in members) > size:
            raise ValueError("checkpoints are not compressed")
        arrays = {info.filename.removesuffix(".npy"): read_member(archive, info.filename) for info in members}
    about = json.loads(arrays.pop("about").tobytes())
    CHECKPOINT.check(about, "about")
    for name, values in arrays.items():
        if values.dtype.kind not in NUMBERS:
            raise ValueError(f"{name} holds {values.dtype}")
    return arrays, about


def save(path: Path, checkpoint: Checkpoint, keep: Path | None = None) -> None:
    """Write beside `path`, to the disk, then rename; what was at `path` becomes `keep`. Raises RunError where it cannot be written."""
    try:
        with whole(path) as beside:
            with open(beside, "wb") as file:
                pack(checkpoint, file)
                file.flush()
                os.fsync(file.fileno())
            if keep is not None and path.exists():
                os.replace(path, keep)
    except OSError as error:
        failure = write_failure(f"the checkpoint {path}", error, f"cnncli train --resume {path.parent.parent}")
        earlier = any(path.parent.glob("*.npz"))
        before = "the checkpoint before it is intact" if earlier else "the run has no checkpoint yet"
        raise RunError(f"{failure}; {before}") from None


def load(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises RefusedError where it is not whole."""
    try:
        with open(path, "rb") as file:
            arrays, about = unpack(file)
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror or 'it is damaged'}") from None
    except Exception:  # zipfile and numpy raise what they like over damaged bytes
        raise RefusedError(f"{path} is damaged: it is cut short, altered, or no checkpoint at all") from None
    if about.get("format") != FORMAT:
        raise RefusedError(f"{path} is a checkpoint of another version of cnncli (format {about.get('format')}; this one reads {FORMAT})")
    if about.pop("sha256", "") != digest(arrays):
        raise RefusedError(f"{path} is damaged: its checksum is not that of its contents")
    return Checkpoint(arrays, about)


def latest(folder: Path, warn: Callable[[str], None] = lambda _: None) -> Checkpoint | None:
    """The newest whole checkpoint of a run; None where there is none yet. `warn` is called where the newest one is damaged."""
    refused: RefusedError | None = None
    for name in ("last.npz", "previous.npz"):
        path = folder / name
        if path.exists():
            try:
                newest = load(path)
            except RefusedError as error:
                refused = refused or error
                continue
            if refused is not None:
                warn(f"{refused}; continuing from {path}, the checkpoint before it, of step {newest.about.get('step')}")
            return newest
    if refused is not None:
        raise RefusedError(f"{refused}; put back a copy of it, or remove the directory {folder}: the run then starts from the beginning")
    return None
