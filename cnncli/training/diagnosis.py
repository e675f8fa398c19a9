"""Where numbers stop being numbers."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import checkpoint
from .phases import entered

if TYPE_CHECKING:
    from .run import Run

Array = Any


def first_bad_layer(run: Run, step: int) -> str:
    """Repeat the run up to `step`, from its last checkpoint or its beginning, and say which layer gives no number first."""
    from .run import awake

    kept = checkpoint.latest(run.folder.checkpoints)
    engine, _ = awake(run.prepared._replace(request=run.prepared.request.alone()))
    for phase in run.prepared.phases[1 : run.phase + 1]:
        engine = entered(engine, phase, run.prepared.data.train)
    if kept is not None:
        engine.resume(kept.arrays)
    plan, done = run.plan, kept.about["step"] if kept is not None else 0
    while done < step:
        epoch, first = divmod(done, plan.steps)
        last = min(plan.steps, first + step - done)
        chances = tuple(one[first:last] for one in plan.chances(epoch))
        rates = run.loop.rates[done : done + last - first] * np.float32(run.loop.scale)
        engine.steps(plan.order(epoch)[first:last], chances, rates.astype(np.float32))
        done += last - first
    epoch, place = divmod(step, plan.steps)
    images = run.prepared.data.train.x[plan.order(epoch)[place]]
    inputs = engine.inputs(images, tuple(one[place] for one in plan.chances(epoch)))
    return named(engine.model, inputs)


def named(model: Any, inputs: Array) -> str:
    """The first layer whose output is not finite when `inputs` go through, or whose weights are not."""
    import keras

    for layer in model.layers:
        for weight in layer.weights:
            if "float" in str(weight.dtype) and not np.isfinite(keras.ops.convert_to_numpy(weight.value)).all():
                return f"{layer.name} is the first layer where numbers end: its {weight.name} is not finite"
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    outputs = keras.Model(model.inputs, [layer.output for layer in layers])(inputs, training=True)
    for layer, output in zip(layers, outputs if isinstance(outputs, list) else [outputs], strict=True):
        if not np.isfinite(keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))).all():
            return f"{layer.name} is the first layer where numbers end: its output is not finite"
    return "every layer's output is finite, the loss is not"
