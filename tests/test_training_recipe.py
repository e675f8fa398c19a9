"""Recipes against networks: what does not suit is refused before Keras is woken, and losses are what their names say."""

from __future__ import annotations

import io
import json
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("keras", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = pytest.mark.keras

import cnncli  # noqa: E402
from cnncli.cli.progress import reading  # noqa: E402
from cnncli.cli.telling import beginning  # noqa: E402
from cnncli.errors import DataError, SpecError, UsageError  # noqa: E402
from cnncli.training import scores  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402
from cnncli.training.prepare import Request, prepare, suits  # noqa: E402
from cnncli.training.settings import changed  # noqa: E402

END = "input: {input}\nlayers: [{layers}]\ntrain: {{data: digits, {recipe}}}\n"


def document(tmp_path: Path, layers: str, recipe: str, shape: str = "[8, 8, 1]") -> Any:
    path = tmp_path / "net.yaml"
    path.write_text(END.format(input=shape, layers=layers, recipe=recipe), encoding="utf-8")
    return cnncli.load(str(path))


def test_data_of_ones_own_are_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path is kept with the folder that it starts in; names need none."""
    from cnncli.cli.asked import IN_RECIPE, request

    document(tmp_path, SOFTMAX, "lr: 1")
    monkeypatch.chdir(tmp_path)
    given: dict[str, Any] = {**dict.fromkeys(IN_RECIPE), "more": (), "settings": (), "device": "auto", "threads": 0, "deterministic": False}
    assert request("net.yaml", {**given, "data_dir": None}).data_dir is None
    assert request("net.yaml", {**given, "data_dir": None, "data": "mine.npz"}).data_dir == str(tmp_path)
    assert request("net.yaml", {**given, "data_dir": "more", "data": "mine.npz"}).data_dir == str(tmp_path / "more")


@pytest.mark.parametrize(("option", "text", "kept"), [
    ("augment", "random_flip", ["random_flip"]),
    ("augment", "random_crop: 2, random_flip", ["random_crop", "random_flip"]),
    ("augment", "{random_crop: 2}", ["random_crop"]),
    ("augment", "[]", []),
])  # fmt: skip
def test_one_augmentation_needs_no_brackets(option: str, text: str, kept: list[str], tmp_path: Path) -> None:
    """An option that takes a list takes a lone entry and entries with commas between them, too."""
    from cnncli.cli.asked import IN_RECIPE, request

    document(tmp_path, SOFTMAX, "lr: 1")
    given: dict[str, Any] = {**dict.fromkeys(IN_RECIPE), "more": (), "settings": (), "device": "auto", "threads": 0, "deterministic": False}
    wanted = request(str(tmp_path / "net.yaml"), {**given, "data_dir": None, option: text})
    assert [one.title() for one in wanted.recipe.augment] == kept


def test_what_cannot_be_written_in_a_shipped_file_goes_into_a_copy(tmp_path: Path) -> None:
    """A network that ships and does not suit the data: the refusal says how to come by a file to change; of one's own it does not."""
    for spec, words in (("resnet18", "write units: 10 there (in a file of your own: cnncli show resnet18 > my_resnet18.yaml)"), ("", "")):
        made = cnncli.load(spec) if spec else document(tmp_path, "flatten, dense: {units: 9, activation: softmax}", "lr: 1")
        with pytest.raises(DataError) as refused:
            prepare(Request(made, changed(made.recipe, {"data": "digits"})))
        assert str(refused.value).endswith(words or "write units: 10 there")


def test_a_batch_of_more_images_than_there_are_is_told(tmp_path: Path) -> None:
    """Who asks for more images a step than there are is told of it, and of the memory in a unit that shows a figure."""
    made = document(tmp_path, SOFTMAX, "batch: 5000")
    told = beginning(prepare(Request(made, made.recipe)))
    assert " at batch 1437 (of 5,000: there are no more images)" in told
    made = document(tmp_path, SOFTMAX, "batch: 8")
    told = beginning(prepare(Request(made, made.recipe)))
    assert re.search(r"; about [\d.]+ kB at batch 8\n", told)


def test_images_are_counted_as_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for many image files sees on a terminal how many are read; elsewhere, and where it is quick, nothing is told."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        image.new("L", (8, 8)).save(tmp_path / name)
    made = document(tmp_path, "flatten, dense: {units: 2, activation: softmax}", "lr: 1")
    wanted = Request(made, changed(made.recipe, {"data": str(tmp_path)}))

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for screen, patience, shown in ((Terminal(), -1.0, True), (Terminal(), 60.0, False), (io.StringIO(), -1.0, False)):
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr("cnncli.cli.progress.ENOUGH", patience)
        with reading() as counted:
            prepare(wanted, counted)
        assert ("reading images: 4 of 4" in screen.getvalue()) is shown
        assert shown or not screen.getvalue()


SOFTMAX = "flatten, dense: {units: 10, activation: softmax}"
UNFIT = {
    "sigmoid": ("flatten, dense: {units: 10, activation: sigmoid}", "lr: 1", "[8, 8, 1]", "the last of all is softmax"),
    "relu": ("flatten, dense: 10, relu", "lr: 1", "[8, 8, 1]", r"relu_1 \(.*:2:30\) ends in relu"),
    "not the last": ("global_avg_pool, dense: 10, softmax, flatten", "lr: 1", "[8, 8, 1]", "softmax_1 .* the last of all is softmax"),
    "binary": (SOFTMAX, "loss: binary_cross_entropy", "[8, 8, 1]", "the last of all is sigmoid"),
    "one output": ("flatten, dense: 1", "lr: 1", "[8, 8, 1]", "loss: binary_cross_entropy, not cross_entropy"),
    "one squared": ("flatten, dense: 1", "loss: mean_squared_error", "[8, 8, 1]", "not mean_squared_error"),
    "turned signal": (SOFTMAX, "augment: [random_flip]", "[32, 3]", "augment: random_flip needs an image"),
    "too far": (SOFTMAX, "augment: [random_crop: 8]", "[8, 8, 1]", "fewer pixels than the image has"),
    "moved signal": (SOFTMAX, "tta: shift", "[32, 3]", "tta shift moves images"),
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_recipe_that_does_not_suit_its_network_is_refused(case: str, tmp_path: Path) -> None:
    """Heads against losses, augmentation and test-time augmentation against the shape of the input."""
    layers, recipe, shape, words = UNFIT[case]
    made = document(tmp_path, layers, recipe, shape)
    with pytest.raises(RefusedError, match=words):
        suits(made.network, made.recipe)


@pytest.mark.parametrize(("layers", "recipe"), [
    (SOFTMAX, "lr: 1"),
    ("flatten, dense: 10", "lr: 1"),
    ("global_avg_pool, dense: 10, softmax", "lr: 1"),
    (SOFTMAX, "loss: mean_squared_error"),
    ("flatten, dense: {units: 1, activation: sigmoid}", "loss: binary_cross_entropy"),
])  # fmt: skip
def test_a_recipe_that_suits_is_taken(layers: str, recipe: str, tmp_path: Path) -> None:
    """Softmax or logits for cross-entropy, one sigmoid for two classes, and anything for the squared error."""
    made = document(tmp_path, layers, recipe)
    suits(made.network, made.recipe)


@pytest.mark.parametrize("name_value", ["epochs=0", "lr=0", "optimizer={lion: {beta_1: 0}}", "optimizer={adam: {beta_2: 1}}", "ema=1"])
def test_values_that_can_never_train_are_refused(name_value: str) -> None:
    """No epochs, no learning rate, moments that forget nothing or everything: refused as they are read, with what is expected."""
    name, _, text = name_value.partition("=")
    with pytest.raises((UsageError, SpecError), match="expected a number from"):
        changed(None, {"data": "digits", name: text})


def test_losses_by_hand() -> None:
    """Cross-entropy of the right class; the binary one over every output, alike for one output and for the two that it means."""
    outputs, labels = np.array([[0.0, math.log(3.0)], [0.0, 0.0]]), np.array([1, 0])
    assert scores.mean_loss(outputs, labels, "cross_entropy") == pytest.approx(-(math.log(3 / 4) + math.log(1 / 2)) / 2)
    first, second = -(math.log(1 / 2) + math.log(3 / 4)) / 2, -(math.log(1 / 2) + math.log(1 / 2)) / 2
    assert scores.mean_loss(outputs, labels, "binary_cross_entropy") == pytest.approx((first + second) / 2)
    assert scores.mean_loss(outputs[:, 1:], labels, "binary_cross_entropy") == pytest.approx(-(math.log(3 / 4) + math.log(1 / 2)) / 2)
    assert scores.mean_loss(np.eye(4), np.array([0, 1, 2, 0]), "mean_squared_error") == pytest.approx(2 / 16)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras, while it saves
@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_predictions_are_probabilities(activation: str, tmp_path: Path) -> None:
    """A network that ends without softmax says the same of an image as one that ends with it."""
    import keras

    from cnncli.training.predict import Oracle

    dense = keras.layers.Dense(2, activation=activation, kernel_initializer="zeros")
    model = keras.Sequential([keras.layers.Input((2, 2, 1)), keras.layers.Flatten(), dense])
    dense.bias.assign([0.0, math.log(3.0)])
    model.save(tmp_path / "model.keras")
    (tmp_path / "result.json").write_text(json.dumps({"data": {"classes": ["a", "b"]}, "input": {"scale": [1.0], "offset": [0.0]}}))
    (tmp_path / "recipe.json").write_text(json.dumps({"train": {"loss": "cross_entropy", "data": "mnist", "pad": None}}))
    np.save(tmp_path / "image.npy", np.zeros((2, 2), np.uint8))
    (answer,) = Oracle(str(tmp_path)).answers(str(tmp_path / "image.npy"), 2)
    assert [(one["class"], pytest.approx(one["probability"])) for one in answer["classes"]] == [("b", 0.75), ("a", 0.25)]


def test_images_are_fitted_as_those_of_the_training_were() -> None:
    """A recipe that pads pads here too, after scaling to what it padded; small digits are enlarged by squares; equal sizes stay."""
    from cnncli.training.predict import fit

    square = np.full((1, 28, 28, 1), 9, np.uint8)
    padded, words = fit(square, (32, 32, 1), "image", {"data": "mnist", "pad": 2})
    assert words == "padded by 2×2 on each side"
    assert (padded[0, 2:30, 2:30] == 9).all()
    assert padded.sum() == square.sum()
    large, words = fit(np.full((1, 56, 40, 3), 9, np.uint8), (32, 32, 1), "image", {"data": "mnist", "pad": [2, 0]})
    assert words == "made grey, resized to 28×32, padded by 2×0 on each side"
    assert (large[0, 2:30] == 9).all()
    assert not large[0, :2].any()
    digit = np.arange(64, dtype=np.uint8).reshape(1, 8, 8, 1)
    enlarged, _ = fit(digit, (28, 28, 1), "image", {"data": "digits"})
    assert (enlarged[0, 2:26:3, 2:26:3] == digit[0]).all()
    assert not enlarged[0, :2].any()
