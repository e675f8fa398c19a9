"""What is left to chance in a run: pure functions of the seed and the epoch, so that to resume needs no more than counters."""

from __future__ import annotations

from typing import Any

import numpy as np

from .augment import Stage

Array = Any


class Plan:
    """Which images each step sees, and how they are varied.

    An epoch has images // batch steps of equal size: the images that are left over stay out of this epoch, other ones each time.
    """

    def __init__(self, seed: int, images: int, batch: int, stages: tuple[Stage, ...], past: int = 0) -> None:
        self.seed, self.images, self.batch, self.stages = seed, images, min(batch, images), stages
        self.past = past  # epochs of the run before those that are counted here
        self.steps = images // self.batch

    def order(self, epoch: int) -> Array:
        """(steps, batch): the image in each place of an epoch."""
        return self._random(epoch, 0).permutation(self.images)[: self.steps * self.batch].astype(np.int32).reshape(self.steps, self.batch)

    def chances(self, epoch: int) -> tuple[Array, ...]:
        """For each stage of augmentation (steps, batch, columns): what happens to the image in each place of an epoch."""
        found, mirrored = [], self.mirrored(epoch)
        for number, stage in enumerate(self.stages, 1):
            drawn = stage.draw(self._random(epoch, number), self.steps * self.batch, mirrored).astype(np.float32)
            found.append(drawn.reshape(self.steps, self.batch, -1))
        return tuple(found)

    def mirrored(self, epoch: int) -> Array:
        """(steps * batch,) whether an alternating flip mirrors the image in each place: half of them, the next time the others."""
        first = self._random(-self.past, 0, 1).random(self.images) < 0.5  # by image, not by place
        return first[self.order(epoch).ravel()] ^ ((self.past + epoch) % 2 == 1)

    def _random(self, epoch: int, *stream: int) -> Array:
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, self.past + epoch, *stream])))
