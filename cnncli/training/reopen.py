"""A run that was made, taken up again: to resume it, to evaluate it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..spec import load
from ..spec.backbone import Backbone
from .data import Images
from .extension import is_finished
from .folder import Folder, existing
from .machine import Machine, backend_name
from .prepare import Request, prepare
from .settings import from_plain

if TYPE_CHECKING:
    from .run import Watcher


def request_of(folder: Folder, data_dir: str | None) -> Request:
    """What the user asked for when the run was begun; only where the data lies may have changed."""
    kept = folder.read_json("recipe.json", "spec", "settings", "data_dir", "machine", "checkpoint_seconds", "train")
    document = load(str(folder.path / "spec.yaml"), kept["settings"])
    document.path, document.name = kept["spec"], kept.get("name", document.name)
    weights, body = kept.get("weights"), document.backbone
    if body is not None:  # whose file has another name here
        options = {**{name: getattr(body.options, name) for name in body.options.fields}, "weights": weights}
        document.backbone = body._replace(options=Backbone(**options), folder=kept.get("weights_from") or body.folder)
    machine = Machine(**{name: value for name, value in kept["machine"].items() if name in Machine._fields})
    recipe = from_plain(kept["train"])
    images = images_of(folder, weights, document.network.nodes[0].output[-1])
    former = tuple(extension["recipe"] for extension in kept.get("extensions", []))
    data_dir = data_dir or kept["data_dir"]
    return Request(document, recipe, data_dir, machine, kept["checkpoint_seconds"], images, former_recipes=former)


def images_of(folder: Folder, weights: str | None, channels: int) -> tuple[Any, Any] | None:
    """(scale, offset) of each channel for weights that came from elsewhere; None where there are none, or none were loaded yet."""
    import numpy as np

    if weights in (None, "random") or not any(folder.checkpoints.glob("*.npz")):
        return None
    kept = folder.read_json("input.json", "scale", "offset")
    if {len(kept["scale"]), len(kept["offset"])} != {channels}:
        raise UsageError(
            f"{folder.path / 'input.json'} is damaged: expected scale and offset for {channels} channels; put back a copy of it"
        )
    return np.array(kept["scale"], np.float32), np.array(kept["offset"], np.float32)


class Opened:
    """A run with its last weights, or with the best, as after early stopping; to be asked about images."""

    def __init__(self, folder: Folder, data_dir: str | None, best: bool, watcher: Watcher) -> None:
        from .run import Run, awake

        backend_name()
        prepared = prepare(request_of(folder, data_dir))
        self.run = Run(prepared, awake(prepared), folder, watcher)
        if best or prepared.recipe.early_stopping:
            self.run.keeper.take_best()
        elif not self.run.resume():
            raise UsageError(f"{folder} has no checkpoint yet; continue with {folder.again}")
        if not is_finished(folder):
            watcher.warn(f"{folder} is not finished; these are its weights {self._moment()}; finish it with {folder.again}")

    def _moment(self) -> str:
        """When the weights were kept."""
        if self.run.prepared.recipe.early_stopping:
            return "that were best so far"
        loop = self.run.loop
        return f"after step {loop.past_steps + loop.step:,}"

    def evaluated(self, split: str | None, tta: str) -> dict[str, Any]:
        """The figures on a split; without one on the test images."""
        from .conclude import evaluated

        splits: dict[str, Images] = self.run.prepared.data.splits
        name = split or ("test" if "test" in splits else "validation")
        if name not in splits:
            raise UsageError(f"{self.run.recipe.data} has no {name} images; there are {', '.join(splits)}")
        with self.run.engine.with_averages():
            return evaluated(self.run, name, splits[name], tta)


def reopened(run: str, data_dir: str | None, best: bool, watcher: Watcher) -> Opened:
    """The run in the folder `run`; warnings go to `watcher`. Raises CnncliError."""
    return Opened(existing(run), data_dir, best, watcher)
