"""Weights from elsewhere: each goes to the layer that its own is, and the images come as they are expected, or all is refused."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

keras = pytest.importorskip("keras", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")]


from cnncli.keras_model import build  # noqa: E402
from cnncli.spec import Document, load  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402
from cnncli.training.pretrained import Pretrained, pour  # noqa: E402
from cnncli.training.pretrained.applications import APPLICATIONS, unfetched  # noqa: E402

STANDARD = (np.ones(3, np.float32), np.zeros(3, np.float32))


def grafted(folder: Path, backbone: str, more: str = "") -> Document:
    (folder / "net.yaml").write_text(f"{more}\nbackbone: {backbone}\nlayers: [linear]\n", encoding="utf-8")
    return load(str(folder / "net.yaml"))


def poured(document: Document) -> tuple[Any, Any, Any]:
    """The model with the weights, and the map of its images."""
    assert document.backbone is not None
    model = build(document.network)
    size = "x".join(map(str, document.network.nodes[0].output))
    return (model, *pour(Pretrained(document.backbone, size), document.network, model, STANDARD))


def shaken(model: Any, seed: int = 0) -> Any:
    """The model with weights that leave no two layers alike, moving statistics included."""
    random = np.random.default_rng(seed)
    for variable in model.variables:
        if "float" in str(variable.dtype):
            value = random.normal(0, 0.05, variable.shape) if len(variable.shape) > 1 else random.uniform(0.5, 1.5, variable.shape)
            variable.assign(value)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            layer.finalize_state()
    return model


def application(name: str, size: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(keras.applications, APPLICATIONS[name][0])(weights=None, include_top=False, input_shape=(size, size, 3))


def preprocessed(images: Any, mode: str) -> Any:
    """As keras.applications does it."""
    if mode == "none":
        return images
    return keras.applications.imagenet_utils.preprocess_input(np.array(images), mode=mode, data_format="channels_last")


QUICK = ("mobilenet_v3_small",)


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in APPLICATIONS])
def test_every_application_of_keras(name: str, tmp_path: Path) -> None:
    """Keras' model with random weights, saved, is the backbone's weights: both give the same for a random image, each fed as it expects."""
    keras.utils.clear_session()
    theirs = shaken(application(name, 96))
    theirs.save(tmp_path / "theirs.keras")
    mode = APPLICATIONS[name][1]
    document = grafted(tmp_path, f"{{model: {name}, weights: theirs.keras, preprocess: {mode}}}", "input: [96, 96, 3]")
    ours, scale, offset = poured(document)
    image = np.random.default_rng(1).integers(0, 256, (1, 96, 96, 3)).astype(np.float32)
    end = theirs.layers[-1].input if name.startswith("convnext") else theirs.output  # Keras has a norm behind its last map
    wanted = np.asarray(keras.Model(theirs.inputs[0], end)(preprocessed(image, mode), training=False))
    given = np.asarray(ours(image * scale + offset, training=False))
    assert given.shape == wanted.shape
    assert np.abs(given - wanted).max() <= 2e-4 * np.abs(wanted).max()
    assert wanted.std() > 0


NET = """
input: [12, 12, 3]
layers:
  - conv: {filters: 4, kernel: 3, padding: same, activation: relu}
  - batch_norm
  - add:
      a: [{conv: {filters: 4, kernel: 1}}]
      b: []
  - global_avg_pool
  - dense: 3
"""


def small(filters: int = 4, activation: str = "relu") -> Any:
    """The same network as Keras' users write it: padding apart, branches the other way round, other names, with a head."""
    x = inputs = keras.Input((12, 12, 3))
    x = keras.layers.ZeroPadding2D(1)(x)
    x = keras.layers.Conv2D(filters, 3, name="first")(x)
    x = keras.layers.Activation(activation)(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Add(name="sum")([x, keras.layers.Conv2D(filters, 1, name="second")(x)])
    return shaken(keras.Model(inputs, keras.layers.Dense(7)(keras.layers.GlobalAveragePooling2D()(x))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keras.utils.clear_session()
    (tmp_path / "body.yaml").write_text(NET, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe", "none"])
def test_each_mode_of_preprocessing(mode: str, folder: Path) -> None:
    """The images are brought to what the weights expect; blue comes first by turning the first kernels round."""
    theirs = small()
    theirs.save(folder / "theirs.keras")
    ours, scale, offset = poured(grafted(folder, f"{{model: body.yaml, weights: theirs.keras, preprocess: {mode}}}"))
    image = np.random.default_rng(1).integers(0, 256, (2, 12, 12, 3)).astype(np.float32)
    wanted = keras.Model(theirs.inputs[0], theirs.get_layer("sum").output)(preprocessed(image, mode), training=False)
    assert np.allclose(ours(image * scale + offset, training=False), wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"filters": 5}, "the first difference is here conv_1, conv with kernel (3, 3, 3, 4) and bias (4,), there first, conv with kernel"),
        ({"activation": "tanh"}, "the first difference is here batch_norm_1"),
    ],
)
def test_weights_of_another_network(made: dict[str, Any], words: str, folder: Path) -> None:
    """Weights that do not fit are refused with the first difference, be it only an activation."""
    small(**made).save(folder / "theirs.keras")
    with pytest.raises(RefusedError) as refused:
        poured(grafted(folder, "{model: body.yaml, weights: theirs.keras, preprocess: none}"))
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("backbone", "words"),
    [
        ("{model: body.yaml, weights: gone.keras}", "net.yaml:2:19: weights are gone.keras, and there is no such file"),
        ("{model: body.yaml, weights: imagenet}", "Keras has weights of imagenet for convnext_tiny, densenet121"),
        ("{model: body.yaml, weights: body.yaml}", "expected random, imagenet, a run, or a file that ends in .keras"),
        ("{model: body.yaml, weights: theirs.keras}", "which range theirs.keras expects of images is not in the file; say it: preprocess"),
    ],
)
def test_weights_that_are_not_to_be_had(backbone: str, words: str, folder: Path) -> None:
    """What can be refused before Keras is woken is refused there, at the backbone's place."""
    small().save(folder / "theirs.keras")
    with pytest.raises(RefusedError) as refused:
        poured(grafted(folder, backbone))
    assert words in str(refused.value)


