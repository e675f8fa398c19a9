"""Two phases: the head first, then the last layers of the backbone; what learns when, what is refused, and that a kill loses nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

from cnncli.errors import CnncliError, SpecError  # noqa: E402
from cnncli.spec import loads  # noqa: E402
from cnncli.training import checkpoint  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402
from cnncli.training.phases import phases_of  # noqa: E402
from cnncli.training.settings import from_plain, plain  # noqa: E402

BODY = """
input: [28, 28, 1]
layers:
  - max_pool: 2
  - conv: {filters: 4, kernel: 3}
  - batch_norm
  - relu
  - conv: {filters: 6, kernel: 3}
  - batch_norm
  - relu
  - flatten
  - dense: 3
"""
SPEC = """
backbone: {model: body.yaml, freeze: all}
layers:
  - flatten
  - dropout: 0.1
  - dense: {units: 10, activation: softmax}
train:
  data: digits
  augment: [random_rotation]
  epochs: 2
  lr: 0.01
  batch: 64
  ema: 0.9
  validation: 0.2
  schedule: {cosine: {warmup: 0.1}}
  early_stopping: 50
  fine_tune: {layers: 3, epochs: 3, lr: 0.003}
"""
LAST = 4 * 6 * 9 + 6  # of the second convolution


def begun(folder: Path, *told: str) -> list[str]:
    (folder / "body.yaml").write_text(BODY, encoding="utf-8")
    (folder / "net.yaml").write_text(SPEC, encoding="utf-8")
    return [sys.executable, "-m", "cnncli", "train", "net.yaml", "--deterministic", "-o", "run", *told]


def until(line: str, command: list[str], cwd: Path) -> str:
    """Run a command, and kill it at the first line that begins so; what it said."""
    said = ""
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for found in process.stderr:
            said += found
            if line and found.startswith(line):
                process.kill()
                break
        said += process.stdout.read() + process.stderr.read()
    assert line or process.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run that nothing interrupts, and what it said."""
    folder = tmp_path_factory.mktemp("whole")
    return folder / "run", until("", begun(folder), folder)


def weights(run: Path) -> dict[str, Any]:
    return checkpoint.load(run / "checkpoints" / "last.npz").arrays


def test_what_learns_is_told_and_done(whole: tuple[Path, str]) -> None:
    """The counts stand before the run and in its result; frozen layers and batch norms do not move; the history runs on."""
    run, said = whole
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    counts = [phase["trainable_params"] for phase in result["phases"]]
    assert counts[1] - counts[0] == LAST
    assert f"{counts[0]:,} trainable, then {counts[1]:,}" in said
    assert [line.split(" at ")[0] for line in said.splitlines() if line.startswith("phase")] == [
        "phase 1: 34 steps",
        "phase 2: fine-tuning, 51 steps",
    ]
    assert result["measured"]["trainable_params"] == result["predicted"]["trainable_params"] == counts[1]
    rows = [json.loads(line) for line in (run / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["epoch"], row["phase"]) for row in rows] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2)]
    assert [row["step"] for row in rows] == [17 * n for n in range(1, 6)]
    assert max(row["lr"] for row in rows[2:]) <= 0.003
    found = {name.split("/", 2)[-1]: value for name, value in weights(run).items() if name.startswith("model/")}
    assert np.all(found["batch_norm_2/moving_mean"] == 0)
    assert np.all(found["batch_norm_2/gamma"] == 1)
    assert np.any(found["conv_2/bias"] != 0)
    assert np.all(found["conv_1/bias"] == 0)
    assert {path.name for path in run.iterdir()} >= {"spec.yaml", "backbone.yaml"}


def test_killed_at_the_boundary(whole: tuple[Path, str], tmp_path: Path) -> None:
    """SIGKILL, then --resume: weights, optimizer, averages and history are the same, bit by bit."""
    command, resume = begun(tmp_path, "--checkpoint-every", "0"), [sys.executable, "-m", "cnncli", "train", "--resume", "run"]
    until("phase 2", command, tmp_path)
    (tmp_path / "body.yaml").unlink()  # the folder of the run needs no other file
    assert "resumed at step" in until("", resume, tmp_path)
    same(whole[0], tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("line", ["run:", "epoch 1/", "epoch 2/", "phase 2", "epoch 3/", "epoch 5/"])
def test_killed_anywhere(line: str, whole: tuple[Path, str], tmp_path: Path) -> None:
    """The same at each of several moments, with checkpoints seldom and often."""
    for often in ("0", "30"):
        folder = tmp_path / often
        folder.mkdir()
        until(line, begun(folder, "--checkpoint-every", often), folder)
        if not (folder / "run" / "result.json").exists():
            until("", [sys.executable, "-m", "cnncli", "train", "--resume", "run"], folder)
        same(whole[0], folder / "run")


def same(one: Path, other: Path) -> None:
    a, b = weights(one), weights(other)
    assert a.keys() == b.keys()
    assert [name for name in a if a[name].tobytes() != b[name].tobytes()] == []
    for name in ("history.csv", "history.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


LENET = "backbone: {model: lenet, freeze: FREEZE}\nlayers: [flatten, {dense: {units: 10, activation: softmax}}]\n"


@pytest.mark.parametrize(
    ("freeze", "layers", "words"),
    [
        ("all", "9", "fine_tune takes the last 9 layers of lenet, which has 4"),
        ("all", "1", "the last 1 layers of lenet hold nothing frozen that could learn"),
        ("0", "all", "the last 4 layers of lenet hold nothing frozen that could learn"),
    ],
)
def test_nothing_to_let_loose(freeze: str, layers: str, words: str) -> None:
    """A second phase that would change nothing is refused."""
    document = loads(f"{LENET.replace('FREEZE', freeze)}train: {{data: digits, fine_tune: {{layers: {layers}, epochs: 1, lr: 0.1}}}}\n")
    assert document.recipe is not None
    with pytest.raises(RefusedError, match=words):
        phases_of(document.network, document.backbone, document.recipe)


def test_the_recipe_says_it() -> None:
    """All of it must be said, and is kept with the run; without a backbone there is nothing to fine-tune."""
    document = loads(f"{LENET.replace('FREEZE', 'all')}train: {{data: digits, fine_tune: {{layers: 2, epochs: 1, lr: 1e-5}}}}\n")
    assert document.recipe is not None
    assert from_plain(json.loads(json.dumps(plain(document.recipe)))) == document.recipe
    first, second = phases_of(document.network, document.backbone, document.recipe)
    assert (first.report.totals["trainable_params"], second.report.totals["trainable_params"]) == (2570, 2570 + 2416)
    assert (second.recipe.epochs, second.recipe.lr) == (1.0, 1e-5)
    for wrong in ("fine_tune: {layers: 2}", "fine_tune: 3"):
        with pytest.raises(CnncliError, match="fine_tune"):
            loads(f"{LENET.replace('FREEZE', 'all')}train: {{data: digits, {wrong}}}\n")
    with pytest.raises(SpecError, match="there is no backbone"):
        loads("input: [8]\nlayers: [{dense: 2}]\ntrain: {data: digits, fine_tune: {layers: 2, epochs: 1, lr: 1e-5}}\n")
