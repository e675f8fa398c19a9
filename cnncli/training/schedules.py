"""The learning rate at each step. Plateaus apart, a pure function of the step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any


def total_steps(recipe: Any, per_epoch: int) -> int:
    """The steps of a run, of `per_epoch` steps an epoch; a part of an epoch is rounded up."""
    return max(1, math.ceil(float(recipe.epochs) * per_epoch - 1e-9))


def rates(recipe: Any, steps: int, per_epoch: int) -> Array:
    """(steps,) the learning rate of each step of the run. A warm-up rises in a line, then the schedule has the rest."""
    schedule = recipe.schedule
    rising = round(schedule.warmup * steps)
    factors = np.empty(steps)
    factors[:rising] = schedule.start + (1.0 - schedule.start) * (np.arange(rising) + 1) / (rising or 1)
    left = steps - rising
    for step in range(left):
        factors[rising + step] = factor(schedule, (step + 1) / left, (rising + step) // per_epoch)
    return (recipe.lr * factors).astype(np.float32)


def factor(schedule: Any, done: float, epoch: int) -> float:
    """What the rate is multiplied by when the part `done` of the schedule is over, in the epoch `epoch`."""
    if schedule.name == "step":
        return float(schedule.factor ** (epoch // schedule.every))
    if schedule.name == "exponential":
        return float(schedule.factor**epoch)
    if schedule.name == "cosine":
        return float(schedule.end + (1.0 - schedule.end) * 0.5 * (1.0 + math.cos(math.pi * done)))
    if schedule.name == "linear":
        return float(1.0 + (schedule.end - 1.0) * done)
    if schedule.name == "one_cycle":
        return one_cycle(schedule, done)
    if schedule.name in ("constant", "reduce_on_plateau"):  # a plateau changes the rate by itself
        return 1.0
    raise NotImplementedError(f"no rule for the schedule {schedule.name}")


def one_cycle(schedule: Any, done: float) -> float:
    """Up along half a cosine, and down along another."""
    if done <= schedule.rise and schedule.rise > 0:
        return float(1.0 + (schedule.start - 1.0) * 0.5 * (1.0 + math.cos(math.pi * done / schedule.rise)))
    fallen = (done - schedule.rise) / (1.0 - schedule.rise)
    return float(schedule.end + (1.0 - schedule.end) * 0.5 * (1.0 + math.cos(math.pi * fallen)))


class Plateau:
    """Counts for how long a figure has not fallen: for the schedule that waits for that, and for early stopping."""

    def __init__(self, patience: int) -> None:
        self.patience, self.best, self.waited = patience, math.inf, 0

    def sees(self, figure: float) -> bool:
        """Take note of a figure, the lower the better; whether patience is at an end, upon which it begins anew."""
        if figure < self.best:
            self.best, self.waited = figure, 0
            return False
        self.waited += 1
        if self.waited < self.patience:
            return False
        self.waited = 0
        return True

    def state(self) -> list[float]:
        """What is to be kept over an interruption."""
        return [self.best, self.waited]

    def resume(self, state: list[float]) -> None:
        """Take up where `state` was kept."""
        self.best, self.waited = state[0], int(state[1])
