"""What a data set is: images as bytes, the number of each one's class, and where they came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import DataError

Array = Any
Shape = tuple[int, ...]
_BLOCK = 256  # images widened at a time


class Images(NamedTuple):
    """x: uint8 (n, *size, channels); y: int64 (n,), the number of each one's class."""

    x: Array
    y: Array

    def of(self, chosen: Array) -> Images:
        """Those of the given numbers, in that order."""
        return Images(self.x[chosen], self.y[chosen])


@dataclass(frozen=True, eq=False, repr=False)
class DataSet:
    """Images to learn from and images to be judged by, kept apart. Nothing here changes once it is made.

    `source` says in words where they came from and what was done to them. `grows`: small drawings, made for no size of input,
    that may be enlarged to the network's unasked (see `fitted`).
    """

    name: str
    train: Images
    test: Images | None
    classes: tuple[str, ...]
    source: str
    validation: Images | None = None
    grows: bool = False

    def replaced(self, **changes: Any) -> DataSet:
        """Another data set, like this one but for the changes."""
        return replace(self, **changes)

    @property
    def shape(self) -> Shape:
        """Of one image: (*size, channels)."""
        return tuple(self.train.x.shape[1:])

    @property
    def splits(self) -> dict[str, Images]:
        """The splits that there are, by name."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: images for name, images in named.items() if images is not None}

    @cached_property
    def mean(self) -> Array:
        """float32 (channels,): the mean value of each channel, 0 to 255, of the training split alone."""
        return self._moments[0].astype("float32")

    @cached_property
    def std(self) -> Array:
        """float32 (channels,): the standard deviation likewise; 1 for a channel that never changes, so that one may divide by it."""
        return self._moments[1].astype("float32")

    @cached_property
    def _moments(self) -> tuple[Array, Array]:
        """In whole numbers until the end, so that they depend on no order of adding."""
        import numpy as np

        images = self.train.x.reshape(len(self.train.x), -1)  # summed image on image, which is ten times as fast as pixel on pixel
        total: Array = np.zeros((2, images.shape[1]), np.uint64)
        for start in range(0, len(images), _BLOCK):
            block = images[start : start + _BLOCK].astype(np.uint16)
            total += np.stack([block.sum(0, dtype=np.uint32), (block * block).sum(0, dtype=np.uint32)])
        mean, square = total.reshape(2, -1, self.shape[-1]).sum(1) / (images.size // self.shape[-1])
        std = np.sqrt(np.maximum(square - mean * mean, 0.0))
        return mean, np.where(std == 0, 1.0, std)

    @cached_property
    def sha256(self) -> str:
        """A fingerprint of all images and labels, split by split: the same whatever files they were read from."""
        import numpy as np

        digest = hashlib.sha256()
        for name, (x, y) in self.splits.items():
            digest.update(f"{name} {x.shape}".encode())
            digest.update(np.ascontiguousarray(x))
            digest.update(np.ascontiguousarray(y, np.dtype("<i8")))
        return digest.hexdigest()

    def __str__(self) -> str:
        counts = ", ".join(f"{len(images.y):,} {name}" for name, images in self.splits.items())
        return f"{self.name}: {counts}; {'×'.join(map(str, self.shape))}, {len(self.classes)} classes; {self.source}"


def labelled(x: Array, y: Array, classes: int, path: Path | str) -> Images:
    """Images with their labels, once these are known to be as many and to name classes. `path` is where the labels stand."""
    import numpy as np

    if len(x) != len(y):
        raise DataError(f"{path} has {len(y):,} labels for {len(x):,} images; expected one for each")
    if not len(x):
        raise DataError(f"{path} holds no images")
    outside = np.flatnonzero((y < 0) | (y >= classes))
    if len(outside):
        raise DataError(f"{path}: label {outside[0]} is {y[outside[0]]}; expected 0 to {classes - 1}")
    return Images(x, y.astype(np.int64))
