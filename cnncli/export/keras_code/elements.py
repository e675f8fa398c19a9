"""What Keras says for the layers that do not slide: norms, activations, merges, and those that move or disturb what comes in."""

from __future__ import annotations

from typing import Any

from ...convert.words import Arg, Call
from ...errors import LayerError
from ...layers import Shape
from ..python import Calls, Code, lone, plain, shown
from .windows import NAMED, of_axes, says, sides


@says("batch_norm", "layer_norm", "group_norm", "instance_norm")
def norm(layer: Any, x: Shape) -> Calls:
    args = (Arg("epsilon", layer.epsilon, 0.001), Arg("center", layer.center, True), Arg("scale", layer.scale, True))
    if layer.kind == "batch_norm":
        return (Call("layers.BatchNormalization", (Arg("momentum", layer.momentum, 0.99), *args)),)
    if layer.kind == "layer_norm":
        return (Call("layers.LayerNormalization", args),)
    groups = layer.groups if layer.kind == "group_norm" else -1  # as many as channels
    return (Call("layers.GroupNormalization", (Arg("groups", groups, 32), *args)),)


@says("local_response_norm")
def local_response_norm(layer: Any, x: Shape) -> Calls:
    names = ("size", "alpha", "beta", "k")
    return (Call("LocalResponseNormalization", tuple(Arg(name, getattr(layer, name), layer.fields[name].default) for name in names)),)


@says("scale")
def scale(layer: Any, x: Shape) -> Calls:
    return (Call("LayerScale", (lone("init", layer.init),)),)


@says("normalize")
def normalize(layer: Any, x: Shape) -> Calls:
    """Figures other than 0 and 1 would be constants of Keras' layer; here they are weights."""
    if (layer.mean, layer.variance) == (0.0, 1.0):
        return (Call("layers.Normalization"),)
    return (Call("MeasuredNormalization", (Arg("mean", layer.mean, 0.0), Arg("variance", layer.variance, 1.0))),)


