"""When checkpoints are made, and what is in them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import cached_property

from . import checkpoint
from .checkpoint import Checkpoint
from .distributed.team import Team
from .errors import RefusedError
from .folder import Folder
from .loop import Loop
from .prepare import Prepared, identity
from .records import COUNTERS, require

WORTH = 20.0  # a checkpoint that took a second is followed by so many seconds of work at least


class Keeper:
    """Keeps `last.npz`, the one before it, and `best.npz`."""

    def __init__(self, folder: Folder, loop: Loop, prepared: Prepared, warn: Callable[[str], None]) -> None:
        self.warn = warn
        self.folder, self.loop, self.prepared, self.seconds = folder, loop, prepared, prepared.request.checkpoint_seconds
        self._kept, self._cost = time.monotonic(), 0.0
        self._step: int | None = None  # at which the last checkpoint was made

    @property
    def team(self) -> Team:
        """Those who train together now."""
        return self.loop.engine.task.team

    @property
    def how_to_go_on(self) -> str:
        """What a user reads when a run ends early: what is saved, and how to continue."""
        saved = f"step {self._step:,} is saved" if self._step is not None else "nothing was saved yet"
        return f"{saved}; {self.continuation}" if self.team.chief else self.continuation

    @property
    def continuation(self) -> str:
        """How to continue the run."""
        cluster = self.team.cluster
        if not self.team.chief:
            return f"{cluster.name(0)} keeps the run; continue there with --resume, and start this worker again as before"
        if self.team.alone:
            return f"continue with: {self.folder.again}"
        others = " here and the same command as before on the others" if cluster.workers > 1 else ""
        return f"continue with: {self.folder.again} {cluster.option(cluster.rank)}{others}, or without --distributed on one device"

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint of this folder; None where there is none. Raises RefusedError for one of another network."""
        return self._same(checkpoint.latest(self.folder.checkpoints, self.warn)) if self.team.chief else None

    def told(self, kept: Checkpoint | None) -> Checkpoint | None:
        """What the chief has, which all go on from: its checkpoint, or how it begins. One alone has what was kept."""
        if self.team.alone:
            return kept
        packed = io.BytesIO()
        if self.team.chief:
            checkpoint.pack(kept or self._checkpoint(), packed)
        return Checkpoint(*checkpoint.unpack(io.BytesIO(self.team.tell(packed.getvalue()))))

    def resume(self, found: Checkpoint, kept: bool) -> None:
        """Take up where a checkpoint was made, which is `kept` here, or was only told. Raises RefusedError where it does not fit."""
        self._step = found.about["past_steps"] + found.about["step"] if kept else None
        last_phase = found.about["phase"] == len(self.prepared.phases) - 1
        if last_phase and found.about.get("of", {}).get("recipe") in self.prepared.request.former_recipes:
            self.loop.extended_from = found.about["history"][-1]["epoch"]
            found.about["ended"] = False  # by early stopping: its patience begins anew
        try:
            self.loop.resume(found)
        except ValueError as error:
            raise RefusedError(f"the checkpoint in {self.folder} does not fit: {error}") from None

    def take_best(self) -> None:
        """Put the weights in place that were best on the validation images. Raises RefusedError where none were kept."""
        found = self.told(self._best() if self.team.chief else None)
        if found is not None:
            try:
                self.loop.engine.take(found.arrays)
            except ValueError as error:
                raise RefusedError(f"the checkpoint best.npz in {self.folder} does not fit: {error}") from None

    def _best(self) -> Checkpoint | None:
        path = self.folder.checkpoints / "best.npz"
        if not path.exists():
            raise RefusedError(f"{path} is not there; it is kept where validation images are: --validation 0.1")
        return self._same(checkpoint.load(path))

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
        self._kept, self._step = time.monotonic(), self.loop.past_steps + self.loop.step
        self._cost = self._kept - begun

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(self.loop.engine.state(), {"of": self.identity, **self.loop.state()})

    @cached_property
    def identity(self) -> dict[str, str]:
        """Fingerprints of what the run comes from."""
        return identity(self.prepared)

    def _same(self, found: Checkpoint | None) -> Checkpoint | None:
        """The same checkpoint, if there is one. Raises RefusedError where it comes from something else."""
        of = found.about.get("of", {}) if found else self.identity
        for what, digest in self.identity.items():
            former = self.prepared.request.former_recipes if what == "recipe" else ()
            if of.get(what) not in (digest, *former):
                raise RefusedError(
                    f"the checkpoint in {self.folder} is of {'other' if what == 'data' else 'another'} {what} than the run has now; "
                    f"put back what it was begun with, or begin a new run"
                )
        if found:
            try:
                require(found.about, COUNTERS)
            except ValueError as error:
                raise RefusedError(f"the checkpoint in {self.folder} is damaged: {error}") from None
        return found
