"""The configuration in a model's file: JSON text, the `config.json` of a `.keras` archive, or an attribute of an `.h5` file.

Of an archive nothing else is read; nothing is unpickled, and no code of the file is run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
import zlib
from typing import IO, Any

from ...errors import UsageError
from ..model import refuse

LARGEST_TEXT = 32 * 2**20  # bytes; the largest of keras.applications has 2 MB
LARGEST_DIRECTORY = 2**20  # bytes that a zip may list its contents in
MOST_INFLATED = 250  # times; text like this shrinks 20 to 100 times
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, OverflowError, NotImplementedError, RuntimeError, KeyError)
CHUNK = 2**16
PATIENCE = 20  # seconds for an .h5 file; a whole one takes less than one
_NO_H5PY, _NO_CONFIG, _NO_TEXT, _DAMAGED_H5 = 3, 4, 5, 6  # exit codes of the process below
_ASK_H5PY = f"""
import sys
sys.path[:] = sys.argv[2:]  # the working directory is no place to import from
try:
    import h5py
except ImportError:
    sys.exit({_NO_H5PY})
try:
    with h5py.File(sys.argv[1], "r") as file:
        config = file.attrs.get("model_config")
except Exception as error:  # whatever the library meets in a damaged file
    sys.stderr.write(str(error))
    sys.exit({_DAMAGED_H5})
if config is None:
    sys.exit({_NO_CONFIG})
data = config.encode(errors="surrogateescape") if isinstance(config, str) else config
if not isinstance(data, bytes) or len(data) > {LARGEST_TEXT}:
    sys.exit({_NO_TEXT})
sys.stdout.buffer.write(data)
"""


def read(path: str) -> Any:
    """The JSON value of the configuration. Raises SpecError."""
    suffix = os.path.splitext(path)[1].lower()
    data = _from_archive(path) if suffix == ".keras" else _from_hdf5(path) if suffix in (".h5", ".hdf5") else _from_text(path)
    return parse(path, data)


def parse(path: str, data: bytes) -> Any:
    """The value of JSON text."""
    try:
        tree = json.loads(data.decode("utf-8-sig"))
        return json.loads(tree) if isinstance(tree, str) else tree  # json.dump(model.to_json()) wraps it twice
    except UnicodeDecodeError as error:
        raise refuse(path, f"not UTF-8 text: byte {data[error.start]:#04x} at offset {error.start}") from None
    except json.JSONDecodeError as error:
        raise refuse(f"{path}:{error.lineno}:{error.colno}", f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}") from None
    except RecursionError:
        raise refuse(path, "nested too deep; no model needs that") from None
    except ValueError as error:
        raise refuse(path, f"not JSON: {str(error)[:1].lower()}{str(error)[1:]}") from None


def _from_text(path: str) -> bytes:
    with opened(path) as file:
        data = file.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise refuse(path, f"more than {LARGEST_TEXT // 2**20} MiB of JSON; no model needs that")
    return data


def opened(path: str) -> IO[bytes]:
    if os.path.isdir(path):
        raise refuse(path, "this is a directory; a model is one file")
    if not os.path.exists(path):
        raise UsageError(f"{path}: no such file")
    try:
        return open(path, "rb")
    except (OSError, ValueError) as error:
        raise refuse(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


class Guarded:
    """A file that gives a few bytes at a time, so that no directory of a zip, however long, fills the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close
        self.seekable = file.seekable

    def read(self, count: int = -1) -> bytes:
        if count > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too long")
        data = self._file.read(count if count >= 0 else LARGEST_DIRECTORY + 1)
        if len(data) > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("its end is too long")
        return data


def _from_archive(path: str) -> bytes:
    with opened(path) as file:
        if file.read(4) == b"\x89HDF":
            raise refuse(path, "this is an HDF5 file; name it .h5")
        try:
            with zipfile.ZipFile(Guarded(file)) as archive:
                return _config_of(path, archive)
        except DAMAGED as error:
            reason = str(error)[:200]
            raise refuse(path, f"not a whole .keras archive: {reason[:1].lower()}{reason[1:]}") from None


def _config_of(path: str, archive: zipfile.ZipFile) -> bytes:
    """config.json, refused when it is none, two, locked, or a bomb: by what it declares, and by what comes out."""
    found = [info for info in archive.infolist() if info.filename == "config.json"]
    if len(found) != 1:
        raise refuse(path, f"a .keras archive has one config.json; this one has {len(found) or 'none'}")
    [info] = found
    if info.flag_bits & 1:
        raise refuse(path, "config.json is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse(path, "config.json is compressed in a way that Keras does not use")
    _bounded(path, info.file_size, info.compress_size)
    data = bytearray()
    with archive.open(info) as file:
        while chunk := file.read(CHUNK):
            data += chunk
            _bounded(path, len(data), info.compress_size)
    return bytes(data)


def _bounded(path: str, size: int, packed: int) -> None:
    if size > LARGEST_TEXT or (size > 2**20 and size > MOST_INFLATED * packed):
        raise refuse(path, f"config.json unpacks to {size} bytes or more from {packed}; no model needs that")


def _from_hdf5(path: str) -> bytes:
    """The attribute, read in a process of its own: on some damaged files the C library does not raise but crashes, or comes to no end."""
    with opened(path) as file:
        if file.read(8) != b"\x89HDF\r\n\x1a\n":
            raise refuse(path, "not an HDF5 file")
    try:
        done = subprocess.run([sys.executable, "-c", _ASK_H5PY, path, *sys.path], capture_output=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise refuse(path, f"not a whole HDF5 file: the library is not through with it in {PATIENCE} s") from None
    if done.returncode == _NO_H5PY:
        raise UsageError(f"{path}: reading .h5 needs h5py: pip install h5py (or save the model as .keras or JSON)")
    if done.returncode == _NO_CONFIG:
        raise refuse(path, "holds weights alone, no model_config; save the model, not its weights")
    if done.returncode == _NO_TEXT:
        raise refuse(path, "model_config is no text, or too long for a model")
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or "the library breaks down over it"
        raise refuse(path, f"not a whole HDF5 file: {said[:200]}")
    return done.stdout
