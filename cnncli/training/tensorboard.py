"""A run's history as TensorBoard reads it, as the run goes. Its files are written by TensorFlow, whatever backend trains."""

# mypy: ignore-missing-imports
from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import RefusedError, RunError
from .run import Watcher

if TYPE_CHECKING:
    from .folder import Folder
    from .loop import Loop, Progress


def check() -> None:
    """Refuse where the files cannot be written."""
    for package in ("tensorflow", "tensorboard"):
        if importlib.util.find_spec(package) is None:
            raise RefusedError(f"logs for TensorBoard need {package}: pip install {package}; history.csv holds the same figures")


def room(folder: Folder) -> Path:
    """Where the logs of a run are."""
    return folder.path / "tensorboard"


class Board(Watcher):
    """Writes down every epoch, and passes on to another watcher all that it is told."""

    def __init__(self, folder: Folder, other: Watcher) -> None:
        self.folder, self.other = folder, other

    def began(self, loop: Loop, resumed: bool) -> None:
        """Write the epochs so far anew: what a killed run wrote after its last checkpoint comes again."""
        if loop.phase and not resumed:  # another phase of the same run
            self.other.began(loop, resumed)
            return
        with self._writing() as tf:
            for old in room(self.folder).glob("events.out.tfevents.*"):
                old.unlink()
            self.writer = tf.summary.create_file_writer(str(room(self.folder)))
        for row in loop.history:
            self._write(row)
        self.other.began(loop, resumed)

    def progress(self, progress: Progress) -> None:
        self.other.progress(progress)

    def epoch(self, row: dict[str, Any]) -> None:
        self._write(row)
        self.other.epoch(row)

    def warn(self, words: str) -> None:
        self.other.warn(words)

    def _write(self, row: dict[str, Any]) -> None:
        """All figures of an epoch, by step."""
        with self._writing() as tf:
            with self.writer.as_default():
                for name in row.keys() - {"epoch", "step"}:
                    tf.summary.scalar(name, row[name], step=row["step"])
            self.writer.flush()

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        """TensorFlow, whose refusals become ours."""
        import tensorflow as tf

        try:
            yield tf
        except (OSError, tf.errors.OpError):  # which seldom says more than that
            raise RunError(
                f"TensorFlow cannot write the log for TensorBoard in {room(self.folder)}; "
                f"free some space or remove that folder, then cnncli train --resume {self.folder}"
            ) from None
