"""Models that Keras builds here and now: read from what it saves, they are layer by layer what it says.

The applications are slow (a minute or two for all): `pytest -m "keras and slow" tests/test_import_keras_live.py`.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cnncli import analyze
from cnncli.importers import load_model
from cnncli.importers.elementwise import FUNCTIONS
from cnncli.layers.activation import Exponential
from cnncli.layers.rectifier import Celu, Elu, Gelu, LeakyRelu
from cnncli.network import Node

pytestmark = pytest.mark.keras

APPLICATIONS = [
    "ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge", "DenseNet121", "DenseNet169", "DenseNet201",
    "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3", "EfficientNetB4", "EfficientNetB5", "EfficientNetB6",
    "EfficientNetB7", "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3", "EfficientNetV2S",
    "EfficientNetV2M", "EfficientNetV2L", "InceptionResNetV2", "InceptionV3", "MobileNet", "MobileNetV2", "MobileNetV3Small",
    "MobileNetV3Large", "NASNetMobile", "NASNetLarge", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2",
    "VGG16", "VGG19", "Xception",
]  # fmt: skip


@pytest.fixture
def keras() -> Any:
    return pytest.importorskip("keras", reason="compares with Keras")


def weights_of(layer: Any) -> Counter[tuple[tuple[int, ...], bool]]:
    """Shapes and trainability; the states of random generators are no parameters."""
    return Counter((tuple(weight.shape), bool(weight.trainable)) for weight in layer.weights if "seed" not in weight.path)


def held(nodes: list[Node]) -> Counter[tuple[tuple[int, ...], bool]]:
    return Counter((weight.shape, weight.trainable) for node in nodes for weight in node.facts.weights)


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_an_application_is_what_keras_says(keras: Any, tmp_path: Path, name: str) -> None:
    """Every layer by its own name: what comes out, and its weights; models within the model by their scope; the sum of it all."""
    model = getattr(keras.applications, name)(weights=None)
    path = tmp_path / f"{name}.json"
    path.write_text(model.to_json())
    network = load_model(str(path), input_size="224x224x3" if None in model.input_shape[1:] else None).network
    named = {node.name: [node] for node in network.nodes}
    for layer in model.layers:
        inside = [node for node in network.nodes if node.scope is not None and node.scope.name == layer.name]
        nodes = inside if hasattr(layer, "layers") else named[layer.name]
        said = tuple(layer.output.shape[1:])
        assert len(said) == len(nodes[-1].output), layer.name
        assert all(n in (None, m) for n, m in zip(said, nodes[-1].output, strict=True)), layer.name
        assert held(nodes) == weights_of(layer), layer.name
    assert sum(weight.count for node in network.nodes for weight in node.facts.weights) == model.count_params()
    keras.backend.clear_session()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of h5py
def test_operations_in_an_hdf5_file_are_known_without_their_module(keras: Any, tmp_path: Path) -> None:
    """Keras writes only their class there, which is that of a layer, of another meaning, as often as not: it cannot load them itself."""
    x = inputs = keras.Input((8, 8, 6))
    x = keras.ops.concatenate([x[..., :3], keras.ops.relu(x[..., 3:])], axis=1) * 2.0
    x = keras.ops.mean(keras.ops.max_pool(keras.ops.maximum(x - 1, x), 2, strides=1), axis=(1, 2))
    model = keras.Model(inputs, keras.layers.Add()([x, keras.layers.Dense(3)(x)]))
    found = []
    for path in (str(tmp_path / "m.h5"), str(tmp_path / "m.keras")):
        model.save(path)
        found.append([(node.name, node.kind, node.output, node.facts.work) for node in load_model(path).network.nodes])
    assert found[0] == found[1]


def some_layer(layers: Any, pick: random.Random) -> tuple[Any, list[tuple[int, ...]]]:
    """A layer of any kind with options at random, and the shapes that it reads. Keras itself may refuse both."""
    axes = pick.choice([1, 2, 3])
    size, channels = tuple(pick.randint(1, 11) for _ in range(axes)), pick.choice([1, 2, 3, 4, 6, 8])
    x, name = (*size, channels), f"{axes}D"
    kernel, steps = [pick.randint(1, 4) for _ in range(axes)], [pick.randint(1, 4) for _ in range(axes)]
    stride, dilation = pick.choice([1, steps]), pick.choice([1, 1, kernel])
    padding = pick.choice(["valid", "same"])
    sliding = {"kernel_size": kernel, "strides": stride, "padding": padding, "use_bias": pick.choice([True, False])}
    sliding["activation"] = pick.choice([None, "relu", "gelu", "hard_silu", "softmax", "celu"])
    pair = (pick.randint(0, 3), pick.randint(0, 3))
    sides = pick.choice([1, pair] if axes == 1 else [1, tuple(kernel), (pair,) * axes])
    order = list(range(1, axes + 2))
    pick.shuffle(order)
    spare = pick.choice([None, None, 0, 1])
    other = pick.choice([x, (channels,), (*(pick.choice([1, n]) for n in size), channels)])
    longer = (*size, channels + 1)
    makers: list[Any] = [
        lambda: getattr(layers, f"Conv{name}")(pick.choice([2, 4]), groups=pick.choice([1, 2]), dilation_rate=dilation, **sliding),
        lambda: layers.Conv1D(3, kernel[:1], padding="causal", dilation_rate=kernel[:1]),
        lambda: getattr(layers, f"DepthwiseConv{name}")(depth_multiplier=2, dilation_rate=dilation, **sliding),
        lambda: getattr(layers, f"SeparableConv{name}")(3, depth_multiplier=2, dilation_rate=dilation, **sliding),
        lambda: getattr(layers, f"Conv{name}Transpose")(3, dilation_rate=dilation, output_padding=spare, **sliding),
        lambda: getattr(layers, f"Conv{name}Transpose")(3, output_padding=spare, **sliding),
        lambda: getattr(layers, f"MaxPooling{name}")(kernel, strides=stride, padding=padding),
        lambda: getattr(layers, f"AveragePooling{name}")(2, padding=padding),
        lambda: getattr(layers, f"GlobalAveragePooling{name}")(keepdims=pick.choice([True, False])),
        lambda: getattr(layers, f"UpSampling{name}")(2 if axes == 1 else kernel),
        lambda: getattr(layers, f"ZeroPadding{name}")(sides),
        lambda: getattr(layers, f"Cropping{name}")(sides),
        lambda: layers.Resizing(*kernel, interpolation=pick.choice(["nearest", "bilinear"])),  # two axes, or Keras refuses
        lambda: layers.Reshape(pick.choice([(-1, channels), (-1,), (channels, -1)])),
        lambda: layers.Permute(order),
        lambda: layers.BatchNormalization(center=pick.choice([True, False]), trainable=pick.choice([True, False])),
        lambda: layers.LayerNormalization(axis=pick.choice([-1, 1, order[:2]])),
        lambda: layers.GroupNormalization(pick.choice([-1, 1, channels])),
        lambda: layers.Normalization(axis=pick.choice([-1, None, 1])),
        lambda: layers.PReLU(shared_axes=pick.choice([None, [1], list(range(1, axes + 1))])),
        lambda: layers.ReLU(pick.choice([None, 6, 3.0]), pick.choice([0.0, 0.1]), pick.choice([0.0, 0.5])),
        lambda: layers.Dense(3, **{key: sliding[key] for key in ("use_bias", "activation")}),
    ]
    merges: list[Any] = [lambda: pick.choice([layers.Add, layers.Multiply, layers.Average, layers.Minimum, layers.Subtract])()]
    number = pick.randrange(len(makers) + 2)
    if number < len(makers):
        return makers[number](), [x]
    return (merges[0](), [x, other]) if number == len(makers) else (layers.Concatenate(), [x, longer])


def test_operations_keep_their_options(keras: Any, tmp_path: Path) -> None:
    """Functions on tensors: their constants are read, and two that are near each other are not taken for one."""
    x, ops = keras.Input((4, 4, 3)), keras.ops
    for made, layer in (
        (ops.elu(x, alpha=0.5), Elu(alpha=0.5)), (ops.elu(x), Elu()), (ops.celu(x, 0.5), Celu(alpha=0.5)),
        (ops.leaky_relu(x, 0.3), LeakyRelu(slope=0.3)), (ops.gelu(x, approximate=False), Gelu()), (ops.exp(x), Exponential()),
        (ops.expm1(x), FUNCTIONS["expm1"]), (ops.log(x), FUNCTIONS["log"]), (ops.log1p(x), FUNCTIONS["log1p"]),
    ):  # fmt: skip
        (tmp_path / "m.json").write_text(keras.Model(x, made).to_json())
        assert load_model(str(tmp_path / "m.json")).network.nodes[-1].layer == layer


@pytest.mark.parametrize("seed", range(20))
def test_layers_with_options_at_random_are_what_keras_says(keras: Any, tmp_path: Path, seed: int) -> None:
    """What comes out, and the weights, of fifteen layers that Keras accepts."""
    pick, compared = random.Random(seed), 0
    while compared < 15:
        try:
            layer, shapes = some_layer(keras.layers, pick)
            inputs = [keras.Input(shape) for shape in shapes]
            output = layer(inputs if len(inputs) > 1 else inputs[0])
        except Exception:  # Keras accepts no such layer, and says so in many ways
            continue
        if 0 in output.shape:
            continue
        path = tmp_path / "m.json"
        path.write_text(keras.Model(inputs, output).to_json())
        node = load_model(str(path)).network.nodes[-1]
        assert (node.output, held([node])) == (tuple(output.shape[1:]), weights_of(layer)), layer.get_config()
        compared += 1
    keras.backend.clear_session()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Keras and numpy, while writing
def test_a_saved_archive_is_read(keras: Any, tmp_path: Path) -> None:
    """`model.save` writes .keras and .h5; both give what to_json gives."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)])
    (tmp_path / "m.json").write_text(model.to_json())
    model.save(tmp_path / "m.keras")
    read = [load_model(str(tmp_path / name)).network.nodes for name in ("m.json", "m.keras")]
    if hasattr(pytest.importorskip("h5py", reason="reads .h5"), "File"):
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras calls the format old
            model.save(tmp_path / "m.h5")
        read.append(load_model(str(tmp_path / "m.h5")).network.nodes)
    facts = [[(node.name, node.layer, node.output) for node in nodes] for nodes in read]
    assert facts.count(facts[0]) == len(facts)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Keras and numpy, while writing
def test_what_an_archive_writes_twice_is_one_object(keras: Any, tmp_path: Path) -> None:
    """A layer and a model, used here and within another model: Keras numbers the object, and its weights are there once."""
    layers = keras.layers
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3, padding="same"), layers.BatchNormalization()], name="inner")
    lone = layers.Dense(4, name="lone")
    there = keras.Input((8, 8, 4))
    outer = keras.Model(there, layers.Add()([lone(inner(there)), there]), name="outer")
    image = keras.Input((8, 8, 4))
    model = keras.Model(image, layers.Flatten()(outer(lone(inner(inner(image))))))
    model.save(tmp_path / "m.keras")
    totals = analyze(load_model(str(tmp_path / "m.keras"))).totals
    assert totals["params"] == model.count_params() == 4 * 9 * 4 + 4 + 16 + 20
    assert totals["trainable_params"] == model.count_params() - 8
