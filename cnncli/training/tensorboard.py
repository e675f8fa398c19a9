"""A run's history as TensorBoard reads it. Its files are written by TensorFlow, whatever backend trained."""

# mypy: ignore-missing-imports
from __future__ import annotations

import importlib.util
from typing import Any

from .errors import RefusedError
from .folder import Folder


def check() -> None:
    """Refuse where the files cannot be written."""
    for package in ("tensorflow", "tensorboard"):
        if importlib.util.find_spec(package) is None:
            raise RefusedError(f"logs for TensorBoard need {package}: pip install {package}; history.csv holds the same figures")


def write(folder: Folder, history: list[dict[str, Any]]) -> None:
    """All figures, by step."""
    import tensorflow as tf

    writer = tf.summary.create_file_writer(str(folder.path / "tensorboard"))
    with writer.as_default():
        for row in history:
            for name, value in row.items():
                if name not in ("epoch", "step"):
                    tf.summary.scalar(name, value, step=row["step"])
    writer.close()
