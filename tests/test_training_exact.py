"""Every optimizer and every schedule: a run that is left within an epoch and taken up again ends bit by bit as one that is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]

import cnncli  # noqa: E402
from cnncli.training import checkpoint  # noqa: E402
from cnncli.training.folder import Folder  # noqa: E402
from cnncli.training.machine import Machine  # noqa: E402
from cnncli.training.pace import Pace  # noqa: E402
from cnncli.training.prepare import Request, prepare  # noqa: E402
from cnncli.training.run import Run, Watcher, awake  # noqa: E402

NET = """
input: [8, 8, 1]
layers:
  - conv: {{filters: 8, kernel: 2, initializer: whitening}}
    freeze: kernel
  - conv: {{filters: 4, kernel: 3}}
  - batch_norm
  - relu
  - dropout: 0.2
  - flatten
  - dense: {{units: 10, activation: {head}}}
train: {{data: digits, validation: 0.2, batch: 128, {recipe}}}
"""
RECIPES = {
    "sgd, lookahead, shares": (
        "softmax",
        "epochs: 3, optimizer: {sgd: {momentum: 0.9}}, lr: 0.05, lookahead: {every: 4, keep: 0.8, power: 1}, "
        "lr_scale: {batch_norm: 8}, freeze_after: {conv_1.bias: 1}, dropout_until: 1, augment: [random_flip: {alternate: true}]",
    ),
    "muon, one_cycle": (
        "softmax",
        "epochs: 3, optimizer: muon, lr: 0.01, weight_decay: 0.01, schedule: {one_cycle: {rise: 0.4}}, ema: 0.9",
    ),
    "adamw, plateau": (
        "softmax",
        "epochs: 9, lr: 0.1, weight_decay: 0.1, schedule: {reduce_on_plateau: {patience: 1}}, early_stopping: {patience: 2}",
    ),
    "sgd, step": ("softmax", "epochs: 3, optimizer: sgd, lr: 0.05, schedule: {step: {every: 1, warmup: 0.3}}, augment: [random_crop: 1]"),
    "rmsprop, exponential": ("sigmoid", "epochs: 3, optimizer: rmsprop, schedule: exponential, loss: binary_cross_entropy, ema: 0.99"),
    "adam, linear": (
        "softmax",
        "epochs: 3, optimizer: adam, schedule: {linear: {warmup: 0.2}}, loss: mean_squared_error, augment: [random_zoom]",
    ),
    "lion, cosine": ("linear", "epochs: 3, optimizer: lion, schedule: cosine, metrics: [top_5_accuracy], augment: [random_contrast]"),
    "sgd, constant": ("softmax", "epochs: 3, optimizer: {sgd: {momentum: 0}}, lr: 0.1, label_smoothing: 0.1, precision: float64"),
}
CASES = [pytest.param(name, marks=[] if number < 2 else pytest.mark.slow) for number, name in enumerate(RECIPES)]


class Left(Exception):  # noqa: N818  # no error: the end of a process
    """The process is gone."""


class Single(Pace):
    """Chunks of one step, so that a run can be left anywhere."""

    def took(self, count: int, seconds: float) -> None:
        super().took(count, seconds)
        self.chunk = 1


class Leaver(Watcher):
    """Leaves, as a kill does, when so many chunks of steps are done."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks

    def progress(self, progress: Any) -> None:
        self.chunks -= 1
        if not self.chunks:
            raise Left


def trained(spec: Path, folder: Path, watcher: Watcher, seconds: float) -> dict[str, Any]:
    """The state of a run at its end."""
    document = cnncli.load(str(spec))
    assert document.recipe is not None
    prepared = prepare(Request(document, document.recipe, None, Machine("cpu", deterministic=True), seconds))
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    run = Run(prepared, awake(prepared), Folder(folder), watcher)
    run.loop.pace = Single()
    run.train()
    found = checkpoint.load(folder / "checkpoints/last.npz")
    return {"about": found.about, **{name: value.tobytes() for name, value in found.arrays.items()}}


@pytest.mark.parametrize("name", CASES)
def test_a_run_taken_up_again_ends_the_same(name: str, tmp_path: Path) -> None:
    """Weights, optimizer, averages, counters and history: left within three epochs, the last time some steps after its checkpoint."""
    head, recipe = RECIPES[name]
    spec = tmp_path / "net.yaml"
    spec.write_text(NET.format(head=head, recipe=recipe), encoding="utf-8")
    whole = trained(spec, tmp_path / "whole", Watcher(), 99.0)
    for chunks, seconds in ((5, 0.0), (15, 0.0), (3, 99.0)):
        with pytest.raises(Left):
            trained(spec, tmp_path / "parts", Leaver(chunks), seconds)
    assert trained(spec, tmp_path / "parts", Watcher(), 99.0) == whole
    assert whole["about"]["step"] > 15
    assert (tmp_path / "whole/history.csv").read_bytes() == (tmp_path / "parts/history.csv").read_bytes()