def test_a_model_file_brings_its_weights(folder: Path) -> None:
    """A backbone that is a .keras model has that model's weights without more words; random must be said."""
    theirs = small()
    theirs.save(folder / "theirs.keras")
    document = grafted(folder, "{model: theirs.keras, preprocess: none}")
    assert np.allclose(poured(document)[0].get_layer("second").kernel, theirs.get_layer("second").kernel)
    body = grafted(folder, "{model: theirs.keras, weights: random}").backbone
    assert body is not None
    assert body.options.source == "random"


@pytest.mark.slow
def test_weights_alone_in_a_file(folder: Path) -> None:
    """An .h5 of weights alone goes with keras.applications' model of that name."""
    theirs = shaken(application("mobilenet_v3_small", 224))
    theirs.save_weights(folder / "theirs.weights.h5")
    ours, _, _ = poured(grafted(folder, "{model: mobilenet_v3_small, weights: theirs.weights.h5, preprocess: none}", "input: [64, 64, 3]"))
    assert np.array_equal(ours.get_layer("conv_1").kernel, theirs.get_layer("conv").kernel)
    with pytest.raises(RefusedError, match=r"does not hold the weights of keras\.applications\.MobileNet:"):
        poured(grafted(folder, "{model: mobilenet, weights: theirs.weights.h5, preprocess: tf}"))


def test_without_a_network_the_next_step_is_told() -> None:
    """Where Keras cannot fetch weights, the message names the address, the place for the file, and the other ways."""
    told = unfetched("VGG16", "URL fetch failure on https://a.b/c/vgg16_notop.h5: None -- [Errno -3] no name")
    assert "https://a.b/c/vgg16_notop.h5" in told
    assert "models/vgg16_notop.h5" in told
    assert "weights: random" in told


TRAINED = """
backbone: {model: theirs.keras, preprocess: tf, freeze: 2}
layers: [global_avg_pool, {dense: {units: 10, activation: softmax}}]
train: {data: digits, resize: 12, colour: rgb, epochs: 0.2, batch: 64}
"""


def test_a_run_needs_no_more_where_it_came_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run's folder holds the backbone's structure, its weights and what they expect, so it is evaluated without the file."""
    from click.testing import CliRunner

    from cnncli.cli import main

    monkeypatch.chdir(folder)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    theirs = small()
    theirs.save("theirs.keras")
    Path("net.yaml").write_text(TRAINED, encoding="utf-8")
    done = CliRunner().invoke(main, ["train", "net.yaml", "-o", "run"])
    assert done.exit_code == 0, done.output
    kept = json.loads(Path("run/input.json").read_text(encoding="utf-8"))
    assert np.allclose(kept["scale"], 1 / 127.5)
    assert np.allclose(kept["offset"], -1.0)
    begun = folder / "elsewhere" / "begun"  # killed before the first checkpoint
    shutil.copytree("run", begun, ignore=shutil.ignore_patterns("*.npz", "result.json", "input.json"))
    monkeypatch.chdir(folder / "elsewhere")
    done = CliRunner().invoke(main, ["train", "--resume", "begun"])
    assert done.exit_code == 0, done.output
    monkeypatch.chdir(folder)
    assert (begun / "history.csv").read_bytes() == Path("run/history.csv").read_bytes()
    Path("theirs.keras").unlink()
    asked = CliRunner().invoke(main, ["evaluate", "run", "--format", "json"])
    assert asked.exit_code == 0, asked.output
    result = json.loads(Path("run/result.json").read_text(encoding="utf-8"))
    assert json.loads(asked.output)["loss"] == pytest.approx(result["loss"], rel=1e-6)
    made = keras.models.load_model("run/model.keras", compile=False)
    assert np.array_equal(made.get_layer("first").kernel, theirs.get_layer("first").kernel)
