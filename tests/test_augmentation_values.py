"""random_brightness and random_contrast mean the same as a layer, in a recipe and in Keras: a part of a fixed range of values."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("keras")

import numpy as np

from cnncli.errors import SpecError
from cnncli.keras_model import build
from cnncli.layers import KINDS
from cnncli.spec import loads
from cnncli.spec.variation import AUGMENTATIONS
from cnncli.training.augment import Affine, Brightness, Contrast, stages

RANGES = [(0.0, 255.0), (0.0, 1.0), (-1.0, 1.0), (10.0, 20.0)]


def images(low: float, high: float) -> Any:
    """Images that fill a part of the range alone, and go over its border a little."""
    return np.random.default_rng(3).uniform(low - 0.1, low + 0.6 * (high - low), (4, 6, 5, 3)).astype(np.float32)


def kerases(kind: str, extreme: str, value_range: tuple[float, float], x: Any) -> Any:
    """What Keras' own layer makes of images where chance gives the least or the largest number."""
    import keras

    sign = 1.0 if extreme == "high" else -1.0
    if kind == "random_contrast":
        layer = keras.layers.RandomContrast((0.2, 0.2), value_range=value_range)
        drawn = {"contrast_factor": np.full((len(x), 1, 1, 1), 1 + sign * 0.2, np.float32)}
    else:
        layer = keras.layers.RandomBrightness(0.2, value_range=value_range)
        drawn = {"rgb_delta": np.full((len(x), 1, 1, 1), sign * layer.factor[1] * (value_range[1] - value_range[0]), np.float32)}
    return np.asarray(layer.transform_images(x, drawn, training=True))


@pytest.mark.parametrize("value_range", RANGES)
@pytest.mark.parametrize("extreme", ["low", "high"])
@pytest.mark.parametrize("kind", ["random_contrast", "random_brightness"])
def test_extremes_are_those_of_keras(kind: str, extreme: str, value_range: tuple[float, float], monkeypatch: Any) -> None:
    """As a layer and in a recipe."""
    from cnncli.keras_model.augment import Augmentation

    x = images(*value_range)
    expected = kerases(kind, extreme, value_range, x)
    monkeypatch.setattr(Augmentation, "draw", lambda self, images, low, high: low if extreme == "low" else high)
    options = f"{{amount: 0.2, value_range: [{value_range[0]}, {value_range[1]}]}}"
    model = build(loads(f"input: [6, 5, 3]\nlayers: [{{{kind}: {options}}}]\n").network)
    assert np.allclose(np.asarray(model(x, training=True)), expected, atol=1e-4)
    assert np.array_equal(np.asarray(model(x)), x)

    class Extreme:
        def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> Any:
            return np.full(shape, low if extreme == "low" else high, np.float32)

    [stage] = stages([AUGMENTATIONS[kind].read({"amount": 0.2, "value_range": list(value_range)})], (6, 5))
    assert np.allclose(np.asarray(stage.apply(x, stage.draw(Extreme(), len(x)))), expected, atol=1e-4)


def test_the_range_is_fixed_whatever_the_image_holds() -> None:
    """An image of one value alone changes by up to 0.2 * 255, in a model too."""
    model = build(loads("input: [2, 2, 1]\nlayers: [random_brightness: 0.2]\n").network)
    changed = np.asarray(model(np.full((400, 2, 2, 1), 100.0, np.float32), training=True)) - 100.0
    assert -51 <= changed.min() < -45
    assert 45 < changed.max() <= 51


def test_models_of_earlier_versions_have_the_default_range() -> None:
    from cnncli.keras_model.augment import Brightness as Layer

    assert Layer(amount=0.2).value_range == (0.0, 255.0)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(SpecError, match="value_range"):
        loads("input: [2, 2, 1]\nlayers: [{random_brightness: {value_range: [1, 1]}}]\n")


def test_every_augmentation_has_a_stage() -> None:
    """And a kind without one is refused, not taken for another."""
    for cls in AUGMENTATIONS.values():
        assert stages([cls()], (8, 8))
    names = {kind for kind in KINDS if kind.startswith("random_")}
    assert names == set(AUGMENTATIONS)

    class Unknown:
        kind, mode = "random_sharpness", "zeros"

    with pytest.raises(KeyError):
        stages([Unknown()], (8, 8))
    turn = Affine([], (8, 8))
    turn.layers = [Unknown()]
    with pytest.raises(NotImplementedError):
        turn.draw(np.random.default_rng(0), 2)
    assert {Contrast, Brightness} == {type(stages([AUGMENTATIONS[f"random_{kind}"]()], (8, 8))[0]) for kind in ("contrast", "brightness")}
