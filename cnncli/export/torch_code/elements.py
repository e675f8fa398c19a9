"""What PyTorch says for the layers that do not slide: norms, activations, and those that move or disturb what comes in."""

from __future__ import annotations

from typing import Any

from ...convert.words import Arg, Call
from ...errors import LayerError
from ...layers import Shape
from ...layers.window import both_sides
from ..python import Calls, Code, lone, plain, shown
from .windows import around, of_axes, says


def norm(layer: Any, name: str, *args: Arg, affine: str = "affine", by_default: bool = True) -> Calls:
    """A norm of torch.nn, which has a factor and a shift or neither; else the helper of its name."""
    args = (*args, Arg("eps", layer.epsilon, 1e-5))
    if layer.center != layer.scale:
        there = () if by_default else (Arg(affine, True),)
        return (Call(name, (*args, *there, Arg("center", layer.center, True), Arg("scale", layer.scale, True))),)
    return (Call(f"nn.{name}", (*args, Arg(affine, layer.scale, by_default))),)


@says("batch_norm")
def batch_norm(layer: Any, x: Shape) -> Calls:
    """PyTorch's momentum is the part of the new figures, Keras' that of the old."""
    name = of_axes("BatchNorm", x if len(x) > 1 else (1, *x)).removeprefix("nn.")
    [made] = norm(layer, name, lone("channels", x[-1]))
    momentum = Arg("momentum", round(1 - layer.momentum, 12), 0.1)
    return (made._replace(args=(*made.args[:2], momentum, *made.args[2:])),)


@says("layer_norm")
def layer_norm(layer: Any, x: Shape) -> Calls:
    if len(x) == 1:
        return norm(layer, "LayerNorm", lone("channels", x[-1]), affine="elementwise_affine")
    flags = (Arg("center", layer.center, True), Arg("scale", layer.scale, True))
    return (Call("ChannelLayerNorm", (lone("channels", x[-1]), Arg("eps", layer.epsilon, 1e-5), *flags)),)


@says("group_norm")
def group_norm(layer: Any, x: Shape) -> Calls:
    return norm(layer, "GroupNorm", lone("groups", layer.groups), lone("channels", x[-1]))


@says("instance_norm")
def instance_norm(layer: Any, x: Shape) -> Calls:
    if set(x[:-1]) == {1}:
        raise LayerError("PyTorch has no instance_norm of a map of one pixel")
    return norm(layer, of_axes("InstanceNorm", x).removeprefix("nn."), lone("channels", x[-1]), by_default=False)


@says("local_response_norm")
def local_response_norm(layer: Any, x: Shape) -> Calls:
    """PyTorch divides alpha by the size."""
    if len(x) == 1:
        raise LayerError("PyTorch has no local_response_norm of a vector")
    alpha = Arg("alpha", round(layer.alpha * layer.size, 12), 0.0001)
    return (Call("nn.LocalResponseNorm", (lone("size", layer.size), alpha, Arg("beta", layer.beta, 0.75), Arg("k", layer.k, 1.0))),)


@says("scale")
def scale(layer: Any, x: Shape) -> Calls:
    return (Call("LayerScale", (lone("channels", x[-1]), Arg("init", layer.init, 1.0))),)


@says("normalize")
def normalize(layer: Any, x: Shape) -> Calls:
    return (Call("Normalize", (lone("channels", x[-1]), Arg("mean", layer.mean, 0.0), Arg("variance", layer.variance, 1.0))),)


@says("rescale")
def rescale(layer: Any, x: Shape) -> Calls:
    return (Call("Rescale", (lone("scale", layer.scale), Arg("offset", layer.offset, 0.0))),)


@says("flatten")
def flatten(layer: Any, x: Shape) -> Calls:
    return (Call("nn.Flatten"),)


@says("reshape")
def reshape(layer: Any, x: Shape) -> Calls:
    shape = layer.output(x)
    if len(x) == 1 and set(shape[:-1]) == {1}:
        return (Call("nn.Unflatten", (lone("axis", Code("1")), lone("shape", Code(f"(-1, {', '.join('1' * (len(shape) - 1))})")))),)
    return (Call("Reshape", (lone("shape", shape),)),)


@says("permute")
def permute(layer: Any, x: Shape) -> Calls:
    return (Call("Permute", (lone("axes", layer.axes),)),)


@says("pad")
def pad(layer: Any, x: Shape) -> Calls:
    return around(both_sides(layer.padding, len(x) - 1, "padding"), x) or (Call("nn.Identity"),)


@says("crop")
def crop(layer: Any, x: Shape) -> Calls:
    """Less than nothing is put around the map."""
    pairs = both_sides(layer.cropping, len(x) - 1, "cropping")
    return around(tuple([(-before, -after) for before, after in pairs]), x) or (Call("nn.Identity"),)


def mixing(x: Shape) -> str:
    """What PyTorch calls bilinear along as many axes as the map has."""
    mode = {1: "linear", 2: "bilinear", 3: "trilinear"}.get(len(x) - 1)
    if mode is None:
        raise LayerError(f"PyTorch does not mix pixels along {len(x) - 1} axes")
    return mode


NEAREST = {"asymmetric": "nearest", "half_pixel": "nearest-exact"}


