"""The loss of a batch, on the device."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

Array = Any
HEADS = {"cross_entropy": "softmax", "binary_cross_entropy": "sigmoid"}


def bare(model: Any, loss: str) -> Any:
    """Take the activation that belongs to the loss off the last layer, since the loss of logits is exact; returns it, to put back."""
    last = model.layers[-1]
    taken = getattr(last, "activation", None)
    if loss not in HEADS or getattr(taken, "__name__", "") != HEADS[loss]:
        return None
    import keras

    last.activation = keras.activations.linear
    return taken


def precise_head(model: Any, precision: str) -> None:
    """Where arithmetic is mixed, the last layer with weights still computes in float32, and what follows it: their few numbers decide."""
    if precision.startswith("mixed"):
        import keras

        last = max((place for place, layer in enumerate(model.layers) if layer.weights), default=len(model.layers) - 1)
        for layer in model.layers[last:]:
            layer.dtype_policy = keras.DTypePolicy("float32")


def losses(outputs: Array, labels: Array, recipe: Any) -> Array:
    """(batch,) the loss of each image. `outputs` are logits, except for mean_squared_error."""
    from keras import ops

    outputs = ops.cast(outputs, "float32")
    classes = outputs.shape[-1]
    if recipe.loss == "cross_entropy" and not recipe.label_smoothing:
        return ops.sparse_categorical_crossentropy(labels, outputs, from_logits=True)
    wanted = ops.one_hot(labels, classes) if classes > 1 else ops.cast(ops.expand_dims(labels, -1), "float32")
    if recipe.label_smoothing:
        wanted = wanted * (1.0 - recipe.label_smoothing) + recipe.label_smoothing / max(classes, 2)
    if recipe.loss == "cross_entropy":
        return ops.categorical_crossentropy(wanted, outputs, from_logits=True)
    if recipe.loss == "binary_cross_entropy":
        return ops.mean(ops.binary_crossentropy(wanted, outputs, from_logits=True), axis=-1)
    if recipe.loss == "mean_squared_error":
        return ops.mean(ops.square(wanted - outputs), axis=-1)
    raise NotImplementedError(f"no rule for the loss {recipe.loss}")


def penalty(found: list[Array]) -> Array:
    """What the layers add to the loss: their l1 and l2."""
    from keras import ops

    return sum(ops.cast(one, "float32") for one in found)


def hits(outputs: Array, labels: Array) -> Array:
    """How many images of a batch are right."""
    from keras import ops

    if outputs.shape[-1] == 1:
        found = ops.cast(outputs[:, 0] > 0, "int32")
    else:
        found = ops.cast(ops.argmax(outputs, axis=-1), "int32")
    return ops.sum(ops.cast(ops.equal(found, ops.cast(labels, "int32")), "int32"))
