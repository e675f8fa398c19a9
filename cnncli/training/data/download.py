"""Keras' own loaders, for data sets that are not here yet. The only place of this room that wakes Keras."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...waking import hushed
from .dataset import Array, DataSet, Images, labelled

_PATIENCE = 20.0  # seconds without a word from the server


def keras_cache() -> Path:
    """The folder in which Keras keeps its data sets."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"


def download(name: str, classes: tuple[str, ...]) -> DataSet:
    """Let Keras fetch it; its progress goes to stderr. Raises DataError where it cannot."""
    try:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with hushed():
            loader = import_module(f"keras.datasets.{name}").load_data
    except ImportError:
        raise DataError("Keras, which could download it, is not installed (pip install 'cnncli[train]')") from None
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        with redirect_stdout(sys.stderr):
            train, test = loader()
    except Exception as error:  # Keras raises a bare Exception for most of what can go wrong
        raise DataError(f"Keras could not download it ({str(error).splitlines()[0] if str(error) else type(error).__name__})") from None
    finally:
        socket.setdefaulttimeout(before)
    return DataSet(name, _images(train, len(classes)), _images(test, len(classes)), classes, f"downloaded by Keras to {keras_cache()}")


def _images(pair: tuple[Array, Array], classes: int) -> Images:
    x, y = pair
    pixels: Any = x[..., None] if x.ndim == 3 else x.transpose(0, 2, 3, 1) if x.shape[1] == 3 else x
    return labelled(pixels.copy(order="C"), y.reshape(-1), classes, "what Keras downloaded")
