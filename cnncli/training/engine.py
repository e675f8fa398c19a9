"""What a backend must be able to do, and what all of them share. Nothing else in this room knows which backend is at work."""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from .augment import Stage
from .data import Images
from .distributed.team import Team
from .shares import Share

Array = Any


class Task(NamedTuple):
    """What an engine is to train: a Keras model, by which optimizer, and what happens to images on their way in."""

    model: Any
    optimizer: Any
    recipe: Any
    stages: tuple[Stage, ...]
    scale: Array  # of each channel: inputs are bytes * scale + offset
    offset: Array
    jit: bool = False
    shares: dict[int, Share] = {}  # noqa: RUF012 (nobody changes it): of trainable variables, by their place
    steps: int = 1  # of the whole run
    team: Team = Team()


class Engine:
    """Trains and evaluates on one backend. Weights, data and optimizer live on the device; numbers come and go as numpy arrays."""

    def __init__(self, task: Task, train: Images) -> None:
        self.task, self.model, self.recipe = task, task.model, task.recipe
        self.trainable = list(task.model.trainable_variables)
        self.averages: list[Any] = []
        self.drops = True
        if task.recipe.ema or task.recipe.lookahead:
            import keras

            now = [keras.ops.convert_to_numpy(one.value) for one in self.averaged_ones()]
            self.averages = [keras.Variable(value, trainable=False, name=f"average_{n}") for n, value in enumerate(now)]
        self.hold(train)
        self.compile()

    @property
    def tasks(self) -> list[Task]:
        """One for each model of this process."""
        return [self.task]

    def hold(self, train: Images) -> None:
        """Take the training images to the device."""
        raise NotImplementedError

    def compile(self) -> None:
        """Make what is called for each step; again where layers do something else than before."""

    def drop_no_more(self) -> None:
        """Let the layers that disturb training rest from here on, on all devices of this process.

        Source: early dropout, Liu et al. 2023, arXiv:2303.01500.
        """
        if not self.drops:
            return
        import keras

        from ..keras_model.regularize import DropPath

        resting = (keras.layers.Dropout, keras.layers.GaussianNoise, DropPath)
        for layer in (layer for task in self.tasks for layer in layers(task.model) if isinstance(layer, resting)):
            layer.call = unchanged  # type: ignore[method-assign]
        self.drops = False
        self.compile()

    def steps(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        """Train on the batches of `order` (steps, batch), one after the other; the loss of each, and how many images it had right."""
        raise NotImplementedError

    def forward(self, images: Array) -> Array:
        """The outputs for a batch of images (bytes) at inference."""
        raise NotImplementedError

    def averaged_ones(self) -> list[Any]:
        """The variables of which a moving average is kept: all weights, moving statistics of normalizations too."""
        return [one for one in self.model.variables if "float" in str(one.dtype)]

    def inputs(self, images: Array, drawn: tuple[Array, ...]) -> Array:
        """Bytes as the network takes them, varied as drawn."""
        from keras import ops

        images = ops.cast(images, "float32")
        for stage, numbers in zip(self.task.stages, drawn, strict=False):
            images = stage.apply(images, numbers)
        return images * self.task.scale + self.task.offset

    def keep(self, iterations: Any) -> Any:
        """How much of an average stays in one step: less at first, when there is little to average."""
        from keras import ops

        done, lookahead = ops.cast(iterations, "float32"), self.recipe.lookahead
        if lookahead:
            return ops.where(iterations % lookahead.every == 0, lookahead.keep * (done / self.task.steps) ** lookahead.power, 1.0)
        return ops.minimum(self.recipe.ema, (1.0 + done) / (10.0 + done))

    def averaged(self, means: list[Array], weights: list[Array], iterations: Any) -> tuple[list[Array], list[Array]]:
        """The averages, moved towards the weights; and the weights, which with lookahead go on from the average."""
        from keras import ops

        keep = self.keep(iterations)
        means = [mean + ops.cast(1.0 - keep, mean.dtype) * (one - mean) for mean, one in zip(means, weights, strict=True)]
        if self.recipe.lookahead:
            weights = [ops.where(keep < 1.0, mean, one) for mean, one in zip(means, weights, strict=True)]
        return means, weights

    def apply(self, gradients: list[Array]) -> None:
        """One step of the optimizer, of each weight its share; then the averages follow."""
        from keras import ops

        optimizer, ones = self.task.optimizer, self.averaged_ones()
        before = {place: ops.copy(self.trainable[place].value) for place in self.task.shares}
        optimizer.apply(gradients, self.trainable)
        for place, share in self.task.shares.items():
            one = self.trainable[place]
            one.assign(share.of(before[place], one.value, optimizer.iterations.value, one.constraint))
        if self.averages:
            both = self.averaged([one.value for one in self.averages], [one.value for one in ones], optimizer.iterations.value)
            for one, value in zip([*self.averages, *(ones if self.recipe.lookahead else ())], [*both[0], *both[1]], strict=False):
                one.assign(value)

    def variables(self) -> dict[str, Any]:
        """All that changes, by name: weights, states of chance, optimizer slots, averages."""
        groups = {"model": self.model.variables, "optimizer": self.task.optimizer.variables, "average": self.averages}
        return {f"{group}/{n}/{one.path}": one for group, members in groups.items() for n, one in enumerate(members)}

    def state(self) -> dict[str, Array]:
        """A copy of all that changes."""
        import keras

        return {name: np.array(keras.ops.convert_to_numpy(one.value)) for name, one in self.variables().items()}

    def resume(self, state: dict[str, Array]) -> None:
        """Take over a state. Raises ValueError where it is that of another network or optimizer."""
        mine = self.variables()
        check_shapes(mine, state)
        for name, one in mine.items():
            one.assign(state[name])
        self.share_out()

    def take(self, state: dict[str, Array]) -> None:
        """Take over the weights of a state, whatever they were trained by; averages begin anew from them. Raises ValueError."""
        mine = {name: one for name, one in self.variables().items() if name.startswith("model/")}
        check_shapes(mine, {name: value for name, value in state.items() if name.startswith("model/")})
        for name, one in mine.items():
            one.assign(state[name])
        for mean, one in zip(self.averages, self.averaged_ones() if self.averages else (), strict=True):
            mean.assign(one)
        self.share_out()

    def share_out(self) -> None:
        """Once a state is taken over: see to it that the other devices have it too."""

    @contextmanager
    def with_averages(self) -> Iterator[None]:
        """The averages in place of the weights, where averages are kept."""
        import keras

        if not self.averages:
            yield
            return
        weights = [np.array(keras.ops.convert_to_numpy(one.value)) for one in self.averaged_ones()]
        for one, mean in zip(self.averaged_ones(), self.averages, strict=True):
            one.assign(mean.value)
        try:
            yield
        finally:
            for one, value in zip(self.averaged_ones(), weights, strict=True):
                one.assign(value)

    def outputs(self, images: Array, batch: int = 500) -> Array:
        """(n, classes) float32: what the network gives for images, before its softmax. Batches of one size: the last is filled up."""
        batch = min(batch, len(images))
        found = []
        for start in range(0, len(images), batch):
            part = images[start : start + batch]
            missing = batch - len(part)
            whole = np.concatenate([part, np.repeat(part[:1], missing, axis=0)]) if missing else part
            found.append(np.asarray(self.forward(whole), np.float32)[: len(part)])
        return np.concatenate(found)


def check_shapes(variables: dict[str, Any], state: dict[str, Array]) -> None:
    """Refuse a state of another network or optimizer. Raises ValueError."""
    if {name: tuple(one.shape) for name, one in variables.items()} != {name: value.shape for name, value in state.items()}:
        raise ValueError("the weights have other names or shapes")


def unchanged(inputs: Array, training: bool = False) -> Array:
    """What a layer does at inference that only disturbs training."""
    return inputs


def layers(model: Any) -> Iterator[Any]:
    """Every layer, in models within the model too."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from layers(layer)
        else:
            yield layer


def engine(tasks: list[Task], train: Images) -> Engine:
    """The engine for the backend that Keras runs on. There is a task for each device that needs a model of its own."""
    import keras

    backend, task = keras.backend.backend(), tasks[0]
    if backend == "tensorflow" and not task.team.alone:
        from .distributed.engine_tensorflow import SharedEngine

        return SharedEngine(tasks, train)
    if backend == "jax" and not task.team.alone:
        from .distributed.engine_jax import SharedEngine as Made
    elif backend == "jax":
        from .engine_jax import JaxEngine as Made  # type: ignore[assignment]
    elif backend == "torch" and not task.team.alone:
        from .distributed.engine_torch import SharedEngine as Made  # type: ignore[assignment]
    elif backend == "torch":
        from .engine_torch import TorchEngine as Made  # type: ignore[assignment]
    elif backend == "tensorflow":
        from .engine_tensorflow import TensorFlowEngine as Made  # type: ignore[assignment]
    else:
        raise NotImplementedError(backend)
    return Made(task, train)
