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


def backend_note() -> str:
    """`backend: jax (from ~/.keras/keras.json)`; empty where Keras runs on its default, TensorFlow."""
    backend, source = choose_backend()
    home = os.path.expanduser("~") + os.sep
    source = "~/" + source.removeprefix(home) if source.startswith(home) else source
    return "" if backend == BACKENDS[0] else f"backend: {backend} (from {source})"


def configure_tensorflow(training: bool) -> None:
    """Set what TensorFlow reads from the environment when it is imported, unless the user has set it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1" if uses_onednn(training) else "0")


def uses_onednn(training: bool) -> bool:
    """Whether TensorFlow computes with oneDNN: to train and to use what was trained, not to build, compare and export networks.

    Training is long, and oneDNN halves it (LeNet with AVX2; TensorFlow alone turns it on from AVX-512 on). The other commands take
    no time, and meet maps of a few pixels, on which oneDNN's gradient of a 1x1 convolution with stride 2 can overrun its memory
    (TensorFlow 2.21: the process aborts).
    """
    return training


def wake_keras(command: str) -> None:
    """Import Keras with the backend that `choose_backend` names. Raises UsageError with what to do where it is not there or not fit."""
    configure_tensorflow(training=False)
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
