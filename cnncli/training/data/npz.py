"""numpy's .npz: a zip of arrays, each with a header that states its type and shape. Arrays of Python objects are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ..arrays import ArrayError, read_member
from ..free_memory import free_bytes
from .dataset import Array, DataSet, Images, labelled
from .reading import reading


def arrays(path: Path, names: Iterable[str]) -> dict[str, Array]:
    """Those arrays of the file that go by `names`."""
    found = {}
    with reading(path), zipfile.ZipFile(path) as archive:
        there = set(archive.namelist())
        members = {name: f"{name}.npy" for name in names if f"{name}.npy" in there}
        for name, member in members.items():
            try:
                found[name] = read_member(archive, member, free_bytes())
            except ArrayError as error:
                raise DataError(f"{path}: {member} {error}; get it again") from None
    return found


def npz_file(name: str, classes: tuple[str, ...] | None, path: Path) -> DataSet:
    """The data set in a file: x_train, y_train, x_test and y_test, or x and y; `classes` may hold names. Raises DataError."""
    found = arrays(path, ("x_train", "y_train", "x_test", "y_test", "x", "y", "classes"))
    pairs = [pair for pair in (("x_train", "y_train"), ("x_test", "y_test"), ("x", "y")) if set(pair) & set(found)]
    for pair in pairs:
        if missing := set(pair) - set(found):
            raise DataError(f"{path} has no {min(missing)} beside {min(set(pair) & set(found))}")
    if pairs not in ([("x_train", "y_train"), ("x_test", "y_test")], [("x_train", "y_train")], [("x", "y")]):
        raise DataError(f"{path} has other arrays than expected: x_train, y_train, x_test and y_test, or x and y")
    labels = {pair: _labels(found[pair[1]], f"{path}: {pair[1]}") for pair in pairs}
    if classes is None:
        classes = _classes(found.get("classes"), list(labels.values()), path)
    images = [
        Images(*labelled(_pixels(found[pair[0]], f"{path}: {pair[0]}"), labels[pair], len(classes), f"{path}: {pair[1]}")) for pair in pairs
    ]
    return DataSet(name, images[0], images[1] if len(images) > 1 else None, classes, str(path))


def _pixels(x: Array, name: str) -> Array:
    """(n, *size, channels) bytes: a channel axis is added to (n, height, width)."""
    if x.dtype.kind not in "iub":
        raise DataError(
            f"{name} is {x.dtype}; expected whole numbers from 0 to 255, such as (255 * x).round().astype('uint8') gives from 0 to 1"
        )
    if x.ndim < 2:
        raise DataError(f"{name} has the shape {x.shape}; expected (images, height, width) or (images, height, width, channels)")
    if x.dtype != np.uint8:
        if x.size and not 0 <= x.min() <= x.max() <= 255:
            raise DataError(f"{name} goes from {x.min()} to {x.max()}; expected whole numbers from 0 to 255")
        x = x.astype(np.uint8)
    return np.ascontiguousarray(x[..., None] if x.ndim == 3 else x)


def _labels(y: Array, name: str) -> Array:
    if y.dtype.kind not in "iu":
        raise DataError(f"{name} is {y.dtype}; expected whole numbers, one for each image")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise DataError(f"{name} has the shape {y.shape}; expected one number for each image, such as y.argmax(axis=1) gives")
    return y


def _classes(names: Any, labels: list[Array], path: Path) -> tuple[str, ...]:
    """As named in the file, or as many as the largest label says."""
    if names is not None:
        if names.dtype.kind != "U" or names.ndim != 1 or not len(names):
            raise DataError(f"{path}: classes is {names.dtype} of the shape {names.shape}; expected a list of names")
        return tuple(str(one) for one in names)
    most, least = (end((int(end(y)) for y in labels if len(y)), default=0) for end in (max, min))
    if least > 0:
        raise DataError(f"{path} has labels from {least} to {most}; expected classes numbered from 0, such as y - {least} gives")
    images = sum(len(y) for y in labels)
    if most >= max(images, 2):
        raise DataError(f"{path} has the label {most} and only {images} images; expected classes numbered from 0")
    return tuple(str(number) for number in range(max(most, 0) + 1))
