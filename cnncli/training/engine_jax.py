"""Training on JAX: a compiled step; on a GPU a compiled loop over steps. The state is handed through, and put back into the model after."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .data import Images
from .engine import Engine, Task
from .objective import hits, losses, penalty

Array = Any
State = tuple[list[Array], list[Array], list[Array], list[Array]]  # trainable, other weights, optimizer, averages


class JaxEngine(Engine):
    """Stateless calls of the Keras model, and `jax.jit`. On a processor XLA makes loops of steps slow, so there Python loops."""

    def __init__(self, task: Task, train: Images) -> None:
        self._rate = next(n for n, one in enumerate(task.optimizer.variables) if one is getattr(task.optimizer, "_learning_rate", None))
        self._iterations = next(n for n, one in enumerate(task.optimizer.variables) if one is task.optimizer.iterations)
        super().__init__(task, train)

    def compile(self) -> None:
        self._step = jax.jit(self._trained)
        self._looped = jax.jit(self._loop)
        self._forward = jax.jit(self._infer)

    def hold(self, train: Images) -> None:
        self.x, self.y = jnp.asarray(train.x), jnp.asarray(train.y, jnp.int32)

    def _groups(self) -> tuple[list[Any], ...]:
        return self.trainable, list(self.model.non_trainable_variables), list(self.task.optimizer.variables), self.averages

    def steps(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        state: Any = tuple([one.value for one in group] for group in self._groups())
        if self.task.jit:
            state, found, right = self._at_once(state, order, chances, rates)
        else:
            each = []
            for number in range(len(order)):
                state, loss, correct = self._step(state, order[number], tuple(one[number] for one in chances), rates[number])
                each.append((loss, correct))
            found, right = np.array([one for one, _ in each], np.float32), np.array([one for _, one in each], np.int32)
        for group, values in zip(self._groups(), state, strict=True):
            for one, value in zip(group, values, strict=True):
                one.assign(value)
        return found, right

    def _at_once(self, state: State, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[State, Array, Array]:
        """All steps in one call. Their number is rounded up to a power of two, so that few loops are compiled."""
        count, room = len(order), 1 << (len(order) - 1).bit_length()
        filled = [np.concatenate([one, np.repeat(one[:1], room - count, axis=0)]) for one in (order, rates, *chances)]
        state, found, right = self._looped(state, filled[0], tuple(filled[2:]), filled[1], count)
        return state, np.asarray(found)[:count], np.asarray(right)[:count]

    def _loop(self, state: State, order: Array, chances: tuple[Array, ...], rates: Array, count: Array) -> Any:
        def body(number: Array, carried: Any) -> Any:
            state, found, right = carried
            state, loss, correct = self._trained(state, order[number], tuple(one[number] for one in chances), rates[number])
            return state, found.at[number].set(loss), right.at[number].set(correct)

        room = order.shape[0]
        return jax.lax.fori_loop(0, count, body, (state, jnp.zeros(room, jnp.float32), jnp.zeros(room, jnp.int32)))

    def _trained(self, state: State, places: Array, drawn: tuple[Array, ...], rate: Array) -> tuple[State, Array, Array]:
        trainable, others, optimizer, averages = state
        images, labels = self.x[places], self.y[places]
        inputs = self.inputs(images, drawn)

        def aim(trainable: list[Array]) -> Any:
            outputs, changed, more = self.model.stateless_call(trainable, others, inputs, training=True, return_losses=True)
            loss = jnp.mean(losses(outputs, labels, self.recipe))
            return self.task.optimizer.scale_loss(loss + penalty(more)), (loss, outputs, changed)

        (_, (loss, outputs, others)), gradients = jax.value_and_grad(aim, has_aux=True)(trainable)
        optimizer = [*optimizer[: self._rate], jnp.asarray(rate, optimizer[self._rate].dtype), *optimizer[self._rate + 1 :]]
        moved, optimizer = self.task.optimizer.stateless_apply(optimizer, gradients, trainable)
        for place, share in self.task.shares.items():
            moved[place] = share.of(trainable[place], moved[place], optimizer[self._iterations], self.trainable[place].constraint)
        state = (list(moved), list(others), list(optimizer), averages)
        return self._following(state) if averages else state, loss, hits(outputs, labels)

    def _following(self, state: State) -> State:
        """The averages moved towards the weights; and the weights, where they follow their averages."""
        trainable, others, optimizer, averages = state
        groups, ones = self._groups()[:2], self.averaged_ones()
        now = {
            id(one): value
            for group, values in zip(groups, (trainable, others), strict=True)
            for one, value in zip(group, values, strict=True)
        }
        averages, weights = self.averaged(averages, [now[id(one)] for one in ones], optimizer[self._iterations])
        now |= {id(one): value for one, value in zip(ones, weights, strict=True)}
        trainable, others = ([now[id(one)] for one in group] for group in groups)
        return trainable, others, optimizer, averages

    def forward(self, images: Array) -> Array:
        values = [[one.value for one in group] for group in self._groups()[:2]]
        return self._forward(values[0], values[1], images)

    def _infer(self, trainable: Any, others: Any, images: Array) -> Array:
        outputs, _ = self.model.stateless_call(trainable, others, self.inputs(images, ()), training=False)
        return outputs.astype(jnp.float32)
