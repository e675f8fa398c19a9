"""Training on JAX with several devices: the same program, the batch split among them."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import jax
import numpy as np

from ..data import Images
from ..engine_jax import JaxEngine, State

Array = Any


class SharedEngine(JaxEngine):
    """As on one device but for where arrays lie. What follows from the whole batch (batch norm, dropout) follows from it here too."""

    def hold(self, train: Images) -> None:
        self.team: Any = self.task.team
        self.x, self.y = self._everywhere(train.x), self._everywhere(train.y.astype(np.int32))

    def _everywhere(self, value: Array) -> Array:
        return jax.make_array_from_callback(value.shape, self.team.whole, lambda place: value[place])

    def _trained(self, state: State, places: Array, drawn: tuple[Array, ...], rate: Array) -> tuple[State, Array, Array]:
        places, drawn = jax.lax.with_sharding_constraint((places, drawn), self.team.split)
        made: tuple[State, Array, Array] = jax.lax.with_sharding_constraint(super()._trained(state, places, drawn, rate), self.team.whole)
        return made

    def _infer(self, trainable: Any, others: Any, images: Array) -> Array:
        if images.shape[0] % self.team.devices == 0:
            images = jax.lax.with_sharding_constraint(images, self.team.split)
        return jax.lax.with_sharding_constraint(super()._infer(trainable, others, images), self.team.whole)
