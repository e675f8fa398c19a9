"""Runs, for real, on the digits that ship: what they leave, what they refuse, and that a run that is killed loses nothing."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

from cnncli.cli import main  # noqa: E402
from cnncli.errors import UsageError  # noqa: E402
from cnncli.training import checkpoint, folder  # noqa: E402
from cnncli.training.checkpoint import Checkpoint  # noqa: E402
from cnncli.training.errors import RefusedError, RunError  # noqa: E402

TRAIN = [sys.executable, "-m", "cnncli", "train"]
SMALL = """
input: [28, 28, 1]
layers:
  - max_pool: 2
  - conv: {filters: 4, kernel: 3}
  - batch_norm
  - relu
  - dropout: 0.1
  - flatten
  - dense: {units: 10, activation: softmax}
train:
  data: digits
  augment: [random_rotation, {random_translation: {pixels: 1}}]
  schedule: {cosine: {warmup: 0.1}}
  lr: 0.01
  batch: 64
  epochs: 12
  ema: 0.9
  validation: 0.2
  early_stopping: 50
"""


def train(*told: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TRAIN, *told], cwd=cwd, capture_output=True, text=True, check=False, env=environment())


def environment() -> dict[str, str]:
    return {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "net.yaml").write_text(SMALL, encoding="utf-8")
    done = train("net.yaml", "--deterministic", "-o", "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "run\n"
    assert sum(line.startswith("epoch ") for line in done.stderr.splitlines()) == 12
    assert max(len(line) for line in done.stderr.splitlines() if line.startswith("epoch ")) <= 80
    return folder / "run"


def test_a_run_leaves_everything(whole: Path) -> None:
    """Spec, recipe, environment, history, checkpoints, model, result and pictures; predicted and measured parameters agree."""
    names = (
        "spec.yaml recipe.json environment.json history.csv history.jsonl result.json model.keras checkpoints/last.npz checkpoints/best.npz"
    )
    for name in names.split():
        assert (whole / name).stat().st_size > 0, name
    result = json.loads((whole / "result.json").read_text(encoding="utf-8"))
    assert result["predicted"]["params"] == result["measured"]["params"]
    assert result["predicted"]["trainable_params"] == result["measured"]["trainable_params"]
    assert result["accuracy"] > 0.8
    assert sum(map(sum, result["confusion"])) == result["images"]
    assert result["environment"]["deterministic"] is True
    rows = [json.loads(line) for line in (whole / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["epoch"] for row in rows] == list(range(1, 13))


def same(one: Path, other: Path) -> None:
    """Bit-identical weights, optimizer, averages and history."""
    a, b = (checkpoint.load(run / "checkpoints" / "last.npz") for run in (one, other))
    assert a.arrays.keys() == b.arrays.keys()
    assert [name for name in a.arrays if a.arrays[name].tobytes() != b.arrays[name].tobytes()] == []
    assert a.about == b.about
    for name in ("history.csv", "history.jsonl"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def killed(command: list[str], cwd: Path, wait: float, word: str = "run: ") -> bool:
    """Start a process and kill it `wait` seconds after its first word of training, or another; whether it was alive until then."""
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(word):
                break
        time.sleep(wait)
        alive = process.poll() is None
        process.kill()
        process.wait()
        process.stderr.read()
    return alive


def test_a_killed_run_ends_as_if_nothing_had_happened(whole: Path, tmp_path: Path) -> None:
    """SIGKILL at random moments, within and between epochs and while checkpoints are written, then --resume: every bit is the same."""
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    chance = random.Random()
    command = [*TRAIN, "net.yaml", "--deterministic", "--checkpoint-every", "0", "-o", "run"]
    waits = []
    for _ in range(4):
        waits.append(chance.uniform(0.0, 2.0))
        if not killed(command, tmp_path, waits[-1]):
            break
        command = [*TRAIN, "--resume", "run"] if (tmp_path / "run" / "recipe.json").exists() else command
    if not (tmp_path / "run" / "result.json").exists():
        done = train("--resume", "run", cwd=tmp_path)
        assert done.returncode == 0, (waits, done.stderr)
    same(whole, tmp_path / "run")


PACED = """
input: [8, 8, 1]
layers:
  - conv: {filters: 8, kernel: 2, initializer: whitening}
    name: whiten
    freeze: kernel
  - conv: {filters: 4, kernel: 3}
  - batch_norm
  - relu
  - flatten
  - dense: 10
