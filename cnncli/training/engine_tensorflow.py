"""Training on TensorFlow: the data on the device, many steps in one call of one graph."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import tensorflow as tf

from .data import Images
from .engine import Engine, Task
from .objective import hits, losses, penalty

Array = Any


class TensorFlowEngine(Engine):
    """A `tf.function` that loops over steps. On a GPU XLA compiles the step (not the augmentation before it, for resampling is not
    among its operations); on a CPU it would make it slower."""

    def __init__(self, task: Task, train: Images) -> None:
        self.share = task.recipe.batch  # images of a step
        super().__init__(task, train)

    def compile(self) -> None:
        task = self.task
        self._step = tf.function(self._trained, autograph=False, jit_compile=True) if task.jit else self._trained
        drawn = tuple(tf.TensorSpec((None, None, None), tf.float32) for _ in task.stages)
        signature = (tf.TensorSpec((None, None), tf.int32), drawn, tf.TensorSpec((None,), tf.float32))
        self._steps = tf.function(self._looped, autograph=False, input_signature=signature)
        self._forward = tf.function(self._infer, autograph=False, jit_compile=task.jit or None)

    def hold(self, train: Images) -> None:
        self.x, self.y = tf.constant(train.x), tf.constant(train.y, tf.int32)

    def steps(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        found, right = self._steps(order, chances, rates)
        return found.numpy(), right.numpy()

    def forward(self, images: Array) -> Array:
        return self._forward(tf.constant(images)).numpy()

    def _infer(self, images: Array) -> Array:
        return tf.cast(self.model(self.inputs(images, ()), training=False), tf.float32)

    def _looped(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        """One step for each row of `order`."""
        count = tf.shape(order)[0]
        found, right = tf.TensorArray(tf.float32, count, element_shape=()), tf.TensorArray(tf.int32, count, element_shape=())

        def body(number: Array, found: Array, right: Array) -> tuple[Array, Array, Array]:
            loss, correct = self._train_on(order[number], tuple(one[number] for one in chances), rates[number])
            return number + 1, found.write(number, loss), right.write(number, correct)

        _, found, right = tf.while_loop(lambda number, *_: number < count, body, (0, found, right))
        return found.stack(), right.stack()

    def _train_on(self, places: Array, drawn: tuple[Array, ...], rate: Array) -> tuple[Array, Array]:
        return self._step(*self._batch(places, drawn), rate)

    def _batch(self, places: Array, drawn: tuple[Array, ...]) -> tuple[Array, Array]:
        """The images in some places, varied, and their labels."""
        places = tf.ensure_shape(places, (self.share,))
        inputs = self.inputs(tf.gather(self.x, places), tuple(tf.ensure_shape(one, (self.share, None)) for one in drawn))
        return inputs, tf.gather(self.y, places)

    def _trained(self, inputs: Array, labels: Array, rate: Array) -> tuple[Array, Array]:
        """One step of training."""
        loss, right, gradients = self._gradients(inputs, labels)
        self._apply(gradients, rate)
        return loss, right

    def _gradients(self, inputs: Array, labels: Array) -> tuple[Array, Array, list[Array]]:
        """The loss, how many are right, and the gradient of each trainable weight, scaled as the optimizer has it."""
        with tf.GradientTape() as tape:
            outputs = self.model(inputs, training=True)
            loss = tf.reduce_mean(losses(outputs, labels, self.recipe))
            aim = self.task.optimizer.scale_loss(loss + penalty(self.model.losses))
        return loss, hits(outputs, labels), tape.gradient(aim, [one.value for one in self.trainable])

    def _apply(self, gradients: list[Array], rate: Array) -> None:
        """Move the weights, and their averages after them."""
        optimizer = self.task.optimizer
        optimizer.learning_rate.assign(rate)
        self.apply(gradients)
