"""Exports carry the weights of a run or a model, checked by running what is written; where they cannot, they say so."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

keras = pytest.importorskip("keras", reason="needs the extra train")
np = pytest.importorskip("numpy")
runtime = pytest.importorskip("onnxruntime")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__")]

from cnncli.cli import main  # noqa: E402
from cnncli.errors import CnncliError  # noqa: E402
from cnncli.keras_model.saved import read_model  # noqa: E402

NET = """
input: [8, 8, 1]
layers:
  - conv: {filters: 4, kernel: 3, padding: same}
  - batch_norm
  - prelu
  - separable_conv: {filters: 6, kernel: 3}
  - depthwise_conv: {kernel: 3, multiplier: 2, activation: relu}
  - conv_transpose: {filters: 3, kernel: 3, stride: 2}
  - conv: {filters: 4, kernel: 1}
    name: mixed
  - conv: {filters: 4, kernel: 3, padding: 1, groups: 2}
  - layer_norm
  - flatten
  - dense: 10
train: {data: digits, epochs: 1, batch: 128}
"""
IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1)).astype(np.uint8)


def cnncli(*words: str) -> Result:
    done = CliRunner().invoke(main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def run_onnx(path: Path, images: Any) -> Any:
    """The first output for images (n, *size, C)."""
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    axes = (0, images.ndim - 1, *range(1, images.ndim - 1))
    return session.run(None, {session.get_inputs()[0].name: images.astype(np.float32).transpose(axes)})[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    done = cnncli("train", str(folder / "net.yaml"), "-o", str(folder / "run"))
    assert done.exit_code == 0, done.stderr
    return folder / "run"


def predicted(run: Path) -> Any:
    np.save(run / "x.npy", IMAGES)
    answers = json.loads(cnncli("predict", str(run), str(run / "x.npy"), "--top", "10", "--format", "json").stdout)
    rows = [{entry["class"]: entry["probability"] for entry in answer["classes"]} for answer in answers]
    return np.array([[row[str(n)] for n in range(10)] for row in rows])


@pytest.mark.parametrize("what", ["run", "model", "copy"])
def test_a_run_is_exported_as_it_predicts(finished: Path, tmp_path_factory: pytest.TempPathFactory, what: str) -> None:
    """The run, its model or a copy of that, as ONNX and as Keras: raw images give what predict gives; names are kept."""
    onnx = pytest.importorskip("onnx")
    wanted, tmp_path = predicted(finished), tmp_path_factory.mktemp("out")
    copied = tmp_path_factory.mktemp("copy") / "copied.keras"
    shutil.copy(finished / "model.keras", copied)
    source = str({"run": finished, "model": finished / "model.keras", "copy": copied}[what])
    done = cnncli("export", source, "--to", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert done.exit_code == 0, done.stderr
    assert done.stderr.startswith(
        "note: the model takes raw images of 8x8x1 from 0 to 255, (N, C, *size), channels first; it gives the prob"
    )
    np.testing.assert_allclose(run_onnx(tmp_path / "net.onnx", IMAGES), wanted, atol=1e-5)
    model = onnx.load(str(tmp_path / "net.onnx"))
    onnx.checker.check_model(model, full_check=True)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["class_names"]) == [str(n) for n in range(10)]
    assert "values from 0 to 255" in metadata["input"]
    assert "values from 0 to 255" in model.doc_string
    done = cnncli("export", source, "--to", "keras", "-o", str(tmp_path / "net.keras"))
    assert done.exit_code == 0, done.stderr
    assert "raw images of 8x8x1 from 0 to 255, (N, *size, C), channels last" in done.stderr
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "net.keras", compile=False).predict(IMAGES, verbose=0), wanted, atol=1e-5)
    assert {path.name for path in tmp_path.iterdir()} == {"net.onnx", "net.keras"}


@pytest.mark.parametrize(
    ("units", "loss", "gives"), [(1, "binary_cross_entropy", "the probability of class 1"), (2, "mean_squared_error", "one number")]
)
def test_two_classes_and_colours(units: int, loss: str, gives: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One output is the probability of the second class; squared errors leave numbers as they are; each colour has its scaling."""
    monkeypatch.chdir(tmp_path)
    images, labels = np.random.default_rng(0).integers(0, 200, (40, 6, 6, 3)).astype(np.uint8), np.arange(40) % 2
    np.savez("two.npz", x_train=images, y_train=labels, x_test=images[:9], y_test=labels[:9])
    spec = f"input: [6, 6, 3]\nlayers: [flatten, dense: {units}]\ntrain: {{data: two.npz, epochs: 1, batch: 20, loss: {loss}}}\n"
    Path("net.yaml").write_text(spec, encoding="utf-8")
    assert cnncli("train", "net.yaml", "-o", "run").exit_code == 0
    np.save("x.npy", images[:3])
    answers = json.loads(cnncli("predict", "run", "x.npy", "--format", "json").stdout)
    wanted = [{entry["class"]: entry["probability"] for entry in answer["classes"]}["1"] for answer in answers]
    done = cnncli("export", "run", "--to", "onnx", "-o", "net.onnx")
    assert f"it gives {gives}" in done.stderr
    model = keras.saving.load_model("run/model.keras", compile=False)
    assert np.shape(model.get_layer("input_scaling").scale) == (3,)
    np.testing.assert_allclose(model.predict(images[:3], verbose=0)[:, -1], wanted, atol=1e-5)
    np.testing.assert_allclose(run_onnx(Path("net.onnx"), images[:3])[:, -1], wanted, atol=1e-5)


