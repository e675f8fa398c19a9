"""Training on TensorFlow with several devices: each takes its part of every batch, their gradients are averaged."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import tensorflow as tf

from ..data import Images
from ..engine import Task
from ..engine_tensorflow import TensorFlowEngine
from .on_tensorflow import MEAN, reduced
from .parts import draw_apart, normalizations

Array = Any


class SharedEngine(TensorFlowEngine):
    """The engine of this process' first device, with those of its other devices. Never compiled by XLA, which takes no collectives."""

    def __init__(self, tasks: list[Task], train: Images) -> None:
        self.team: Any = tasks[0].team
        self.replicas: list[TensorFlowEngine] = []
        for number, task in enumerate(tasks):
            with self.team.place(number):
                made = TensorFlowEngine(task._replace(jit=False), train) if number else self
                if not number:
                    super().__init__(task._replace(jit=False), train)
            made.share = task.recipe.batch // self.team.devices
            self.replicas.append(made)
            for layer in normalizations(task.model):
                layer.synchronized = True

    @property
    def tasks(self) -> list[Task]:
        return [replica.task for replica in self.replicas]

    def share_out(self) -> None:
        for replica in self.replicas[1:]:
            for mine, its in zip(self.variables().values(), replica.variables().values(), strict=True):
                its.assign(mine.value)
        for number, replica in enumerate(self.replicas):
            draw_apart(replica.model, self.team.cluster.rank * self.team.here + number)

    def _train_on(self, places: Array, drawn: tuple[Array, ...], rate: Array) -> tuple[Array, Array]:
        strategy = self.team.strategy
        found = strategy.run(self._part, args=(places, drawn))
        each = list(zip(*map(strategy.experimental_local_results, found), strict=True))
        for number, (replica, (_, _, *gradients)) in enumerate(zip(self.replicas, each, strict=True)):
            with self.team.place(number):
                replica._apply(gradients, rate)
        return each[0][0], tf.cast(tf.round(each[0][1]), tf.int32)

    def _part(self, places: Array, drawn: tuple[Array, ...]) -> list[Array]:
        """On one device: the mean loss, how many are right in all, and the mean gradients."""
        number = self.team.number()
        replica, mine = self.replicas[number % self.team.here], slice(number * self.share, (number + 1) * self.share)
        inputs, labels = replica._batch(places[mine], tuple(one[mine] for one in drawn))
        loss, right, gradients = replica._gradients(inputs, labels)
        return reduced(MEAN, [loss, tf.cast(right, tf.float32) * self.team.devices, *gradients])
