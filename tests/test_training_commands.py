"""What can be asked of a run that is over, and of a network before its first run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

NET = """
input: [8, 8, 1]
layers:
  - conv: {filters: 8, kernel: 3, activation: relu}
  - flatten
  - dense: {units: 10, activation: softmax}
train: {data: digits, lr: 0.01, batch: 64, epochs: 8, tta: shift}
"""


def cnncli(*told: str, cwd: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run([sys.executable, "-m", "cnncli", *told], cwd=cwd, input=given, capture_output=True, check=False, env=environment)


def answer(*told: str, cwd: Path, given: bytes = b"") -> Any:
    """What a command answers as JSON."""
    done = cnncli(*told, "--format", "json", cwd=cwd, given=given)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs that differ in their seed."""
    made = tmp_path_factory.mktemp("runs")
    (made / "net.yaml").write_text(NET, encoding="utf-8")
    done = cnncli("train", "net.yaml", "--seeds", "2", cwd=made)
    assert done.returncode == 0, done.stderr.decode()
    assert "accuracy over 2 seeds: " in done.stderr.decode()
    return made


def test_evaluation_of_an_unfinished_run_says_so(folder: Path, tmp_path: Path) -> None:
    """Its weights are those of the last checkpoint."""
    run = tmp_path / "run"
    shutil.copytree(folder / "runs/net-1/seed-0", run)
    assert b"not finished" not in cnncli("evaluate", "run", cwd=tmp_path).stderr
    (run / "result.json").unlink()
    done = cnncli("evaluate", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = "warning: run is not finished; these are its weights after step 176; finish it with cnncli train --resume run"
    assert words in done.stderr.decode().splitlines()


def test_evaluation_repeats_the_result(folder: Path) -> None:
    """`evaluate` gives the figures of result.json; its table's rows sum to the images of each class."""
    result = json.loads((folder / "runs/net-1/seed-0/result.json").read_text(encoding="utf-8"))
    found = answer("evaluate", "runs/net-1/seed-0", "--tta", "shift", cwd=folder)
    for name in ("accuracy", "loss", "confusion", "per_class", "calibration_error", "tta"):
        assert found[name] == pytest.approx(result[name]) if isinstance(found[name], float) else found[name] == result[name]
    assert [sum(row) for row in found["confusion"]] == [row["images"] for row in found["per_class"]]
    other = json.loads((folder / "runs/net-1/seed-1/result.json").read_text(encoding="utf-8"))
    assert other["seed"] == result["seed"] + 1
    assert other["confusion"] != result["confusion"]


def test_names_above_the_confusion_table_have_the_room_that_there_is() -> None:
    """Two classes are told apart by their whole names, twenty by what fits; every row is as long as the head."""
    from cnncli.cli.commands.evaluate import grid

    assert grid(["cat", "car"], [[3, 0], [1, 2]]) == ["    cat car", "cat   3   0", "car   1   2"]
    many = grid([f"class_{n}" for n in range(20)], [[1234] * 20] * 20)
    assert {len(line) for line in many} == {len("class_19") + 20 * 6}
    assert many[0].split()[0] == "class"


def test_predictions_agree_with_the_evaluation(folder: Path) -> None:
    """The model that was saved says of the test images what the confusion table says; from a file and from standard input alike."""
    from cnncli.training.data import load

    images = load("digits").test
    assert images is not None
    np.save(folder / "test.npy", images.x)
    found = answer("predict", "runs/net-1/seed-0", "test.npy", "--top", "1", cwd=folder)
    right = sum(one["classes"][0]["class"] == str(label) for one, label in zip(found, images.y.tolist(), strict=True))
    result = json.loads((folder / "runs/net-1/seed-0/result.json").read_text(encoding="utf-8"))
    assert right / len(images.y) == pytest.approx(result["accuracy"])
    again = answer("predict", "runs/net-1/seed-0", "-", "--top", "1", cwd=folder, given=(folder / "test.npy").read_bytes())
    assert [one["classes"] for one in again] == [one["classes"] for one in found]


def test_what_is_no_image_is_refused(folder: Path) -> None:
    """What cannot be read is told in one line each, and what can be read is answered all the same."""
    np.save(folder / "floats.npy", np.zeros((8, 8)))
    (folder / "half.npy").write_bytes((folder / "floats.npy").read_bytes()[:90])
    np.save(folder / "none.npy", np.zeros((0, 8, 8, 1), np.uint8))
    np.save(folder / "flat.npy", np.zeros((0, 8, 1), np.uint8))
    np.save(folder / "good.npy", np.zeros((8, 8), np.uint8))
    (folder / "text.png").write_text("no image", encoding="utf-8")
    (folder / "empty.png").touch()
    bad = {
        "nothing.png": "no such image", "half.npy": "no whole .npy", "floats.npy": "expected bytes", "none.npy": "no image in it",
        "flat.npy": "no image in it", "text.png": "is no image that can be read", "empty.png": "is empty", "runs": "is a folder",
    }  # fmt: skip
    done = cnncli("predict", "runs/net-1/seed-0", *bad, "good.npy", "--format", "json", cwd=folder)
    assert done.returncode == 2
    assert [one["image"] for one in json.loads(done.stdout)] == ["good.npy"]
    for (name, words), line in zip(bad.items(), done.stderr.decode().splitlines(), strict=True):
        assert name in line
        assert words in line


def test_standard_input_is_refused_for_its_own_reason(folder: Path) -> None:
    """An image on standard input that is transparent is refused for that, not as if it were no image."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    image.new("RGBA", (8, 8)).save(folder / "clear.png")
    for given, words in (((folder / "clear.png").read_bytes(), "transparent in places"), (b"", "is empty")):
        done = cnncli("predict", "runs/net-1/seed-0", "-", cwd=folder, given=given)
        assert done.returncode == 2
        assert done.stderr.decode().startswith(f"Error: standard input is {words.removeprefix('is ')}")


def test_the_rate_finder_finds_a_rate(folder: Path) -> None:
    """The advised rate lies between the first and the last, and the picture is there."""
    done = cnncli("lr-find", "net.yaml", "--steps", "80", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    advised = float(done.stdout.decode().split("try --lr ")[1].split()[0])
    assert 1e-5 < advised < 3.0
    assert (folder / "net-lr.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("rates", "words"), [(("1e5", "1e9"), "lower rates, --from 1e+01"), (("1e-12", "1e-11"), "higher rates, --to 1e-07")]
)
def test_rates_at_which_no_loss_falls_are_not_advised(folder: Path, rates: tuple[str, str], words: str) -> None:
    """Far too high and far too low rates: no advice, and where to look instead; numbers that keep their columns."""
    done = cnncli("lr-find", "net.yaml", "--steps", "40", "--from", rates[0], "--to", rates[1], "-o", "none.png", cwd=folder)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert "try --lr" not in done.stdout.decode()
    assert not (folder / "none.png").exists()
    assert {len(line.split("█")[0]) for line in done.stdout.decode().splitlines()[1:]} == {22}


def test_the_doctor_sees_what_is_here(tmp_path: Path) -> None:
    """Keras' version, a device, the digits; and of other data where it is, or that it is not here."""
    found = answer("doctor", "--no-measure", cwd=tmp_path)
    import keras

    assert found["packages"]["keras"] == keras.__version__
    assert "cpu" in found["machine"]["devices"]
    assert found["data"]["digits"] == "comes with cnncli"
