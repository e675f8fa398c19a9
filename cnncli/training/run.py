"""A run from its first step to its result, or to where it was stopped."""

# mypy: ignore-missing-imports
from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import fits, machine
from .diagnosis import first_bad_layer
from .distributed.team import Team
from .engine import Engine, Task, engine
from .errors import RunError, StoppedError
from .folder import Folder
from .free_memory import free_bytes
from .keeper import Keeper
from .loop import DivergedError, Loop, Progress
from .machine import peak_memory
from .objective import bare, precise_head
from .phases import entered
from .plan import Plan
from .prepare import Prepared, identity, shared_out, standard
from .schedules import total_steps
from .shares import shares
from .whitening import whiten

OUT_OF_MEMORY = ("resource_exhausted", "resourceexhausted", "out of memory", "outofmemory", "memoryerror", "oom when")


class Watcher:
    """Who is told how a run goes. This one keeps quiet."""

    def began(self, loop: Loop, resumed: bool) -> None:
        """The first step is next."""

    def progress(self, progress: Progress) -> None:
        """A chunk of steps is done."""

    def epoch(self, row: dict[str, Any]) -> None:
        """An epoch is over."""

    def warn(self, words: str) -> None:
        """Something is not as it should be, and the run goes on."""


class Run:
    """One run, in its folder."""

    def __init__(self, prepared: Prepared, awakened: tuple[Engine, Any], folder: Folder, watcher: Watcher) -> None:
        self.prepared, self.folder, self.watcher = prepared, folder, watcher
        self.recipe = prepared.recipe
        self.engine, self.head = awakened
        self.team = self.engine.task.team
        self.memory_before = peak_memory()
        self.plan = plan_of(prepared, self.engine)
        self.phase = 0
        self.loop = Loop(self.engine, self.plan, self.recipe, prepared.watched)
        self.keeper = Keeper(folder, self.loop, prepared, watcher.warn)

    def train(self) -> None:
        """All steps that are left. Raises StoppedError on Ctrl-C, RunError where the run cannot go on."""
        with self._others():
            self._train()

    def part(self) -> None:
        """The chief is through with everything: each process may go its way."""
        with self._others():
            self.team.agree(False, 0)

    @contextmanager
    def _others(self) -> Iterator[None]:
        """Tell in words what an engine says of a worker that is gone."""
        try:
            yield
        except Exception as error:
            lost = self.team.explained(error, self.keeper.how_to_go_on)
            if lost is None:
                raise
            raise lost from None

    def _train(self) -> None:
        resumed = self.resume()
        if not resumed and self.prepared.pretrained is not None and self.team.chief:
            self._keep_pretrained()
        self.folder.write_json("environment.json", machine.environment(self.prepared.request.machine))
        self.folder.write_history(self.loop.history)
        self.watcher.began(self.loop, resumed)
        with interruptions() as stopped:
            while not (self.loop.over and self.phase == len(self.prepared.phases) - 1):
                if self.loop.over:
                    self._go_on()
                self._advance()
                stop, self.loop.pace.chunk = self.team.agree(stopped.is_set(), self.loop.pace.chunk)
                if stop and not self.loop.over:
                    self.keeper.keep()
                    raise StoppedError(f"Interrupted after step {self.loop.past_steps + self.loop.step:,}; {self.keeper.continuation}")
            self.keeper.keep()
        if not self.team.alone and self.team.chief:
            self._by_itself()

    def _by_itself(self) -> None:
        """What follows concerns no other process: go on with a network on this device alone."""
        state = self.engine.state()
        self.engine, self.head = awake(self.prepared._replace(request=self.prepared.request.alone()))
        for phase in self.prepared.phases[1 : self.phase + 1]:
            self.engine = entered(self.engine, phase, self.prepared.data.train)
        self.engine.resume(state)
        self.loop.engine = self.engine

    def resume(self) -> bool:
        """Take up where the newest checkpoint was made, in its phase; False where there is none. All go on from where the chief is."""
        kept = self.keeper.newest()
        found = self.keeper.told(kept)
        if found is not None:
            while self.phase < found.about["phase"]:
                self._enter(found.about["past_steps"])
            self.keeper.resume(found, kept is not None)
        return kept is not None

    def _go_on(self) -> None:
        """The next phase, from the best weights where the one before stopped early, else from the last ones."""
        if self.recipe.early_stopping:
            self.keeper.take_best()
        self._enter(self.loop.past_steps + self.loop.step)
        self.keeper.keep()  # here: the best weights may be others when the run is taken up again
        self.watcher.began(self.loop, False)

    def _enter(self, past_steps: int) -> None:
        """Make everything ready for the next phase, after so many steps of the run."""
        self.phase += 1
        phase, before = self.prepared.phases[self.phase], self.loop
        self.engine = entered(self.engine, phase, self.prepared.data.train)
        self.plan = plan_of(self.prepared, self.engine, -(-past_steps // self.plan.steps))
        self.loop = Loop(self.engine, self.plan, phase.recipe, self.prepared.watched)
        self.loop.follow(before, past_steps)
        self.keeper = Keeper(self.folder, self.loop, self.prepared, self.watcher.warn)

    def _keep_pretrained(self) -> None:
        """So that the run needs no more where its first weights came from."""
        scale, offset = ([float(one) for one in values] for values in (self.engine.task.scale, self.engine.task.offset))
        self.folder.write_json("input.json", {"scale": scale, "offset": offset})
        self.keeper.keep()

    def _advance(self) -> None:
        noted = len(self.loop.history)
        try:
            progress = self.loop.advance()
        except DivergedError as error:
            raise self._diverged(error) from None
        except Exception as error:
            if out_of_memory(error):
                raise self._too_large() from None
            raise
        self.watcher.progress(progress)
        if len(self.loop.history) > noted:
            self.folder.write_history(self.loop.history)
            self.watcher.epoch(self.loop.history[-1])
        self.keeper.after_chunk()

    def _diverged(self, error: DivergedError) -> RunError:
        """Go back to the step before, which is exact, and look where the numbers end."""
        if not self.team.chief:
            return RunError(f"the loss is {error.loss} {error.where}")
        layer = first_bad_layer(self, error.step)
        rate = min(self.loop.recipe.lr / 4, 1.0)
        return RunError(
            f"the loss is {error.loss} {error.where}: {layer}; "
            f"try a lower learning rate (--lr {rate:g}, or what cnncli lr-find advises) or a warm-up; "
            f"what was saved before is in {self.folder}"
        )

    def _too_large(self) -> RunError:
        free = free_bytes() if not machine.gpu_count() else None
        hint = fits.advice(self.prepared.phases[self.phase].network, self.recipe, free)
        return RunError(f"out of memory with batch {self.recipe.batch}; {hint}")


def awake(prepared: Prepared) -> tuple[Engine, Any]:
    """Wake Keras and make the network; returns the engine and the activation that was taken off its last layer."""
    request, recipe = prepared.request, prepared.recipe
    team = machine.wake(request.machine, recipe.precision, recipe.seed, request.cluster)
    shared_out(recipe.batch, team.devices, "devices")
    team.compare(identity(prepared))
    made = []
    for number in range(team.models):
        with team.place(number):
            made.append(task(prepared, team))
    return engine([one for one, _ in made], prepared.data.train), made[0][1]


def task(prepared: Prepared, team: Team) -> tuple[Task, Any]:
    """The network and what it is trained with, and the activation that was taken off its last layer."""
    request, recipe = prepared.request, prepared.recipe
    from ..keras_model import build
    from .augment import stages
    from .optimizers import optimizer

    model = build(prepared.network)
    head = bare(model, recipe.loss)
    precise_head(model, recipe.precision)
    varied = stages(recipe.augment, prepared.network.nodes[0].output[:-1])
    scale, offset = request.images or standard(prepared.network, prepared.data)
    whiten(model, prepared, scale, offset)
    if prepared.pretrained is not None:
        from .pretrained import pour

        scale, offset = pour(prepared.pretrained, prepared.network, model, (scale, offset))
    made = optimizer(recipe, list(model.trainable_variables))
    per_epoch = len(prepared.data.train.y) // recipe.batch
    own, total = shares(prepared.network, model, recipe, per_epoch), total_steps(recipe, per_epoch)
    jit = bool(machine.gpu_count()) and not request.machine.deterministic
    return Task(model, made, recipe, varied, scale, offset, jit, own, total, team), head


def plan_of(prepared: Prepared, engine: Engine, past: int = 0) -> Plan:
    """Which images each step sees, after so many epochs of an earlier phase."""
    return Plan(prepared.recipe.seed, len(prepared.data.train.y), prepared.recipe.batch, engine.task.stages, past)


@contextmanager
def interruptions() -> Iterator[threading.Event]:
    """An event that Ctrl-C sets, a polite request to end (SIGTERM), and a terminal that is closed. A second one ends at once."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    closed = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has none
    kept = signal.getsignal(closed) == signal.SIG_IGN  # nohup keeps a run from it
    before = {number: signal.signal(number, ask) for number in {signal.SIGINT, signal.SIGTERM, closed} - ({closed} if kept else set())}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def out_of_memory(error: Exception) -> bool:
    """Whether a backend says so, each in its words."""
    text = f"{type(error).__name__} {error}".lower()
    return any(words in text for words in OUT_OF_MEMORY)
