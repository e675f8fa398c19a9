"""What Keras says for the layers that slide: calls of keras.layers, and of the helpers where it has none."""

from __future__ import annotations

from typing import Any

from ...convert.words import Arg, Call
from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.base import spread
from ...layers.initializers import GLOROT, ZEROS, Dirac, Whitening
from ...layers.named import NamedOptions
from ...layers.window import both_sides
from ..python import Calls, Code, Vocabulary, arguments, lone, plain, shown
from ..sides import even, overhang

KERAS = Vocabulary()
says = KERAS.says

# What keras.layers.Activation calls those that have no layer of their own.
NAMED = {
    kind: kind
    for kind in (
        "selu", "gelu", "silu", "mish", "hard_sigmoid", "sigmoid", "tanh", "log_softmax", "softplus", "log_sigmoid", "softsign",
        "hard_tanh", "exponential", "linear",
    )
}  # fmt: skip
NAMED["hard_swish"] = "hard_silu"


def of_axes(name: str, x: Shape, most: int = 3) -> str:
    """The class for as many axes as the map has: layers.Conv2D."""
    if not 2 <= len(x) <= most + 1:
        raise LayerError(f"Keras has no {name} for a map of {len(x) - 1} axes")
    return f"layers.{name.replace('#', f'{len(x) - 1}D') if '#' in name else f'{name}{len(x) - 1}D'}"


def sides(amount: Any, x: Shape, option: str = "padding") -> Any:
    """Padding as Keras' layers take it: a number, one for each axis, or (before, after) for each."""
    pairs = both_sides(amount, len(x) - 1, option)
    same = even(pairs)
    return same if same is not None else pairs[0] if len(pairs) == 1 else pairs


def activation(layer: Layer) -> Arg:
    """The argument `activation`."""
    return Arg("activation", None if layer.kind == "linear" else fused(layer), None)


def fused(layer: Any) -> Any:
    if layer.kind in ("relu", "relu6", "softmax") and getattr(layer, "is_plain", True):
        return Code(shown(layer.kind))
    if layer.kind == "gelu" and layer.approximate:
        return Code("gelu_tanh")
    if layer.kind in NAMED:
        return Code(shown(NAMED[layer.kind]))
    if layer.kind == "prelu":
        return None
    [made] = KERAS[layer.kind](layer, ())
    return Code(f"{made.callee}({arguments([(arg, arg.value) for arg in made.args])})")


def learned(layer: Any, x: Shape, *kernels: str) -> tuple[Arg, ...]:
    """The arguments that training reads; `kernels` is what Keras' arguments call the arrays."""
    made = [Arg("bias_initializer", None if layer.bias_initializer == ZEROS else initializer(layer.bias_initializer, layer, ""), None)]
    for kernel in kernels:
        start = None if layer.initializer == GLOROT else initializer(layer.initializer, layer, kernel)
        told = {"initializer": start, "regularizer": regularizer(layer), "constraint": constraint(layer, kernel, len(x) + 1)}
        made += [Arg(f"{kernel}_{name}", value, None) for name, value in told.items()]
    return tuple(made)


def regularizer(layer: Any) -> Code | None:
    """As keras_model/learned.py makes it."""
    told = [value for value in (layer.l1, layer.l2) if value]
    name = "L1L2" if len(told) == 2 else "L1" if layer.l1 else "L2"
    return Code(f"keras.regularizers.{name}({', '.join(map(str, told))})") if told else None


def constraint(layer: Any, kernel: str, rank: int) -> Code | None:
    axes = list(layer.incoming(kernel, rank))
    return None if layer.max_norm is None else Code(f"keras.constraints.MaxNorm({layer.max_norm}, axis={axes})")


def initializer(given: NamedOptions, layer: Any, array: str) -> Code:
    """A name where that says all, else the call of a class."""
    told = {name: getattr(given, name) for name, field in given.fields.items() if field.required or getattr(given, name) != field.default}
    if isinstance(given, Dirac):
        told = {"depthwise": True} if array == "depthwise" else {"groups": layer.groups} if getattr(layer, "groups", 1) > 1 else {}
        if given.rest != ZEROS:
            told["rest"] = initializer(given.rest, layer, array)
            told |= {"filters": -2} if layer.kind == "conv_transpose" else {}
        return Code(f"Dirac({', '.join(f'{name}={shown(value)}' for name, value in told.items())})")
    if isinstance(given, Whitening):
        return Code(shown(GLOROT.name))
    if not told:
        return Code(shown(given.name))
    title = "".join(part.capitalize() for part in given.name.split("_"))
    return Code(f"keras.initializers.{title}({', '.join(f'{name}={shown(value)}' for name, value in told.items())})")


def window(layer: Any, x: Shape, *kernels: str) -> tuple[Calls, tuple[Arg, ...], tuple[Arg, ...]]:
    """What convolutions share: padding before it where it is explicit; kernel, stride, padding; bias, activation, training."""
    both = max(spread(layer.stride, len(x) - 1, "stride")) > 1 and max(spread(layer.dilation, len(x) - 1, "dilation")) > 1
    if both:
        raise LayerError(f"Keras has no {layer.kind} with stride and dilation at once; a .keras file (--to keras) has one of our own")
    if layer.activation.kind == "prelu":
        raise LayerError("a prelu inside another layer cannot be told in Keras code; make it a layer of its own")
    explicit = not isinstance(layer.padding, str)
    before = (Call(of_axes("ZeroPadding", x), (lone("padding", sides(layer.padding, x)),)),) if explicit and layer.padding else ()
    padding = Arg("padding", "valid" if explicit else layer.padding, "valid")
    first = (lone("kernel_size", plain(layer.kernel)), Arg("strides", plain(layer.stride), 1), padding)
    return before, first, (Arg("use_bias", layer.bias, True), activation(layer.activation), *learned(layer, x, *kernels))


