"""What layers of our own share: options that are saved with them, and the few operations that they are made of."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import keras
from keras import ops

LEARNED = {"initializer": keras.initializers.get, "regularizer": keras.regularizers.get, "constraint": keras.constraints.get}
Sides = Sequence[Sequence[int]]  # (before, after) for each axis


def own(cls: Any) -> Any:
    """Register a class, so that models that hold it can be saved and loaded."""
    return keras.saving.register_keras_serializable(package="cnncli")(cls)


def frozen(value: Any) -> Any:
    """Lists, as they come back from a saved model, as tuples."""
    return tuple(frozen(entry) for entry in value) if isinstance(value, (list, tuple)) else value


class Own(keras.layers.Layer):
    """A layer that Keras lacks. `options` names its arguments; they become attributes, and are saved with it."""

    options: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **given: Any) -> None:
        values = {name: frozen(given.pop(name)) for name in self.options}
        super().__init__(**given)
        for name, value in values.items():
            setattr(self, name, value)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **{name: getattr(self, name) for name in self.options}}


class OwnAffine(Own):
    """A linear map of our own, then a bias, then an activation. Subclasses state the kernels and the map.

    `learned` is what Keras' layers are told of their weights too: kernel_initializer, kernel_regularizer, kernel_constraint ...
    """

    use_bias: bool

    def __init__(self, *, activation: Any = None, **given: Any) -> None:
        told = {name: given.pop(name) for name in tuple(given) if name.rpartition("_")[2] in LEARNED}
        super().__init__(**given)
        self.learned = {name: LEARNED[name.rpartition("_")[2]](value) for name, value in told.items()}
        self.activation = keras.activations.get(activation)

    def get_config(self) -> dict[str, Any]:
        learned = {name: keras.saving.serialize_keras_object(value) for name, value in self.learned.items()}
        return {**super().get_config(), "activation": keras.activations.serialize(self.activation), **learned}

    def kernel_shapes(self, channels: int) -> dict[str, tuple[int, ...]]:
        """The names and shapes of the kernels for so many channels that come in."""
        raise NotImplementedError

    def channels_out(self, channels: int) -> int:
        """How many channels come out."""
        raise NotImplementedError

    def transform(self, inputs: Any) -> Any:
        """The linear map."""
        raise NotImplementedError

    def build(self, input_shape: Sequence[int | None]) -> None:
        channels = input_shape[-1]
        assert channels
        for name, shape in self.kernel_shapes(channels).items():
            setattr(self, name, self._weight(name, shape))
        self.bias = self._weight("bias", (self.channels_out(channels),)) if self.use_bias else None

    def _weight(self, name: str, shape: tuple[int, ...]) -> Any:
        """A weight with what was told of it; the kernel of a depthwise convolution has the name `kernel`, but not its arguments."""
        before = name.removesuffix("_kernel")
        before = before if f"{before}_initializer" in self.learned else "depthwise"
        return self.add_weight(name=name, shape=shape, **{option: self.learned.get(f"{before}_{option}") for option in LEARNED})

    def call(self, inputs: Any) -> Any:
        outputs = self.transform(inputs)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)


def padded(inputs: Any, sides: Sides, value: float = 0.0) -> Any:
    """Put `value` around the map; negative sides cut pixels off."""
    sizes = inputs.shape[1:-1]
    kept = [slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(sizes, sides, strict=True)]
    if any((part.start, part.stop) != (0, n) for n, part in zip(sizes, kept, strict=True)):
        index = (slice(None), *kept)
        inputs = inputs[index]
    added = [(max(before, 0), max(after, 0)) for before, after in sides]
    return ops.pad(inputs, [(0, 0), *added, (0, 0)], constant_values=value) if any(map(any, added)) else inputs


def same_sides(sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> Sides:
    """TensorFlow's `same` in numbers."""
    found = []
    for n, k, s, d in zip(sizes, kernel, strides, dilation, strict=True):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        found.append((total // 2, total - total // 2))
    return found


def along(tensor: Any, matrices: Sequence[Any], first: int) -> Any:
    """Multiply each axis of `tensor` from number `first` on by its matrix (length that comes in, length that comes out)."""
    for number, matrix in enumerate(matrices, first):
        tensor = ops.moveaxis(ops.tensordot(tensor, ops.cast(matrix, tensor.dtype), axes=[[number], [0]]), -1, number)
    return tensor


def matrix(rows: int, columns: int, entry: Callable[[int, int], float]) -> list[list[float]]:
    """The matrix of `entry(row, column)`."""
    return [[float(entry(row, column)) for column in range(columns)] for row in range(rows)]


def dilated(kernel: Any, dilation: Sequence[int]) -> Any:
    """The kernel with zeros between its taps: what dilation means, where a backend lacks it."""
    spaced = []
    for k, d in zip(kernel.shape, dilation, strict=False):
        spaced.append(matrix(k, (k - 1) * d + 1, lambda tap, place, d=d: tap * d == place))  # type: ignore[misc]
    return kernel if max(dilation) == 1 else along(kernel, spaced, 0)
