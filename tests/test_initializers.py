"""How weights begin: by the definitions of the papers, each layer with numbers of its own, wherever a network is built or told."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from cnncli.convert import spec_text
from cnncli.export.keras_code import keras_code
from cnncli.export.torch_code import torch_code
from cnncli.importers import load_model
from cnncli.layers.initializers import INITIALIZERS
from cnncli.spec import loads

EVERYWHERE = """
input: [9, 9, 4]
defaults: {conv: {initializer: he_normal}}
layers:
  - conv: {filters: 8, kernel: 3}
  - conv: {filters: 8, kernel: 3, padding: 1, initializer: {random_normal: 0.3}}
  - depthwise_conv: {kernel: 3, initializer: {truncated_normal: {mean: 1}}}
  - separable_conv: {filters: 16, kernel: 3, padding: same, initializer: orthogonal}
  - conv_transpose: {filters: 8, kernel: 3, initializer: {random_uniform: {minval: 0}}, bias_initializer: {constant: -1}}
  - conv: {filters: 8, kernel: 3, initializer: dirac}
  - conv: {filters: 16, kernel: 1, initializer: {dirac: {rest: {random_normal: 0.3}}}}
  - flatten
  - dense: {units: 10, initializer: {variance_scaling: {scale: 2, mode: fan_out, distribution: uniform}}, bias_initializer: ones}
"""
FAN_IN, FAN_OUT = 3 * 3 * 32, 3 * 3 * 64  # of a kernel (3, 3, 32, 64)
DEVIATIONS = {
    "glorot_uniform": sqrt(2 / (FAN_IN + FAN_OUT)), "glorot_normal": sqrt(2 / (FAN_IN + FAN_OUT)), "he_normal": sqrt(2 / FAN_IN),
    "he_uniform": sqrt(2 / FAN_IN), "lecun_normal": sqrt(1 / FAN_IN), "lecun_uniform": sqrt(1 / FAN_IN),
    "variance_scaling": sqrt(1 / FAN_IN), "orthogonal": sqrt(1 / FAN_IN), "zeros": 0.0, "ones": 0.0, "constant": 0.0,
    "random_normal": 0.05, "truncated_normal": 0.05 * 0.8796, "random_uniform": 0.1 / sqrt(12), "dirac": sqrt(32 / (9 * 32 * 64)),
    "whitening": sqrt(2 / (FAN_IN + FAN_OUT)),
}  # fmt: skip


@pytest.fixture
def keras() -> Any:
    return pytest.importorskip("keras", reason="draws numbers")


def built(text: str) -> Any:
    """The Keras model of a spec."""
    from cnncli.keras_model import build

    return build(loads(text).network)


@pytest.mark.keras
@pytest.mark.parametrize("name", INITIALIZERS)
def test_deviation_is_that_of_the_definition(keras: Any, name: str) -> None:
    """The deviation of a large kernel's numbers, within the error of so many; bias and mean are 0 but where they are told."""
    option = "{constant: 2}" if name == "constant" else name
    kernel, bias = built(f"input: [3, 3, 32]\nlayers: [{{conv: {{filters: 64, kernel: 3, initializer: {option}}}}}]").get_weights()
    assert kernel.std() == pytest.approx(DEVIATIONS[name], rel=0.02)
    assert kernel.mean() == pytest.approx({"ones": 1, "constant": 2, "dirac": 1 / 576}.get(name, 0), abs=0.01)
    assert not bias.any()


@pytest.mark.keras
@pytest.mark.parametrize(
    ("layer", "passed"),
    [
        ("conv: {filters: 6, kernel: 3, padding: same, initializer: dirac}", [0, 1, 2, 3]),
        ("conv: {filters: 3, kernel: [3, 1], padding: same, initializer: dirac}", [0, 1, 2]),
        ("conv: {filters: 6, kernel: 3, padding: 1, groups: 2, initializer: dirac}", [0, 1, None, 2, 3, None]),
        ("depthwise_conv: {kernel: 3, padding: same, multiplier: 2, initializer: dirac}", [0, None, 1, None, 2, None, 3, None]),
        ("separable_conv: {filters: 5, kernel: 3, padding: same, initializer: dirac}", [0, 1, 2, 3]),
        ("conv_transpose: {filters: 5, kernel: 3, padding: same, initializer: dirac}", [0, 1, 2, 3]),
        ("conv_transpose: {filters: 6, kernel: 3, padding: 1, groups: 2, initializer: dirac}", [0, 1, None, 2, 3, None]),
        ("dense: {units: 5, initializer: dirac}", [0, 1, 2, 3]),
    ],
)
def test_dirac_passes_channels_on(keras: Any, layer: str, passed: list[int | None]) -> None:
    """What comes out of each filter is the channel of its number, in each group; nothing where there is none."""
    import numpy as np

    images = np.random.default_rng(0).normal(size=(2, 5, 4, 4)).astype("float32")
    outputs = np.asarray(keras.ops.convert_to_numpy(built(f"input: [5, 4, 4]\nlayers: [{{{layer}}}]")(images)))
    for number in range(outputs.shape[-1]):
        channel = passed[number] if number < len(passed) else None
        np.testing.assert_allclose(outputs[..., number], 0 if channel is None else images[..., channel], atol=1e-6)


