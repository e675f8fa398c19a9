"""Augmentations of places in a recipe against Keras' own layers, wherever chance can be fixed: extremes, directions, borders."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

from cnncli.keras_model import build
from cnncli.spec import loads
from cnncli.spec.variation import AUGMENTATIONS
from cnncli.training.augment import stages

pytestmark = pytest.mark.keras
SIZE = (9, 8)
X = np.random.default_rng(1).uniform(0, 255, (2, *SIZE, 3)).astype(np.float32)


class Extreme:
    """Chance that gives the least or the largest number, always."""

    def __init__(self, largest: bool) -> None:
        self.largest = largest

    def uniform(self, low: float, high: float, shape: Any) -> Any:
        return np.full(shape, high if self.largest else low)

    def integers(self, low: int, high: int, shape: Any) -> Any:
        return np.full(shape, high - 1 if self.largest else low)

    def random(self, shape: Any) -> Any:
        return np.zeros(shape)  # every flip happens


def varied(kind: str, options: dict[str, Any], largest: bool = True) -> Any:
    """What a recipe makes of the images."""
    [stage] = stages([AUGMENTATIONS[kind].read(options)], SIZE)
    return np.asarray(stage.apply(X, stage.draw(Extreme(largest), len(X))))


def kerases(layer: Any, **transformation: Any) -> Any:
    """What a layer of Keras makes of them, by a transformation, or by the only one that it can draw."""
    return np.asarray(layer.transform_images(X, transformation or layer.get_random_transformation(X, training=True), training=True))


@pytest.mark.parametrize(
    ("direction", "mode"), [("horizontal", "horizontal"), ("vertical", "vertical"), ("both", "horizontal_and_vertical")]
)
def test_flips(direction: str, mode: str) -> None:
    import keras

    flips = np.ones((len(X), 1, 1, 1), bool)
    assert np.array_equal(varied("random_flip", {"direction": direction}), kerases(keras.layers.RandomFlip(mode), flips=flips))


def test_flips_along_both_axes() -> None:
    """A recipe mirrors along each axis by itself, Keras' layer along both or none, as their documentation says."""
    import keras

    [stage] = stages([AUGMENTATIONS["random_flip"].read({"direction": "both"})], SIZE)
    drawn = stage.draw(np.random.default_rng(0), 400)
    assert {(bool(down), bool(right)) for down, _, right, _ in drawn} == {(a, b) for a in (False, True) for b in (False, True)}
    flips = np.array([True, False]).reshape(2, 1, 1, 1)
    made = kerases(keras.layers.RandomFlip("horizontal_and_vertical"), flips=flips)
    assert np.array_equal(made, [X[0, ::-1, ::-1], X[1]])


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("mode", ["reflect", "zeros"])
def test_crops(mode: str, largest: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the layer, where the cut that begins first moves the image furthest down; and as numpy pads."""
    from cnncli.keras_model.augment import Augmentation

    monkeypatch.setattr(Augmentation, "draw", lambda self, images, low, high: np.full((len(X), 1, 1, 1), low if largest else high - 1))
    model = build(loads(f"input: [9, 8, 3]\nlayers: [random_crop: {{padding: 3, mode: {mode}}}]\n").network)
    made = varied("random_crop", {"padding": 3, "mode": mode}, largest)
    assert np.array_equal(made, np.asarray(model(X, training=True)))
    wide = np.pad(X, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="reflect" if mode == "reflect" else "constant")
    assert np.array_equal(made, wide[:, :9, :8] if largest else wide[:, 6:, 6:])


@pytest.mark.parametrize("largest", [False, True])
@pytest.mark.parametrize("mode", ["reflect", "zeros"])
def test_translations(mode: str, largest: bool) -> None:
    """By whole pixels as Keras does; only what is mirrored into the border differs, since Keras repeats the outermost pixel."""
    import keras

    fill = "constant" if mode == "zeros" else mode
    moved = np.full((len(X), 2), 2.0 if largest else -2.0, np.float32)
    expected = kerases(keras.layers.RandomTranslation(0.5, 0.5, fill_mode=fill), translations=moved, input_shape=X.shape)
    made = varied("random_translation", {"pixels": 2, "mode": mode}, largest)
    inner = np.s_[:, 2:, 2:] if largest else np.s_[:, :-2, :-2]
    assert np.allclose(made[inner], expected[inner], atol=1e-3)
    assert np.allclose(made, expected, atol=1e-3) == (mode == "zeros")


@pytest.mark.parametrize("largest", [False, True])
def test_rotations(largest: bool) -> None:
    import keras

    turn = (30 if largest else -30) / 360
    expected = kerases(keras.layers.RandomRotation((turn, turn)))
    assert np.allclose(varied("random_rotation", {"degrees": 30}, largest), expected, atol=0.02)


@pytest.mark.parametrize("largest", [False, True])
def test_zooms(largest: bool) -> None:
    """The largest number shows the most: the image shrinks."""
    import keras

    factor = 0.3 if largest else -0.3
    expected = kerases(keras.layers.RandomZoom((factor, factor)))
    assert np.allclose(varied("random_zoom", {"amount": 0.3}, largest), expected, atol=0.02)
