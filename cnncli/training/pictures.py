"""The pictures of a run. matplotlib is woken here, and only when a picture is drawn."""

# mypy: ignore-missing-imports, disable-error-code=import-not-found
from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from ..printable import printable
from .errors import RunError
from .fonts import choose_families, escape_undrawable
from .whole import whole, write_failure

Array = Any
LARGEST_TABLE = 30  # classes: beyond that no number can be read in its cell


def can_draw() -> bool:
    """Whether there is something to draw with."""
    return importlib.util.find_spec("matplotlib") is not None


def figure(columns: int, width: float, height: float) -> Any:
    """An empty figure, without a screen, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(made)
    return made, [made.add_subplot(1, columns, n + 1) for n in range(columns)]


def literal(text: str) -> str:
    """Text of others as matplotlib draws it letter by letter: what is between dollar signs would be read as TeX."""
    return printable(text).replace("$", r"\$")


def styled(text: str, name: str = "t") -> dict[str, Any]:
    """Text of others, under the name of an argument, and fonts that have its letters; it is escaped where none are installed."""
    text = escape_undrawable(literal(text))
    return {name: text, "fontfamily": choose_families(text)}


def class_labels(names: list[str]) -> list[str]:
    """The names of classes, or the number of a class whose name cannot be drawn."""
    labels = [literal(name) for name in names]
    return [label if choose_families(label) else f"#{number}" for number, label in enumerate(labels)]


def save(made: Any, path: Path) -> None:
    """Write a figure as a PNG. Raises RunError where it cannot be written."""
    try:
        with whole(path) as beside:
            made.savefig(beside, format="png", dpi=120, metadata={"Software": None})
    except OSError as error:
        raise RunError(write_failure(f"the picture {path}", error)) from None


def curves(history: list[dict[str, Any]], title: str, path: Path) -> None:
    """Loss and accuracy after each epoch."""
    from matplotlib.ticker import MaxNLocator

    made, axes = figure(2, 9, 3.6)
    for axis, what in zip(axes, ("loss", "accuracy"), strict=True):
        for name in [one for one in history[0] if one == what or one.endswith("_" + what)]:
            if "top_5" not in name:
                label = {"loss": "training", "accuracy": "training"}.get(name, name.rsplit("_", 1)[0])
                axis.plot([row["epoch"] for row in history], [row[name] for row in history], marker="." * (len(history) < 40), label=label)
        axis.set_xlabel("epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.set_ylabel(what)
        axis.grid(alpha=0.3)
        axis.legend()
    made.suptitle(**styled(title))
    save(made, path)


def confusion(table: Array, names: list[str], title: str, path: Path) -> None:
    """Rows: the class; columns: what it was taken for; shades: the part of the row."""
    count = len(names)
    side = min(3.0 + 0.45 * count, 14.0)
    made, (axis,) = figure(1, side, side)
    shares = table / table.sum(axis=1, keepdims=True).clip(1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.set_xlabel("taken for")
    axis.set_ylabel("class")
    if count <= LARGEST_TABLE:
        labels = class_labels(names)
        if labels != [literal(name) for name in names]:
            axis.set_xlabel("taken for (#0, #1: the classes as result.json lists them;\nno installed font has all their letters)")
        families = choose_families("".join(labels))
        axis.set_xticks(range(count), labels, rotation=45, ha="right", fontfamily=families)
        axis.set_yticks(range(count), labels, fontfamily=families)
        for row in range(count):
            for column in range(count):
                if table[row, column]:
                    colour = "white" if shares[row, column] > 0.5 else "black"
                    axis.text(column, row, int(table[row, column]), ha="center", va="center", color=colour, fontsize=8)
    axis.set_title(**styled(title, "label"))
    save(made, path)
