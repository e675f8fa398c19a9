"""model.keras of a run: it takes images as they are read and gives what predict gives, in plain Keras; a damaged one is refused."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

keras = pytest.importorskip("keras", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__")]

from cnncli import load  # noqa: E402
from cnncli.cli import main  # noqa: E402
from cnncli.errors import CnncliError  # noqa: E402
from cnncli.importers.keras.archive import check_archive, read_notes  # noqa: E402
from cnncli.keras_model import build, keras_names  # noqa: E402
from cnncli.keras_model.saved import Loaded, copy_weights, read_model  # noqa: E402
from cnncli.training.machine import has_bfloat16  # noqa: E402

NET = """
input: [8, 8, 1]
layers:
  - conv: {filters: 4, kernel: 3, padding: same}
  - batch_norm
  - relu
  - depthwise_conv: {kernel: 3}
    name: input_scaling
  - flatten
  - dense: 10
train: {data: digits, epochs: 1, batch: 128, ema: 0.9}
"""

CLASSES = [str(n) for n in range(10)]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 1)).astype(np.uint8)
PLAIN = (
    "import sys, keras, numpy as np; np.save(sys.argv[3], keras.saving.load_model(sys.argv[1]).predict(np.load(sys.argv[2]), verbose=0))"
)


def cnncli(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def predicted(run: Path) -> Any:
    """(image, class) what predict says of IMAGES."""
    np.save(run / "x.npy", IMAGES)
    done = cnncli("predict", str(run), str(run / "x.npy"), "--top", "10", "--format", "json")
    assert done.exit_code == 0, done.stderr
    answers = [{entry["class"]: entry["probability"] for entry in answer["classes"]} for answer in json.loads(done.stdout)]
    return np.array([[answer[name] for name in CLASSES] for answer in answers])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    done = cnncli("train", str(folder / "net.yaml"), "-o", str(folder / "run"))
    assert done.exit_code == 0, done.stderr
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy, to be changed."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def as_before(run: Path) -> None:
    """Save the model as earlier versions did: for scaled images, without notes."""
    network = load(str(run / "spec.yaml")).network
    model = build(network)
    copy_weights(Loaded(read_model(str(run / "model.keras")), network, keras_names(network)), network, model)
    model.save(run / "model.keras")


def test_plain_keras_gives_what_predict_gives(finished: Path, tmp_path: Path) -> None:
    """A process that does not know cnncli loads the model and gives it bytes; the class names stand in its metadata."""
    wanted = predicted(finished)
    files = [str(finished / "model.keras"), str(finished / "x.npy"), str(tmp_path / "out.npy")]
    subprocess.run([sys.executable, "-c", PLAIN, *files], check=True, cwd=tmp_path, env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"})
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), wanted, atol=1e-6)
    np.testing.assert_allclose(wanted.sum(1), 1, atol=1e-6)
    notes = json.loads(zipfile.ZipFile(finished / "model.keras").read("metadata.json"))["cnncli"]
    assert notes == read_notes(str(finished / "model.keras"))
    assert (notes["class_names"], notes["input"]) == (CLASSES, {"shape": [8, 8, 1], "range": [0, 255]})


def test_the_layers_that_are_added(finished: Path) -> None:
    """The scaling before the network and the missing softmax behind it; a layer of the spec keeps its name."""
    names = [node.name for node in load(str(finished / "model.keras")).network.nodes]
    assert names == [
        "input",
        "input_scaling_",
        "conv_1",
        "batch_norm_1",
        "relu_1",
        "input_scaling",
        "flatten_1",
        "dense_1",
        "probabilities",
    ]
    assert {path.name for path in finished.iterdir() if "model" in path.name} == {"model.keras"}


def test_runs_of_earlier_versions_keep_working(run: Path) -> None:
    """Their model takes scaled images, and predict scales them."""
    wanted = predicted(run)
    as_before(run)
    assert read_notes(str(run / "model.keras")) == {}
    np.testing.assert_allclose(predicted(run), wanted, atol=1e-6)


@pytest.mark.parametrize("old", [False, True])
def test_a_backbone_takes_the_weights(run: Path, old: bool) -> None:
    """From the run, with images as they were scaled there."""
    if old:
        as_before(run)
    spec = run.parent / "tuned.yaml"
    spec.write_text(
        "backbone: {model: run/spec.yaml, weights: ./run, freeze: all}\nlayers: [flatten, dense: 10]\ntrain: {data: digits, epochs: 1}\n"
    )
    done = cnncli("train", str(spec), "-o", str(run.parent / "tuned"))
    assert done.exit_code == 0, done.stderr
    inputs = [json.loads((folder / "result.json").read_text())["input"] for folder in (run, run.parent / "tuned")]
    assert inputs[0] == inputs[1]
    ours, theirs = (read_model(str(folder / "model.keras")).get_layer("conv_1").kernel for folder in (run, run.parent / "tuned"))
    assert np.array_equal(ours, theirs)


def test_a_model_that_is_deleted_is_written_again(run: Path) -> None:
    """From the last checkpoint; before that, predict says how."""
    wanted = predicted(run)
    (run / "model.keras").unlink()
    assert f"is not finished; continue with cnncli train --resume {run}" in cnncli("predict", str(run), "x.png").stderr
    done = cnncli("train", "--resume", str(run))
    assert done.exit_code == 0, done.stderr
    np.testing.assert_allclose(predicted(run), wanted, atol=1e-6)


def damages(data: bytes, count: int) -> dict[str, bytes]:
    """A file cut short and with a flipped bit, at many places."""
    chance = random.Random(0)
    places = [*range(64), *(len(data) - n for n in range(1, 64)), *(chance.randrange(len(data)) for _ in range(count))]
    found = {f"cut at {place}": data[:place] for place in places}
    for place in places:
        found[f"bit at {place}"] = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
    return found


def is_refused(path: Path) -> bool:
    """Whether an archive is refused, by its name."""
    try:
        check_archive(str(path))
    except CnncliError as error:
        return str(path) in str(error)
    return False


def test_damage_is_refused_or_does_no_harm(run: Path) -> None:
    """Every cut is refused; a bit changes nothing that is read, or the file is refused."""
    path = run / "model.keras"
    data, wanted = path.read_bytes(), read_model(str(path))
    harmless = 0
    for what, damaged in damages(data, 300).items():
        path.write_bytes(damaged)
        if is_refused(path):
            continue
        assert what.startswith("bit"), what
        harmless += 1
        if harmless % 20 == 1:
            given = read_model(str(path))
            assert all(np.array_equal(a, b) for a, b in zip(given.get_weights(), wanted.get_weights(), strict=True)), what
    assert harmless < 200


def replaced(path: Path, what: str) -> None:
    """Put something else in the place of a model."""
    data = path.read_bytes()
    path.unlink()
    if what == "directory":
        path.mkdir()
    elif what == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme.txt", "no model")
    elif what == "no weights":
        with zipfile.ZipFile(path, "w") as archive, zipfile.ZipFile(path.parent / "old.zip", "w"):
            archive.writestr("config.json", "{}")
    elif what == "other weights":
        x = keras.Input((8, 8, 1))
        keras.Model(x, keras.layers.Dense(10)(keras.layers.Flatten()(x))).save(path)
        other = zipfile.ZipFile(path).read("model.weights.h5")
        path.write_bytes(data)
        members = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, member in members.items():
                archive.writestr(name, other if name == "model.weights.h5" else member)
    else:
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2]}.get(what) or flipped(data) if what != "empty" else b"")


def flipped(data: bytes) -> bytes:
    """A bit of a weight."""
    return data[:-2000] + bytes([data[-2000] ^ 16]) + data[-1999:]


@pytest.mark.parametrize("what", ["empty", "cut", "bit", "directory", "zip", "no weights", "other weights"])
def test_a_damaged_model_is_refused_wherever_it_is_read(what: str, run: Path) -> None:
    """In one message that names the file and says how to mend it."""
    replaced(run / "model.keras", what)
    spec = run.parent / "tuned.yaml"
    spec.write_text("backbone: {model: run/spec.yaml, weights: ./run}\nlayers: [flatten, dense: 10]\ntrain: {data: digits, epochs: 1}\n")
    np.save(run / "x.npy", IMAGES)
    for words in (
        ["predict", str(run), str(run / "x.npy")],
        ["export", str(run), "--to", "onnx", "-o", str(run / "out.onnx")],
        ["train", str(spec), "-o", str(run.parent / "tuned")],
    ):
        done = cnncli(*words)
        assert done.exit_code == 2, (words, done.stderr, done.exception)
        assert isinstance(done.exception, SystemExit)
        assert str(run / "model.keras") in done.stderr
        assert f"then cnncli train --resume {run} writes it again from the last checkpoint" in done.stderr
    assert cnncli("evaluate", str(run)).exit_code == 0  # by its checkpoints


def test_a_run_in_mixed_precision_is_saved_in_float32(tmp_path: Path) -> None:
    """Its weights are float32; what the model gives does not depend on how it is compiled."""
    if not has_bfloat16():
        pytest.skip("the processor has no bfloat16 arithmetic")
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    try:
        done = cnncli("train", str(tmp_path / "net.yaml"), "--precision", "mixed_bfloat16", "-o", str(tmp_path / "run"))
        assert done.exit_code == 0, done.stderr
        wanted = predicted(tmp_path / "run")
    finally:
        keras.config.set_dtype_policy("float32")
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), wanted, atol=1e-6)


def test_a_run_in_two_phases(tmp_path: Path) -> None:
    """What fine_tune let learn is saved as such, and so are the weights of both phases."""
    (tmp_path / "body.yaml").write_text("input: [8, 8, 1]\nlayers: [conv: {filters: 4, kernel: 3}, batch_norm, relu]\n", encoding="utf-8")
    spec = """
backbone: {model: body.yaml, freeze: all}
layers: [global_avg_pool, dense: 10]
train: {data: digits, epochs: 1, fine_tune: {layers: all, epochs: 1, lr: 0.01}}
"""
    (tmp_path / "net.yaml").write_text(spec, encoding="utf-8")
    done = cnncli("train", str(tmp_path / "net.yaml"), "-o", str(tmp_path / "run"))
    assert done.exit_code == 0, done.stderr
    model = keras.saving.load_model(tmp_path / "run" / "model.keras", compile=False)
    assert [layer.trainable for layer in model.layers if layer.weights] == [True, False, True]
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), predicted(tmp_path / "run"), atol=1e-6)
