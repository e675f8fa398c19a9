"""Early dropout: what disturbs training rests from an epoch on, on the engine at hand, and the network stays what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]  # Keras, reading variables

from cnncli import spec  # noqa: E402
from cnncli.training.engine import Engine  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402
from cnncli.training.folder import Folder  # noqa: E402
from cnncli.training.machine import Machine  # noqa: E402
from cnncli.training.prepare import Prepared, Request, prepare  # noqa: E402
from cnncli.training.run import Run, Watcher, awake, plan_of  # noqa: E402

NET = """
input: [8, 8, 1]
layers:
  - conv: {{filters: 4, kernel: 3, activation: relu}}
  - {disturbing}
  - flatten
  - dense: {{units: 10, activation: softmax}}
train: {{data: digits, optimizer: {{sgd: {{momentum: 0}}}}, lr: 0.1, batch: 256, epochs: 3{more}}}
"""


def prepared(folder: Path, disturbing: str, more: str = "") -> Prepared:
    (folder / "net.yaml").write_text(NET.format(disturbing=disturbing, more=more), encoding="utf-8")
    document = spec.load(str(folder / "net.yaml"))
    assert document.recipe is not None
    return prepare(Request(document, document.recipe, None, Machine("cpu")))


def weights_after(run: Prepared, resting: bool) -> list[Any]:
    """The trainable weights after four steps, from ones that do not depend on which layers draw numbers."""
    engine, _ = awake(run)
    plan, chance = plan_of(run, engine), np.random.default_rng(0)
    for one in engine.trainable:
        one.assign(chance.normal(0.0, 0.1, one.shape))
    engine.steps(plan.order(0)[:1], (), np.zeros(1, np.float32))  # at no rate: what was compiled before must not be used any more
    if resting:
        engine.drop_no_more()
    engine.steps(plan.order(0)[:4], (), np.full(4, 0.01, np.float32))
    return [np.array(one) for one in engine.trainable]


@pytest.mark.parametrize("disturbing", ["dropout: 0.5", "spatial_dropout: 0.5", "drop_path: 0.5", "gaussian_noise: 0.5"])
def test_a_resting_layer_is_as_none(disturbing: str, tmp_path: Path) -> None:
    """The same steps, bit by bit, as those of the network without the layer; while it does not rest they are others."""
    wanted = weights_after(prepared(tmp_path, "linear"), resting=False)
    run = prepared(tmp_path, disturbing)
    rested, disturbed = weights_after(run, resting=True), weights_after(run, resting=False)
    assert all((one == other).all() for one, other in zip(wanted, rested, strict=True))
    assert any((one != other).any() for one, other in zip(wanted, disturbed, strict=True))


class Noting(Watcher):
    """Whether anything was dropped, epoch by epoch."""

    def __init__(self) -> None:
        self.found: list[bool] = []

    def began(self, loop: Any, resumed: bool) -> None:
        self.engine: Engine = loop.engine

    def epoch(self, row: dict[str, Any]) -> None:
        self.found.append(self.engine.drops)


def test_from_the_epoch_that_the_recipe_names(tmp_path: Path) -> None:
    """Up to the end of the second epoch they disturb; the saved model still has its dropout."""
    import keras

    run, watcher = prepared(tmp_path, "dropout: 0.4", ", dropout_until: 2"), Noting()
    (tmp_path / "run/checkpoints").mkdir(parents=True)
    Run(run, awake(run), Folder(tmp_path / "run"), watcher).train()
    assert watcher.found == [True, True, False]
    watcher.engine.model.save(tmp_path / "model.keras")
    assert [one.rate for one in keras.models.load_model(tmp_path / "model.keras").layers if hasattr(one, "rate")] == [0.4]


def test_nothing_to_rest_is_refused(tmp_path: Path) -> None:
    """A recipe for another network is told, not followed in silence."""
    with pytest.raises(RefusedError, match="the network has none of them"):
        prepared(tmp_path, "linear", ", dropout_until: 2")
