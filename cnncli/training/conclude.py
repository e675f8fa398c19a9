"""What a finished run leaves: its result, the model, the pictures."""

# mypy: ignore-missing-imports
from __future__ import annotations

import math
from typing import Any

from ..waking import hushed
from . import pictures, saved_model, scores, tta
from .data import Images
from .doctor import peak as measured_peak
from .errors import RunError
from .machine import peak_memory
from .run import Run
from .settings import plain
from .whole import whole, write_failure

LONG = 5.0  # seconds of training, beyond which it is worth half a second to see what the machine could do


def conclude(run: Run) -> dict[str, Any]:
    """Evaluate, save the model, draw, and write result.json, which is also returned.

    The weights are the last ones; where the recipe stops early, the best ones on the validation images.
    """
    if run.recipe.early_stopping:
        run.keeper.take_best()
    with run.engine.with_averages():
        result = {**_described(run), **_judged(run), "predicted": _predicted(run), "measured": _measured(run)}
        result["environment"] = run.folder.read_json("environment.json")
        _save_model(run)
    if pictures.can_draw() and run.loop.history:
        title = f"{result['name']} on {run.recipe.data}"
        pictures.curves(run.loop.history, title, run.folder.path / "curves.png")
        if "confusion" in result:
            import numpy as np

            table, names = np.array(result["confusion"]), list(run.prepared.data.classes)
            pictures.confusion(table, names, f"{title}: {result['evaluated_on']}", run.folder.path / "confusion.png")
    run.folder.write_json("result.json", result)
    return result


def _described(run: Run) -> dict[str, Any]:
    data, loop = run.prepared.data, run.loop
    extensions = run.folder.read_json("recipe.json").get("extensions", [])
    scale, offset = run.engine.task.scale, run.engine.task.offset
    return {
        "format": 1,
        "name": run.prepared.request.document.name,
        "data": {"name": run.recipe.data, "source": data.source, "classes": list(data.classes), "train_images": len(data.train.y)},
        "input": {"scale": [float(one) for one in scale], "offset": [float(one) for one in offset]},
        "seed": run.recipe.seed,
        "epochs": loop.history[-1]["epoch"] if loop.history else 0,
        "steps": loop.past_steps + loop.step,
        "phases": [{"epochs": one.recipe.epochs, "trainable_params": one.report.totals["trainable_params"]} for one in run.prepared.phases],
        "stopped_early": loop.ended,
        "weights": "best" if run.recipe.early_stopping else "last",
        **({"best_epoch": loop.best_row["epoch"]} if run.recipe.early_stopping else {}),
        **({"extensions": len(extensions)} if extensions else {}),
        "recipe": plain(run.recipe),
    }


def _judged(run: Run) -> dict[str, Any]:
    """The figures on the test images, or on the validation images where there are no others."""
    splits = run.prepared.data.splits
    name = next((name for name in ("test", "validation") if name in splits), None)
    return {"evaluated_on": None} if name is None else evaluated(run, name, splits[name], run.recipe.tta)


def evaluated(run: Run, name: str, images: Images, kind: str) -> dict[str, Any]:
    """All figures on some images, and those with test-time augmentation of a kind apart."""
    classes = list(run.prepared.data.classes)
    outputs = run.engine.outputs(images.x)
    table = scores.confusion(outputs, images.y, len(classes))
    result: dict[str, Any] = {"evaluated_on": name, "images": len(images.y), **scores.figures(outputs, images.y, run.recipe)}
    result["calibration_error"] = scores.calibration(outputs, images.y, run.recipe.loss)
    if kind != "none":
        result["tta"] = {"kind": kind, **scores.figures(tta.outputs(run.engine, images.x, kind), images.y, run.recipe)}
    result["per_class"] = scores.per_class(table, classes)
    result["most_confused"] = scores.confused(table, classes)
    result["confusion"] = table.tolist()
    return result


def _predicted(run: Run) -> dict[str, Any]:
    report = run.prepared.phases[-1].report
    totals = report.totals
    return {
        "params": totals["params"],
        "trainable_params": totals["trainable_params"],
        "training_memory_bytes": report.training.total,
        "training_flops_per_image": run.prepared.flops_per_image,
        "training_flops_per_step": run.prepared.flops_per_image * run.plan.batch,
    }


def _measured(run: Run) -> dict[str, Any]:
    """What this process saw: of a run that was resumed, its last part."""
    pace, model = run.loop.pace, run.engine.model
    speed = run.plan.batch / pace.per_step if pace.steps else None
    peak = measured_peak() if pace.seconds > LONG else None
    return {
        "params": int(sum(_count(one) for one in model.weights)),
        "trainable_params": int(sum(_count(one) for one in model.trainable_weights)),
        "peak_memory_bytes": peak_memory(),
        "memory_before_training_bytes": run.memory_before,
        "steps": pace.steps,
        "training_seconds": round(pace.seconds, 3),
        "first_step_seconds": round(pace.compiling, 3),
        "seconds_per_step": pace.per_step if pace.steps else None,
        "images_per_second": speed,
        "flops_per_second": speed and speed * run.prepared.flops_per_image,
        "machine_flops_per_second": peak,
    }


def _count(variable: Any) -> int:
    return math.prod(variable.shape)


def _save_model(run: Run) -> None:
    """Write model.keras."""
    target = run.folder.path / saved_model.MODEL
    try:
        with hushed(), whole(target, "model.new.keras") as beside:  # Keras imports TensorFlow to save, whatever its backend
            saved_model.save(run, beside)
    except OSError as error:
        raise RunError(write_failure(target, error, run.folder.again)) from None
