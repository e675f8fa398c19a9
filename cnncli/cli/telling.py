"""What `cnncli train` says before and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..printable import printable
from ..render.values import megabytes
from ..training.settings import plain

if TYPE_CHECKING:
    from ..training.folder import Folder
    from ..training.prepare import Prepared


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
        ]
    )


def _learning(prepared: Prepared) -> str:
    """6,405 trainable, then 1,529,925"""
    first, *then = [f"{phase.report.totals['trainable_params']:,}" for phase in prepared.phases]
    return ", then ".join([f"{first} trainable", *then])


def _recipe(recipe: Any) -> str:
    """The recipe in a line: what differs from the defaults, and what everyone asks for."""
    always = ("optimizer", "lr", "schedule", "batch", "epochs", "seed")
    shown = [name for name, field in recipe.fields.items() if name in always or getattr(recipe, name) != field.default]
    return ", ".join(f"{name} {_value(plain(getattr(recipe, name)))}" for name in shown if name != "data")


def _value(value: Any) -> str:
    """adamw(beta_1 0.9), [random_crop(padding 4)], 0.001"""
    if isinstance(value, dict):
        return ", ".join(f"{name}({_value(one)})" if isinstance(one, dict) else f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def shared(task: Any) -> str:
    """Who trains with whom."""
    team = task.team
    if team.alone:
        return "distributed: there is one device here, which trains alone"
    on = (
        f"{team.cluster.workers} workers, {team.devices} devices" if team.cluster.workers > 1 else f"{team.devices} devices of this machine"
    )
    return f"distributed: {on}; each takes {task.recipe.batch // team.devices} images of every batch; batch norm {team.batch_norm}"


def ending(result: dict[str, Any], folder: Folder) -> str:
    """What came of it."""
    from .progress import duration

    measured, lines = result["measured"], []
    if result["evaluated_on"]:
        on, percent = result["evaluated_on"], 100 * result["accuracy"]
        lines.append(f"{on} accuracy {percent:.2f} %, loss {result['loss']:.4f}, {result['images']:,} images")
    if "tta" in result:
        lines.append(f"with test-time augmentation ({result['tta']['kind']}): accuracy {100 * result['tta']['accuracy']:.2f} %")
    if measured["images_per_second"]:
        peak = measured["machine_flops_per_second"]
        share = f", {100 * measured['flops_per_second'] / peak:.0f} % of what this machine does in a product of matrices" if peak else ""
        lines.append(
            f"trained in {duration(measured['training_seconds'])}, and {measured['first_step_seconds']:.1f} s for the first step; "
            f"{measured['images_per_second']:,.0f} images/s, {measured['flops_per_second'] / 1e9:,.1f} GFLOP/s{share}"
        )
    return "\n".join([*lines, f"{folder}: result.json, history.csv, model.keras"])
