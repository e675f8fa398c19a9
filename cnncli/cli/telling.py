"""What `cnncli train` says before and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..training.settings import plain

if TYPE_CHECKING:
    from ..training.folder import Folder
    from ..training.prepare import Prepared


def beginning(prepared: Prepared, folder: Folder) -> str:
    """What will be trained."""
    totals, recipe, data = prepared.report.totals, prepared.recipe, prepared.data
    kept = "".join(f", {len(part.y):,} {name}" for name, part in _parts(prepared))
    memory = prepared.report.training.total
    return "\n".join(
        [
            f"{prepared.request.document.name}: {totals['params']:,} parameters ({totals['trainable_params']:,} trainable), {totals['macs']:,} MACs",
            f"training: {prepared.flops_per_image:,} FLOPs an image (three times the forward pass), about {memory / 1e6:,.0f} MB at batch {recipe.batch}",
            f"data: {recipe.data}, {len(data.train.y):,} training images{kept}, {len(data.classes)} classes; {data.source}",
            f"recipe: {_recipe(recipe)}",
            f"run: {folder}",
        ]
    )


def _parts(prepared: Prepared) -> list[tuple[str, Any]]:
    from ..training.prepare import parts

    return parts(prepared.data)


def _recipe(recipe: Any) -> str:
    """The recipe in a line: what differs from the defaults, and what everyone asks for."""
    always = ("optimizer", "lr", "schedule", "batch", "epochs", "seed")
    shown = [name for name, field in recipe.fields.items() if name in always or getattr(recipe, name) != field.default]
    return ", ".join(f"{name} {_value(plain(getattr(recipe, name)))}" for name in shown if name != "data")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}({', '.join(f'{k} {_value(v)}' for k, v in one.items())})" if isinstance(one, dict) else f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def ending(result: dict[str, Any], folder: Folder) -> str:
    """What came of it."""
    from .progress import duration

    measured, lines = result["measured"], []
    if result["evaluated_on"]:
        lines.append(f"{result['evaluated_on']} accuracy {100 * result['accuracy']:.2f} %, loss {result['loss']:.4f}, {result['images']:,} images")
    if "tta" in result:
        lines.append(f"with test-time augmentation ({result['tta']['kind']}): accuracy {100 * result['tta']['accuracy']:.2f} %")
    if measured["images_per_second"]:
        lines.append(
            f"trained in {duration(measured['training_seconds'])}, and {measured['first_step_seconds']:.1f} s for the first step; "
            f"{measured['images_per_second']:,.0f} images/s, {measured['flops_per_second'] / 1e9:,.1f} GFLOP/s"
        )
    return "\n".join([*lines, f"{folder}: result.json, history.csv, model.keras"])
