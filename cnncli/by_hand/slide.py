"""One kernel, or one pooling window, over given matrices: the result, and each position's working."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from ..errors import UsageError
from ..layers.conv import Conv, DepthwiseConv
from ..layers.pool import AvgPool, MaxPool, Pool
from ..printable import count_of
from .array import Array, channels_last
from .linear import Pair, conv_pairs, depthwise_pairs
from .number import Number, show, tidy
from .pooling import pool_windows
from .rules import RULES
from .variable import Variable, backward, common_denominator, dot, plain, ratio

MOST_PRODUCTS, MOST_SHOWN = 10_000_000, 100_000


class Step(NamedTuple):
    """One number of the result: its channel, its position, how it comes about, the numbers that it is made of, and itself."""

    channel: int
    position: tuple[int, ...]
    working: str
    terms: list[Any]
    value: Number


class Slid(NamedTuple):
    """A window over a map: the layer that does it, the map with its channels last, and what came out."""

    layer: Any
    x: Array
    output: Array

    @property
    def maps(self) -> list[Array]:
        """A matrix for each channel."""
        return self.output.channels()

    def places(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The channel and the position of each number that came out."""
        for *position, channel in product(*map(range, self.output.shape)):
            yield channel, tuple(position)


class Kernels(NamedTuple):
    """Kernels as the layer takes them, and a bias for each filter."""

    kernel: Array
    bias: list[Number]


def matrices(given: Array, what: str) -> Array:
    """One matrix after the other: (channels, *size). Rows and single matrices have one channel."""
    if len(given.shape) not in (1, 2, 3):
        raise UsageError(f"{what} has {len(given.shape)} axes; it is a row, a matrix, or a matrix for each channel")
    return given if len(given.shape) == 3 else Array((1, *given.shape), given.values)


def convolve(given: Array, kernel: Array, options: dict[str, Any], bias: Sequence[Number] = (), flip: bool = False) -> tuple[Slid, Kernels]:
    """Slide kernels over a map: `given` (n,), (rows, columns) or (channels, rows, columns); a kernel so too, or one for each filter."""
    if flip:
        kernel = flipped(kernel)
    if len(kernel.shape) == 1 and len(given.shape) > 1:
        kernel = Array((1, *kernel.shape), kernel.values)
    if len(given.shape) == 1 and len(kernel.shape) > 1:
        given = Array((1, *given.shape), given.values)
    x = channels_last(matrices(given, "the input"))
    filters = kernel.parts() if len(kernel.shape) == 4 else [kernel]
    parts = [matrices(one, "the kernel") for one in filters]
    channels, (mine, *taps) = x.shape[-1], parts[0].shape
    options = {"kernel": [str(tap) for tap in taps], "bias": "true" if bias else "false", **options}
    stacked = Array((len(parts), *parts[0].shape), [value for part in parts for value in part.values])
    axes = range(2, len(taps) + 2)
    if mine == 1 and channels > 1 and len(parts) == 1:
        layer: Any = DepthwiseConv.read(options)
        ready = Array((*taps, channels, 1), [value for value in parts[0].values for _ in range(channels)])
    elif mine != channels:
        counts = f"{count_of(mine, 'channel')} and the input {count_of(channels, 'channel')}"
        raise UsageError(f"the kernel has {counts}; they need as many, or a kernel of one")
    else:
        layer = Conv.read({"filters": str(len(parts)), **options})
        ready = stacked.moved([*axes, 1, 0])
    _within(layer.macs(x.shape), MOST_PRODUCTS, "products to be computed")
    made = Kernels(ready, _spread(bias, layer.output(x.shape)[-1]))
    return Slid(layer, x, Array(layer.output(x.shape), _sums(layer, x, made))), made


def flipped(kernel: Array) -> Array:
    """Each matrix turned by 180 degrees, as true convolution has it."""
    if len(kernel.shape) > 2:
        parts = [flipped(part) for part in kernel.parts()]
        return Array(kernel.shape, [value for part in parts for value in part.values])
    return Array(kernel.shape, kernel.values[::-1])


def _sums(layer: Any, x: Array, made: Kernels) -> list[Number]:
    """The sums of products. Fractions are brought to one denominator first, so that whole numbers are multiplied."""
    floats = any(isinstance(value, float) for value in (*made.kernel.values, *x.values))
    (kernel, below_kernel), (whole_x, below_x) = ((array, 1) if floats else _numerators(array) for array in (made.kernel, x))
    below, count = below_kernel * below_x, len(made.bias)
    sums = RULES[layer.kind](layer, {"kernel": kernel}, whole_x)
    return [tidy((ratio(value, below) if below > 1 else value) + (made.bias[i % count] if count else 0)) for i, value in enumerate(sums)]


