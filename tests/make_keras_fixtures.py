"""Write tests/fixtures/keras: small models as Keras saves them, each with what Keras itself says of its layers.

    python tests/make_keras_fixtures.py                    those of Keras 3
    python tests/make_keras_fixtures.py --legacy           those of Keras 2 (needs tf_keras)

The tests read the files; nothing but this script needs Keras. A file of facts maps each layer's name, those of models within
the model included, to its class, the shapes of its outputs (one for each call) and its weights (shape, trainable or not).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "fixtures" / "keras"


def nested(keras: Any) -> Any:
    """A tower used twice (frozen), a Sequential in it, and a model whose output is an output of the whole."""
    layers = keras.layers
    x = keras.Input((12, 12, 3), name="patch")
    stem = keras.Sequential([layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="bn")], name="stem")
    y = layers.GlobalAveragePooling2D(name="pool")(layers.ReLU(name="relu")(stem(x)))
    tower = keras.Model(x, y, name="tower")
    tower.trainable = False
    left, right = keras.Input((12, 12, 3), name="left"), keras.Input((12, 12, 3), name="right")
    vector = keras.Input((4,), name="vector")
    hidden = layers.Dense(3, activation="tanh", name="hidden")(vector)
    head = keras.Model(vector, [hidden, layers.Dense(1, name="conv")(hidden)], name="head")
    both = layers.Concatenate(name="both")([tower(left), tower(right)])
    first, second = head(layers.Dense(4, name="mix")(both))
    return keras.Model([left, right], {"score": second, "hidden": layers.Softmax(name="share")(first)}, name="siamese")


def shared(keras: Any) -> Any:
    """A layer used at three places, one of them behind another of its uses."""
    layers = keras.layers
    image = keras.Input((8, 8, 4), name="image")
    conv, act = layers.Conv2D(4, 3, padding="same", name="conv"), layers.Activation("gelu", name="act")
    once = act(conv(image))
    twice = act(conv(once))
    other = conv(layers.ZeroPadding2D(1, name="pad")(image))
    out = layers.Add(name="sum")([twice, layers.Cropping2D(1, name="crop")(other), image])
    return keras.Model(image, [out, layers.Flatten(name="flat")(other)], name="recurrent")


def operations(keras: Any) -> Any:
    """Operations on tensors, as Keras records them."""
    from keras import ops

    x = keras.Input((8, 6, 4), name="x")
    gate = ops.mean(x, axis=(1, 2), keepdims=True)
    y = (x * gate + 3.0) / 6 - x**2
    left, right = ops.split(y, 2, axis=-1)
    z = ops.concatenate([left[:, 1:7, ::2], right[:, 1:7, ::2, :1]], axis=-1)
    z = ops.pad(ops.transpose(z, (0, 2, 1, 3)), ((0, 0), (1, 1), (0, 2), (0, 0)))
    z = ops.relu(ops.maximum(1.0 - z, 0.5))
    return keras.Model(x, [ops.max(z, axis=(1, 2)), ops.reshape(z, (-1, 40, 3)), ops.squeeze(gate, 1)], name="operations")


def flat(keras: Any) -> Any:
    """One axis: a causal convolution, dilation, the slopes of activations, a map turned into a vector."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((33, 2), name="signal"),
            layers.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu", name="causal"),
            layers.LeakyReLU(name="leaky"),
            layers.DepthwiseConv1D(3, strides=2, padding="same", depth_multiplier=2, use_bias=False, name="depthwise"),
            layers.PReLU(shared_axes=[1], name="prelu"),
            layers.SeparableConv1D(5, 4, name="separable"),
            layers.GroupNormalization(5, name="groups"),
            layers.Conv1DTranspose(4, 3, strides=2, name="transposed"),
            layers.AveragePooling1D(2, padding="same", name="pool"),
            layers.SpatialDropout1D(0.2, name="drop"),
            layers.UpSampling1D(2, name="up"),
            layers.PReLU(name="each"),
            layers.Permute((2, 1), name="turn"),
            layers.Dense(7, name="dense"),
        ],
        name="flat",
    )


