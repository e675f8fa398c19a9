"""Averages of weights, rates of their own and freezing, on the engine at hand: against the same steps without them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]  # Keras, reading variables

from cnncli import spec  # noqa: E402
from cnncli.training.machine import Machine  # noqa: E402
from cnncli.training.prepare import Request, prepare  # noqa: E402
from cnncli.training.run import awake, plan_of  # noqa: E402

NET = """
input: [28, 28, 1]
layers:
  - max_pool: 4
  - conv: {filters: 2, kernel: 3, activation: relu}
  - batch_norm
  - flatten
  - dense: {units: 10, max_norm: 2, activation: softmax}
train: {data: digits, optimizer: {sgd: {momentum: 0.9}}, lr: 0.01, batch: 256, epochs: 4, MORE}
"""
Weights = dict[str, Any]


class Trained:
    """An engine that trains step by step, from the same weights each time."""

    def __init__(self, folder: Path, more: str) -> None:
        (folder / "net.yaml").write_text(NET.replace("MORE", more), encoding="utf-8")
        document = spec.load(str(folder / "net.yaml"))
        assert document.recipe is not None
        prepared = prepare(Request(document, document.recipe, None, Machine("cpu")))
        self.engine, _ = awake(prepared)
        self.plan = plan_of(prepared, self.engine)
        self.done = 0

    def step(self, count: int = 1) -> Weights:
        """The weights after so many steps more, by KIND.WEIGHT; averages under `average`."""
        for _ in range(count):
            epoch, step = divmod(self.done, self.plan.steps)
            self.engine.steps(self.plan.order(epoch)[step : step + 1], (), np.full(1, 0.01, np.float32))
            self.done += 1
        return self.weights()

    def weights(self) -> Weights:
        state = self.engine.state()
        return {name.split("/", 2)[2].replace("_1/", "."): value for name, value in state.items() if name.startswith("model")}


def test_a_weight_has_a_rate_of_its_own(tmp_path: Path) -> None:
    """With lr_scale a weight moves so many times as far; in the first step the others move as without."""
    plain, scaled = Trained(tmp_path, "seed: 0"), Trained(tmp_path, "lr_scale: {batch_norm.beta: 64, conv_1: 0}")
    before, after, further = plain.weights(), plain.step(), scaled.step()
    for name in ("conv.kernel", "conv.bias"):
        assert (further[name] == before[name]).all()
    np.testing.assert_allclose(further["batch_norm.beta"], 64.0 * after["batch_norm.beta"], rtol=1e-5)
    for name in ("batch_norm.gamma", "dense.kernel"):
        np.testing.assert_array_equal(further[name], after[name])
        assert (after[name] != before[name]).any()


def test_a_longer_step_keeps_to_the_constraint(tmp_path: Path) -> None:
    """A kernel with a largest norm does not exceed it where its steps are longer than the optimizer's."""
    run = Trained(tmp_path, "lr_scale: {dense: 500}")
    after = run.step(3)["dense.kernel"]
    assert np.linalg.norm(after, axis=0).max() == pytest.approx(2.0, rel=1e-4)


def test_a_layer_freezes_after_some_epochs(tmp_path: Path) -> None:
    """Up to the end of the epoch all weights move; from then on those of the frozen layer stay bit by bit, whatever momentum they had."""
    run = Trained(tmp_path, "freeze_after: {conv: 1, dense.bias: 0}")
    first = run.weights()
    before, last = run.step(run.plan.steps - 1), run.step()
    after = run.step(2)
    assert (first["dense.bias"] == after["dense.bias"]).all()
    for name in ("conv.kernel", "conv.bias"):
        assert (before[name] != last[name]).any()
        assert (last[name] == after[name]).all()
    assert (last["dense.kernel"] != after["dense.kernel"]).any()


def test_lookahead_by_hand(tmp_path: Path) -> None:
    """Every third step the average keeps its part, which grows with the square of progress, and the weights go on from it."""
    plain, ahead = Trained(tmp_path, "seed: 0"), Trained(tmp_path, "lookahead: {every: 3, keep: 0.8, power: 2}")
    start, total = plain.weights(), 4 * plain.plan.steps
    early = ahead.step(2)
    for name, value in plain.step(2).items():
        np.testing.assert_array_equal(early[name], value)
    after, averaged = plain.step(), ahead.step()
    keep = 0.8 * (3 / total) ** 2
    for name in ("conv.kernel", "batch_norm.moving_mean", "dense.bias"):
        np.testing.assert_allclose(averaged[name], keep * start[name] + (1.0 - keep) * after[name], rtol=1e-5, atol=1e-7)
    ahead.step()
    with ahead.engine.with_averages():
        for name, value in ahead.weights().items():
            np.testing.assert_array_equal(value, averaged[name])


def test_all_of_it_is_taken_up_again_bit_by_bit(tmp_path: Path) -> None:
    """An engine that takes over the state of another between two averagings ends with the same bits."""
    more = "lookahead: {every: 3, power: 1}, lr_scale: {batch_norm.beta: 8}, freeze_after: {conv_1: 1}"
    whole, resumed = Trained(tmp_path, more), Trained(tmp_path, more)
    whole.step(4)
    resumed.engine.resume(whole.engine.state())
    resumed.done = whole.done
    whole.step(4)
    resumed.step(4)
    one, other = whole.engine.state(), resumed.engine.state()
    assert one.keys() == other.keys()
    assert [name for name in one if one[name].tobytes() != other[name].tobytes()] == []
