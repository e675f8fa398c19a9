"""A folder of class folders with images: `folder/cat/1.png`, or `folder/train/cat/1.png` with validation/ and test/ beside train/.

The folders' names, sorted, are the classes; folders inside a class folder belong to it. Hidden files, files that do not end as
images do, and images outside class folders are passed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ...printable import list_names, printable
from .dataset import Array, DataSet, Images
from .fitting import LARGEST, Fitting
from .reading import reading

Progress = Callable[[int, int], None]  # images done, images in all
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
_SPLITS = {
    "train": "train", "training": "train", "test": "test", "testing": "test",
    "validation": "validation", "valid": "validation", "val": "validation",
}  # fmt: skip
MANY = 10  # images that cannot be read, after which no more are looked for
_EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV")


def picture_folder(folder: Path, fitting: Fitting, progress: Progress | None = None) -> DataSet:
    """The data set in a folder, its images fitted one by one, for they may differ in size. Raises DataError."""
    splits = _splits(folder)
    classes = tuple(one.name for one in _folders(splits["train"]))
    if len(classes) < 2:
        raise DataError(
            f"{splits['train']} has {len(classes) or 'no'} class folder{'' if len(classes) == 1 else 's'}; "
            f"expected one for each class, at least two, such as {splits['train'] / 'cat'} and {splits['train'] / 'dog'}, with their images"
        )
    paths = {name: list(_labelled(place, classes)) for name, place in splits.items()}
    total, done = sum(map(len, paths.values())), 0
    found: dict[str, Images] = {}
    for name, pairs in paths.items():
        step = None if progress is None else partial(_shifted, progress, done, total)
        found[name] = _images(pairs, fitting, step)
        done += len(pairs)
    source = f"images in {folder}; {fitting}" if fitting else f"images in {folder}"
    return DataSet(folder.resolve().name, found["train"], found.get("test"), classes, source, found.get("validation"))


def decoded(path: Path, called: str = "") -> Array:
    """(height, width, channels) bytes of one image file: grey has one channel, all else three. Upright, as its camera noted.

    Of an animation it is the first picture. Refusals name the path, or what it is `called`.
    """
    name = called or str(path)
    with reading(name), _opened(path, name) as image:
        from PIL import ImageOps

        if image.mode not in _EIGHT_BITS:
            raise DataError(f"{name} has more than 8 bits a value (its mode is {image.mode}); convert it to 8 bits")
        if max(image.size) > LARGEST:
            raise DataError(f"{name} has {image.width}×{image.height} pixels; expected at most {LARGEST} along an axis")
        upright: Any = ImageOps.exif_transpose(image)
        if "A" in upright.getbands() or "transparency" in upright.info:
            upright = upright.convert("RGBA" if upright.mode not in ("L", "LA") else "LA")
            if upright.getextrema()[-1][0] < 255:
                raise DataError(f"{name} is transparent in places; put it on a background first")
        pixels = np.array(upright.convert("L" if upright.mode in ("1", "L", "LA") else "RGB"))
    return pixels.reshape(*pixels.shape[:2], -1)


def _opened(path: Path, name: str) -> Any:
    """The file as Pillow has it, told apart from what is no image at all. Raises DataError."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise DataError("image files are read with Pillow, which is not installed; pip install 'cnncli[train]'") from None
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        what = "is no image that can be read" if path.stat().st_size else "is empty"
        raise DataError(f"{name} {what}; expected a PNG, a JPEG or the like") from None


def _splits(folder: Path) -> dict[str, Path]:
    """Where the images of each split stand."""
    named = {_SPLITS[one.name.lower()]: one for one in _folders(folder) if one.name.lower() in _SPLITS}
    if "train" not in named:
        return {"train": folder}
    strangers = [one.name for one in _folders(folder) if one not in named.values()]
    if strangers:
        raise DataError(f"{folder} has {strangers[0]}/ beside {named['train'].name}/; expected only validation/ and test/ there")
    return named


def _labelled(folder: Path, classes: tuple[str, ...]) -> Iterator[tuple[Path, int]]:
    """Every image with the number of its class, in the order of the names."""
    for one in _folders(folder):
        if one.name not in classes:
            raise DataError(f"{one} is a class that the training images do not have; their classes are {list_names(classes, 9)}")
        images = sorted(path for path in one.rglob("*") if path.suffix.lower() in ENDINGS and not path.name.startswith("."))
        if not images:
            raise DataError(f"{one} holds no images; expected files that end in {', '.join(ENDINGS)}")
        for path in images:
            yield path, classes.index(one.name)
    if not _folders(folder):
        raise DataError(f"{folder} has no class folders; sort its images into one folder for each class, or move it away")


def _folders(folder: Path) -> list[Path]:
    with reading(folder):
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith((".", "__")))


def _images(pairs: list[tuple[Path, int]], fitting: Fitting, progress: Progress | None) -> Images:
    """All images as one array, read by as many threads as there are processors."""
    x: Array = None
    faults: list[DataError] = []
    pool = ThreadPoolExecutor(max_workers=os.cpu_count())
    try:
        for number, image in enumerate(pool.map(partial(_fitted, fitting=fitting), [path for path, _ in pairs])):
            if isinstance(image, DataError):
                faults.append(image)
                if len(faults) == MANY:
                    break
            elif not faults:
                x = _room(len(pairs), image.shape) if x is None else x
                if image.shape != x.shape[1:]:
                    raise DataError(_uneven(pairs[number][0], image.shape, pairs[0][0], x.shape[1:]))
                x[number] = image
            if progress is not None:
                progress(number + 1, len(pairs))
    finally:
        pool.shutdown(cancel_futures=True)  # a refusal does not wait for the images after it
    if faults:
        raise DataError("\n".join([*(printable(str(fault)) for fault in faults), *["there may be more"] * (len(faults) == MANY)]))
    return Images(x, np.array([label for _, label in pairs], np.int64))


def _fitted(path: Path, fitting: Fitting) -> Array | DataError:
    """The image as the network takes it, or why not."""
    try:
        return fitting.apply(decoded(path)[None], str(path))[0]
    except DataError as error:
        return error


def _room(count: int, shape: tuple[int, ...]) -> Array:
    """An array for all images, if this machine can hold it."""
    needed = count * int(np.prod(shape))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else needed
    if needed > memory:
        sizes = f"{needed / 1e9:.1f} GB; this machine has {memory / 1e9:.1f} GB"
        raise DataError(f"{count:,} images of {_written(shape)} take {sizes}: give a smaller --resize")
    return np.empty((count, *shape), np.uint8)


def _uneven(path: Path, shape: tuple[int, ...], first: Path, expected: tuple[int, ...]) -> str:
    fix = "--colour grey or --colour rgb" if shape[:-1] == expected[:-1] else f"--resize {expected[0]}"
    return f"{path} is {_written(shape)}, but {first} is {_written(expected)}; give {fix}"


def _written(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _shifted(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)
