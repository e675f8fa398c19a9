"""Images as matrices and back. Pillow is woken here, and only here."""

# mypy: ignore-missing-imports
from __future__ import annotations

import io
import os
from typing import Any

from ..errors import UsageError
from .array import Array
from .number import Number

MOST_PIXELS = 4_000_000
PIXELS = ("clip", "scale", "absolute")
WRITTEN = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def pillow() -> Any:
    """The module, or a refusal that says how to get it."""
    try:
        import PIL.Image
    except ImportError:
        raise UsageError("images need Pillow: pip install pillow") from None
    return PIL.Image


def load(path: str, grey: bool = False) -> Array:
    """The numbers of an image from 0 to 255: (1, height, width) of a grey one, (3, height, width) of one in colour."""
    room = pillow()
    try:
        with room.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise UsageError(f"{path} has {image.width} x {image.height} pixels; at most {MOST_PIXELS:,} are computed by hand")
            if image.mode.startswith("I;16"):
                image = image.point(lambda value: value / 256)
            mode = "L" if grey or image.mode in ("1", "L", "LA", "I", "I;16", "F") else "RGB"
            made = image.convert(mode)
            bands = [list(band.tobytes()) for band in made.split()]
            return Array((len(bands), made.height, made.width), [value for band in bands for value in band])
    except UsageError:
        raise
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except Exception as error:  # of a broken file Pillow raises what its decoders raise
        why = str(error).partition("\n")[0] or type(error).__name__
        raise UsageError(f"{path} cannot be read as an image: {why}") from None


def levels(values: list[Number], pixels: str) -> bytes:
    """The numbers as levels from 0 to 255: cut off there, stretched from the least to the largest, or without their signs."""
    if pixels == "absolute":
        values = [-value if value < 0 else value for value in values]
    elif pixels == "scale":
        low, high = min(values), max(values)
        values = [255 * (value - low) / (high - low) if high > low else 0 for value in values]
    return bytes(min(max(int(value + 0.5), 0), 255) if value > 0 else 0 for value in values)


def encode(maps: list[Array], pixels: str, path: str) -> bytes:
    """The file of a grey image for one map, of one in colour for three, in the format of the ending of `path`. Raises UsageError."""
    if len(maps) not in (1, 3) or len(maps[0].shape) != 2:
        raise UsageError(f"an image holds 1 or 3 matrices; the result is {len(maps)} of shape {maps[0].shape}, so write {path} as .csv")
    room = pillow()
    height, width = maps[0].shape
    data = levels([value for one in maps for value in one.values], pixels)
    size = height * width
    bands = [room.frombytes("L", (width, height), data[start : start + size]) for start in range(0, len(data), size)]
    image = bands[0] if len(bands) == 1 else room.merge("RGB", bands)
    file = io.BytesIO()
    try:
        image.save(file, room.registered_extensions()[os.path.splitext(path)[1].lower()])
    except OSError as error:  # a format that this Pillow was built without, or an image that is too large for it
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None
    return file.getvalue()
