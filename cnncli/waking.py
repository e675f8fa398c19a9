"""Waking Keras, quietly: its backends write to standard error of their own accord while they are imported."""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import UsageError

INSTALL = "pip install 'cnncli[train]'"
BACKENDS = ("tensorflow", "jax", "torch")  # those that have gradients


def choose_backend() -> tuple[str, str]:
    """The backend that Keras takes, and what names it: KERAS_BACKEND, else keras.json, else it is TensorFlow. As Keras decides it."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"], "KERAS_BACKEND"
    home = os.path.expanduser("~")
    folder = os.environ.get("KERAS_HOME") or os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    path = os.path.join(folder, "keras.json")
    try:
        with open(path, encoding="utf-8") as file:
            settings = json.load(file)
    except (OSError, ValueError):
        settings = None
    backend = settings.get("backend") if isinstance(settings, dict) else None
    return (backend, path) if isinstance(backend, str) and backend else (BACKENDS[0], "Keras' default")


def wake_keras(command: str) -> None:
    """Import Keras with the backend that KERAS_BACKEND names. Raises UsageError with what to do where it is not there or not fit."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # oneDNN's gradient of a 1x1 convolution with stride 2 can overrun its memory on small maps (TensorFlow 2.21: the process aborts)
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    try:
        with hushed():
            import keras

            backend = keras.backend.backend()
    except ImportError as error:
        backend, missing = choose_backend()[0], error.name or str(error)
        mend = f"pip install {missing}, or KERAS_BACKEND=tensorflow" if missing in BACKENDS[1:] else INSTALL
        if backend in BACKENDS:  # what another one lacks is no matter
            raise UsageError(f"{command} needs Keras and a backend of it, and {missing} is not installed: {mend}") from None
    except ValueError as error:  # Unable to import backend : nonsuch
        backend = str(error).rpartition(": ")[2]
    if backend not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND (or ~/.keras/keras.json) says {backend}; {command} runs with {', '.join(BACKENDS[:-1])} or torch")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def hushed() -> Iterator[None]:
    """Standard error closed for a while, also to code that is no Python; and no garbage collected, of which imports make none.

    (The collector looks at all that was imported, again and again: a quarter of the time that Keras takes to wake.)
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    first, collects = "keras" not in sys.modules, gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if first:
            gc.freeze()  # what was imported stays, and is not looked at any more
        if collects:
            gc.enable()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