def _numerators(array: Array) -> tuple[Array, int]:
    """The numbers times their common denominator, and that."""
    values, below = common_denominator(array.values)
    return Array(array.shape, values), below


def _spread(bias: Sequence[Number], filters: int) -> list[Number]:
    if len(bias) not in (0, 1, filters):
        raise UsageError(f"there are {len(bias)} biases for {count_of(filters, 'filter')}; give one, or one for each")
    return list(bias) * (filters if len(bias) == 1 else 1)


def _within(count: int, most: int, what: str) -> None:
    if count > most:
        raise UsageError(f"there are {count:,} {what}, and at most {most:,} by hand; take a smaller input, or a larger stride")


def convolve_steps(slid: Slid, made: Kernels) -> list[Step]:
    """1·1 + 2·0 + ... for each position."""
    _within(slid.layer.macs(slid.x.shape), MOST_SHOWN, "products to be shown")
    if isinstance(slid.layer, Conv):
        pairs: Iterator[Pair] = conv_pairs(slid.layer, {"kernel": made.kernel}, slid.x)
        channels = slid.x.shape[-1]
    else:
        pairs, channels = depthwise_pairs(slid.layer, made.kernel, slid.x), 1
    found = []
    for (channel, position), (patch, kernel), value in zip(slid.places(), pairs, slid.output.values, strict=True):
        groups = [[*zip(patch[start::channels], kernel[start::channels], strict=True)] for start in range(channels)]
        sums = [" + ".join(f"{_factor(x)}·{_factor(w)}" for x, w in group) for group in groups]
        working = sums[0] if channels == 1 else " + ".join(f"({one})" for one in sums)
        if made.bias:
            amount = made.bias[channel]
            working += f" - {show(-amount)}" if amount < 0 else f" + {show(amount)}"
        found.append(Step(channel, position, working, [[*pair] for group in groups for pair in group], value))
    return found


def _factor(value: Number) -> str:
    return f"({show(value)})" if value < 0 else show(value)


def pool(given: Array, options: dict[str, Any], average: bool) -> Slid:
    """Slide a window that takes the largest, or the mean."""
    x = channels_last(matrices(given, "the input"))
    layer: Pool = (AvgPool if average else MaxPool).read(options)
    shape = layer.output(x.shape)
    _within(prod(shape) * layer.taps(x.shape), MOST_PRODUCTS, "numbers to be compared")
    return Slid(layer, x, Array(shape, [tidy(value) for value in RULES[layer.kind](layer, {}, x)]))


def pool_steps(slid: Slid) -> list[Step]:
    """max(1, 3, 0, 2), or (1 + 3 + 0 + 2) / 4, for each position."""
    _within(len(slid.output.values) * slid.layer.taps(slid.x.shape), MOST_SHOWN, "numbers to be shown")
    found = []
    for (channel, position), window, value in zip(slid.places(), pool_windows(slid.layer, slid.x), slid.output.values, strict=True):
        words = [*map(show, window)]
        added = " + ".join(map(_factor, window))
        working = f"max({', '.join(words)})" if slid.layer.kind == "max_pool" else f"({added}) / {len(words)}"
        found.append(Step(channel, position, working, window, value))
    return found


def pool_backward(slid: Slid, upstream: Array) -> Array:
    """The gradient of what went in, from that of what came out: a number for all, or one for each."""
    above = matrices(upstream, "the upstream gradient") if upstream.shape else None
    shape = slid.output.shape
    if above is not None and above.shape != (shape[-1], *shape[:-1]):
        expected = shape[:-1] if shape[-1] == 1 else (shape[-1], *shape[:-1])
        raise UsageError(f"the upstream gradient has the shape {upstream.shape}; expected that of the result, {expected}")
    slopes = upstream.values * prod(shape) if above is None else channels_last(above).values
    variables = [Variable(value) for value in slid.x.values]
    out = [*RULES[slid.layer.kind](slid.layer, {}, Array(slid.x.shape, variables))]
    backward(dot(out, slopes))
    return Array(slid.x.shape, [tidy(plain(variable.grad)) for variable in variables])
