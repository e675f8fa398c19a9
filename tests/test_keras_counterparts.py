"""Each kind of layer has a counterpart in Keras that has its shapes and weights, computes what its definition says, and can be saved."""

from __future__ import annotations

import math
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from cnncli.layers import KINDS
from cnncli.layers.activation import ACTIVATIONS
from cnncli.network import Network
from cnncli.spec import loads

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

# kind: options as in a spec, and the input; several inputs for merges
ROWS: list[tuple[str, str, str]] = [
    ("conv", "{filters: 6, kernel: 3}", "[9, 4]"),
    ("conv", "{filters: 6, kernel: [3, 2], stride: [1, 2], padding: same, bias: false}", "[8, 9, 4]"),
    ("conv", "{filters: 6, kernel: [3, 4], stride: 2, padding: [1, [0, 2]], groups: 2}", "[9, 8, 4]"),
    ("conv", "{filters: 4, kernel: 3, stride: 2, dilation: 2, padding: same}", "[11, 9, 3]"),
    ("conv", "{filters: 4, kernel: 2, dilation: [3, 1], padding: 1}", "[9, 8, 2]"),
    ("conv", "{filters: 4, kernel: 2, dilation: 2, padding: same}", "[5, 6, 4, 2]"),
    ("conv", "{filters: 4, kernel: 3, stride: 3, padding: same, groups: 2}", "[5, 1, 4, 2]"),
    ("depthwise_conv", "{kernel: 3, multiplier: 2, padding: same, stride: 2}", "[9, 3]"),
    ("depthwise_conv", "{kernel: 3, stride: [2, 1]}", "[9, 8, 3]"),
    ("depthwise_conv", "{kernel: 3, padding: 1, stride: 2}", "[9, 8, 3]"),
    ("depthwise_conv", "{kernel: 2, stride: 2, dilation: 2, padding: same}", "[9, 8, 3]"),
    ("depthwise_conv", "{kernel: 2, padding: same, multiplier: 2, bias: false}", "[4, 5, 3, 2]"),
    ("separable_conv", "{filters: 5, kernel: 3, multiplier: 2}", "[9, 4]"),
    ("separable_conv", "{filters: 5, kernel: 3, padding: same, stride: 2}", "[9, 8, 4]"),
    ("separable_conv", "{filters: 5, kernel: 3, padding: [[0, 1], 2]}", "[9, 8, 4]"),
    ("separable_conv", "{filters: 5, kernel: 2, multiplier: 2, stride: [1, 2, 1]}", "[4, 5, 3, 2]"),
    ("conv_transpose", "{filters: 3, kernel: 2, stride: 3}", "[5, 2]"),
    ("conv_transpose", "{filters: 3, kernel: 3, stride: 2, padding: same}", "[5, 4, 2]"),
    ("conv_transpose", "{filters: 3, kernel: 3, stride: 2, output_padding: 1}", "[5, 4, 2]"),
    ("conv_transpose", "{filters: 4, kernel: [3, 4], stride: 2, padding: [1, [0, 2]], output_padding: [1, 0], groups: 2}", "[5, 4, 2]"),
    ("conv_transpose", "{filters: 3, kernel: 2, stride: 2, dilation: 3, padding: same}", "[5, 4, 2]"),
    ("conv_transpose", "{filters: 2, kernel: 2, dilation: 3, output_padding: 2}", "[5, 2]"),
    ("conv_transpose", "{filters: 2, kernel: 2, stride: [1, 2, 3], padding: same, bias: false}", "[3, 2, 2, 2]"),
    ("conv_transpose", "{filters: 1, kernel: 1, stride: 3, padding: same}", "[1, 1, 1, 1]"),
    ("dense", "3", "[7]"),
    ("dense", "{units: 3, bias: false, activation: relu}", "[4, 5, 2]"),
    ("max_pool", "2", "[9, 3]"),
    ("max_pool", "{size: 3, stride: 2, padding: same}", "[9, 8, 3]"),
    ("max_pool", "{size: 3, stride: 2, padding: 1, ceil: true}", "[8, 9, 3]"),
    ("max_pool", "{size: [2, 3, 1], stride: 2, padding: [1, [2, 0], 0]}", "[4, 5, 3, 2]"),
    ("avg_pool", "{size: 2, stride: 1, padding: same}", "[9, 3]"),
    ("avg_pool", "{size: [3, 2], stride: 2, padding: same}", "[9, 8, 3]"),
    ("avg_pool", "{size: 3, stride: 2, padding: 1, ceil: true}", "[8, 9, 3]"),
    ("avg_pool", "{size: 2, stride: 2, ceil: true}", "[5, 4, 3, 2]"),
    ("global_avg_pool", "", "[4, 5, 2]"),
    ("global_avg_pool", "{keep_axes: true}", "[4, 5, 3, 2]"),
    ("global_max_pool", "", "[9, 2]"),
    ("global_max_pool", "{keep_axes: true}", "[4, 5, 2]"),
    ("adaptive_avg_pool", "[3, 7]", "[8, 5, 2]"),
    ("adaptive_avg_pool", "2", "[5, 2]"),
    ("adaptive_max_pool", "[3, 7]", "[8, 5, 2]"),
    ("adaptive_max_pool", "3", "[5, 2]"),
    ("adaptive_max_pool", "[2, 1, 3]", "[5, 2, 3, 2]"),
    *[(kind, "", "[3, 4, 2]") for kind in ACTIVATIONS],
    ("relu", "1", "[5, 2]"),
    ("relu", "6", "[5]"),
    ("relu", "{slope: 0.3}", "[5]"),
    ("relu", "{threshold: 1}", "[5, 2]"),
    ("relu", "{max: 1, slope: 0.3}", "[5, 2]"),
    ("relu", "{max: 2, slope: 0.3, threshold: 1}", "[3, 4, 2]"),
    ("leaky_relu", "0.3", "[5]"),
    ("prelu", "", "[5]"),
    ("prelu", "element", "[3, 4, 2]"),
    ("prelu", "one", "[3, 2]"),
    ("elu", "0.5", "[5, 2]"),
    ("celu", "0.5", "[5, 2]"),
    ("gelu", "{approximate: true}", "[5, 2]"),
    ("batch_norm", "", "[3, 4, 2]"),
    ("batch_norm", "{center: false, momentum: 0.9}", "[5]"),
    ("batch_norm", "{scale: false}", "[5, 2]"),
    ("layer_norm", "", "[3, 4, 6]"),
    ("layer_norm", "{scale: false, center: false}", "[6]"),
    ("group_norm", "2", "[3, 4, 6]"),
    ("instance_norm", "{scale: false}", "[3, 4, 6]"),
    ("local_response_norm", "{size: 3, alpha: 0.5}", "[3, 4, 6]"),
    ("local_response_norm", "{size: 9}", "[2]"),
    ("scale", "0.5", "[3, 4, 2]"),
    ("normalize", "{mean: [0.5, 1], variance: 0.25}", "[3, 4, 2]"),
    ("normalize", "", "[3]"),
    ("rescale", "{scale: 2, offset: -1}", "[3, 4, 2]"),
    ("rescale", "{scale: [2, 0.5], offset: [-1, 3]}", "[3, 4, 2]"),
    *[(kind, "", "[3, 4, 2] [3, 4, 2]") for kind in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concat")],
    ("add", "", "[3] [3] [3]"),
    ("multiply", "", "[3, 4, 2] [1, 1, 2] [3, 1, 1]"),
    ("concat", "", "[3, 2] [3, 1] [3, 4]"),
    ("flatten", "", "[3, 4, 2]"),
    ("reshape", "[4, -1]", "[3, 4, 2]"),
    ("permute", "[3, 1, 2]", "[3, 4, 2]"),
    ("pad", "[[1, 2], 0]", "[3, 4, 2]"),
    ("pad", "2", "[3, 2]"),
    ("pad", "1", "[3, 2, 2, 2]"),
    ("crop", "[[1, 0], 1]", "[3, 4, 2]"),
    ("crop", "[[0, 1]]", "[3, 2]"),
    ("crop", "[1, 0, [1, 0]]", "[3, 2, 3, 2]"),
    ("upsample", "[2, 3]", "[3, 4, 2]"),
    ("resize", "[5, 3]", "[3, 4, 2]"),
    ("resize", "{size: [2, 9], mode: nearest}", "[3, 4, 2]"),
    ("resize", "{factor: 1.5}", "[5, 2]"),
    ("resize", "{factor: [0.5, 2.5], coordinates: align_corners}", "[5, 3, 2]"),
    ("resize", "{size: 7, mode: nearest, coordinates: asymmetric}", "[4, 3, 2]"),
    ("resize", "{size: [2, 3, 3], mode: nearest}", "[3, 4, 2, 1]"),
    ("resize", "{size: 3, coordinates: asymmetric}", "[5, 1]"),
    ("upsample", "{factor: [2, 3], mode: bilinear}", "[3, 4, 2]"),
    ("upsample", "{factor: 2, mode: bilinear}", "[5, 2]"),
    ("upsample", "3", "[5, 2]"),
    ("upsample", "2", "[2, 3, 1, 2]"),
    ("upsample", "{factor: [3, 2, 4], mode: bilinear}", "[2, 3, 1, 2]"),
    ("depth_to_space", "2", "[3, 4, 8]"),
    ("depth_to_space", "{block: 2, mode: crd}", "[3, 4, 8]"),
    ("depth_to_space", "3", "[4, 6]"),
    ("depth_to_space", "{block: 2, mode: crd}", "[2, 3, 1, 16]"),
    ("space_to_depth", "2", "[4, 6, 3]"),
    ("space_to_depth", "{block: 2, mode: crd}", "[4, 6, 3]"),
    ("space_to_depth", "{block: 3, mode: crd}", "[6, 2]"),
    ("space_to_depth", "2", "[2, 4, 2, 3]"),
    ("channel_shuffle", "3", "[3, 4, 6]"),
    ("channel_slice", "{start: 1, stop: 3}", "[3, 4, 6]"),
    ("channel_slice", "{start: 4}", "[6]"),
    ("channel_pad", "{before: 1, after: 2}", "[3, 4, 2]"),
    ("dropout", "0.5", "[3, 4, 2]"),
    ("spatial_dropout", "0.5", "[3, 4, 2]"),
    ("spatial_dropout", "0.5", "[3, 2]"),
    ("spatial_dropout", "0.5", "[3, 2, 2, 2]"),
    ("drop_path", "0.5", "[3, 4, 2]"),
    ("gaussian_noise", "0.5", "[3, 4, 2]"),
    ("random_flip", "both", "[6, 5, 2]"),
    ("random_crop", "2", "[6, 5, 2]"),
    ("random_crop", "{padding: 9, mode: zeros}", "[6, 5, 2]"),
    ("random_translation", "2", "[6, 5, 2]"),
    ("random_translation", "{pixels: 9, mode: zeros}", "[6, 5, 2]"),
    ("random_rotation", "30", "[6, 5, 2]"),
    ("random_zoom", "0.2", "[6, 5, 2]"),
    ("random_contrast", "0.2", "[6, 2]"),
    ("random_brightness", "0.2", "[6, 5, 2]"),
]


def names(row: tuple[str, str, str]) -> str:
    return " ".join(row)


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with whichever backend KERAS_BACKEND names."""
    pytest.importorskip("keras", reason="compares with Keras; pip install 'cnncli[train]'")
    from cnncli.verify import wake_keras

    wake_keras("this test")
    import keras

    return keras


def network(kind: str, options: str, shapes: str) -> Network:
    """A network of one layer."""
    inputs = [f"[{shape}" for shape in shapes.split("[")[1:]]
    named = ", ".join(f"in_{number}: {shape.strip()}" for number, shape in enumerate(inputs))
    origins = ", ".join(f"in_{number}" for number in range(len(inputs)))
    return loads(f"input: {{{named}}}\nlayers:\n  - {kind}: {options}\n    from: [{origins}]\n").network


def test_every_kind_has_a_class_a_counterpart_and_a_row(keras: Any) -> None:
    """A kind is complete when a class knows its rules, a counterpart builds it, and a row here tries it."""
    from cnncli.keras_model import COUNTERPARTS

    assert set(KINDS) == set(COUNTERPARTS) == {kind for kind, _, _ in ROWS} | {"input"}


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_built_layer_is_as_predicted(keras: Any, row: tuple[str, str, str]) -> None:
    """Shapes, weights, MACs, receptive field and memory of the built layer are those that its class states."""
    from cnncli.verify import QUANTITIES, certify

    certificate = certify(network(*row), QUANTITIES)
    assert certificate.mismatches == []
    assert sum(certificate.compared.values()) > 5


@pytest.mark.parametrize("row", ROWS, ids=names)
def test_built_layer_can_be_written_down(keras: Any, row: tuple[str, str, str]) -> None:
    """A model made again from its configuration and its weights gives the same."""
    import numpy as np

    from cnncli.keras_model import build

    model = build(network(*row))
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    for layer in again.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
    images = drawn(model)
    assert again.get_config() == model.get_config()
    np.testing.assert_allclose(run(again, images), run(model, images), rtol=1e-5)


FUSED = [
    ("conv", "{filters: 2, kernel: 3, padding: 1, activation: prelu}", "[5, 4, 3]"),
    ("dense", "{units: 2, activation: {leaky_relu: 0.2}}", "[4]"),
    ("dense", "{units: 2, activation: {celu: 2}}", "[4]"),
    ("dense", "{units: 2, activation: {relu: {max: 1, slope: 0.1}}}", "[4]"),
    ("dense", "{units: 2, activation: {gelu: {approximate: true}}}", "[4]"),
]


@pytest.mark.parametrize("row", [*ROWS, *FUSED], ids=names)
def test_built_layer_is_read_back(keras: Any, tmp_path: Path, row: tuple[str, str, str]) -> None:
    """What was built is read again from its configuration, without Keras: the same shapes, weights, work and windows."""
    from cnncli.importers import load_model
    from cnncli.keras_model import build

    made = network(*row)
    path = tmp_path / "model.json"
    path.write_text(build(made).to_json(), encoding="utf-8")
    again = load_model(str(path)).network
    for facts, read in zip((node.facts for node in made.nodes), (node.facts for node in again.nodes), strict=True):
        assert (read.output, read.weights, read.work, read.windows) == (facts.output, facts.weights, facts.work, facts.windows)


def drawn(model: Any, count: int = 2) -> list[Any]:
    """Images of normally distributed values."""
    import numpy as np

    chance = np.random.default_rng(1)
    return [chance.normal(size=(count, *tensor.shape[1:])).astype("float32") for tensor in model.inputs]


def run(model: Any, images: list[Any], training: bool = False) -> Any:
    """The model's output as an array."""
    import keras

    return keras.ops.convert_to_numpy(model(images[0] if len(images) == 1 else images, training=training))


def test_saved_model_is_loaded(keras: Any, tmp_path: Path) -> None:
    """A .keras file with layers of our own, and with activations that have weights, is loaded as it was."""
    import numpy as np

    from cnncli.keras_model import build

    text = """
input: [12, 12, 4]
layers:
  - normalize: {mean: [1, 2, 3, 4], variance: 2}
  - conv: {filters: 8, kernel: 3, padding: 1, groups: 2, activation: prelu}
  - max_pool: {size: 3, stride: 2, ceil: true}
  - channel_shuffle: 4
  - conv: {filters: 8, kernel: 2, activation: {leaky_relu: 0.2}}
  - conv: {filters: 8, kernel: 1, activation: {gelu: {approximate: true}}}
  - scale: 0.5
  - conv_transpose: {filters: 4, kernel: 3, padding: 1, activation: {elu: 0.5}}
  - drop_path: 0.5
  - adaptive_avg_pool: 3
  - adaptive_max_pool: 2
"""
    model = build(loads(text).network)
    images = drawn(model)
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(run(keras.saving.load_model(tmp_path / "model.keras"), images), run(model, images), rtol=1e-5)


FROZEN = """
input: [12, 12, 4]
layers:
  - conv: {filters: 8, kernel: 3}
    freeze: true
  - batch_norm: {center: false, scale: false}
  - batch_norm:
    freeze: [gamma]
  - conv: {filters: 8, kernel: 3, activation: relu}
    freeze: [bias]
  - batch_norm: {center: false, scale: false}
    freeze: true
  - conv: {filters: 4, kernel: 1, activation: prelu}
  - conv: {filters: 4, kernel: 1, padding: 1, activation: {prelu: element}}
    freeze: alpha
  - dense: {units: 2, activation: {prelu: one}}
    freeze: kernel
"""


def test_what_is_frozen_stays_so_when_it_is_saved(keras: Any, tmp_path: Path) -> None:
    """Layers and single weights, those of a fused activation too, where Keras loads the model and where cnncli reads it.

    Norms without weights stand still if told.
    """
    from cnncli.importers import load_model
    from cnncli.keras_model import build

    network = loads(FROZEN).network
    model = build(network)
    assert [layer.trainable for layer in model.layers if "batch_norm" in layer.name] == [True, True, False]
    model.save(tmp_path / "model.keras")
    loaded, read = keras.saving.load_model(tmp_path / "model.keras"), load_model(str(tmp_path / "model.keras")).network
    said = [[(weight.name, weight.trainable) for weight in node.facts.weights] for node in network.nodes[1:]]
    for built in (model, loaded):
        assert [[(weight.name, weight.trainable) for weight in layer.weights] for layer in built.layers[1:]] == said
        assert len(built.trainable_variables) == sum(learns for weights in said for _, learns in weights)
    assert [[(weight.name, weight.trainable) for weight in node.facts.weights] for node in read.nodes[1:]] == said


def test_names_that_keras_refuses_are_changed(keras: Any) -> None:
    """A name may begin with _ here, and hold / when it comes from elsewhere; in Keras it gets another, and no two the same."""
    from cnncli.keras_model import build, keras_names

    found = loads("name: a/b c\ninput: [4]\nlayers:\n  - relu:\n    name: _x\n  - relu:\n    name: x__x\n  - relu:\n    name: y\n").network
    found.nodes[3].name = "_/x"
    assert len(set(keras_names(found))) == 4
    assert run(build(found), drawn(build(found))).shape == (2, 4)


def test_more_axes_than_keras_has_are_refused(keras: Any) -> None:
    """What Keras has for up to three axes is refused for four, by name."""
    from cnncli.errors import LayerError
    from cnncli.keras_model import build

    with pytest.raises(LayerError, match="Keras has conv for maps of 1 to 3 axes; this one has 4"):
        build(network("conv", "{filters: 1, kernel: 1}", "[2, 2, 2, 2, 1]"))


# The definitions, once more and slowly: what a value is, position by position.

Positions = list[tuple[int, ...]]


def positions(size: tuple[int, ...]) -> Positions:
    return list(product(*map(range, size)))


def slid(image: Any, kernel: Any, node: Any) -> Any:
    """A convolution of an image (*size, C) with a kernel (*taps, C, F): the sum over the taps that lie on the map."""
    import numpy as np

    slides = node.layer.slides(image.shape)
    size, taps = image.shape[:-1], kernel.shape[:-2]
    out = np.zeros((*node.layer.places(image.shape), kernel.shape[-1]))
    for place in positions(out.shape[:-1]):
        for tap in positions(taps):
            at = tuple(o * slide.stride + t * slide.dilation - slide.before for o, t, slide in zip(place, tap, slides, strict=True))
            if all(0 <= a < n for a, n in zip(at, size, strict=True)):
                out[place] += image[at] @ kernel[tap]
    return out


def conv(image: Any, weights: list[Any], node: Any) -> Any:
    import numpy as np

    groups = getattr(node.layer, "groups", 1)
    parts = zip(np.split(image, groups, -1), np.split(weights[0], groups, -1), strict=True)
    return np.concatenate([slid(part, kernel, node) for part, kernel in parts], -1)


def depthwise(image: Any, weights: list[Any], node: Any) -> Any:
    import numpy as np

    return np.concatenate([slid(image[..., c : c + 1], weights[0][..., c : c + 1, :], node) for c in range(image.shape[-1])], -1)


def separable(image: Any, weights: list[Any], node: Any) -> Any:
    return depthwise(image, weights, node) @ weights[1].reshape(weights[1].shape[-2:])


def transposed(image: Any, weights: list[Any], node: Any) -> Any:
    """Each pixel stamps its kernels; what lies beyond the cut is lost."""
    import numpy as np

    out, groups = np.zeros(node.output), node.layer.groups
    stamps = node.layer.stamps(image.shape)
    dilation = node.layer.dilation
    for place in positions(image.shape[:-1]):
        for tap in positions(weights[0].shape[:-2]):
            at = tuple(i * s.stride + t * dilation - s.before for i, t, s in zip(place, tap, stamps, strict=True))
            if all(0 <= a < n for a, n in zip(at, out.shape, strict=False)):
                parts = zip(np.split(image[place], groups), np.split(weights[0][tap], groups, -1), strict=True)
                out[at] += np.concatenate([kernel @ part for part, kernel in parts])
    return out


def pooled(image: Any, weights: list[Any], node: Any) -> Any:
    """The largest, or the mean, of those pixels of each window that lie on the map."""
    import numpy as np

    out, slides = np.zeros(node.output), node.layer.slides(image.shape)
    for place in positions(out.shape[:-1]):
        starts = [o * slide.stride - slide.before for o, slide in zip(place, slides, strict=True)]
        window = image[tuple(slice(max(a, 0), a + slide.kernel) for a, slide in zip(starts, slides, strict=True))]
        reduce = np.max if node.kind == "max_pool" else np.mean
        out[place] = reduce(window.reshape(-1, window.shape[-1]), axis=0)
    return out


def binned(image: Any, weights: list[Any], node: Any) -> Any:
    import numpy as np

    out = np.zeros(node.output)
    for place in positions(out.shape[:-1]):
        edges = [(o * n // m, math.ceil((o + 1) * n / m)) for o, n, m in zip(place, image.shape, out.shape, strict=False)]
        bin_ = image[tuple(slice(*edge) for edge in edges)]
        reduce = np.max if node.kind == "adaptive_max_pool" else np.mean
        out[place] = reduce(bin_.reshape(-1, bin_.shape[-1]), axis=0)
    return out


def enlarged(image: Any, weights: list[Any], node: Any) -> Any:
    """Along each axis output o lies at (o + 1/2) / factor - 1/2, and the two nearest pixels share it; beyond the border it stays."""
    import numpy as np

    for axis, factor in enumerate(node.layer.factors(image.shape)):
        n = image.shape[axis]
        at = np.clip((np.arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
        if node.layer.mode == "nearest":
            at = np.arange(n * factor) // factor
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if number == axis else 1 for number in range(image.ndim)])
        image = image.take(low, axis) * (1 - share) + image.take(np.minimum(low + 1, n - 1), axis) * share
    return image


def resized(image: Any, weights: list[Any], node: Any) -> Any:
    """Along each axis output o of m lies where its coordinates say, and the two nearest pixels share it, or the nearest has it."""
    import numpy as np

    layer = node.layer
    for axis, m in enumerate(node.output[:-1]):
        n, o = image.shape[axis], np.arange(m)
        places = {"half_pixel": (o + 0.5) * n / m - 0.5, "asymmetric": o * n / m, "align_corners": o * (n - 1) / max(m - 1, 1)}
        at = np.clip(places[layer.coordinates], 0, n - 1)
        if layer.mode == "nearest":
            at = np.floor(at + 0.5) if layer.coordinates == "half_pixel" else np.floor(at)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if number == axis else 1 for number in range(image.ndim)])
        image = image.take(low, axis) * (1 - share) + image.take(np.minimum(low + 1, n - 1), axis) * share
    return image


def damped(image: Any, weights: list[Any], node: Any) -> Any:
    import numpy as np

    layer, half = node.layer, node.layer.size // 2
    sums = [np.square(image[..., max(c - half, 0) : c + half + 1]).sum(-1) for c in range(image.shape[-1])]
    return image / (layer.k + layer.alpha * np.stack(sums, -1)) ** layer.beta


def normalized(image: Any, weights: list[Any], node: Any) -> Any:
    """Mean 0 and variance 1 over the channels of a position, over groups of channels of the map, or with stored figures."""
    import numpy as np

    layer, kind = node.layer, node.kind
    groups = {"group_norm": getattr(layer, "groups", 0), "instance_norm": image.shape[-1], "layer_norm": 1}.get(kind, 1)
    parts = np.split(image, groups, -1)
    axes = (-1,) if kind == "layer_norm" else None
    out = [(part - part.mean(axes, keepdims=True)) / np.sqrt(part.var(axes, keepdims=True) + layer.epsilon) for part in parts]
    named = dict(zip([weight.name for weight in node.facts.weights], weights, strict=True))
    return np.concatenate(out, -1) * named.get("gamma", 1) + named.get("beta", 0)


def stored(image: Any, weights: list[Any], node: Any) -> Any:
    import numpy as np

    named = dict(zip([weight.name for weight in node.facts.weights], weights, strict=True))
    root = np.sqrt(named["moving_variance"] + node.layer.epsilon)
    return named.get("gamma", 1) * (image - named["moving_mean"]) / root + named.get("beta", 0)


def shuffled(image: Any, weights: list[Any], node: Any) -> Any:
    channels, groups = image.shape[-1], node.layer.groups
    order = sorted(range(channels), key=lambda c: c % (channels // groups) * groups + c // (channels // groups))
    return image[..., order]


def dealt(image: Any, weights: list[Any], node: Any) -> Any:
    """Channel pixel * C + c (dcr) or c * pixels + pixel (crd) of a position is channel c of that pixel of its block, row by row."""
    import numpy as np

    layer, there = node.layer, node.kind == "depth_to_space"
    fine = np.zeros(node.output) if there else image
    coarse = image if there else np.zeros(node.output)
    cells, channels = layer.block ** (image.ndim - 1), fine.shape[-1]
    for place in positions(fine.shape[:-1]):
        pixel = 0
        for at in place:
            pixel = pixel * layer.block + at % layer.block
        block = tuple(at // layer.block for at in place)
        for c in range(channels):
            other = pixel * channels + c if layer.mode == "dcr" else c * cells + pixel
            if there:
                fine[place][c] = coarse[block][other]
            else:
                coarse[block][other] = fine[place][c]
    return fine if there else coarse


DEFINITIONS: dict[str, Any] = {
    "conv": conv,
    "depthwise_conv": depthwise,
    "separable_conv": separable,
    "conv_transpose": transposed,
    "max_pool": pooled,
    "avg_pool": pooled,
    "adaptive_avg_pool": binned,
    "adaptive_max_pool": binned,
    "upsample": enlarged,
    "resize": resized,
    "local_response_norm": damped,
    "layer_norm": normalized,
    "group_norm": normalized,
    "instance_norm": normalized,
    "batch_norm": stored,
    "channel_shuffle": shuffled,
    "depth_to_space": dealt,
    "space_to_depth": dealt,
    "scale": lambda image, weights, node: image * weights[0],
    "normalize": lambda image, weights, node: (image - weights[0]) / weights[1] ** 0.5,
    "rescale": lambda image, weights, node: image * [node.layer.scale] + [node.layer.offset],
    "channel_slice": lambda image, weights, node: image[..., node.layer.start : node.layer.stop],
}


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] in DEFINITIONS], ids=names)
def test_values_are_those_of_the_definition(keras: Any, row: tuple[str, str, str]) -> None:
    """What the built layer computes is what the definition says, written out position by position."""
    import numpy as np

    from cnncli.keras_model import build

    found = network(*row)
    model, node = build(found), found.nodes[-1]
    chance = np.random.default_rng(2)
    if row[0] != "normalize":
        model.set_weights([chance.uniform(0.5, 1.5, weight.shape) for weight in model.get_weights()])
    weights = [weight.astype("float64") for weight in model.get_weights()]
    images = drawn(model, 1)
    expected = DEFINITIONS[row[0]](images[0][0].astype("float64"), weights, node)
    if getattr(node.layer, "bias", False):
        expected = expected + weights[-1]
    np.testing.assert_allclose(run(model, images)[0], expected, rtol=1e-4, atol=1e-5)


FORMULAS: dict[str, Any] = {  # of x, with slope or alpha as o
    "relu": lambda x, o: max(x, 0) if o is None else min(max(x, 0), o),
    "relu6": lambda x, o: min(max(x, 0), 6),
    "leaky_relu": lambda x, o: x if x > 0 else o * x,
    "prelu": lambda x, o: x if x > 0 else 0.25 * x,
    "elu": lambda x, o: x if x > 0 else o * (math.exp(x) - 1),
    "celu": lambda x, o: x if x > 0 else o * (math.exp(x / o) - 1),
    "selu": lambda x, o: 1.0507 * (x if x > 0 else 1.6733 * (math.exp(x) - 1)),
    "gelu": lambda x, o: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "silu": lambda x, o: x / (1 + math.exp(-x)),
    "mish": lambda x, o: x * math.tanh(math.log(1 + math.exp(x))),
    "hard_swish": lambda x, o: x * min(max(x + 3, 0), 6) / 6,
    "hard_sigmoid": lambda x, o: min(max(x / 6 + 1 / 2, 0), 1),
    "sigmoid": lambda x, o: 1 / (1 + math.exp(-x)),
    "tanh": lambda x, o: math.tanh(x),
    "softplus": lambda x, o: math.log(1 + math.exp(x)),
    "log_sigmoid": lambda x, o: -math.log(1 + math.exp(-x)),
    "softsign": lambda x, o: x / (1 + abs(x)),
    "hard_tanh": lambda x, o: min(max(x, -1), 1),
    "exponential": lambda x, o: math.exp(x),
    "linear": lambda x, o: x,
}
OPTIONS = {"relu": [None, 1.5], "leaky_relu": [0.01, 0.3], "elu": [1.0, 0.5], "celu": [1.0, 0.5]}
CASES = [(kind, option) for kind in ACTIVATIONS if "softmax" not in kind for option in OPTIONS.get(kind, [None])]


@pytest.mark.parametrize(("kind", "option"), CASES)
def test_activation_is_its_formula_alone_and_fused(keras: Any, kind: str, option: float | None) -> None:
    """As a layer, and as the `activation` of a convolution that does nothing else, it gives what its formula says."""
    import numpy as np

    from cnncli.keras_model import build

    values = np.array([[-4, -3, -1.5, -0.1, 0, 0.1, 1.5, 3, 4, 7.5]], "float32")[..., None]
    expected = [FORMULAS[kind](float(x), option) for x in values.ravel()]
    given = "" if option is None else str(option)
    alone = build(loads(f"input: [10, 1]\nlayers:\n  - {kind}: {given}\n").network)
    written = kind if option is None else f"{{{kind}: {option}}}"
    fused = build(loads(f"input: [10, 1]\nlayers:\n  - conv: {{filters: 1, kernel: 1, bias: false, activation: {written}}}\n").network)
    fused.set_weights([np.ones((1, 1, 1)), *fused.get_weights()[1:]])
    for model in (alone, fused):
        np.testing.assert_allclose(run(model, [values]).ravel(), expected, rtol=1e-3, atol=1e-5)


def test_softmax_shares_one_among_the_channels(keras: Any) -> None:
    """At each position its outputs sum to 1, in the proportions of exp(x)."""
    import numpy as np

    from cnncli.keras_model import build

    model = build(network("softmax", "", "[3, 4]"))
    [images] = drawn(model)
    np.testing.assert_allclose(run(model, [images]), np.exp(images) / np.exp(images).sum(-1, keepdims=True), rtol=1e-4)


AT_REST = [row for row in ROWS if row[0].startswith("random") or "drop" in row[0]]


@pytest.mark.parametrize("row", AT_REST, ids=names)
def test_chance_is_at_work_in_training_alone(keras: Any, row: tuple[str, str, str]) -> None:
    """At inference nothing changes; in training something does, and the shape is kept."""
    import numpy as np

    from cnncli.keras_model import build

    model = build(network(*row))
    images = drawn(model, 16)
    np.testing.assert_array_equal(run(model, images), images[0])
    disturbed = run(model, images, training=True)
    assert disturbed.shape == images[0].shape
    assert not np.allclose(disturbed, images[0])


def test_crops_are_windows_of_the_padded_image(keras: Any) -> None:
    """Every crop is the image moved by at most the padding, with its mirrored border or zeros; moves differ from image to image."""
    import numpy as np

    from cnncli.keras_model import build

    for mode, how in (("reflect", "reflect"), ("zeros", "constant")):
        model = build(network("random_crop", f"{{padding: 2, mode: {mode}}}", "[6, 5, 2]"))
        [images] = drawn(model, 16)
        moves = set()
        for image, crop in zip(images, run(model, [images], training=True), strict=True):
            wide = np.pad(image, [(2, 2), (2, 2), (0, 0)], mode=how)
            windows = {(y, x): wide[y : y + 6, x : x + 5] for y in range(5) for x in range(5)}
            [move] = [place for place, window in windows.items() if np.array_equal(window, crop)]
            moves.add(move)
        assert len(moves) > 3


def test_noise_is_added_in_training_alone(keras: Any) -> None:
    """gaussian_noise adds numbers of mean 0 and its standard deviation, here 4096 of them, and at inference none."""
    import numpy as np

    from cnncli.keras_model import build

    model = build(network("gaussian_noise", "0.25", "[32, 2]"))
    [images] = drawn(model, 64)
    noise = run(model, [images], training=True) - images
    assert abs(noise.mean()) < 0.02
    assert abs(noise.std() - 0.25) < 0.02
    np.testing.assert_array_equal(run(model, [images]), images)


def test_paths_are_dropped_whole(keras: Any) -> None:
    """drop_path zeros whole images and divides the others by 1 - rate."""
    import numpy as np

    from cnncli.keras_model import build

    model = build(network("drop_path", "0.25", "[3, 2]"))
    [images] = drawn(model, 64)
    disturbed = run(model, [images], training=True)
    kept = np.abs(disturbed).sum(axis=(1, 2)) > 0
    assert 0 < kept.sum() < 64
    np.testing.assert_allclose(disturbed[kept], images[kept] / 0.75, rtol=1e-5)
