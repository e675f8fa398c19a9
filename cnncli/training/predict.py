"""What a trained network says about images that people bring."""

# mypy: ignore-missing-imports
from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DataError, UsageError
from ..printable import shorten
from ..waking import hushed
from . import machine, saved_model
from .arrays import ArrayError, read_array
from .data.fitting import Fitting, enlarged, enlargement
from .data.pictures import decoded
from .data.reading import reading
from .folder import existing
from .objective import bare
from .scores import probabilities
from .settings import from_plain, plain

Array = Any
BATCH = 250  # images at a time
LARGEST = 2**30  # bytes of images on standard input
DIGIT = (8, 8)  # the size of `digits`
NPY = b"\x93NUMPY"


class Oracle:
    """The model of a finished run, with the classes and the normalization that it was trained with."""

    def __init__(self, run: str) -> None:
        folder = existing(run)
        saved_model.check(folder)
        result = folder.read_json("result.json", "data.classes", "input.scale", "input.offset")
        kept = folder.read_json("recipe.json", "train")
        self.classes, self.recipe = result["data"]["classes"], plain(from_plain(kept["train"]))
        self.scale, self.offset = (np.array(result["input"][name], np.float32) for name in ("scale", "offset"))
        machine.wake(machine.Machine(), "float32", 0)
        with hushed():  # Keras imports TensorFlow to read a file, whatever its backend
            self.model, notes = saved_model.load(folder)
        bare(self.model, self.recipe["loss"])
        self.shape: tuple[int, ...] = tuple(self.model.inputs[0].shape[1:])
        channels, outputs = self.shape[-1], self.model.outputs[0].shape[-1]
        if {len(self.scale), len(self.offset)} != {channels} or len(self.classes) != max(outputs, 2):
            raise UsageError(f"{folder.path / 'result.json'} is of another network than model.keras; put back a copy of both")
        if notes:  # the model scales the images itself
            self.scale, self.offset = np.float32(1), np.float32(0)

    def answers(self, image: str, top: int) -> list[dict[str, Any]]:
        """For each image in a file the `top` classes. Raises DataError."""
        found = read(image)
        fitted, how = fit(found, self.shape, image, self.recipe)
        outputs = np.concatenate([self._outputs(fitted[start : start + BATCH]) for start in range(0, len(fitted), BATCH)])
        shares = probabilities(outputs, self.recipe["loss"])
        names = [image] if len(found) == 1 else [f"{image}[{n}]" for n in range(len(found))]
        return [{"image": name, "fitted": how, "classes": self._first(row, top)} for name, row in zip(names, shares, strict=True)]

    def _outputs(self, images: Array) -> Array:
        import keras

        return keras.ops.convert_to_numpy(self.model(images.astype(np.float32) * self.scale + self.offset, training=False))

    def _first(self, row: Array, top: int) -> list[dict[str, Any]]:
        return [{"class": self.classes[n], "probability": float(row[n])} for n in np.argsort(-row, kind="stable")[:top]]


def read(image: str) -> Array:
    """(n, height, width, channels) bytes from a file or from standard input."""
    if image != "-":
        path = Path(image)
        if path.is_dir():
            raise DataError(f"{image} is a folder; name the images in it, such as {path / '*.png'}")
        if not path.is_file():
            raise DataError(f"{image}: no such image")
        with reading(image), path.open("rb") as file:
            data = file.read(len(NPY))
            data += file.read() if data == NPY else b""
        return array(data, image) if data.startswith(NPY) else decoded(path)[None]
    with reading("standard input"):
        data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise DataError(f"standard input holds more than {LARGEST // 2**20} MiB; name a file")
    if data.startswith(NPY):
        return array(data, "standard input")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        path.write_bytes(data)
        return decoded(path, "standard input")[None]


def array(data: bytes, name: str) -> Array:
    """Images from an .npy: bytes, with or without axes for channels and for several images."""
    try:
        found = read_array(io.BytesIO(data), len(data))
    except ArrayError as error:
        raise DataError(f"{name} is no whole .npy file: it {error}") from None
    except Exception as error:  # numpy raises what it likes over a damaged header
        raise DataError(f"{name} is no whole .npy file: {shorten(str(error))}") from None
    if found.dtype != np.uint8:
        raise DataError(f"{name} holds {found.dtype}; expected bytes (uint8) from 0 to 255")
    if found.ndim == 2 or (found.ndim == 3 and found.shape[-1] not in (1, 3)):
        found = found[..., None]
    if not found.size:
        raise DataError(f"{name} has shape {found.shape}, so there is no image in it")
    if found.ndim not in (3, 4):
        raise DataError(f"{name} has shape {found.shape}; expected (height, width, channels), or several such")
    return found if found.ndim == 4 else found[None]


def fit(images: Array, shape: tuple[int, ...], name: str, recipe: Mapping[str, Any]) -> tuple[Array, str]:
    """Images in the network's size and colour, as those were that it was trained on, and in words what was done to them."""
    if images.shape[1:] == shape:
        return images, ""
    if len(shape) != 3 or shape[-1] not in (1, 3):
        raise DataError(f"{name} is {images.shape[1:]}; the network reads {shape}")
    if recipe.get("data") == "digits" and images.shape[1:-1] == DIGIT and enlargement(DIGIT, shape[:-1]):
        return enlarged(images, shape[:-1], shape[-1]), f"enlarged {enlargement(DIGIT, shape[:-1])} times"
    pad = recipe.get("pad") or 0
    border = pad if isinstance(pad, list) else [pad, pad]
    size = tuple(of - 2 * one for of, one in zip(shape, border, strict=False))
    colour = None if images.shape[-1] == shape[-1] else "grey" if shape[-1] == 1 else "rgb"
    fitting = Fitting(resize=size if images.shape[1:-1] != size else None, pad=tuple(border) if any(border) else None, colour=colour)
    return fitting.apply(images, name), str(fitting)
