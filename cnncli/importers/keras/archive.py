"""`.keras` archives that are trusted only once every byte agrees with its checksum, and what cnncli notes in their metadata."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from typing import Any

from ..model import refuse
from .file import CHUNK, DAMAGED, PATIENCE, Guarded, opened, read

METADATA, NOTES = "metadata.json", "cnncli"  # the member of the archive that Keras writes for information, and our entry in it
WEIGHTS = ("model.weights.h5", "model.weights.npz")
MOST_METADATA = 2**22  # bytes
FORMAT = 1  # of the notes
SLOWEST = 10**7  # bytes of an HDF5 file that are read in a second, at least
MOST_UNPACKED = 250  # times; Keras does not compress weights


def check_archive(path: str) -> None:
    """Read a `.keras` archive through and compare its checksums. Raises SpecError where it is damaged or holds no weights.

    Keras itself reads weights without comparing them, and so takes a flipped bit for a number.
    """
    read(path)
    with opened(path) as file:
        try:
            with zipfile.ZipFile(Guarded(file)) as archive:
                if not set(WEIGHTS) & set(archive.namelist()):
                    raise ValueError("it holds no weights")
                if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED * os.path.getsize(path):
                    raise ValueError("it unpacks to too many bytes")
                for info in archive.infolist():
                    with archive.open(info) as member:
                        while member.read(CHUNK):
                            pass
        except DAMAGED as error:
            reason = str(error)[:200]
            raise refuse(path, f"not a whole .keras archive: {reason[:1].lower()}{reason[1:]}") from None


_READ_ALL = """
import sys
sys.path[:] = sys.argv[2:]  # the working directory is no place to import from
import h5py
with h5py.File(sys.argv[1], "r") as file:
    file.visititems(lambda name, item: item[()] is None if isinstance(item, h5py.Dataset) else None)
"""


def check_hdf5(path: str) -> None:
    """Read an HDF5 file through, in a process of its own: over damaged files the C library may crash. Raises SpecError."""
    read(path)
    command = [sys.executable, "-c", _READ_ALL, path, *sys.path]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE + os.path.getsize(path) / SLOWEST)
    except subprocess.TimeoutExpired:
        raise refuse(path, "not a whole HDF5 file: reading it does not end") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "the library crashes over it"
        raise refuse(path, f"not a whole HDF5 file: {said[:200]}")


def read_notes(path: str) -> dict[str, Any]:
    """What cnncli noted in an archive; nothing where others wrote it, or where the notes cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(METADATA).file_size > MOST_METADATA:
                return {}
            notes = json.loads(archive.read(METADATA)).get(NOTES)
    except (*DAMAGED, AttributeError, RecursionError):
        return {}
    return notes if _are_notes(notes) else {}


def _are_notes(notes: Any) -> bool:
    """Whether a value has the form of our notes."""
    if not isinstance(notes, dict) or notes.get("format") != FORMAT or not isinstance(notes.get("output"), str):
        return False
    names = notes.get("class_names")
    return isinstance(names, list) and all(isinstance(name, str) for name in names)


def write_notes(source: str, target: str, notes: Mapping[str, Any]) -> None:
    """Copy the archive `source` to `target`, with notes in its metadata. (Keras reads its own three members only.)"""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            if info.filename == METADATA:
                metadata = {**json.loads(old.read(info)), NOTES: notes}
                new.writestr(info, json.dumps(metadata, ensure_ascii=False, indent=1))
                continue
            with old.open(info) as member, new.open(info, "w", force_zip64=info.file_size >= 2**31) as copy:
                while chunk := member.read(CHUNK):
                    copy.write(chunk)
