"""A layer whose value_range is not that of the images it takes in training is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli.spec import loads
from cnncli.training.value_ranges import mismatches, ranges

SCALE, OFFSET = [1 / 64], [-1.0]  # bytes become -1 to 2.98


def slips(layers: str) -> list[str]:
    network = loads(f"input: [8, 8, 1]\nlayers: [{layers}]\n").network
    return [f"{message}; {mend}" for message, mend, _ in mismatches(network, SCALE, OFFSET)]


def test_the_default_range_clips_standardized_images() -> None:
    [slip] = slips("random_contrast: 0.1, flatten, dense: 10")
    assert slip == (
        "values from -1 to 2.98 reach random_contrast_1 in training, and it clips them to its value_range, 0 to 255; "
        "write value_range: [-1, 2.98] there, or augment: [random_contrast] in the recipe, which varies raw pixels"
    )
    assert len(slips("random_flip, random_brightness, random_contrast: 0.1")) == 1  # the second takes what the first lets through


@pytest.mark.parametrize(
    "layers",
    [
        "random_contrast: {value_range: [-1, 2.98]}",
        "random_flip, random_brightness: {value_range: [-1.5, 3]}",
        "rescale: {scale: 64, offset: 64}, random_brightness: 0.1",
        "conv: {filters: 3, kernel: 3}, random_contrast: 0.1",  # whose values nobody knows
    ],
)
def test_ranges_that_fit_are_left_alone(layers: str) -> None:
    assert slips(layers) == []


def test_a_brightness_that_drowns_the_image_is_told() -> None:
    """Values from 0 to 1 that are taken for bytes; contrast of so wide a range does no harm."""
    to_one = "rescale: {scale: 0.25, offset: 0.25}"
    [slip] = slips(f"{to_one}, random_brightness: 0.1")
    assert slip.startswith("values from 0 to 0.996 reach random_brightness_1 in training, and it takes them for values of its")
    assert slips(f"{to_one}, random_contrast: 0.1") == []


def test_ranges_follow_the_layers() -> None:
    network = loads("input: [8, 8, 1]\nlayers: [normalize: {mean: 1, variance: 4}, random_flip, flatten, dense: 2]\n").network
    known = ranges(network, SCALE, OFFSET)
    assert [known.get(index) for index in range(1, 5)] == [pytest.approx((-1.0, 0.9921875))] * 3 + [None]


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # Keras
@pytest.mark.parametrize("strict", [False, True])
def test_train_warns_with_the_place(strict: bool, tmp_path: Path) -> None:
    """On standard error; with --strict nothing is trained."""
    pytest.importorskip("keras")
    from cnncli.cli import main

    spec, run = tmp_path / "net.yaml", tmp_path / "run"
    spec.write_text("input: [8, 8, 1]\nlayers:\n  - random_brightness: 0.1\n  - flatten\n  - dense: 10\n", encoding="utf-8")
    words = ["train", str(spec), "--data", "digits", "--epochs", "0.1", "-o", str(run), *["--strict"] * strict]
    result = CliRunner().invoke(main, words)
    assert f"{spec}:3:5: {'' if strict else 'warning: '}values from -0.814 to 1.85 reach random_brightness_1" in result.stderr
    assert (result.exit_code, run.exists()) == ((2, False) if strict else (0, True))
