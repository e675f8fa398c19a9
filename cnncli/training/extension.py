"""Training a finished run longer.

The recipe of the run gets the new number of epochs, and its last checkpoint is resumed. The learning-rate schedule is that of the
longer run: what depends on the length of the run (cosine, linear, one_cycle, a warm-up) spans all epochs anew, so the remaining
steps follow the last part of the longer schedule; constant, step, exponential and reduce_on_plateau just go on. Early stopping
waits for its whole patience again.
"""

from __future__ import annotations

import math
from typing import Any

from ..errors import UsageError
from . import checkpoint
from .folder import Folder
from .settings import from_plain, plain, with_values


def is_finished(folder: Folder) -> bool:
    """Whether a run has its result and its model, and has not been extended since."""
    if not all((folder.path / name).exists() for name in ("result.json", "model.keras")):
        return False
    extensions = folder.read_json("recipe.json").get("extensions", [])
    return bool(folder.read_json("result.json").get("extensions", 0) == len(extensions))


def needs_extension(folder: Folder, epochs: float) -> bool:
    """Whether a run must be extended to train so many epochs; False for one that is on its way there. Raises UsageError."""
    kept = folder.read_json("recipe.json", "train.epochs")
    if not is_finished(folder):
        extensions = kept.get("extensions", [])
        planned = extensions[-1]["epochs"] if extensions else kept["train"]["epochs"]
        if epochs == planned:
            return False
        raise UsageError(f"{folder} is not finished; finish it first with {folder.again}, then train it longer with --epochs")
    done = folder.read_json("result.json", "epochs")["epochs"]
    if epochs <= done:
        raise UsageError(f"{folder} has already trained {done:g} epochs; give more than that, such as --epochs {2 * math.ceil(done)}")
    return True


def extend(folder: Folder, epochs: float) -> None:
    """Let a finished run train until so many epochs are done. Raises CnncliError."""
    kept = folder.read_json("recipe.json", "train.epochs")
    newest = checkpoint.latest(folder.checkpoints)
    if newest is None:
        raise UsageError(f"{folder} has no checkpoint, so it cannot be trained longer; begin a new run")
    recipe, history = from_plain(kept["train"]), newest.about["history"]
    if recipe.fine_tune is None:
        longer = with_values(recipe, epochs=epochs)
    else:  # the second phase ended, and is what goes on
        before = max(row["epoch"] for row in history if row["phase"] == 1)
        tuning: Any = recipe.fine_tune
        values = {name: getattr(tuning, name) for name in tuning.fields} | {"epochs": epochs - math.ceil(before)}
        longer = with_values(recipe, fine_tune=type(tuning)(**values))
    extension = {"from": history[-1]["epoch"], "epochs": epochs, "recipe": newest.about["of"]["recipe"]}
    kept |= {"train": plain(longer), "extensions": [*kept.get("extensions", []), extension]}
    folder.write_json("recipe.json", kept)
