"""The run itself: steps in chunks, epochs, what is noted after each, and when to stop."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from . import scores
from .checkpoint import Checkpoint
from .data import Images
from .engine import Engine
from .pace import Pace
from .plan import Plan
from .schedules import Plateau, rates, total_steps

Array = Any


class Progress(NamedTuple):
    """Where a run is."""

    epoch: int
    step: int  # within the epoch
    steps: int
    loss: float
    accuracy: float
    rate: float
    images_per_second: float
    seconds_left: float


class DivergedError(Exception):
    """The loss is no number any more, for the first time at `step`; `where` in words."""

    def __init__(self, step: int, loss: float, where: str) -> None:
        super().__init__(step, loss, where)
        self.step, self.loss, self.where = step, loss, where


class Loop:
    """What a run has done so far, and how it goes on. `state` and `resume` hold all of it but the engine's weights."""

    def __init__(self, engine: Engine, plan: Plan, recipe: Any, watched: tuple[str, Images] | None) -> None:
        self.engine, self.plan, self.recipe, self.watched = engine, plan, recipe, watched
        self.total = total_steps(recipe, plan.steps)
        self.rates = rates(recipe, self.total, plan.steps)
        self.step = self.right = 0
        self.losses: list[float] = []  # of the epoch that runs
        self.history: list[dict[str, Any]] = []
        self.scale, self.best, self.ended = 1.0, float("inf"), False
        self.plateau = Plateau(getattr(recipe.schedule, "patience", 1))
        self.patience = Plateau(recipe.early_stopping.patience) if recipe.early_stopping else None
        self.phase, self.past_steps, self.past_epochs = 0, 0, 0  # what came before, where this is not the first phase of a run
        self.extended_from: float | None = None  # the epochs of the run before it was extended, until the first step after that
        self.improved = False  # whether the last epoch was the best so far
        self.pace, self._ahead = Pace(), ThreadPoolExecutor(1)
        self._planned: dict[int, Future[tuple[Array, tuple[Array, ...]]]] = {}

    def follow(self, other: Loop, past_steps: int) -> None:
        """Run on in another phase: the history and the best figure go on, the schedule and all patience begin anew."""
        self.phase, self.past_steps, self.past_epochs = other.phase + 1, past_steps, self.plan.past
        self.history, self.best = other.history, other.best

    @property
    def epochs(self) -> float:
        """The epochs of the run to the end of this phase."""
        return self.past_epochs + float(self.recipe.epochs)

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.ended or self.step >= self.total

    @property
    def best_row(self) -> dict[str, Any]:
        """The first epoch with the best validation figure, whose weights early stopping keeps."""
        stopping = self.recipe.early_stopping
        return min(self.history, key=lambda row: self._figure(row["validation_loss"], row["validation_accuracy"], stopping))

    @staticmethod
    def _figure(loss: float, accuracy: float, stopping: Any) -> float:
        """What is watched on the validation images, the lower the better."""
        return 1.0 - accuracy if stopping and stopping.metric == "accuracy" else loss

    def state(self) -> dict[str, Any]:
        """The counters, as JSON."""
        return {
            "step": self.step, "right": self.right, "losses": self.losses, "history": self.history, "scale": self.scale, "best": self.best,
            "ended": self.ended, "plateau": self.plateau.state(), "patience": self.patience and self.patience.state(),
            "phase": self.phase, "past_steps": self.past_steps,
        }  # fmt: skip

    def resume(self, checkpoint: Checkpoint) -> None:
        """Take up where a checkpoint was made."""
        self.engine.resume(checkpoint.arrays)
        about = checkpoint.about
        for name in ("step", "right", "losses", "history", "scale", "best", "ended", "past_steps"):
            setattr(self, name, about[name])
        self.plateau.resume(about["plateau"])
        if self.patience:
            self.patience.resume(about["patience"])

    def advance(self) -> Progress:
        """One chunk of steps within an epoch. At its end the epoch is noted in the history. Raises DivergedError."""
        epoch, first = divmod(self.step, self.plan.steps)
        order, chances = self._plan(epoch)
        last = min(self.plan.steps, self.total - epoch * self.plan.steps)
        count = min(self.pace.chunk, last - first)
        if self.recipe.dropout_until is not None and self.past_epochs + epoch >= self.recipe.dropout_until:
            self.engine.drop_no_more()
        rate = (self.rates[self.step : self.step + count] * np.float32(self.scale)).astype(np.float32)
        begun = time.perf_counter()
        losses, right = self.engine.steps(order[first : first + count], tuple(one[first : first + count] for one in chances), rate)
        self.pace.took(count, time.perf_counter() - begun)
        wrong = np.flatnonzero(~np.isfinite(losses))
        if len(wrong):
            at = int(wrong[0])
            raise DivergedError(self.step + at, float(losses[at]), f"at step {first + at + 1} of epoch {epoch + 1}")
        self.step += count
        self.right += int(right.sum())
        self.losses += [float(loss) for loss in losses]
        progress = self._progress(epoch, first + count, float(rate[-1]))
        if first + count == last:
            self._note(epoch, last)
        return progress

    def _progress(self, epoch: int, done: int, rate: float) -> Progress:
        accuracy = self.right / (len(self.losses) * self.plan.batch)
        speed, left = self.plan.batch / self.pace.per_step, (self.total - self.step) * self.pace.per_step
        return Progress(self.past_epochs + epoch, done, self.plan.steps, float(np.mean(self.losses)), accuracy, rate, speed, left)

    def _note(self, epoch: int, done: int) -> None:
        """An epoch is over: evaluate, write it down, and look whether the run should go on."""
        count, epoch = len(self.losses), self.past_epochs + epoch
        row: dict[str, Any] = {
            "epoch": epoch + 1 if done == self.plan.steps else round(epoch + done / self.plan.steps, 4),
            **({"phase": self.phase + 1} if self.phase or self.recipe.fine_tune else {}),
            "step": self.past_steps + self.step,
            "lr": float(self.rates[self.step - 1] * np.float32(self.scale)),
            "loss": float(np.mean(self.losses)),
            "accuracy": self.right / (count * self.plan.batch),
        }
        self.losses, self.right = [], 0
        if self.watched is not None:
            name, images = self.watched
            figures = self.evaluate(images)
            if not np.isfinite(figures["loss"]):  # the last step of the epoch broke it
                raise DivergedError(self.step, figures["loss"], f"on the {name} images after step {done} of epoch {epoch + 1}")
            row |= {f"{name}_{figure}": value for figure, value in figures.items()}
            if name == "validation":
                self._judge(figures)
        self.history.append(row)

    def _judge(self, figures: dict[str, float]) -> None:
        """What follows from the figures of the validation images; those of the test images have no consequence."""
        stopping = self.recipe.early_stopping
        figure = self._figure(figures["loss"], figures["accuracy"], stopping)
        self.improved, self.best = figure < self.best, min(figure, self.best)
        if self.recipe.schedule.name == "reduce_on_plateau" and self.plateau.sees(figures["loss"]):
            self.scale *= self.recipe.schedule.factor
        if self.patience and self.patience.sees(figure):
            self.ended = True

    def evaluate(self, images: Images) -> dict[str, float]:
        """The figures of the network as it is, with averaged weights where they are kept."""
        with self.engine.with_averages():
            return scores.figures(self.engine.task.team.outputs(self.engine, images.x), images.y, self.recipe)

    def _plan(self, epoch: int) -> tuple[Array, tuple[Array, ...]]:
        """The order and the chances of an epoch; those of the next are drawn while the device works, once it does."""
        wanted = (epoch, epoch + 1) if self.pace.compiling else (epoch,)
        self._planned = {n: self._planned.get(n) or self._ahead.submit(self._draw, n) for n in wanted}
        return self._planned[epoch].result()

    def _draw(self, epoch: int) -> tuple[Array, tuple[Array, ...]]:
        return self.plan.order(epoch), self.plan.chances(epoch)
