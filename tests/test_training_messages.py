"""What `cnncli train` says: lines that fit a terminal, the end of early stopping, the recipe in one line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("numpy")

from cnncli.cli.progress import NARROW, epoch_line, short, stopped_early
from cnncli.cli.telling import _recipe
from cnncli.spec import loads
from cnncli.spec.recipe import EarlyStopping

ROW = {"epoch": 3, "step": 30, "lr": 0.0019, "loss": 0.0712, "accuracy": 0.978, "test_loss": 0.048, "test_accuracy": 0.9841}


def test_the_line_of_an_epoch_fits_a_terminal() -> None:
    """Within 80 columns, every figure below that of the epoch before; what finds no room is in history.csv."""
    assert epoch_line(ROW, 20) == "epoch 3/20   loss 0.0712 acc  97.80%  test loss 0.0480 acc  98.41%  lr 0.0019"
    later = {**ROW, "epoch": 20, "loss": 123.456, "accuracy": 1.0, "lr": 2e-5}
    assert epoch_line(later, 20) == "epoch 20/20  loss 123.46 acc 100.00%  test loss 0.0480 acc  98.41%  lr 2e-05"
    validated = {name.replace("test", "validation"): value for name, value in ROW.items()}
    assert "val loss 0.0480 acc  98.41%" in epoch_line(validated, 20)
    many = {**validated, "validation_top_5_accuracy": 0.999}
    assert epoch_line(many, 20) == "epoch 3/20   loss 0.0712 acc  97.80%  val loss 0.0480 acc  98.41% top-5  99.90%"
    for epochs in (1, 20, 300, 9.9, 1e5):
        for row in (ROW, later, validated, many, {**many, "loss": 2.5e9, "lr": 1.25e-10}):
            assert len(epoch_line(row, epochs)) <= NARROW
    values = (0.0, 9.99994, 10.0, 5e-9, 4567.89, 2.5e9)
    assert [short(value) for value in values] == [
        "0.0000",
        "9.9999",
        "10.000",
        "0.0000",
        "4567.9",
        "2.5e+09",
    ]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("loss", "validation loss has not improved for 2 epochs; the weights of epoch 2 are kept (validation loss 0.5000)"),
        ("accuracy", "validation accuracy has not improved for 2 epochs; the weights of epoch 3 are kept (validation accuracy 90.00 %)"),
    ],
)
def test_the_end_of_early_stopping_is_told(metric: str, words: str) -> None:
    """At which epoch, which figure did not improve for how long, and which weights are kept: of equal epochs the first."""
    from cnncli.training.loop import Loop

    rows = [
        {"epoch": epoch, "validation_loss": loss, "validation_accuracy": accuracy}
        for epoch, loss, accuracy in ((1, 0.9, 0.1), (2, 0.5, 0.8), (3, 0.6, 0.9), (4, 0.5, 0.9))
    ]
    loop: Any = object.__new__(Loop)
    loop.recipe = SimpleNamespace(early_stopping=EarlyStopping(patience=2, metric=metric), epochs=10.0)
    loop.history, loop.past_epochs = rows, 0
    assert stopped_early(loop) == f"stopped early after epoch 4 of 10: {words}"


def test_the_recipe_is_one_line() -> None:
    """What everyone asks for, then what differs from the defaults, without the options of each part."""
    recipe = loads(
        "input: [8, 8, 1]\nlayers: [flatten, dense: 10]\n"
        "train: {data: digits, epochs: 1, optimizer: {sgd: {momentum: 0.85}}, schedule: {cosine: {warmup: 0.1}}, lr: 0.1, seed: 3, "
        "augment: [random_rotation, {random_translation: {pixels: 1}}], lr_scale: {dense: 2}, validation: 0.2}"
    ).recipe
    assert _recipe(recipe) == (
        "sgd, lr 0.1, cosine, batch 128, 1 epoch; augment random_rotation, random_translation; validation 0.2, lr_scale, seed 3"
    )
