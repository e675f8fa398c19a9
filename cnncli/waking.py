"""Waking Keras, quietly: its backends write to standard error of their own accord while they are imported."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import UsageError

INSTALL = "pip install 'cnncli[train]'"


def wake_keras(command: str) -> None:
    """Import Keras with the backend that KERAS_BACKEND names. Raises UsageError with what to install where it is not there."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # oneDNN's gradient of a 1x1 convolution with stride 2 can overrun its memory on small maps (TensorFlow 2.21: the process aborts)
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        with hushed():
            import keras

            keras.backend.backend()
    except ImportError as error:
        missing = error.name or str(error)
        raise UsageError(f"{command} needs Keras and a backend of it, and {missing} is not installed: {INSTALL}") from None
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def hushed() -> Iterator[None]:
    """Standard error closed for a while, also to code that is no Python."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