train:
  data: digits
  augment: [{random_flip: {direction: horizontal, alternate: true}}, {random_translation: {pixels: 1, mode: reflect}}]
  optimizer: {sgd: {momentum: 0.85, nesterov: true}}
  lr: 0.1
  schedule: {linear: {warmup: 0.2, start: 0.2, end: 0.07}}
  lr_scale: {batch_norm: 8, dense.kernel: 0.5}
  freeze_after: {whiten: 1.5}
  lookahead: {every: 5, keep: 0.774, power: 3}
  batch: 64
  epochs: 3.9
  label_smoothing: 0.2
"""


@pytest.mark.slow
def test_a_killed_run_with_paces_of_its_own(tmp_path: Path) -> None:
    """The same where weights are whitened, averaged ahead, trained at several rates and not to the end."""
    (tmp_path / "net.yaml").write_text(PACED, encoding="utf-8")
    told = ["net.yaml", "--deterministic", "--checkpoint-every", "0", "-o"]
    uncut = train(*told, "whole", cwd=tmp_path)
    assert uncut.returncode == 0, uncut.stderr
    for word in ("run: ", "epoch 1/", "epoch 2/"):
        run = f"cut-at-{word.split()[-1].strip(':/')}"
        killed([*TRAIN, *told, run], tmp_path, random.uniform(0.0, 0.2), word)
        assert not (tmp_path / run / "result.json").exists()
        done = train("--resume", run, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        same(tmp_path / "whole", tmp_path / run)


TINY = "input: [8, 8, 1]\nlayers: [flatten, dropout: 0.1, dense: 10]\ntrain: {data: digits, epochs: 2, ema: 0.9}\n"


def test_several_seeds_go_on_together(tmp_path: Path) -> None:
    """SIGKILL in the second of three runs: the first is kept, the second goes on, the third is begun; mean and deviation are the same."""
    (tmp_path / "net.yaml").write_text(TINY, encoding="utf-8")
    told = ["net.yaml", "--deterministic", "--seeds", "3", "--checkpoint-every", "0", "-o"]
    uncut = train(*told, "whole", cwd=tmp_path)
    assert uncut.returncode == 0, uncut.stderr
    killed([*TRAIN, *told, "parts"], tmp_path, random.uniform(0.0, 0.5), f"run: {Path('parts/seed-1')}")
    first = tmp_path / "parts/seed-0/result.json"
    before = first.stat().st_mtime_ns
    assert not (tmp_path / "parts/seed-2/result.json").exists()
    done = train("--resume", "parts", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert first.stat().st_mtime_ns == before
    for number in range(3):
        one, other = tmp_path / f"whole/seed-{number}", tmp_path / f"parts/seed-{number}"
        same(one, other)
        names = [json.loads((run / "result.json").read_text(encoding="utf-8"))["name"] for run in (one, other)]
        assert names == ["net", "net"]
    assert done.stderr.splitlines()[-2:] == uncut.stderr.splitlines()[-2:]
    assert done.stderr.splitlines()[-2].startswith("accuracy over 3 seeds: ")
    assert done.stdout.splitlines() == [str(Path(f"parts/seed-{number}")) for number in range(3)]


def test_the_folder_of_several_seeds_is_no_run(tmp_path: Path) -> None:
    """What reads one run asks for one of them; several workers take them up one by one."""
    (tmp_path / "seeds.json").write_text('{"seeds": [4, 5]}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"a run for each of 2 seeds; name one, such as .*seed-4"):
        folder.existing(str(tmp_path))
    told = ["train", "--resume", str(tmp_path), "--distributed", "one:1,two:2", "--rank", "0"]
    done = CliRunner().invoke(main, told)
    assert done.exit_code == 2
    assert f"one by one, such as --resume {tmp_path / 'seed-5'}" in done.output


def test_the_folder_of_several_runs_is_no_run(tmp_path: Path) -> None:
    """Who names runs/ is told of the newest run in it; of a folder without runs, how runs are named."""
    with pytest.raises(UsageError, match=r"has no recipe\.json; runs are folders such as runs/lenet-1"):
        folder.existing(str(tmp_path))
    for number, name in enumerate(("net-1", "net-3", "net-2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recipe.json").write_text("{}", encoding="utf-8")
        os.utime(tmp_path / name / "recipe.json", (number, number))
    with pytest.raises(UsageError, match=r"name one of those in it, such as .*net-2$"):
        folder.existing(str(tmp_path))


def test_ctrl_c_saves_and_ends_with_130(whole: Path, tmp_path: Path) -> None:
    """An interrupt ends the run after a few steps, with a checkpoint and the way to go on; resumed, it ends as the other."""
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    command = [*TRAIN, "net.yaml", "--deterministic", "-o", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch 2/"):
                process.send_signal(signal.SIGINT)
                break
        words = process.stderr.read().splitlines()[-1]
    if process.returncode == 0:
        pytest.skip("the run was over before the signal came")
    assert process.returncode == 130
    assert re.fullmatch(r"Interrupted after step \d+; continue with: cnncli train --resume run", words)
    done = train("--resume", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    same(whole, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
def test_a_terminal_that_is_closed_ends_a_run_as_ctrl_c_does(tmp_path: Path) -> None:
    """With a checkpoint of the step; a run that nohup keeps from the signal goes on."""
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    for number, begun in enumerate((TRAIN, ["nohup", *TRAIN])):
        command = [*begun, "net.yaml", "--checkpoint-every", "9999", "--epochs", "100000", "-o", f"run-{number}"]
        piped: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=tmp_path, env=environment(), **piped) as process:
            next(line for line in process.stderr if line.startswith("epoch 2/"))
            process.send_signal(signal.SIGHUP)
            if number:
                next(line for line in process.stderr if line.startswith("epoch 9/"))
                process.kill()
            words = process.stderr.read()
        assert process.returncode == (-signal.SIGKILL if number else 130)
        assert number or re.search(r"\nInterrupted after step [\d,]+; continue with: cnncli train --resume run-0\n$", words)


def test_a_run_that_nobody_ever_listens_to_is_not_begun(tmp_path: Path) -> None:
    """Where already what will be trained cannot be told, that is said, and is no success."""
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    piped: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*TRAIN, "net.yaml", "-o", "run"], cwd=tmp_path, env=environment(), **piped) as process:
        process.stderr.close()
        assert process.stdout.read() == ""
    assert process.returncode == 2
    assert not (tmp_path / "run").exists()


def test_a_run_that_nobody_listens_to_is_saved(whole: Path, tmp_path: Path) -> None:
    """A reader of standard error that goes away (2>&1 | head) ends the run with a checkpoint; resumed, it ends as the other."""
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    command = [*TRAIN, "net.yaml", "--deterministic", "--checkpoint-every", "9999", "-o", "run"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        next(line for line in process.stderr if line.startswith("run: "))
        process.stderr.close()
        assert process.stdout.read() == ""
    assert process.returncode == 2
    done = train("--resume", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    same(whole, tmp_path / "run")


def state() -> Checkpoint:
    return Checkpoint({"w": np.arange(6.0).reshape(2, 3)}, {"step": 7})


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is no room the old checkpoint stays whole, no half file remains, and the message says how to go on."""
    path = tmp_path / "last.npz"
    checkpoint.save(path, state())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match=r"No space left on device; free some space, then cnncli train --resume .* before it is intact"):
        checkpoint.save(path, Checkpoint({"w": np.zeros(2)}, {"step": 8}), keep=tmp_path / "previous.npz")
    assert checkpoint.load(path).about["step"] == 7
    assert [one.name for one in tmp_path.iterdir()] == ["last.npz"]
    path.unlink()
    with pytest.raises(RunError, match=r"free some space, .*; the run has no checkpoint yet"):
        checkpoint.save(path, state())


