"""Whitening kernels: against their definition, on the digits."""

from __future__ import annotations

from typing import Any

import pytest

np = pytest.importorskip("numpy")

from cnncli import spec  # noqa: E402
from cnncli.training import whitening  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402

SCALE, OFFSET = np.array([0.01, 0.02, 0.03]), np.array([-1.0, 0.5, -2.0])


def images(count: int) -> Any:
    """Bytes whose neighbours and channels resemble each other."""
    steps = np.random.default_rng(0).integers(-20, 21, (count, 9, 8, 3))
    return np.clip(128 + steps.cumsum(1).cumsum(2).cumsum(3) // 2, 0, 255).astype("uint8")


def patches(pixels: Any) -> Any:
    """Each patch of 2 by 3 of each image, as the network reads it, in a row, one by one."""
    inputs = pixels * SCALE + OFFSET
    return np.stack([image[r : r + 2, c : c + 3].ravel() for image in inputs for r in range(8) for c in range(6)])


def test_what_comes_out_is_uncorrelated() -> None:
    """Over the patches that were seen, the second moments of the outputs are v / (v + epsilon) for each eigenvalue v, and 0 between two."""
    pixels = images(300)
    kernel = whitening.kernel(pixels, (2, 3), 36, SCALE, OFFSET)
    assert kernel.shape == (2, 3, 3, 36)
    seen = patches(pixels)
    outputs = seen @ kernel.reshape(18, 36)
    np.testing.assert_array_equal(kernel[..., :18], -kernel[..., 18:])
    moments = outputs[:, :18].T @ outputs[:, :18] / len(outputs)
    values = np.linalg.eigvalsh(seen.T @ seen / len(seen))[::-1]
    np.testing.assert_allclose(moments, np.diag(values / (values + whitening.EPSILON)), atol=1e-4)


def test_fewer_filters_are_the_strongest() -> None:
    """Of a layer with fewer filters than a patch has numbers, twice, those of the largest eigenvalues remain."""
    every, some = (whitening.kernel(images(100), (2, 2), filters, SCALE, OFFSET) for filters in (24, 6))
    np.testing.assert_array_equal(some[..., :3], every[..., :3])


def test_only_the_first_images_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images behind the number that is looked at change nothing."""
    monkeypatch.setattr(whitening, "IMAGES", 50)
    pixels = images(60)
    before = whitening.kernel(pixels, (2, 2), 24, SCALE, OFFSET)
    pixels[50:] = 0
    np.testing.assert_array_equal(whitening.kernel(pixels, (2, 2), 24, SCALE, OFFSET), before)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("{conv: {filters: 8, kernel: 2, initializer: whitening}}", None),
        ("{conv: {filters: 7, kernel: 2, initializer: whitening}}", "an even number of filters, at most 8"),
        ("{conv: {filters: 8, kernel: 2, dilation: 2, initializer: whitening}}", "without groups or dilation"),
        ("{relu: }, {conv: {filters: 8, kernel: 2, initializer: whitening}}", "reads the images themselves"),
        ("flatten, {dense: {units: 8, initializer: whitening}}", "is for a conv"),
    ],
)
def test_what_cannot_be_whitened_is_refused(layers: str, words: str | None) -> None:
    """Kernels are made for patches of images; the refusal says what would do."""
    network = spec.loads(f"input: [8, 8, 1]\nlayers: [{layers}]").network
    if words is None:
        whitening.check(network)
        return
    with pytest.raises(RefusedError, match=words):
        whitening.check(network)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras, reading variables
def test_a_run_begins_with_the_kernels_of_its_training_images() -> None:
    """The model that is to be trained holds them, frozen; one that is only built does not."""
    pytest.importorskip("tensorflow", reason="needs the extra train")
    from cnncli.training.machine import Machine
    from cnncli.training.prepare import Request, prepare
    from cnncli.training.run import awake

    layers = "[{conv: {filters: 8, kernel: 2, initializer: whitening}, freeze: kernel}, flatten, dense: 10]"
    document = spec.loads(f"input: [28, 28, 1]\nlayers: {layers}\ntrain: {{data: digits}}")
    assert document.recipe is not None
    prepared = prepare(Request(document, document.recipe, None, Machine("cpu")))
    engine, _ = awake(prepared)
    [kernel] = [np.array(one) for one in engine.model.non_trainable_variables if one.name == "kernel"]
    np.testing.assert_array_equal(kernel, whitening.kernel(prepared.data.train.x, (2, 2), 8, engine.task.scale, engine.task.offset))
