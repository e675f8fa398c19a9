"""The little that differs between Keras' backends: tracing, gradients."""

# mypy: ignore-missing-imports, allow-subclassing-any
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from ..keras_model import deep


class Traced(keras.layers.Layer):
    """Calls a model. It states no output shape of its own, so that the backend has to find it."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def call(self, inputs: Any) -> Any:
        return self.model(inputs)


def traced_shapes(model: Any, tensors: Sequence[Any]) -> list[tuple[int, ...]]:
    """The shape that the backend finds for each of a model's tensors, by running the model symbolically on one image."""
    with deep(len(tensors)):
        everything = keras.Model(model.inputs, list(tensors))
    images = [keras.KerasTensor((1, *tensor.shape[1:]), dtype=tensor.dtype) for tensor in model.inputs]
    outputs = keras.tree.flatten(Traced(everything)(images))  # a single one comes without its list
    return [tuple(output.shape[1:]) for output in outputs]


def gradients(function: Callable[..., Any], inputs: Sequence[Any], cotangent: Any) -> list[Any]:
    """The gradient of sum(cotangent * function(*inputs)) with respect to each input, as numpy arrays."""
    name = keras.backend.backend()
    if name == "tensorflow":
        import tensorflow as tf

        variables = [tf.constant(one) for one in inputs]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            output = function(*variables)
        found = tape.gradient(output, variables, cotangent, unconnected_gradients="zero")
    elif name == "jax":
        import jax

        found = jax.vjp(function, *inputs)[1](jax.numpy.asarray(cotangent))
    elif name == "torch":
        import torch

        with torch.enable_grad():
            variables = [keras.ops.convert_to_tensor(one).requires_grad_() for one in inputs]
            output = function(*variables)
            found = torch.autograd.grad(output, variables, keras.ops.convert_to_tensor(cotangent), allow_unused=True)
        found = [torch.zeros(1) if one is None else one for one in found]
    else:
        raise NotImplementedError(name)
    return [np.asarray(keras.ops.convert_to_numpy(one)) for one in found]


@contextmanager
def linear(layer: Any) -> Iterator[None]:
    """The layer without its fused activation, for a while. (Set past Keras, which tracks attributes.)"""
    fused = vars(layer).get("activation")
    if "activation" not in getattr(layer, "__dict__", {}) and not hasattr(layer, "activation"):
        yield
        return
    vars(layer)["activation"] = keras.activations.linear
    try:
        yield
    finally:
        del vars(layer)["activation"]
        if fused is not None:
            vars(layer)["activation"] = fused
