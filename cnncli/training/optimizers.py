"""The recipe's optimizer in Keras."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

DECAYED_RANK = 2  # kernels have two axes or more; biases, and the weights of normalizations, have one


def optimizer(recipe: Any, variables: list[Any]) -> Any:
    """The optimizer, made for these trainable variables. Weight decay is decoupled: a weight w loses lr * weight_decay * w a step."""
    import keras

    options = {name: getattr(recipe.optimizer, name) for name in recipe.optimizer.fields}
    classes = keras.optimizers
    known = {
        "sgd": classes.SGD,
        "rmsprop": classes.RMSprop,
        "adam": classes.Adam,
        "adamw": classes.Adam,  # with decoupled decay it is AdamW; Keras' AdamW insists on some decay
        "lion": classes.Lion,
        "muon": classes.Muon,
    }
    name = options["name"] = recipe.optimizer.name  # for Keras would number them, and states are looked up by it
    if name == "muon":
        options["adam_weight_decay"] = recipe.weight_decay or None
    made = known[name](learning_rate=recipe.lr, weight_decay=recipe.weight_decay or None, **options)
    if recipe.weight_decay:
        made.exclude_from_weight_decay(var_list=[variable for variable in variables if len(variable.shape) < DECAYED_RANK])
    made.build(variables)
    return classes.LossScaleOptimizer(made, name="loss_scale") if recipe.precision == "mixed_float16" else made
