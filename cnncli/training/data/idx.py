"""MNIST's format: two zero bytes, the type, the number of axes, their lengths (big-endian), then the values.

Source: LeCun, Cortes & Burges 1998, "The MNIST database", section "File formats".
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from ...errors import DataError
from ..arrays import fill
from .dataset import Array, DataSet, Images, labelled
from .published import verdict
from .reading import check_promise, drained, opened

_BYTES = 8  # the only type that images and labels have
_FILES = (("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1))


def read_idx(path: Path, axes: int) -> Array:
    """The array of bytes in a file, gzipped or not. Raises DataError where header and content disagree."""
    with opened(path) as stream:
        magic = stream.read(4)
        if magic != bytes([0, 0, _BYTES, axes]):
            raise DataError(f"{path} does not begin as an idx file of {axes} axes: {magic.hex(' ')}; expected 00 00 08 {axes:02x}")
        shape = tuple(int.from_bytes(stream.read(4), "big") for _ in range(axes))
        promised = prod(shape)
        check_promise(path, promised)
        values: Array = np.empty(promised, np.uint8)
        held = fill(values, stream) + drained(stream)
    if held != promised:
        raise DataError(f"{path} promises {promised:,} bytes and holds {held:,}; get it again")
    return values.reshape(shape)


def idx_files(name: str, classes: tuple[str, ...], folder: Path) -> DataSet | None:
    """The data set in the four files of a folder, if the first of them is there."""
    paths = [path for stem, axes in _FILES if (path := _file(folder, stem, axes))]
    if not _file(folder, *_FILES[0]):
        return None
    if len(paths) < len(_FILES):
        missing = next(f"{stem}-idx{axes}-ubyte.gz" for stem, axes in _FILES if not _file(folder, stem, axes))
        raise DataError(f"{folder} has no {missing} beside its other idx files; put it there")
    words = verdict(name, paths)
    train, test = (_images(paths[at], paths[at + 1], len(classes)) for at in (0, 2))
    return DataSet(name, train, test, classes, f"idx files in {folder}, {words}")


def _images(images: Path, labels: Path, classes: int) -> Images:
    return labelled(read_idx(images, 3)[..., None], read_idx(labels, 1), classes, labels)


def _file(folder: Path, stem: str, axes: int) -> Path | None:
    """As published or as found elsewhere: with a dot or a hyphen, packed (which carries a checksum) before unpacked."""
    names = (f"{stem}{mark}idx{axes}-ubyte{end}" for end in (".gz", "") for mark in "-.")
    return next((folder / name for name in names if (folder / name).is_file()), None)
