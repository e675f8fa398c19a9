"""When checkpoints are made, and what is in them."""

from __future__ import annotations

import time

from . import checkpoint
from .checkpoint import Checkpoint
from .errors import RefusedError
from .folder import Folder
from .loop import Loop

WORTH = 20.0  # a checkpoint that took a second is followed by so many seconds of work at least


class Keeper:
    """Keeps `last.npz`, the one before it, and `best.npz`."""

    def __init__(self, folder: Folder, loop: Loop, seconds: float, fingerprint: str) -> None:
        self.folder, self.loop, self.seconds, self.fingerprint = folder, loop, seconds, fingerprint
        self._kept, self._cost = time.monotonic(), 0.0

    def resume(self) -> bool:
        """Take up where the newest checkpoint was made; False where there is none. Raises RefusedError for one of another network."""
        found = checkpoint.latest(self.folder.checkpoints)
        if found is None:
            return False
        if found.about.get("network") != self.fingerprint:
            raise RefusedError(
                f"the checkpoint in {self.folder} is of another network than its spec; resume it with the spec it was begun with"
            )
        try:
            self.loop.resume(found)
        except ValueError as error:
            raise RefusedError(f"the checkpoint in {self.folder} does not fit: {error}") from None
        return True

    def after_chunk(self) -> None:
        """Keep the best, and the last when it is time."""
        if self.loop.improved:
            self.loop.improved = False
            with self.loop.engine.with_averages():
                checkpoint.save(self.folder.checkpoints / "best.npz", self._checkpoint())
        if time.monotonic() - self._kept >= max(self.seconds, WORTH * self._cost):
            self.keep()

    def keep(self) -> None:
        """Make a checkpoint now."""
        begun = time.monotonic()
        path = self.folder.checkpoints
        checkpoint.save(path / "last.npz", self._checkpoint(), keep=path / "previous.npz")
        self._kept = time.monotonic()
        self._cost = self._kept - begun

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.loop.engine.state(), {"network": self.fingerprint, **self.loop.state()})
