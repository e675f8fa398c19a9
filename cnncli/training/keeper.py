"""When checkpoints are made, and what is in them."""

from __future__ import annotations

import io
import time
from functools import cached_property

from . import checkpoint
from .checkpoint import Checkpoint
from .errors import RefusedError
from .folder import Folder
from .loop import Loop
from .prepare import Prepared, identity

WORTH = 20.0  # a checkpoint that took a second is followed by so many seconds of work at least


class Keeper:
    """Keeps `last.npz`, the one before it, and `best.npz`."""

    def __init__(self, folder: Folder, loop: Loop, prepared: Prepared) -> None:
        self.folder, self.loop, self.prepared, self.seconds = folder, loop, prepared, prepared.request.checkpoint_seconds
        self.team = loop.engine.task.team
        self._kept, self._cost = time.monotonic(), 0.0
        self._step: int | None = None  # at which the last checkpoint was made

    @property
    def how_to_go_on(self) -> str:
        """What a user reads when a run ends early."""
        cluster = self.team.cluster
        if not self.team.chief:
            return f"{cluster.name(0)} keeps the run and goes on with --resume; start this one again as before"
        command = self.folder.again
        saved = f"step {self._step} is saved" if self._step is not None else "nothing was saved yet"
        if self.team.alone:
            return f"{saved}; go on with {command}"
        others = " here, as before on the others" if cluster.workers > 1 else ""
        return f"{saved}; go on with {command} {cluster.option(cluster.rank)}{others}, or without --distributed on one device"

    def resume(self) -> bool:
        """Take up where the newest checkpoint was made; False where there is none. All go on from where the chief is.

        Raises RefusedError for a checkpoint of another network.
        """
        kept = checkpoint.latest(self.folder.checkpoints) if self.team.chief else None
        if kept is not None:
            self._same(kept)
            self._step = kept.about["step"]
        found = kept if self.team.alone else self._told(kept)
        try:
            if found is not None:
                self.loop.resume(found)
        except ValueError as error:
            raise RefusedError(f"the checkpoint in {self.folder} does not fit: {error}") from None
        return kept is not None

    def _told(self, kept: Checkpoint | None) -> Checkpoint:
        """What the chief has: its checkpoint, or how it begins."""
        packed = io.BytesIO()
        if self.team.chief:
            checkpoint.pack(kept or self._checkpoint(), packed)
        return Checkpoint(*checkpoint.unpack(io.BytesIO(self.team.tell(packed.getvalue()))))

    def take_best(self) -> None:
        """Put the weights in place that were best on the validation images. Raises RefusedError where none were kept."""
        path = self.folder.checkpoints / "best.npz"
        if not path.exists():
            raise RefusedError(f"{path} is not there; it is kept where validation images are: --validation 0.1")
        found = checkpoint.load(path)
        self._same(found)
        self.loop.engine.take(found.arrays)

    def after_chunk(self) -> None:
        """Keep the best, and the last when it is time."""
        if self.loop.improved:
            self.loop.improved = False
            with self.loop.engine.with_averages():  # which all must do, where one program moves the weights on all devices
                if self.team.chief:
                    checkpoint.save(self.folder.checkpoints / "best.npz", self._checkpoint())
        if time.monotonic() - self._kept >= max(self.seconds, WORTH * self._cost):
            self.keep()

    def keep(self) -> None:
        """Make a checkpoint now."""
        if not self.team.chief:
            return
        begun = time.monotonic()
        path = self.folder.checkpoints
        checkpoint.save(path / "last.npz", self._checkpoint(), keep=path / "previous.npz")
        self._kept, self._step = time.monotonic(), self.loop.step
        self._cost = self._kept - begun

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.loop.engine.state(), {"of": self.identity, **self.loop.state()})

    @cached_property
    def identity(self) -> dict[str, str]:
        """Fingerprints of what the run comes from."""
        return identity(self.prepared)

    def _same(self, found: Checkpoint) -> None:
        """Refuse a checkpoint that comes from something else."""
        for what, digest in self.identity.items():
            if found.about.get("of", {}).get(what) != digest:
                raise RefusedError(
                    f"the checkpoint in {self.folder} is of another {what} than the run has now; "
                    f"put back what it was begun with, or begin a new run"
                )