@says("resize")
def resize(layer: Any, x: Shape) -> Calls:
    if (layer.mode, layer.coordinates) == ("bilinear", "asymmetric"):
        raise LayerError("PyTorch mixes pixels half-pixel or with aligned corners, not asymmetric")
    mode = Code(shown(NEAREST[layer.coordinates] if layer.mode == "nearest" else mixing(x)))
    corners = Arg("align_corners", True if layer.coordinates == "align_corners" else None, None)
    return (Call("nn.Upsample", (Arg("size", plain(layer.output(x)[:-1])), Arg("mode", mode, Code('"nearest"')), corners)),)


@says("upsample")
def upsample(layer: Any, x: Shape) -> Calls:
    mode = layer.mode if layer.mode == "nearest" else mixing(x)
    return (Call("nn.Upsample", (Arg("scale_factor", plain(layer.factor)), Arg("mode", Code(shown(mode)), Code('"nearest"')))),)


@says("depth_to_space", "space_to_depth")
def pixel_shuffle(layer: Any, x: Shape) -> Calls:
    """PyTorch has the order crd, along two axes."""
    there = layer.kind == "depth_to_space"
    if len(x) == 3 and (layer.mode == "crd" or min(x[-1], layer.output(x)[-1]) == 1):
        return (Call("nn.PixelShuffle" if there else "nn.PixelUnshuffle", (lone("block", layer.block),)),)
    callee = "DepthToSpace" if there else "SpaceToDepth"
    return (Call(callee, (lone("block", layer.block), Arg("mode", Code(shown(layer.mode)), Code('"dcr"')))),)


@says("channel_shuffle")
def channel_shuffle(layer: Any, x: Shape) -> Calls:
    return (Call("nn.ChannelShuffle" if len(x) > 1 else "ChannelShuffle", (lone("groups", layer.groups),)),)


@says("channel_slice")
def channel_slice(layer: Any, x: Shape) -> Calls:
    return (Call("ChannelSlice", (lone("start", layer.start), lone("stop", x[-1] if layer.stop is None else layer.stop))),)


@says("channel_pad")
def channel_pad(layer: Any, x: Shape) -> Calls:
    return (Call("ChannelPad", (Arg("before", layer.before, 0), Arg("after", layer.after, 0))),)


@says("dropout", "spatial_dropout", "drop_path")
def dropout(layer: Any, x: Shape) -> Calls:
    callee = {"dropout": "nn.Dropout", "drop_path": "DropPath"}.get(layer.kind) or of_axes("Dropout", x)
    return (Call(callee, (lone("rate", layer.rate),)),)


@says("gaussian_noise")
def gaussian_noise(layer: Any, x: Shape) -> Calls:
    return (Call("GaussianNoise", (lone("stddev", layer.stddev),)),)


ACTIVATIONS = {
    "relu": "ReLU", "relu6": "ReLU6", "selu": "SELU", "silu": "SiLU", "mish": "Mish", "hard_swish": "Hardswish", "linear": "Identity",
    "hard_sigmoid": "Hardsigmoid", "sigmoid": "Sigmoid", "tanh": "Tanh", "softplus": "Softplus",
    "log_sigmoid": "LogSigmoid", "softsign": "Softsign", "hard_tanh": "Hardtanh",
}  # fmt: skip


@says(*ACTIVATIONS)
def activation(layer: Any, x: Shape) -> Calls:
    return (Call(f"nn.{ACTIVATIONS[layer.kind]}"),)


@says("exponential")
def exponential(layer: Any, x: Shape) -> Calls:
    return (Call("Exponential"),)


@says("relu")
def relu(layer: Any, x: Shape) -> Calls:
    if layer.is_plain:
        return activation(layer, x)
    args = (Arg("most", layer.max, None), Arg("slope", layer.slope, 0.0), Arg("threshold", layer.threshold, 0.0))
    return (Call("BoundedReLU", args),)


@says("softmax", "log_softmax")
def softmax(layer: Any, x: Shape) -> Calls:
    return (Call({"softmax": "nn.Softmax", "log_softmax": "nn.LogSoftmax"}[layer.kind], (Arg("dim", Code("1")),)),)


@says("leaky_relu")
def leaky_relu(layer: Any, x: Shape) -> Calls:
    return (Call("nn.LeakyReLU", (lone("slope", layer.slope, 0.01),)),)


@says("elu", "celu")
def elu(layer: Any, x: Shape) -> Calls:
    return (Call(f"nn.{layer.kind.upper()}", (lone("alpha", layer.alpha, 1.0),)),)


@says("gelu")
def gelu(layer: Any, x: Shape) -> Calls:
    mode = "tanh" if layer.approximate else "none"
    return (Call("nn.GELU", (Arg("approximate", Code(shown(mode)), Code('"none"')),)),)


@says("prelu")
def prelu(layer: Any, x: Shape) -> Calls:
    if layer.slopes == "element" and len(x) > 1:
        raise LayerError("PyTorch has no prelu with a slope for each element")
    return (Call("nn.PReLU", (lone("channels", 1 if layer.slopes == "one" else x[-1]),)),)


@says("random_flip", "random_crop", "random_translation", "random_rotation", "random_zoom", "random_contrast", "random_brightness")
def augmentation(layer: Any, x: Shape) -> Calls:
    """In PyTorch the data loader augments; the model has nothing to do."""
    return (Call("nn.Identity"),)
