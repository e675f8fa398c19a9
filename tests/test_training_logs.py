"""What a run writes beside its checkpoints: logs for TensorBoard and pictures."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]  # TensorBoard's own

from cnncli.cli.progress import moving_words  # noqa: E402
from cnncli.training import pictures  # noqa: E402
from cnncli.training.errors import RunError  # noqa: E402
from cnncli.training.folder import Folder  # noqa: E402
from cnncli.training.loop import Progress  # noqa: E402
from cnncli.training.run import Watcher  # noqa: E402
from cnncli.training.tensorboard import Board  # noqa: E402
from cnncli.waking import hushed  # noqa: E402

HISTORY = [{"epoch": n, "step": 10 * n, "lr": 0.5, "loss": 1 / n, "accuracy": 0.25 * n, "test_loss": 2 / n} for n in (1, 2, 3)]


def logged(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard reads."""
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    import tensorflow as tf

    read = accumulator.EventAccumulator(str(folder / "tensorboard"))
    read.Reload()
    return {
        name: [(event.step, pytest.approx(float(tf.make_ndarray(event.tensor_proto)))) for event in read.Tensors(name)]
        for name in read.Tags()["tensors"]
    }


def test_tensorboard_sees_every_figure_as_the_run_goes_and_once(tmp_path: Path) -> None:
    """Every epoch is there as soon as it is over; a run that is killed and resumed from an earlier epoch shows none twice."""
    pytest.importorskip("tensorboard")
    board = Board(Folder(tmp_path), Watcher())
    for history, new in (([], HISTORY), (HISTORY[:1], HISTORY[1:])):
        loop: Any = SimpleNamespace(history=history, phase=0)
        board.began(loop, bool(history))
        for row in new:
            board.epoch(row)
        figures = ("lr", "loss", "accuracy", "test_loss")
        assert logged(tmp_path) == {name: [(row["step"], row[name]) for row in HISTORY] for name in figures}


def test_logs_that_cannot_be_written_are_one_message(tmp_path: Path) -> None:
    """Where a file stands in the way of the folder, or the disk is full: what to do, and no traceback."""
    (tmp_path / "tensorboard").touch()
    loop: Any = SimpleNamespace(history=[], phase=0)
    with pytest.raises(RunError, match="free some space"):
        Board(Folder(tmp_path), Watcher()).began(loop, False)


def test_a_picture_is_whole_or_not_there(tmp_path: Path) -> None:
    """A picture that cannot be written is refused by its name, and leaves nothing half done."""
    pytest.importorskip("matplotlib")
    pictures.curves(HISTORY, "title", tmp_path / "curves.png")
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]
    with pytest.raises(RunError, match=r"nowhere.curves\.png cannot be written"):
        pictures.curves(HISTORY, "title", tmp_path / "nowhere" / "curves.png")


def test_waking_is_silent_and_collects_no_garbage(capfd: pytest.CaptureFixture[str]) -> None:
    """What code that is no Python writes meanwhile goes nowhere; then errors are heard and garbage is collected again, failed or not."""

    def noisy() -> None:
        with hushed():
            os.write(2, b"oneDNN custom operations are on")
            assert not gc.isenabled()
            raise ImportError

    with pytest.raises(ImportError):
        noisy()
    assert gc.isenabled()
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_a_narrow_terminal_shows_what_is_needed_most() -> None:
    """Within 60 columns: epoch and step before it, the loss, the accuracy, the time that is left; with more room also rate and speed."""
    where = Progress(epoch=9, step=71, steps=71, loss=0.0527, accuracy=0.985, rate=6.6e-26, images_per_second=3757.0, seconds_left=24.0)
    assert moving_words(where, wide=False) == "loss 0.0527  98.50 %  24 s left"
    assert moving_words(where, wide=True) == "loss 0.0527  accuracy 98.50 %  lr 6.6e-26  3,757 images/s  24 s left"


def test_the_doctor_says_that_a_folder_is_not_there(tmp_path: Path) -> None:
    """Data that are looked for in a folder that does not exist are not silently elsewhere."""
    from cnncli.training.doctor import examined

    assert any("is no folder" in line for line in examined(str(tmp_path / "nowhere"), False)["advice"])
    assert not any("is no folder" in line for line in examined(str(tmp_path), False)["advice"])
