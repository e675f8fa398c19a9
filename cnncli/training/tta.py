"""Test-time augmentation: the mean of the outputs for an image and for the same image moved a little. Always reported apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .engine import Engine

Array = Any
SHIFTS = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


def variants(images: Array, kind: str) -> Iterator[Array]:
    """The images (n, height, width, channels) as they are, moved by a pixel, mirrored."""
    around = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge") if "shift" in kind else images
    height, width = images.shape[1:3]
    for down, right in SHIFTS if "shift" in kind else SHIFTS[:1]:
        moved = around[:, 1 + down : 1 + down + height, 1 + right : 1 + right + width] if "shift" in kind else images
        yield moved
        if "flip" in kind:
            yield moved[:, :, ::-1]


def outputs(engine: Engine, images: Array, kind: str) -> Array:
    """(n, classes): the mean of the outputs over all variants."""
    found = [engine.outputs(np.ascontiguousarray(one)) for one in variants(images, kind)]
    return np.mean(found, axis=0)