def test_a_backbone_in_onnx_is_trained_from_random_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And training says so; the run is read again, and exported with its weights."""
    monkeypatch.chdir(tmp_path)
    Path("body.yaml").write_text(
        "input: [8, 8, 1]\nlayers: [conv: {filters: 4, kernel: 3}, relu, global_avg_pool, dense: 3]\n", encoding="utf-8"
    )
    assert cnncli("export", "body.yaml", "--to", "onnx", "-o", "body.onnx").exit_code == 0
    done = cnncli("export", "body.onnx", "--to", "keras", "-o", "body.keras")
    assert done.stderr == "note: the weights of body.onnx are not carried over; the exported weights are random (seed 0)\n"
    done = cnncli("export", "body.onnx", "--to", "torch-code", "-o", "body.py")
    assert done.stderr == "note: the weights of body.onnx are not in the output, which is code\n"
    spec = "backbone: body.onnx\nlayers: [flatten, dense: 10]\ntrain: {data: digits, epochs: 1}\n"
    Path("net.yaml").write_text(spec, encoding="utf-8")
    done = cnncli("train", "net.yaml", "-o", "run")
    assert done.exit_code == 0, done.stderr
    assert "note: the weights of body.onnx are not read; the backbone starts from random weights\n" in done.stderr
    Path("body.onnx").unlink()
    assert cnncli("evaluate", "run").exit_code == 0
    assert cnncli("export", "run", "--to", "onnx", "-o", "run.onnx").exit_code == 0
    np.testing.assert_allclose(run_onnx(Path("run.onnx"), IMAGES), predicted(Path("run")), atol=1e-5)


def other_model() -> Any:
    """A model of another program: a model within the model, shared layers, normalizations, weights that are all different."""
    x = inputs = keras.Input((9, 9, 3), name="image")
    x = keras.layers.Normalization(name="norm")(x)
    shared = keras.layers.Conv2D(3, 3, padding="same", name="twice")
    x = shared(shared(x))
    inner = keras.Sequential(
        [keras.Input((9, 9, 3)), keras.layers.Conv2D(4, 3, strides=2, padding="same"), keras.layers.ReLU()], name="inner"
    )
    x = inner(x)
    x = keras.layers.GroupNormalization(2)(x)
    x = keras.layers.Conv2DTranspose(2, 3, strides=2, padding="same")(x)
    x = keras.layers.Dense(4)(x)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="tanh")(keras.layers.Flatten()(x)))
    chance = np.random.default_rng(0)
    for weight in model.weights:
        if "float" in str(weight.dtype):
            weight.assign(chance.uniform(0.2, 0.9, weight.shape) * chance.choice([0.3, 0.4], weight.shape))
    model.get_layer("norm").finalize_state()
    return model


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore")
def test_a_model_of_another_program_keeps_its_weights(suffix: str, tmp_path: Path) -> None:
    """Keras and ONNX give what the model gave."""
    keras.utils.clear_session()
    model, path = other_model(), tmp_path / f"theirs{suffix}"
    model.save(path)
    images = np.random.default_rng(1).normal(0, 1, (2, 9, 9, 3)).astype(np.float32)
    wanted = model.predict(images, verbose=0)
    for form in ("onnx", "keras"):
        done = cnncli("export", str(path), "--to", form, "-o", str(tmp_path / f"out.{form}"))
        assert (done.exit_code, done.stderr) == (0, "")
    np.testing.assert_allclose(run_onnx(tmp_path / "out.onnx", images), wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "out.keras").predict(images, verbose=0), wanted, rtol=1e-4, atol=1e-5)


def reason_of_refusal(path: Path) -> str:
    """Why a model is refused; empty where it is read."""
    try:
        read_model(str(path))
    except CnncliError as error:
        return str(error)
    return ""


@pytest.mark.filterwarnings("ignore")
def test_damaged_hdf5_is_refused(tmp_path: Path) -> None:
    """A file that is cut short, or has bytes overwritten, is read as a model or refused; no traceback, no crash."""
    path = tmp_path / "theirs.h5"
    x = keras.Input((6, 6, 1))
    keras.Model(x, keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Conv2D(2, 3)(x)))).save(path)
    data, chance = path.read_bytes(), random.Random(0)
    for number in range(24):
        place = chance.randrange(100, len(data) - 8)
        path.write_bytes(data[:place] if number % 2 else data[:place] + bytes(8) + data[place + 8 :])
        refusal = reason_of_refusal(path)
        assert str(path) in refusal if refusal else number % 2 == 0


def test_random_weights_are_told(tmp_path: Path) -> None:
    """Once, on standard error, of a spec; they are the same each time."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [8]\nlayers: [dense: 3]\n", encoding="utf-8")
    words = f"note: {spec} has no trained weights; the exported weights are random (seed 0)\n"
    outputs = []
    for number in (1, 2):
        assert cnncli("export", str(spec), "--to", "onnx", "-o", str(tmp_path / f"{number}.onnx")).stderr == words
        assert cnncli("export", str(spec), "--to", "keras", "-o", str(tmp_path / f"{number}.keras")).stderr == words
        model = keras.saving.load_model(tmp_path / f"{number}.keras", compile=False)
        outputs.append(np.asarray(model.layers[-1].kernel))
    assert np.array_equal(*outputs)
    assert (tmp_path / "1.onnx").read_bytes() == (tmp_path / "2.onnx").read_bytes()


