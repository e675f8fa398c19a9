"""A finished run trains longer: as if it had been asked for so many epochs at once, and from any interruption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("tensorflow", reason="needs the extra train")
pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]

from cnncli.cli import main  # noqa: E402
from cnncli.training import checkpoint  # noqa: E402
from cnncli.training.extension import extend  # noqa: E402
from cnncli.training.folder import Folder  # noqa: E402

NET = """
input: [8, 8, 1]
layers: [conv: {filters: 4, kernel: 3}, batch_norm, relu, flatten, dropout: 0.1, dense: 10]
train: {data: digits, epochs: 2, lr: 0.01, batch: 128, validation: 0.2, ema: 0.9, augment: [random_rotation]}
"""
BODY = "input: [8, 8, 1]\nlayers: [conv: {filters: 4, kernel: 3}, relu, conv: {filters: 6, kernel: 3}]\n"
TUNED = """
backbone: {model: body.yaml, freeze: all}
layers: [flatten, dense: 10]
train: {data: digits, epochs: 1, lr: 0.01, batch: 128, fine_tune: {layers: 2, epochs: 1, lr: 0.001}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("extended")
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    (folder / "body.yaml").write_text(BODY, encoding="utf-8")
    (folder / "tuned.yaml").write_text(TUNED, encoding="utf-8")
    return folder


def train(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words])


def trained(*words: str) -> str:
    """What a run says that ends well."""
    done = train(*words, "--deterministic")
    assert done.exit_code == 0, done.stderr
    return done.stderr


def begin(folder: Path, run: str, *words: str, spec: str = "net.yaml") -> str:
    return trained(str(folder / spec), "-o", str(folder / run), *words)


def same(one: Path, other: Path) -> None:
    """Bit-identical weights, optimizer and averages, and the same history."""
    a, b = (checkpoint.load(run / "checkpoints" / "last.npz") for run in (one, other))
    assert {name: value.tobytes() for name, value in a.arrays.items()} == {name: value.tobytes() for name, value in b.arrays.items()}
    assert (one / "history.csv").read_bytes() == (other / "history.csv").read_bytes()


def test_a_longer_run_is_that_of_so_many_epochs(folder: Path) -> None:
    """2 epochs and 2 more are 4, bit by bit, where the schedule does not depend on the length of the run; so are 3 and 5."""
    begin(folder, "four", "--epochs", "4")
    begin(folder, "two")
    run = folder / "two"
    said = trained("--resume", str(run), "--epochs", "4")
    assert (
        "extended from 2 to 4 epochs; the constant schedule is that of 4 epochs: the next learning rate is 0.01, the last one was 0.01"
        in said
    )
    assert "epoch 3/4" in said
    assert "epoch 2/4" not in said
    same(folder / "four", run)
    result, recipe = (json.loads((run / name).read_text(encoding="utf-8")) for name in ("result.json", "recipe.json"))
    assert (result["epochs"], result["extensions"]) == (4, 1)
    assert recipe["train"]["epochs"] == 4
    assert [(extension["from"], extension["epochs"]) for extension in recipe["extensions"]] == [(2, 4)]
    trained("--resume", str(run), "--epochs", "5")
    assert len((run / "history.jsonl").read_text(encoding="utf-8").splitlines()) == 5
    refused = train("--resume", str(run))
    assert refused.exit_code == 2
    assert (
        f"{run} is finished after 5 epochs; train it longer with --resume {run} --epochs 10, or evaluate it: cnncli evaluate"
        in refused.stderr
    )
    refused = train("--resume", str(run), "--epochs", "5")
    assert refused.exit_code == 2
    assert f"{run} has already trained 5 epochs; give more than that, such as --epochs 10" in refused.stderr


def test_a_schedule_with_an_end_spans_all_epochs_anew(folder: Path) -> None:
    """The rate of epoch 3 of a run that is extended from 2 to 4 is that of a cosine over 4 epochs, and it is said."""
    begin(folder, "cosine", "--schedule", "cosine")
    begin(folder, "whole", "--schedule", "cosine", "--epochs", "4")
    said = trained("--resume", str(folder / "cosine"), "--epochs", "4")
    assert "the cosine schedule is that of 4 epochs: the next learning rate is 0.0045, the last one was 0" in said
    rates = [[row.split(",")[2] for row in (folder / run / "history.csv").read_text().splitlines()] for run in ("cosine", "whole")]
    assert rates[0][3:] == rates[1][3:]
    assert rates[0][:3] != rates[1][:3]


def test_an_extension_that_is_interrupted_goes_on(folder: Path) -> None:
    """Written down but not begun: the same command, or --resume alone, goes on; another number of epochs has to wait."""
    for number in (1, 2):
        begin(folder, f"cut-{number}")
        extend(Folder(folder / f"cut-{number}"), 4)
    refused = train("--resume", str(folder / "cut-1"), "--epochs", "6")
    assert refused.exit_code == 2
    assert "is not finished; finish it first with cnncli train --resume" in refused.stderr
    trained("--resume", str(folder / "cut-1"))
    trained("--resume", str(folder / "cut-2"), "--epochs", "4")
    same(folder / "cut-1", folder / "cut-2")


def test_patience_begins_anew(folder: Path) -> None:
    """A run that early stopping ended trains on until its patience ends again; evaluate takes the best weights of all epochs."""
    said = begin(folder, "early", "--lr", "0.5", "--epochs", "30", "--recipe", "early_stopping=1")
    assert "stopped early after epoch " in said
    result = json.loads((folder / "early/result.json").read_text(encoding="utf-8"))
    assert result["stopped_early"]
    assert result["best_epoch"] == result["epochs"] - 1
    trained("--resume", str(folder / "early"), "--epochs", "40")
    longer = json.loads((folder / "early/result.json").read_text(encoding="utf-8"))
    assert longer["epochs"] > result["epochs"]
    assert CliRunner().invoke(main, ["evaluate", str(folder / "early")]).exit_code == 0


def test_the_second_phase_goes_on(folder: Path) -> None:
    """Of a run that fine-tunes, --epochs counts both phases; the second trains longer."""
    begin(folder, "tuned", spec="tuned.yaml")
    trained("--resume", str(folder / "tuned"), "--epochs", "3")
    rows = [json.loads(line) for line in (folder / "tuned/history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["epoch"], row["phase"]) for row in rows] == [(1, 1), (2, 2), (3, 2)]
    recipe = json.loads((folder / "tuned/recipe.json").read_text(encoding="utf-8"))["train"]
    assert (recipe["epochs"], recipe["fine_tune"]["epochs"]) == (1, 2)


def test_the_runs_of_several_seeds_train_longer_together(folder: Path) -> None:
    """All of them, or none where one is not finished."""
    begin(folder, "seeds", "--seeds", "2", "--epochs", "1")
    trained("--resume", str(folder / "seeds"), "--epochs", "2")
    for seed in (0, 1):
        assert json.loads((folder / f"seeds/seed-{seed}/result.json").read_text(encoding="utf-8"))["epochs"] == 2
    before = (folder / "seeds/seed-0/recipe.json").read_bytes()
    (folder / "seeds/seed-1/result.json").unlink()
    refused = train("--resume", str(folder / "seeds"), "--epochs", "3")
    assert refused.exit_code == 2
    assert f"{folder / 'seeds/seed-1'} is not finished" in refused.stderr
    assert (folder / "seeds/seed-0/recipe.json").read_bytes() == before