def solid(keras: Any) -> Any:
    """Three axes."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((9, 8, 7, 2), name="volume"),
            layers.Conv3D(4, (3, 3, 2), strides=(2, 1, 1), groups=2, padding="same", name="conv"),
            layers.ZeroPadding3D(((1, 0), (0, 0), (2, 1)), name="pad"),
            layers.MaxPooling3D(2, name="pool"),
            layers.LayerNormalization(name="norm"),
            layers.Conv3DTranspose(3, 2, strides=3, output_padding=1, name="transposed"),
            layers.Cropping3D(1, name="crop"),
            layers.GlobalMaxPooling3D(keepdims=True, name="largest"),
            layers.Flatten(name="flat"),
        ],
        name="solid",
    )


def preprocessing(keras: Any) -> Any:
    """What stands before a network: sizes, ranges, random changes; and normalisation with known and with measured figures."""
    layers = keras.layers
    image = keras.Input((40, 30, 3), name="photo")
    x = layers.Resizing(32, 32, name="resize")(image)
    x = layers.RandomFlip("horizontal", name="flip")(x)
    x = layers.RandomTranslation(0.1, 0.1, name="shift")(x)
    x = layers.RandomRotation(0.05, name="turn")(x)
    x = layers.Rescaling([1 / 255, 1 / 127, 0.01], offset=[0.0, -1.0, 0.5], name="range")(x)
    known = layers.Normalization(mean=[0.5, 0.4, 0.3], variance=[0.1, 0.1, 0.2], name="known")(x)
    measured = layers.Normalization(name="measured")(x)
    single = layers.Normalization(axis=None, name="single")(x)
    noise = layers.GaussianNoise(0.1, name="noise")(layers.Average(name="mean")([known, measured, single]))
    out = layers.Conv2D(2, 5, 4, activation=layers.ReLU(4.0, negative_slope=0.1), name="conv")(noise)
    out = layers.LayerNormalization(axis=[1, 2, 3], name="all")(layers.CenterCrop(5, 5, name="centre")(out))
    return keras.Model(image, layers.UnitNormalization(name="unit")(out), name="preprocessing")


def code(keras: Any) -> Any:
    """A Lambda, and a layer of the model's own, used twice."""
    layers = keras.layers

    @keras.saving.register_keras_serializable("mine")
    class Halve(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x[:, ::2, ::2]

    image = keras.Input((16, 16, 3), name="image")
    halve = Halve(name="halve")
    x = layers.Conv2D(4, 3, padding="same", name="conv")(image)
    x = halve(halve(x))
    x = layers.Lambda(lambda t: t * 2, output_shape=(4, 4, 4), name="double")(x)
    return keras.Model(image, layers.Dense(2, name="classes")(layers.Flatten(name="flat")(x)), name="code")


def open_size(keras: Any) -> Any:
    """Any image will do."""
    layers = keras.layers
    image = keras.Input((None, None, 3), name="any")
    x = layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(image)
    return keras.Model(image, layers.GlobalAveragePooling2D(name="pool")(x), name="open")


def older(keras: Any) -> Any:
    """Keras 2: TensorFlow's functions between the layers, a model within the model used twice, constants first."""
    import tensorflow as tf

    layers = keras.layers
    x = keras.Input((10, 10, 4), name="patch")
    inner = keras.Model(x, layers.Conv2D(4, 3, padding="same", name="inner/conv")(x), name="block")
    image = keras.Input((10, 10, 4), name="image")
    y = inner(inner(image)) + image
    y = 2.0 - y * tf.nn.relu6(y + 3.0) / 6.0
    y = tf.concat([y[:, 1:-1, 1:-1, :2], tf.reduce_mean(y, axis=[1, 2], keepdims=True)[..., :2] * y[:, 1:-1, 1:-1, 2:]], axis=-1)
    tail = keras.Sequential([layers.Dense(3, name="dense"), layers.Activation("swish", name="swish")], name="tail")
    return keras.Model([image], [tail(y), inner(image)], name="older")


MODELS: dict[str, Callable[[Any], Any]] = {
    make.__name__: make for make in (nested, shared, operations, flat, solid, preprocessing, code, open_size)
}


def facts(model: Any) -> dict[str, Any]:
    """What Keras says of each layer, by name; models within the model are opened."""
    found: dict[str, Any] = {}

    def enter(one: Any, prefix: str) -> None:
        for layer in getattr(one, "operations", one.layers):
            if hasattr(layer, "layers"):
                enter(layer, f"{prefix}{layer.name}/")
                continue
            tensors = [tensor for node in layer._inbound_nodes for tensor in outputs_of(node)]
            weights = [[list(one.shape), bool(one.trainable)] for one in getattr(layer, "weights", ()) if "seed" not in one.name]
            name = layer.name if layer.name not in found else prefix + layer.name
            found[name] = {"class": type(layer).__name__, "outputs": [list(t.shape)[1:] for t in tensors], "weights": weights}

    enter(model, "")
    return found


def outputs_of(node: Any) -> list[Any]:
    """The tensors that come out of a call, in either Keras."""
    tensors = node.output_tensors
    return list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]


def write(name: str, model: Any) -> None:
    """The configuration and the facts."""
    (FOLDER / f"{name}.json").write_text(json.dumps(json.loads(model.to_json()), separators=(",", ":")) + "\n")
    (FOLDER / f"{name}.facts.json").write_text(json.dumps(facts(model), separators=(",", ":")) + "\n")
    print(name, (FOLDER / f"{name}.json").stat().st_size, "bytes")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if "--legacy" in sys.argv:
        import tf_keras

        write("older", older(tf_keras))
        return
    import keras

    for name, make in MODELS.items():
        write(name, make(keras))


if __name__ == "__main__":
    main()
