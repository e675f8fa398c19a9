"""cnncli evaluate."""

from __future__ import annotations

from typing import Any

import click

from ...printable import printable
from ..options import Run, styled
from ..output import echo, echo_json

ACROSS = 72
TTA = ("none", "flip", "shift", "flip_shift")


@click.command("evaluate", epilog="Example: cnncli evaluate runs/lenet-1 --tta shift")
@click.argument("run", type=Run())
@click.option("--data-dir", type=click.Path(), envvar="CNNCLI_DATA", help="Directory of the data.  [env: CNNCLI_DATA]")
@click.option("--split", type=click.Choice(["test", "validation", "train"]), help="Split to evaluate.  [default: test]")
@click.option("--tta", type=click.Choice(TTA), default="none", show_default=True, help="Also evaluate with test-time augmentation.")
@click.option("--best", is_flag=True, help="Use the weights that were best on the validation images instead of the last.")
@styled("text", "json")
def command(run: str, data_dir: str | None, split: str | None, tta: str, best: bool, style: str) -> None:
    """Evaluate a trained network on its test images.

    Reports accuracy and loss, recall and precision of each class, the confusion matrix, the most frequent confusions, and the
    calibration of the confidence.
    """
    from ...training.machine import backend_name

    backend_name()
    from ...training.reopen import reopened
    from ..progress import Plain

    opened = reopened(run, data_dir, best, Plain())
    result = opened.evaluated(split, tta)
    if style == "json":
        echo_json(result, 2)
    else:
        echo("\n".join(told(result)))


def told(result: dict[str, Any]) -> list[str]:
    """The figures as text."""
    lines = [
        f"{result['evaluated_on']} accuracy {100 * result['accuracy']:.2f} %, loss {result['loss']:.4f}, {result['images']:,} images",
        f"calibration error {100 * result['calibration_error']:.2f} %: the mean distance of confidence and accuracy",
    ]
    if "tta" in result:
        lines.append(f"with test-time augmentation ({result['tta']['kind']}): accuracy {100 * result['tta']['accuracy']:.2f} %")
    rows = [{**row, "class": printable(row["class"])} for row in result["per_class"]]
    names = [row["class"] for row in rows]
    wide = max(5, *map(len, names))
    lines += ["", f"{'class'.ljust(wide)}  images  recall  precision"]
    for row in rows:
        lines.append(f"{row['class'].ljust(wide)}  {row['images']:6,}  {percent(row['recall'])}  {percent(row['precision']):>9}")
    if result["most_confused"]:
        lines += ["", "most often confused"]
        pairs = [f"  {pair['class']} taken for {pair['taken_for']}: {pair['images']:,}" for pair in result["most_confused"]]
        lines += map(printable, pairs)
    if len(names) <= 20:
        lines += ["", "confusion: a row for each class, a column for what it was taken for", *grid(names, result["confusion"])]
    return lines


def grid(names: list[str], table: list[list[int]]) -> list[str]:
    """The confusion table; of the names above it as many letters as have room in ACROSS columns."""
    first = max(map(len, names))
    wide = max(*(len(f"{number:,}") for row in table for number in row), min(first, ACROSS // len(names) - 1)) + 1
    short = [name[: wide - 1].rjust(wide) for name in names]
    return [" " * first + "".join(short)] + [
        name.rjust(first) + "".join(f"{number:,}".rjust(wide) for number in row) for name, row in zip(names, table, strict=True)
    ]


def percent(share: float | None) -> str:
    """97.1 %, or a dash where there was nothing to divide by."""
    return "     -" if share is None else f"{100 * share:5.1f}%"
