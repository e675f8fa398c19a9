"""CIFAR-10 and CIFAR-100 in every published layout: Python's or binary, packed or unpacked.

An image is 3,072 bytes: 32×32 of red, then of green, then of blue. Binary records put one byte of label before it (CIFAR-100:
the coarse one, then the fine one); Python's batches are pickled mappings with `data` and `labels` (CIFAR-100: `fine_labels`).

Source: Krizhevsky 2009, "Learning multiple layers of features from tiny images", and the data sets' page.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from ...errors import DataError
from .dataset import Array, DataSet, Images, labelled
from .published import verdict
from .reading import drained, opened, reading
from .unpickle import unpickled

_PIXELS = 3 * 32 * 32
_LARGEST = 1 << 28  # bytes of one file; the largest published has 155 MB


class Batch(NamedTuple):
    """One file: (n, 3072) bytes and (n,) labels. `name` is what refusals call it."""

    pixels: Array
    labels: Array
    name: str


Decoder = Callable[[bytes, str], Batch]


class Layout(NamedTuple):
    """One way in which a data set is published."""

    folder: str
    archives: tuple[str, ...]
    train: tuple[str, ...]
    test: str
    decode: Decoder

    @property
    def files(self) -> tuple[str, ...]:
        return *self.train, self.test


def pickled(label: str) -> Decoder:
    """Reads batches of Python's layout, with the labels under the key `label`."""

    def decode(content: bytes, name: str) -> Batch:
        batch = unpickled(content, name)
        if missing := {"data", label} - set(batch):
            raise DataError(f"{name} has no {min(missing)}; expected a batch with data and {label}")
        data, labels = batch["data"], batch[label]
        if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim != 2 or data.shape[1] != _PIXELS:
            raise DataError(f"{name}: data is not an array of bytes, {_PIXELS:,} an image")
        if isinstance(labels, list) and all(type(one) is int and abs(one) < 1 << 31 for one in labels):
            labels = np.array(labels, np.int64)
        if not isinstance(labels, np.ndarray) or labels.ndim != 1:
            raise DataError(f"{name}: {label} is not a list of whole numbers")
        return Batch(data, labels, name)

    return decode


def binary(labels: int) -> Decoder:
    """Reads records with `labels` bytes before each image; the last of them counts."""

    def decode(content: bytes, name: str) -> Batch:
        if len(content) % (labels + _PIXELS):
            raise DataError(f"{name} has {len(content):,} bytes; expected a multiple of {labels + _PIXELS:,}: get it again")
        records = np.frombuffer(content, np.uint8).reshape(-1, labels + _PIXELS)
        return Batch(records[:, labels:], records[:, labels - 1], name)

    return decode


_TEN = tuple(f"data_batch_{number}" for number in range(1, 6))
LAYOUTS = {
    "cifar10": (
        Layout("cifar-10-batches-py", ("cifar-10-python", "cifar-10-batches-py"), _TEN, "test_batch", pickled("labels")),
        Layout("cifar-10-batches-bin", ("cifar-10-binary",), tuple(f"{one}.bin" for one in _TEN), "test_batch.bin", binary(1)),
    ),
    "cifar100": (
        Layout("cifar-100-python", ("cifar-100-python",), ("train",), "test", pickled("fine_labels")),
        Layout("cifar-100-binary", ("cifar-100-binary",), ("train.bin",), "test.bin", binary(2)),
    ),
}


def batches(name: str, classes: tuple[str, ...], folder: Path) -> DataSet | None:
    """The data set in a folder, if one of its layouts is there: unpacked before packed, Python's before binary."""
    for layout in LAYOUTS[name]:
        place = folder if folder.name == layout.folder else folder / layout.folder
        if (place / layout.test).is_file():
            found = _whole(layout, dict(_unpacked(place, layout)), len(classes))
            return DataSet(name, *found, classes, f"{place}, {verdict(name, [place / file for file in layout.files])}")
    for layout in LAYOUTS[name]:
        for path in (folder / f"{stem}{end}" for stem in layout.archives for end in (".tar.gz", ".tar")):
            if path.is_file():
                words = verdict(name, [path])
                return DataSet(name, *_whole(layout, dict(_packed(path, layout)), len(classes)), classes, f"{path}, {words}")
    return None


def _unpacked(place: Path, layout: Layout) -> Iterator[tuple[str, Batch]]:
    for file in layout.files:
        path = place / file
        if not path.is_file():
            raise DataError(f"{place} has no {file}; put it there")
        if path.stat().st_size > _LARGEST:
            raise DataError(f"{path} has {path.stat().st_size:,} bytes; expected at most {_LARGEST:,}")
        with reading(path):
            content = path.read_bytes()
        yield file, layout.decode(content, str(path))


def _packed(path: Path, layout: Layout) -> Iterator[tuple[str, Batch]]:
    """The expected files of an archive, one at a time, never written to disk; all else in it is passed over."""
    wanted = set(layout.files)
    with opened(path) as stream:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                place = PurePosixPath(member.name)
                if place.parent.name != layout.folder or place.name not in wanted:
                    continue
                wanted.remove(place.name)
                file = archive.extractfile(member) if member.isreg() and member.size <= _LARGEST else None
                if file is None:
                    raise DataError(f"{path}: {place.name} is no plain file of at most {_LARGEST:,} bytes; get the archive again")
                yield place.name, layout.decode(file.read(), f"{path}: {place.name}")
        drained(stream)
    if wanted:
        raise DataError(f"{path} has no {layout.folder}/{min(wanted)}; get it again")


def _whole(layout: Layout, found: dict[str, Batch], classes: int) -> tuple[Images, Images]:
    for file in layout.files:
        labelled(*found[file][:2], classes, found[file].name)
    return _images([found[file] for file in layout.train]), _images([found[layout.test]])


def _images(parts: list[Batch]) -> Images:
    """Batches as one array with the channels last, and one of labels."""
    x: Array = np.empty((sum(len(part.pixels) for part in parts), 32, 32, 3), np.uint8)
    start = 0
    for part in parts:
        count = len(part.pixels)
        for channel, plane in enumerate(np.split(part.pixels, 3, axis=1)):
            x[start : start + count, :, :, channel] = plane.reshape(-1, 32, 32)
        start += count
    return Images(x, np.concatenate([part.labels for part in parts]).astype(np.int64))