@says("conv")
def conv(layer: Any, x: Shape) -> Calls:
    before, first, last = window(layer, x, "kernel")
    middle = (Arg("dilation_rate", plain(layer.dilation), 1), Arg("groups", layer.groups, 1))
    return (*before, Call(of_axes("Conv", x), (lone("filters", layer.filters), *first, *middle, *last)))


@says("depthwise_conv", "separable_conv")
def depthwise_conv(layer: Any, x: Shape) -> Calls:
    before, first, last = window(layer, x, "depthwise", *(["pointwise"] if layer.kind == "separable_conv" else []))
    if len(set(spread(layer.stride, len(x) - 1, "stride"))) > 1:
        raise LayerError(f"Keras' {layer.kind} takes one stride for all axes; a .keras file (--to keras) has one of our own")
    name, filters = ("DepthwiseConv", ()) if layer.kind == "depthwise_conv" else ("SeparableConv", (lone("filters", layer.filters),))
    middle = (Arg("dilation_rate", plain(layer.dilation), 1), Arg("depth_multiplier", layer.multiplier, 1))
    return (*before, Call(of_axes(name, x, most=2), (*filters, *first, *middle, *last)))


@says("conv_transpose")
def conv_transpose(layer: Any, x: Shape) -> Calls:
    """Explicit padding cuts off what `valid` makes."""
    if layer.groups > 1 or layer.dilation not in (1, (1,) * (len(x) - 1)):
        raise LayerError("Keras has no conv_transpose in groups or dilated; a .keras file (--to keras) has one of our own")
    name = of_axes("Conv#Transpose", x)
    _, (kernel, stride, _), last = window(layer, x, "kernel")
    axes = len(x) - 1
    extra = spread(layer.output_padding, axes, "output_padding")
    explicit = not isinstance(layer.padding, str)
    given = both_sides(layer.padding, axes, "padding") if explicit else ((0, 0),) * axes
    cut = tuple((before, max(after - more, 0)) for (before, after), more in zip(given, extra, strict=True))
    added = tuple(max(more - after, 0) for (_, after), more in zip(given, extra, strict=True))
    wide = any(s > k for s, k in zip(spread(layer.stride, axes, "stride"), spread(layer.kernel, axes, "kernel"), strict=True))
    told = Arg("output_padding", plain(added) if layer.padding != "same" and (any(added) or wide) else None, None)
    padding = Arg("padding", "same" if layer.padding == "same" else "valid", "valid")
    made = Call(name, (lone("filters", layer.filters), kernel, stride, padding, told, *last))
    return (made, Call(of_axes("Cropping", x), (lone("cropping", sides(cut, x)),))) if any(map(any, cut)) else (made,)


@says("dense")
def dense(layer: Any, x: Shape) -> Calls:
    if layer.activation.kind == "prelu":
        raise LayerError("a prelu inside another layer cannot be told in Keras code; make it a layer of its own")
    bias = Arg("use_bias", layer.bias, True)
    return (Call("layers.Dense", (lone("units", layer.units), bias, activation(layer.activation), *learned(layer, (x[-1],), "kernel"))),)


@says("max_pool", "avg_pool")
def pool(layer: Any, x: Shape) -> Calls:
    """Explicit padding, and windows that hang over the end, are put around the map beforehand."""
    largest = layer.kind == "max_pool"
    size, stride = plain(layer.size), plain(layer.size if layer.stride is None else layer.stride)
    args = (lone("pool_size", size), Arg("strides", None if stride == size else stride, None))
    name = "MaxPooling" if largest else "AveragePooling"
    if isinstance(layer.padding, str) and not layer.ceil:
        return (Call(of_axes(name, x), (*args, Arg("padding", layer.padding, "valid"))),)
    around = overhang(layer, x)
    if not any(map(any, around)):
        return (Call(of_axes(name, x), args),)
    if largest:
        return (Call("Padding", (lone("padding", around), Arg("value", Code('float("-inf")')))), Call(of_axes(name, x), args))
    return (Call("PaddedAveragePooling", (*args, Arg("padding", around))),)


@says("global_avg_pool", "global_max_pool")
def global_pool(layer: Any, x: Shape) -> Calls:
    name = {"global_avg_pool": "GlobalAveragePooling", "global_max_pool": "GlobalMaxPooling"}[layer.kind]
    return (Call(of_axes(name, x), (Arg("keepdims", layer.keep_axes, False),)),)


@says("adaptive_avg_pool", "adaptive_max_pool")
def adaptive_pool(layer: Any, x: Shape) -> Calls:
    """Bins that divide the map are windows."""
    name = {"adaptive_avg_pool": "AveragePooling", "adaptive_max_pool": "MaxPooling"}[layer.kind]
    sizes = spread(layer.size, len(x) - 1, "size")
    if all(n % m == 0 for n, m in zip(x[:-1], sizes, strict=True)):
        return (Call(of_axes(name, x), (lone("pool_size", plain(tuple(n // m for n, m in zip(x[:-1], sizes, strict=True)))),)),)
    return (Call(f"Adaptive{name}", (lone("output_size", sizes),)),)