def test_a_full_disk_is_told_with_the_way_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the run for which there is no room, not even to tidy up: once the run is written down, it can be resumed."""

    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    run = folder.Folder(tmp_path / "run")
    run.path.mkdir()
    (run.path / "history.csv").write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "replace", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(RunError, match=r"spec\.yaml cannot be written: Read-only file system; the file system is read-only: .*"):
        run.write("spec.yaml", "input: [1]")
    (run.path / "recipe.json").touch()
    with pytest.raises(RunError, match=r"history\.csv cannot be written: .* elsewhere, then cnncli train --resume .*run$") as caught:
        run.write("history.csv", "new")
    assert "space" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert (run.path / "history.csv").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("harm", ["cut", "changed", "empty"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(harm: str, tmp_path: Path) -> None:
    """A checkpoint that is cut short, altered or empty is refused; the one before is taken."""
    checkpoint.save(tmp_path / "last.npz", state())
    checkpoint.save(tmp_path / "last.npz", Checkpoint({"w": np.ones(1000)}, {"step": 8}), keep=tmp_path / "previous.npz")
    data = (tmp_path / "last.npz").read_bytes()
    middle = len(data) // 2
    harmed = {"cut": data[:middle], "changed": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], "empty": b""}[harm]
    (tmp_path / "last.npz").write_bytes(harmed)
    with pytest.raises(RefusedError):
        checkpoint.load(tmp_path / "last.npz")
    found = checkpoint.latest(tmp_path)
    assert found is not None
    assert found.about["step"] == 7
    (tmp_path / "previous.npz").write_bytes(harmed)
    with pytest.raises(RefusedError, match=r"last\.npz is .*; put back a copy of it, or remove the directory"):
        checkpoint.latest(tmp_path)


REFUSED: dict[str, tuple[list[str], int, str]] = {
    "folder": (["lenet", "--data", "digits", "-o", "."], 2, "give another directory with -o"),
    "run": (["lenet", "--data", "digits", "-o", "before"], 2, "continue that run with --resume before, or give another directory"),
    "gpu": (["lenet", "--data", "digits", "--device", "gpu"], 2, "--device cpu"),
    "nan": (["lenet", "--data", "digits", "--optimizer", "sgd", "--lr", "1e6"], 2, "is the first layer where numbers end"),
    "optimizer": (["lenet", "--optimizer", "adm"], 2, "did you mean 'adam'"),
    "layer": (["lenet", "--data", "digits", "--recipe", "lr_scale={dens: 2}"], 2, "did you mean 'dense'"),
    "averages": (["lenet", "--data", "digits", "--recipe", "ema=0.9", "--recipe", "lookahead=5"], 2, "take one of them"),
    "whitening": (["white.yaml", "--data", "digits"], 2, "white.yaml:2:11: conv_1: whitening makes an even number of filters, at most 8"),
    "value": (["lenet", "--recipe", "epoch=3"], 2, "did you mean 'epochs'"),
    "no recipe": (["resnet18"], 2, "--data"),
    "no validation": (["lenet", "--data", "digits", "--recipe", "early_stopping=3"], 2, "--validation"),
    "map": (["unet"], 2, "this network's output, conv_14, has the shape (388, 388, 2)"),
    "outputs": (["googlenet_aux"], 2, "this network has 3 outputs"),
    "size": (
        ["lenet", "--data", "digits", "--resize", "48"],
        2,
        "--resize 48 gives images of 48×48, but LeNet reads 28×28×1; give --resize 28",
    ),
    "no run": (["--resume", "nowhere"], 2, "no such run"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_message_with_the_next_step(case: str, tmp_path: Path) -> None:
    """What cannot be done is said in one line, with an exit code and the way out, and no traceback."""
    (tmp_path / "something").touch()
    (tmp_path / "before").mkdir()
    (tmp_path / "before/recipe.json").touch()
    white = "input: [8, 8, 1]\nlayers: [{conv: {filters: 10, kernel: 2, initializer: whitening}}, flatten, dense: 10]\n"
    (tmp_path / "white.yaml").write_text(white, encoding="utf-8")
    told, code, words = REFUSED[case]
    done = train(*told, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    *_, message = done.stderr.splitlines()
    assert words in message
    assert message.startswith("Error: ")
    assert done.stderr.count("Error") == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("file", "old", "new", "what"), [
    ("spec.yaml", "filters: 4", "filters: 5", "another network"),
    ("recipe.json", '"lr": 0.01', '"lr": 0.02', "another recipe"),
    ("recipe.json", '"seed": 0', '"seed": 1', "another"),
])  # fmt: skip
def test_a_checkpoint_of_something_else_is_refused(file: str, old: str, new: str, what: str, whole: Path, tmp_path: Path) -> None:
    """A run whose spec, recipe or data were changed after it began does not take up weights that are not its own."""
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "result.json").unlink()
    text = (run / file).read_text(encoding="utf-8")
    assert old in text
    (run / file).write_text(text.replace(old, new), encoding="utf-8")
    done = train("--resume", "run", cwd=tmp_path)
    assert done.returncode == 2
    assert what in done.stderr


def test_a_run_may_go_on_with_another_device(whole: Path, tmp_path: Path) -> None:
    """What is asked of the machine may change when a run goes on; what is not there is refused as it is for a new run."""
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    (run / "result.json").unlink()
    done = train("--resume", "run", "--device", "gpu", cwd=tmp_path)
    assert done.returncode == 2
    assert "--device cpu" in done.stderr


def test_memory_that_does_not_suffice_names_a_batch_that_would() -> None:
    """By the memory model: the batch that is advised fits, and a larger power of two does not."""
    import cnncli
    from cnncli.spec.recipe import Recipe
    from cnncli.training import fits

    document: Any = cnncli.load("vgg16")
    recipe = Recipe(data="x", batch=4096)
    free = 8_000_000_000
    words = fits.advice(document.network, recipe, free)
    batch = int(words.split()[1])
    assert fits.needed_bytes(document.network, recipe, batch) <= free < fits.needed_bytes(document.network, recipe, 2 * batch)
