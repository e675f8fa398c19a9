"""What PyTorch says for a layer: modules of torch.nn, and of the helpers in torch_helpers where it has none. Channels come first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...convert.words import Arg, Call
from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.base import spread
from ..python import Calls, Code, Vocabulary, lone, plain
from ..sides import Pairs, even, overhang, padding_of

TORCH = Vocabulary()
says = TORCH.says
CONVOLUTIONS = ("conv", "depthwise_conv", "separable_conv")


def of_axes(name: str, x: Shape) -> str:
    """The class for as many axes as the map has: nn.Conv2d."""
    if not 2 <= len(x) <= 4:
        raise LayerError(f"PyTorch has no {name} for a map of {len(x) - 1} axes")
    return f"nn.{name}{len(x) - 1}d"


def around(pairs: Pairs, x: Shape, value: str = "") -> Calls:
    """Pixels around the map, or fewer where numbers are negative: F.pad's numbers, the last axis first."""
    if not any(map(any, pairs)):
        return ()
    numbers = plain(tuple([side for pair in reversed(pairs) for side in pair]))
    if value:
        return (Call(of_axes("ConstantPad", x), (lone("padding", numbers), lone("value", Code(value)))),)
    return (Call(of_axes("ZeroPad", x), (lone("padding", numbers),)),)


def active(layer: Layer, out: Shape) -> Calls:
    """The activation of another layer, behind it."""
    return () if layer.kind == "linear" else TORCH[layer.kind](layer, out)


def is_uneven(layer: Layer, x: Shape) -> bool:
    """Whether a convolution's `same` pads one pixel more after than before."""
    return layer.kind in CONVOLUTIONS and getattr(layer, "padding", "") == "same" and even(padding_of(layer, x)) is None


def window(layer: Any, x: Shape, filters: int, groups: int, bias: bool) -> Calls:
    """A convolution of `filters` kernels, in groups, after what padding it does not take itself."""
    sides = padding_of(layer, x)
    same = even(sides)
    sized = (lone("in_channels", x[-1]), lone("filters", filters), lone("kernel_size", plain(layer.kernel)))
    args = (
        *sized, Arg("stride", plain(layer.stride), 1), Arg("padding", same or 0, 0), Arg("dilation", plain(layer.dilation), 1),
        Arg("groups", groups, 1), Arg("bias", bias, True),
    )  # fmt: skip
    return (*(around(sides, x) if same is None else ()), Call(of_axes("Conv", x), args))


def same_window(layer: Any, x: Shape, filters: int, groups: int, bias: bool) -> Calls:
    """The same with the helper that works the padding of `same` out itself."""
    [*_, made] = window(layer, x, filters, groups, bias)
    args = tuple([arg for arg in made.args if arg.name != "padding"])
    return (Call("Same" + made.callee.removeprefix("nn."), args),)


def convolution(layer: Any, x: Shape, told: Callable[..., Calls] = window) -> Calls:
    """The calls for the three convolutions."""
    out = layer.output(x)
    if layer.kind == "conv":
        made = told(layer, x, layer.filters, layer.groups, layer.bias)
    elif layer.kind == "depthwise_conv":
        made = told(layer, x, x[-1] * layer.multiplier, x[-1], layer.bias)
    elif layer.kind == "separable_conv":
        middle = x[-1] * layer.multiplier
        sized = (lone("in_channels", middle), lone("filters", layer.filters), lone("kernel_size", 1))
        pointwise = Call(of_axes("Conv", x), (*sized, Arg("bias", layer.bias, True)))
        made = (*told(layer, x, middle, x[-1], False), pointwise)
    else:
        raise NotImplementedError(layer.kind)
    return (*made, *active(layer.activation, out))


@says(*CONVOLUTIONS)
def explicit(layer: Any, x: Shape) -> Calls:
    return convolution(layer, x)


@says("conv_transpose")
def conv_transpose(layer: Any, x: Shape) -> Calls:
    """What PyTorch's padding, equal on both sides, does not cut off is cut off behind."""
    stamps = layer.stamps(x)
    less = tuple(min(stamp.before, stamp.after) for stamp in stamps)
    rest = tuple((cut - stamp.before, cut - stamp.after) for stamp, cut in zip(stamps, less, strict=True))
    sized = (lone("in_channels", x[-1]), lone("filters", layer.filters), lone("kernel_size", plain(layer.kernel)))
    args = (
        *sized, Arg("stride", plain(layer.stride), 1), Arg("padding", plain(less), 0),
        Arg("output_padding", plain(tuple(stamp.extra for stamp in stamps)), 0), Arg("groups", layer.groups, 1),
        Arg("bias", layer.bias, True), Arg("dilation", plain(layer.dilation), 1),
    )  # fmt: skip
    return (Call(of_axes("ConvTranspose", x), args), *around(rest, x), *active(layer.activation, layer.output(x)))


@says("dense")
def dense(layer: Any, x: Shape) -> Calls:
    callee = "nn.Linear" if len(x) == 1 else "ChannelLinear"
    args = (lone("in_channels", x[-1]), lone("units", layer.units), Arg("bias", layer.bias, True))
    return (Call(callee, args), *active(layer.activation, layer.output(x)))


@says("max_pool", "avg_pool")
def pool(layer: Any, x: Shape) -> Calls:
    largest = layer.kind == "max_pool"
    sides, axes = padding_of(layer, x), len(x) - 1
    size, stride = plain(layer.size), plain(layer.size if layer.stride is None else layer.stride)
    args = (lone("kernel_size", size), Arg("stride", None if stride == size else stride, None))
    same, taps = even(sides), spread(layer.size, axes, "size")
    fits = all(2 * before <= k for (before, _), k in zip(sides, taps, strict=True))
    small = axes == 3 and not largest and any(n < k for n, k in zip(x, taps, strict=False))  # AvgPool3d looks at the bare map
    if same is not None and fits and not small:
        told = () if largest or not any(map(any, sides)) else (Arg("count_include_pad", False),)
        more = (Arg("padding", same, 0), Arg("ceil_mode", layer.ceil, False), *told)
        return (Call(of_axes("MaxPool" if largest else "AvgPool", x), (*args, *more)),)
    sides = overhang(layer, x)
    if largest:
        return (*around(sides, x, 'float("-inf")'), Call(of_axes("MaxPool", x), args))
    numbers = tuple([side for pair in reversed(sides) for side in pair])
    return (Call(f"PaddedAvgPool{axes}d", (*args, Arg("pad", numbers))),)


@says("global_avg_pool", "global_max_pool")
def global_pool(layer: Any, x: Shape) -> Calls:
    name = {"global_avg_pool": "AdaptiveAvgPool", "global_max_pool": "AdaptiveMaxPool"}[layer.kind]
    made = Call(of_axes(name, x), (lone("output_size", 1),))
    return (made,) if layer.keep_axes else (made, Call("nn.Flatten"))


@says("adaptive_avg_pool", "adaptive_max_pool")
def adaptive_pool(layer: Any, x: Shape) -> Calls:
    name = {"adaptive_avg_pool": "AdaptiveAvgPool", "adaptive_max_pool": "AdaptiveMaxPool"}[layer.kind]
    return (Call(of_axes(name, x), (lone("output_size", plain(layer.size)),)),)
