"""What `cnncli train` says before and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..layers.base import Options
from ..layers.values import written
from ..printable import printable
from ..render.values import megabytes
from ..training.settings import plain

if TYPE_CHECKING:
    from ..training.prepare import Prepared

SHORT = 24  # letters of a setting that is shown in the line of the recipe


def beginning(prepared: Prepared) -> str:
    """What will be trained."""
    totals, recipe, data = prepared.report.totals, prepared.recipe, prepared.data
    name, flops = prepared.request.document.name, prepared.flops_per_image
    memory, asked = max(phase.report.training.total for phase in prepared.phases), prepared.request.recipe.batch
    fewer = f" (of {asked:,}: there are no more images)" if asked != recipe.batch else ""
    turns = "three times the forward pass" + ("" if flops == 3 * totals["flops"] else ", once where nothing learns")
    kept = "".join(f", {len(part.y):,} {name}" for name, part in data.splits.items() if name != "train")
    return "\n".join(
        printable(line)
        for line in [
            f"{name}: {totals['params']:,} parameters, {_learning(prepared)}; {totals['macs']:,} MACs",
            f"training: {flops:,} FLOPs an image ({turns}); about {megabytes(memory)} at batch {recipe.batch}{fewer}",
            f"data: {recipe.data}, {len(data.train.y):,} training images{kept}, {len(data.classes)} classes; {data.source}",
            f"recipe: {_recipe(recipe)}",
            *_unread_weights(prepared),
        ]
    )


def _unread_weights(prepared: Prepared) -> list[str]:
    """That a backbone's file has weights which training does not take."""
    body = prepared.request.document.backbone
    if body is None or body.options.weights is not None:
        return []
    model = body.options.model
    if model.endswith(".onnx"):
        return [f"note: the weights of {model} are not read; the backbone starts from random weights"]
    if model.endswith((".h5", ".hdf5")):
        return [f"note: the backbone starts from random weights; with weights: {model} it starts from those of the file"]
    return []


def _learning(prepared: Prepared) -> str:
    """6,405 trainable, then 1,529,925"""
    first, *then = [f"{phase.report.totals['trainable_params']:,}" for phase in prepared.phases]
    return ", then ".join([f"{first} trainable", *then])


def _recipe(recipe: Any) -> str:
    """The recipe in a line, such as `adamw, lr 0.002, cosine, batch 128, 20 epochs; augment random_rotation; weight_decay 0.01`.

    Options of an optimizer, a schedule or an augmentation stand in recipe.json.
    """
    always = ("data", "optimizer", "lr", "schedule", "batch", "epochs", "augment")
    first = f"{recipe.optimizer.name}, lr {recipe.lr:g}, {recipe.schedule.name}, batch {recipe.batch}, {count(recipe.epochs)}"
    augment = "augment " + ", ".join(layer.kind for layer in recipe.augment) if recipe.augment else ""
    others = [name for name, field in recipe.fields.items() if name not in always and getattr(recipe, name) != field.default]
    return "; ".join(part for part in (first, augment, ", ".join(_setting(name, getattr(recipe, name)) for name in others)) if part)


def _setting(name: str, value: Any) -> str:
    """`weight_decay 0.01`; the bare name where the value is long."""
    text = f"{value:g}" if isinstance(value, float) else "" if isinstance(value, (dict, Options)) else written(plain(value))
    return f"{name} {text}" if 0 < len(text) <= SHORT else name


def count(epochs: float) -> str:
    return "1 epoch" if epochs == 1 else f"{epochs:g} epochs"


def shared(task: Any) -> str:
    """Who trains with whom."""
    team = task.team
    if team.alone:
        return "distributed: there is one device here, which trains alone"
    on = (
        f"{team.cluster.workers} workers, {team.devices} devices" if team.cluster.workers > 1 else f"{team.devices} devices of this machine"
    )
    return f"distributed: {on}; each takes {task.recipe.batch // team.devices} images of every batch; batch norm {team.batch_norm}"


def ending(result: dict[str, Any]) -> str:
    """What came of it."""
    from .progress import duration

    measured, lines = result["measured"], []
    if result["evaluated_on"]:
        on, percent = result["evaluated_on"], 100 * result["accuracy"]
        of = f" with the weights of epoch {result['best_epoch']}" if result["weights"] == "best" else ""
        lines.append(f"{on} accuracy {percent:.2f} %, loss {result['loss']:.4f}, {result['images']:,} images{of}")
    if "tta" in result:
        lines.append(f"with test-time augmentation ({result['tta']['kind']}): accuracy {100 * result['tta']['accuracy']:.2f} %")
    if measured["images_per_second"]:
        peak = measured["machine_flops_per_second"]
        share = f", {100 * measured['flops_per_second'] / peak:.0f} % of this machine's matrix product" if peak else ""
        lines.append(
            f"trained in {duration(measured['training_seconds'])}, and {measured['first_step_seconds']:.1f} s for the first step; "
            f"{measured['images_per_second']:,.0f} images/s, {measured['flops_per_second'] / 1e9:,.1f} GFLOP/s{share}"
        )
    return "\n".join([*lines, "saved: result.json, history.csv, model.keras"])