@pytest.mark.keras
@pytest.mark.parametrize(
    ("layer", "axis", "passing"),
    [
        ("conv: {filters: 6, groups: 2, MORE}", -1, [0, 1, 3, 4]),
        ("conv: {filters: 3, MORE}", -1, [0, 1, 2]),
        ("conv_transpose: {filters: 5, MORE}", -2, [0, 1, 2, 3]),
    ],
)
def test_the_rest_of_dirac_begins_as_told(keras: Any, layer: str, axis: int, passing: list[int]) -> None:
    """Filters that pass a channel on hold a single 1; the others have no zero among their numbers."""
    more = "kernel: 3, padding: same, initializer: {dirac: {rest: {random_normal: 0.1}}}"
    kernel = built(f"input: [5, 4, 4]\nlayers: [{{{layer.replace('MORE', more)}}}]").get_weights()[0]
    for number in range(kernel.shape[axis]):
        one = kernel.take(number, axis)
        assert (one != 0).sum() == (1 if number in passing else one.size)


@pytest.mark.keras
def test_the_seed_decides_and_no_two_layers_are_alike(keras: Any) -> None:
    """Equal layers draw numbers of their own; the same seed draws all of them again, another seed others."""
    text = "input: [4]\nlayers: [{dense: {units: 4, initializer: he_normal}}, {dense: {units: 4, initializer: he_normal}}]"
    drawn = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        drawn.append(built(text).get_weights())
    assert (drawn[0][0] == drawn[1][0]).all()
    assert (drawn[0][2] == drawn[1][2]).all()
    assert not (drawn[0][0] == drawn[2][0]).any()
    assert not (drawn[0][0] == drawn[0][2]).any()


def starts(network: Any) -> list[object]:
    return [
        getattr(node.layer, name) for node in network.nodes for name in ("initializer", "bias_initializer") if hasattr(node.layer, name)
    ]


def test_a_converted_network_begins_alike() -> None:
    """The spec of a network says how its weights begin."""
    network = loads(EVERYWHERE).network
    assert starts(loads(spec_text(network)).network) == starts(network)


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Keras and numpy, while writing
def test_keras_files_and_code_keep_them(keras: Any, tmp_path: Path) -> None:
    """What Keras saves, and what the exported code builds, is read back with the same initializers."""
    network = loads(EVERYWHERE.replace(", padding: 1", "")).network
    built(EVERYWHERE.replace(", padding: 1", "")).save(tmp_path / "model.keras")
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(keras_code(network), "exported", "exec"), space)
    code = space["build_model"]().to_json().replace("Custom>Dirac", "cnncli>DiracKernel").replace('"Dirac"', '"DiracKernel"')
    (tmp_path / "code.json").write_text(code)
    for file in ("model.keras", "code.json"):
        assert starts(load_model(str(tmp_path / file)).network) == starts(network)


@pytest.mark.keras
def test_code_draws_what_is_built(keras: Any) -> None:
    """The exported code begins with the same dirac as the model that is built, in kernels of each form."""
    import numpy as np

    text = """
input: [5, 4, 4]
layers:
  - depthwise_conv: {kernel: 3, multiplier: 2, initializer: dirac}
  - conv: {filters: 8, kernel: 1, groups: 2, initializer: dirac}
  - separable_conv: {filters: 9, kernel: 1, multiplier: 2, initializer: dirac}
"""
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(keras_code(loads(text).network), "exported", "exec"), space)
    for one, other in zip(space["build_model"]().get_weights(), built(text).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.keras
def test_models_of_our_own_layers_are_saved_with_them(keras: Any, tmp_path: Path) -> None:
    """A layer that Keras lacks begins as it was told, in a model that is loaded from its configuration too."""
    keras.utils.set_random_seed(3)
    again = type(built(EVERYWHERE)).from_config(built(EVERYWHERE).get_config())
    assert again.get_layer("conv_2").get_weights()[0].std() == pytest.approx(0.3, rel=0.2)


def test_what_pytorch_cannot_say_is_told_in_words() -> None:
    """Its modules begin as they like; the file says how the network's do."""
    assert "\ninitializer he_normal: conv_1\ninitializer {random_normal: 0.3}: conv_2\n" in torch_code(loads(EVERYWHERE).network)
    assert "initializer" not in torch_code(loads("input: [4]\nlayers: [{dense: 2}]").network)