@pytest.mark.parametrize("form", ["keras-code", "torch-code", "dot", "mermaid"])
def test_code_has_no_weights_and_says_so(form: str, finished: Path, tmp_path: Path) -> None:
    """Of a run; of a spec there are none to miss, and drawings show none."""
    done = cnncli("export", str(finished), "--to", form, "-o", str(tmp_path / "out"))
    assert done.exit_code == 0, done.stderr
    told = f"note: the weights of {finished} are not in the output, which is code; --to keras and --to onnx carry them\n"
    assert done.stderr == (told if form.endswith("code") else "")
    assert cnncli("export", str(finished.parent / "net.yaml"), "--to", form, "-o", str(tmp_path / "out")).stderr == ""


def test_what_weights_do_not_fit_is_refused(finished: Path, tmp_path: Path) -> None:
    """Another input needs other weights; settings are those of the run; an unfinished run has no model yet."""
    for form in ("keras", "onnx"):
        done = cnncli("export", str(finished), "--to", form, "--input", "10x10x1", "-o", str(tmp_path / f"out.{form}"))
        assert done.exit_code == 2
        assert "the kernel of dense_1" in done.stderr
        assert "in its file" in done.stderr
    for name in (finished, finished / "model.keras"):
        done = cnncli("export", str(name), "--to", "keras", "-o", str(finished / "model.keras"))
        assert (done.exit_code, "would replace the file that is read" in done.stderr) == (2, True)
    assert "its settings are those" in cnncli("export", str(finished), "--set", "a=1", "--to", "dot").stderr
    (tmp_path / "empty").mkdir()
    done = cnncli("export", str(tmp_path / "empty"), "--to", "dot")
    assert (done.exit_code, "is no run of cnncli train" in done.stderr) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("form", ["keras", "onnx"])
def test_a_signal_leaves_no_files(form: str, number: int, tmp_path: Path) -> None:
    """While a large file is written, the process is told to end: nothing remains, neither here nor among temporary files."""
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-m", "cnncli", "export", "vgg16", "--to", form, "-o", str(tmp_path / f"out.{form}")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary"), "CUDA_VISIBLE_DEVICES": "-1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and process.poll() is None and len([*tmp_path.iterdir()]) < 2:
            time.sleep(0.002)
        process.send_signal(number)
        process.communicate(timeout=120)
    assert process.returncode in (128 + number, 0)  # 0: it was done in time
    left = {path.name for path in tmp_path.iterdir()} | {path.name for path in (tmp_path / "temporary").iterdir()}
    assert left <= {"temporary"} | ({f"out.{form}"} if process.returncode == 0 else set())