@says("rescale")
def rescale(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Rescaling", (lone("scale", layer.scale), Arg("offset", layer.offset, 0.0))),)


@says("flatten")
def flatten(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Flatten"),)


@says("reshape")
def reshape(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Reshape", (lone("shape", layer.shape),)),)


@says("permute")
def permute(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Permute", (lone("axes", layer.axes),)),)


@says("pad")
def pad(layer: Any, x: Shape) -> Calls:
    return (Call(of_axes("ZeroPadding", x), (lone("padding", sides(layer.padding, x)),)),)


@says("crop")
def crop(layer: Any, x: Shape) -> Calls:
    return (Call(of_axes("Cropping", x), (lone("cropping", sides(layer.cropping, x, "cropping")),)),)


@says("upsample")
def upsample(layer: Any, x: Shape) -> Calls:
    if layer.mode == "bilinear" and len(x) != 3:
        raise LayerError("Keras mixes pixels along two axes only; a .keras file (--to keras) has a layer of our own")
    mode = Arg("interpolation", Code(shown(layer.mode)), Code('"nearest"'))
    return (Call(of_axes("UpSampling", x), (lone("size", plain(layer.factor)), mode)),)


@says("resize")
def resize(layer: Any, x: Shape) -> Calls:
    if len(x) != 3 or layer.coordinates != "half_pixel":
        raise LayerError("Keras resizes along two axes, half-pixel; a .keras file (--to keras) has a layer of our own")
    height, width, _ = layer.output(x)
    mode = Arg("interpolation", Code(shown(layer.mode)), Code('"bilinear"'))
    return (Call("layers.Resizing", (lone("height", height), lone("width", width), mode)),)


@says("depth_to_space", "space_to_depth")
def pixel_shuffle(layer: Any, x: Shape) -> Calls:
    callee = {"depth_to_space": "DepthToSpace", "space_to_depth": "SpaceToDepth"}[layer.kind]
    return (Call(callee, (lone("block", layer.block), Arg("mode", Code(shown(layer.mode)), Code('"dcr"')))),)


@says("channel_shuffle")
def channel_shuffle(layer: Any, x: Shape) -> Calls:
    return (Call("ChannelShuffle", (lone("groups", layer.groups),)),)


@says("channel_slice")
def channel_slice(layer: Any, x: Shape) -> Calls:
    return (Call("ChannelSlice", (lone("start", layer.start), lone("stop", x[-1] if layer.stop is None else layer.stop))),)


@says("channel_pad")
def channel_pad(layer: Any, x: Shape) -> Calls:
    return (Call("ChannelPad", (Arg("before", layer.before, 0), Arg("after", layer.after, 0))),)


@says("dropout")
def dropout(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Dropout", (lone("rate", layer.rate),)),)


@says("spatial_dropout")
def spatial_dropout(layer: Any, x: Shape) -> Calls:
    return (Call(of_axes("SpatialDropout", x), (lone("rate", layer.rate),)),)


@says("gaussian_noise")
def gaussian_noise(layer: Any, x: Shape) -> Calls:
    return (Call("layers.GaussianNoise", (lone("stddev", layer.stddev),)),)


@says("drop_path")
def drop_path(layer: Any, x: Shape) -> Calls:
    """Dropout that sees each image as one number."""
    return (Call("layers.Dropout", (lone("rate", layer.rate), Arg("noise_shape", Code(shown((None, *(1,) * len(x))))))),)


@says("relu")
def relu(layer: Any, x: Shape) -> Calls:
    args = (Arg("max_value", layer.max, None), Arg("negative_slope", layer.slope, 0.0), Arg("threshold", layer.threshold, 0.0))
    return (Call("layers.ReLU", args),)


@says("relu6")
def relu6(layer: Any, x: Shape) -> Calls:
    return (Call("layers.ReLU", (lone("max_value", 6),)),)


@says("leaky_relu")
def leaky_relu(layer: Any, x: Shape) -> Calls:
    return (Call("layers.LeakyReLU", (lone("negative_slope", layer.slope),)),)


@says("celu")
def celu(layer: Any, x: Shape) -> Calls:
    return (Call("Celu", (lone("alpha", layer.alpha),)),)


@says("elu")
def elu(layer: Any, x: Shape) -> Calls:
    return (Call("layers.ELU", (lone("alpha", layer.alpha, 1.0),)),)


@says("prelu")
def prelu(layer: Any, x: Shape) -> Calls:
    shared = tuple([axis for axis, n in enumerate(layer.weights(x)[0].shape, 1) if n == 1])
    axes = Arg("shared_axes", Code(shown(shared)) if shared else None, None)
    return (Call("layers.PReLU", (Arg("alpha_initializer", Code("keras.initializers.Constant(0.25)")), axes)),)


@says("softmax")
def softmax(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Softmax"),)


@says(*NAMED)
def named(layer: Any, x: Shape) -> Calls:
    if layer.kind == "gelu" and layer.approximate:
        return (Call("layers.Activation", (lone("activation", Code("gelu_tanh")),)),)
    return (Call("layers.Activation", (lone("activation", Code(shown(NAMED[layer.kind]))),)),)


@says("add", "subtract", "multiply", "average", "maximum", "minimum")
def merge(layer: Any, x: Shape) -> Calls:
    return (Call(f"layers.{layer.kind.capitalize()}"),)


@says("concat")
def concat(layer: Any, x: Shape) -> Calls:
    return (Call("layers.Concatenate"),)


FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}
FILLS = {"reflect": "reflect", "zeros": "constant"}


@says("random_flip")
def random_flip(layer: Any, x: Shape) -> Calls:
    return (Call("layers.RandomFlip", (lone("mode", Code(shown(FLIPS[layer.direction]))),)),)


@says("random_crop")
def random_crop(layer: Any, x: Shape) -> Calls:
    return (Call("PaddedRandomCrop", (lone("padding", layer.padding), Arg("mode", Code(shown(FILLS[layer.mode]))))),)


@says("random_translation")
def random_translation(layer: Any, x: Shape) -> Calls:
    fill = Arg("fill_mode", Code(shown(FILLS[layer.mode])))
    return (Call("layers.RandomTranslation", (*(lone("factor", min(layer.pixels / n, 1.0)) for n in x[:2]), fill)),)


@says("random_rotation")
def random_rotation(layer: Any, x: Shape) -> Calls:
    return (Call("layers.RandomRotation", (lone("factor", layer.degrees / 360.0),)),)


@says("random_zoom")
def random_zoom(layer: Any, x: Shape) -> Calls:
    return (Call("layers.RandomZoom", (lone("height_factor", layer.amount),)),)


TONES = {"random_contrast": "Contrast", "random_brightness": "Brightness"}


@says(*TONES)
def tone(layer: Any, x: Shape) -> Calls:
    return (Call(TONES[layer.kind], (lone("amount", layer.amount), Arg("value_range", layer.value_range, (0.0, 255.0)))),)
