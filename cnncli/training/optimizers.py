"""The recipe's optimizer in Keras."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

DECAYED_RANK = 2  # kernels have two axes or more; biases, and the weights of normalizations, have one


def optimizer(recipe: Any, variables: list[Any]) -> Any:
    """The optimizer, made for these trainable variables. Weight decay is decoupled: a weight w loses lr * weight_decay * w a step."""
    import keras

    chosen = recipe.optimizer
    options = {name: getattr(chosen, name) for name in chosen.fields}
    options["name"] = chosen.name  # for Keras would number them, and states are looked up by it
    options |= dict.fromkeys(chosen.decays, recipe.weight_decay or None)
    made = getattr(keras.optimizers, chosen.keras_class)(learning_rate=recipe.lr, **options)
    if recipe.weight_decay:
        made.exclude_from_weight_decay(var_list=[variable for variable in variables if len(variable.shape) < DECAYED_RANK])
    made.build(variables)
    return keras.optimizers.LossScaleOptimizer(made, name="loss_scale") if recipe.precision == "mixed_float16" else made
