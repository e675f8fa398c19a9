"""The learning rate at which a network begins to learn, and the one at which it breaks. Smith 2015, arXiv:1506.01186, section 3.3."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .engine import Engine
from .errors import RunError
from .plan import Plan

Array = Any
SMOOTH = 0.9  # how much of the mean loss stays in a step
BROKEN = 4.0  # times the best loss
CHUNK = 10
FALLS = 0.97  # times the first loss, to tell a loss that falls from one that only varies from batch to batch


class Found(NamedTuple):
    """The rates that were tried, the mean loss at each, and the rates that follow."""

    rates: Array
    losses: Array
    steepest: float
    lowest: float

    @property
    def advised(self) -> float:
        """A highest rate for a schedule that warms up: a third of where the loss is lowest, at least where it falls most steeply."""
        return max(self.lowest / 3.0, self.steepest)

    def check(self) -> None:
        """Raise RunError where the loss falls at no rate, so that none can be advised."""
        first, last = float(self.losses[0]), float(self.losses[-1])
        if float(self.losses.min()) > FALLS * first:
            rates = f"{self.rates[0]:.2g} to {self.rates[-1]:.2g}"
            other = (
                f"lower rates, --from {self.rates[0] / 1e4:.0e}"
                if last > first / FALLS
                else f"higher rates, --to {self.rates[-1] * 1e4:.0e}"
            )
            raise RunError(f"the loss falls nowhere from {rates}; try {other}, or more --steps")


def find(engine: Engine, plan: Plan, low: float, high: float, steps: int) -> Found:
    """Train for at most `steps` steps with a rate that grows from `low` to `high`, by the same factor each step, until the loss breaks."""
    rates = (low * (high / low) ** (np.arange(steps) / max(steps - 1, 1))).astype(np.float32)
    means: list[float] = []
    mean = 0.0
    for start in range(0, steps, CHUNK):
        losses = _chunk(engine, plan, start, rates[start : start + CHUNK])
        for loss in losses:
            mean = SMOOTH * mean + (1.0 - SMOOTH) * float(loss)
            means.append(mean / (1.0 - SMOOTH ** (len(means) + 1)))
        if not np.isfinite(means[-1]) or means[-1] > BROKEN * np.nanmin(means):
            break
    found = np.array(means)
    good = np.isfinite(found)
    if not good.any():
        raise RunError("the loss is no number even at the first step, whatever the rate: look at the network's layers and its data")
    found, rates = found[good], rates[: len(found)][good]
    lowest = int(np.argmin(found))
    slopes = np.gradient(found[: lowest + 1], np.log(rates[: lowest + 1])) if lowest > 1 else np.zeros(1)
    return Found(rates, found, float(rates[int(np.argmin(slopes))]), float(rates[lowest]))


def _chunk(engine: Engine, plan: Plan, start: int, rates: Array) -> Array:
    """The losses of some steps, which may lie in two epochs."""
    places = [divmod(start + n, plan.steps) for n in range(len(rates))]
    epochs = {epoch: (plan.order(epoch), plan.chances(epoch)) for epoch in {epoch for epoch, _ in places}}
    order = np.stack([epochs[epoch][0][step] for epoch, step in places])
    chances = tuple(np.stack([epochs[epoch][1][n][step] for epoch, step in places]) for n in range(len(plan.stages)))
    return engine.steps(order, chances, rates)[0]


def draw(found: Found, title: str, path: Path) -> None:
    """The loss over the rate."""
    from .pictures import figure, literal, save

    made, (axis,) = figure(1, 6, 4)
    axis.plot(found.rates, found.losses)
    axis.axvline(found.advised, linestyle="--", label=f"advised: {found.advised:.2g}")
    axis.set_xscale("log")
    axis.set_xlabel("learning rate")
    axis.set_ylabel("mean loss")
    axis.set_ylim(0.0, min(1.05 * float(found.losses.max()), 2.0 * float(found.losses[0])))
    axis.grid(alpha=0.3)
    axis.legend()
    made.suptitle(literal(title))
    save(made, path)
