"""How fast a run goes: how many steps to give the device at once, and what is left."""

from __future__ import annotations

CHUNK_SECONDS = 0.25  # how long the device works on its own: what a key press waits for, and how often progress shows


class Pace:
    """Measures chunks of steps. The first one compiles the graph and is kept apart."""

    def __init__(self) -> None:
        self.chunk, self.steps, self.seconds, self.compiling = 1, 0, 0.0, 0.0

    def took(self, count: int, seconds: float) -> None:
        """Note that `count` steps took `seconds`."""
        if not self.compiling:
            self.compiling = seconds
            return
        self.steps += count
        self.seconds += seconds
        self.chunk = max(1, min(round(CHUNK_SECONDS * count / max(seconds, 1e-6)), 64 * self.chunk))

    @property
    def per_step(self) -> float:
        """Seconds a step, so far."""
        return self.seconds / self.steps if self.steps else self.compiling
