"""A second opinion on MACs: the framework's own counter, on one layer at a time.

What each counter leaves out or counts otherwise is known by class of operation; nothing else may differ.
"""

# mypy: ignore-missing-imports
from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import keras

from .backend import linear

if TYPE_CHECKING:
    from .check import Pair

Count = tuple[int, dict[str, int]]  # operations, and the differences from twice the MACs that are explained
SINGLE = 2**23  # up to twice this, whole numbers of single precision are exact
MULTIPLYING = {"Conv2D", "Conv3D", "DepthwiseConv2dNative", "MatMul", "BatchMatMulV2", "Conv2DBackpropInput", "Conv3DBackpropInputV2"}


def count(pair: Pair) -> Count:
    """The operations of one layer for one image."""
    return COUNTERS[keras.backend.backend()][1](pair)


def counter() -> str:
    """What counts."""
    return COUNTERS[keras.backend.backend()][0]


def tensorflow_count(pair: Pair) -> Count:
    """The multiplying operations of TensorFlow's profiler, which reads them off a graph."""
    import tensorflow as tf
    from tensorflow.python.profiler import model_analyzer, option_builder

    layer = pair.built

    def run(trainable: Any, others: Any, image: Any) -> Any:
        return layer.stateless_call(trainable, others, image)[0]

    specs = [[tf.TensorSpec(v.shape, v.dtype) for v in group] for group in (layer.trainable_variables, layer.non_trainable_variables)]
    image = tf.TensorSpec((1, *pair.inputs[0].shape[1:]), pair.inputs[0].dtype)
    graph = tf.function(run, autograph=False).get_concrete_function(*specs, image).graph
    options = option_builder.ProfileOptionBuilder(option_builder.ProfileOptionBuilder.float_operation()).with_empty_output().build()
    with contextlib.redirect_stdout(io.StringIO()):
        profile = model_analyzer.profile(graph, cmd="op", options=options)
    flops = 0
    while profile.children:
        [profile] = profile.children
        flops += profile.float_ops if profile.name in MULTIPLYING else 0
    words = tensorflow_reason(pair)
    return flops, {words: flops - twice(pair)} if words else {}


def tensorflow_reason(pair: Pair) -> str:
    """The class of operations that the profiler counts otherwise, if the layer is of one."""
    layer, kind = pair.built, pair.node.kind
    if kind == "conv_transpose":
        return "transposed convolutions: the profiler counts them by their outputs, and along three axes not at all"
    if max(getattr(layer, "dilation_rate", (1,))) > 1:
        return "dilated convolutions: they run in blocks that are padded, or with the zeros between their taps"
    uneven = kind in ("depthwise_conv", "separable_conv") and (len(layer.strides) > 2 or len(set(layer.strides)) > 1)
    if getattr(layer, "groups", 1) > 1 or uneven:
        return "grouped convolutions: they stand in a function that the profiler does not open"
    return ""


def jax_count(pair: Pair) -> Count:
    """The operations that XLA's cost analysis finds: it adds the bias, and leaves out taps that meet padding (or cut stamps)."""
    import jax

    layer = pair.built
    image = jax.ShapeDtypeStruct((1, *pair.inputs[0].shape[1:]), pair.inputs[0].dtype)
    groups = layer.trainable_variables, layer.non_trainable_variables
    state = [[jax.ShapeDtypeStruct(v.shape, v.dtype) for v in group] for group in groups]
    with linear(layer):
        lowered = jax.jit(lambda *values: layer.stateless_call(*values)[0]).lower(*state, image)
    flops = int(lowered.cost_analysis()["flops"])
    explained = {
        "bias, an addition for each output": prod(pair.shape) if layer.use_bias else 0,
        "taps that meet padding are not counted": -missed(pair),
    }
    rest = flops - twice(pair) - sum(explained.values())
    if abs(rest) <= flops // SINGLE * 2:  # a rounding for the product, the bias and their sum each; exact below 2**23
        explained["rounding: the analysis adds in single precision"] = rest
    return flops, {words: difference for words, difference in explained.items() if difference}


def missed(pair: Pair) -> int:
    """The operations of taps of the built layer that meet the padding of `same` (explicit padding is put on beforehand, and met)."""
    layer, kind = pair.built, pair.node.kind
    if getattr(layer, "padding", "valid") != "same" or not type(layer).__module__.startswith("keras."):
        return 0
    before, after = pair.inputs[0].shape[1:-1], pair.shape[:-1]
    if kind == "conv_transpose":  # the same taps seen from the other side
        before, after = after, before
    kernel: tuple[int, ...] = layer.kernel_size
    axes = list(zip(before, after, kernel, layer.strides, layer.dilation_rate, strict=True))
    met = prod(inside(*axis) for axis in axes)
    sliding = [weight for weight in layer.weights if weight.name in ("kernel", "depthwise_kernel")]
    channels = int(prod(sliding[0].shape)) // prod(kernel)
    return 2 * (prod(after) * prod(kernel) - met) * channels


def inside(n: int, places: int, kernel: int, stride: int, dilation: int) -> int:
    """How many taps of a window with `same` padding lie on an axis of n pixels, over all its places."""
    left = max((places - 1) * stride + (kernel - 1) * dilation + 1 - n, 0) // 2
    return sum(0 <= place * stride + tap * dilation - left < n for place in range(places) for tap in range(kernel))


def torch_count(pair: Pair) -> Count:
    """The operations of PyTorch's FlopCounterMode: those of convolutions and matrix products, all taps."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as found, torch.no_grad():
        pair.built(torch.zeros((1, *pair.inputs[0].shape[1:])))
    return int(found.get_total_flops()), {}


def twice(pair: Pair) -> int:
    """A MAC is two operations."""
    return 2 * pair.node.facts.work.macs


COUNTERS: dict[str, tuple[str, Callable[[Pair], Count]]] = {
    "tensorflow": ("TensorFlow's profiler", tensorflow_count),
    "jax": ("JAX' cost analysis", jax_count),
    "torch": ("PyTorch's FlopCounterMode", torch_count),
}
