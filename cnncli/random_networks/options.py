"""What random layers are made of: for every kind, how each of its options is drawn. What does not fit is refused by the layer itself."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from ..layers.activation import ACTIVATIONS

if TYPE_CHECKING:
    from ..layers import Shape
    from ..layers.values import Raw

Draw = Callable[[Random, "Shape"], Any]


def one_of(*choices: Any) -> Draw:
    """One of a few values."""
    return lambda random, x: random.choice(choices)


def per_axis(*choices: Any) -> Draw:
    """One value for all axes, or one for each."""

    def draw(random: Random, x: Shape) -> Raw:
        axes = len(x) - 1
        return [random.choice(choices) for _ in range(axes)] if axes and random.random() < 0.4 else random.choice(choices)

    return draw


def sides(*choices: int) -> Draw:
    """One value for all sides, one for each axis, or [before, after] for each axis."""

    def draw(random: Random, x: Shape) -> Raw:
        axes, form = len(x) - 1, random.randrange(3)
        if not axes or form == 0:
            return random.choice(choices)
        return [random.choice(choices) if form == 1 else [random.choice(choices), random.choice(choices)] for _ in range(axes)]

    return draw


def padding(random: Random, x: Shape) -> Raw:
    """`valid`, `same`, or explicit."""
    form = random.randrange(4)
    found: Raw = sides(0, 0, 1, 1, 2, 3)(random, x) if form == 3 else "valid" if form == 2 else "same"
    return found


def divisor(random: Random, x: Shape) -> int:
    """A number that divides the channels."""
    return random.choice([number for number in range(1, x[-1] + 1) if x[-1] % number == 0])


def filters(random: Random, x: Shape) -> int:
    """Few; often a multiple of the channels, so that groups are possible."""
    return random.choice([1, 2, 3, 4, 5, 6, 8, x[-1], min(2 * x[-1], 12)])


def activation(random: Random, x: Shape) -> Raw:
    """The name of one, or with an option."""
    kind = random.choice(list(ACTIVATIONS))
    return {kind: chosen(kind, random, x)} if OPTIONS[kind] else kind


def new_shape(random: Random, x: Shape) -> Raw:
    """The same numbers cut otherwise."""
    rest = 1
    for length in x:
        rest *= length
    shape = []
    for _ in range(random.randrange(4)):
        length = random.choice([number for number in range(1, min(rest, 8) + 1) if rest % number == 0])
        shape.append(length)
        rest //= length
    return [*shape, random.choice([rest, -1])]


def axes(random: Random, x: Shape) -> Raw:
    """The axes in some order."""
    return random.sample(range(1, len(x) + 1), len(x))


def channel(random: Random, x: Shape) -> int:
    """The number of a channel."""
    return random.randrange(x[-1] + 1)


def each_channel(*choices: float) -> Draw:
    """One value, or one for each channel."""
    return lambda random, x: [random.choice(choices) for _ in range(x[-1])] if random.random() < 0.5 else random.choice(choices)


FLAG = one_of("true", "false")
KERNEL, STRIDE, DILATION = per_axis(1, 2, 2, 3, 3, 3, 4, 5, 7), per_axis(1, 1, 1, 2, 2, 3, 4), per_axis(1, 1, 1, 2, 3)
WINDOW = {"kernel": KERNEL, "stride": STRIDE, "padding": padding, "dilation": DILATION}
STARTS = one_of("he_normal", "orthogonal", "dirac", {"constant": 0.5}, {"random_normal": {"stddev": 0.1}})
LEARNED = {"initializer": STARTS, "bias_initializer": one_of("ones", {"constant": -1}), "l1": one_of(0.01), "l2": one_of(0, 1e-4)}
AFFINE = {"bias": FLAG, "activation": activation, **LEARNED, "max_norm": one_of(1, 0.5)}
POOL = {"size": per_axis(1, 2, 2, 3, 3, 4), "stride": STRIDE, "padding": padding, "ceil": FLAG}
NORM = {"epsilon": one_of(0.001, 1e-5), "center": FLAG, "scale": FLAG}
MULTIPLIER = one_of(1, 1, 2, 3)

OPTIONS: dict[str, dict[str, Draw]] = {
    "conv": {"filters": filters, **WINDOW, "groups": divisor, **AFFINE},
    "depthwise_conv": {**WINDOW, "multiplier": MULTIPLIER, **AFFINE},
    "separable_conv": {"filters": filters, **WINDOW, "multiplier": MULTIPLIER, **AFFINE},
    "conv_transpose": {"filters": filters, **WINDOW, "output_padding": per_axis(0, 1, 1, 2), "groups": divisor, **AFFINE},
    "dense": {"units": filters, **AFFINE},
    "max_pool": POOL,
    "avg_pool": POOL,
    "global_avg_pool": {"keep_axes": FLAG},
    "global_max_pool": {"keep_axes": FLAG},
    **{kind: {"size": per_axis(1, 2, 3, 4, 5, 7)} for kind in ("adaptive_avg_pool", "adaptive_max_pool")},
    **{kind: {} for kind in ACTIVATIONS},
    "prelu": {"slopes": one_of("channel", "element", "one")},
    "relu": {"max": one_of(1, 6, 0.5), "slope": one_of(0.1), "threshold": one_of(1, 0.25)},
    "leaky_relu": {"slope": one_of(0.01, 0.3)},
    **{kind: {"alpha": one_of(0.5, 1.0)} for kind in ("elu", "celu")},
    "gelu": {"approximate": FLAG},
    "batch_norm": {"momentum": one_of(0.9, 0.99), **NORM},
    "layer_norm": NORM,
    "group_norm": {"groups": divisor, **NORM},
    "instance_norm": NORM,
    "local_response_norm": {"size": one_of(1, 3, 5), "alpha": one_of(1e-4, 1.0), "beta": one_of(0.5, 0.75), "k": one_of(1, 2)},
    "scale": {"init": one_of(1e-6, 1.0)},
    "normalize": {"mean": each_channel(0.0, 0.5, -1.0), "variance": each_channel(1.0, 0.25)},
    "rescale": {"scale": each_channel(0.5, -2, 0.001), "offset": each_channel(0, -1)},
    **{kind: {} for kind in ("add", "subtract", "multiply", "average", "maximum", "minimum", "concat", "flatten")},
    "reshape": {"shape": new_shape},
    "permute": {"axes": axes},
    "pad": {"padding": sides(0, 1, 2)},
    "crop": {"cropping": sides(0, 0, 1)},
    "upsample": {"factor": per_axis(1, 2, 3), "mode": one_of("nearest", "bilinear")},
    "resize": {
        "size": per_axis(1, 2, 3, 5, 8),
        "factor": per_axis(0.5, 1.5, 0.7),
        "mode": one_of("nearest", "bilinear"),
        "coordinates": one_of("half_pixel", "asymmetric", "align_corners"),
    },
    **{kind: {"block": one_of(1, 2, 2, 3), "mode": one_of("dcr", "crd")} for kind in ("depth_to_space", "space_to_depth")},
    "channel_shuffle": {"groups": divisor},
    "channel_slice": {"start": channel, "stop": channel},
    "channel_pad": {"before": one_of(0, 1, 2), "after": one_of(0, 1, 3)},
    "dropout": {"rate": one_of(0, 0.5)},
    "spatial_dropout": {"rate": one_of(0.2)},
    "gaussian_noise": {"stddev": one_of(0, 0.1, 1)},
    "drop_path": {"rate": one_of(0, 0.1)},
    "random_flip": {"direction": one_of("horizontal", "vertical", "both")},
    "random_crop": {"padding": one_of(0, 1, 4), "mode": one_of("reflect", "zeros")},
    "random_translation": {"pixels": one_of(0, 1, 2), "mode": one_of("reflect", "zeros")},
    "random_rotation": {"degrees": one_of(10, 180)},
    "random_zoom": {"amount": one_of(0, 0.3)},
    "random_contrast": {"amount": one_of(0, 0.5), "value_range": one_of([0, 1], [-2, 3])},
    "random_brightness": {"amount": one_of(0, 0.5), "value_range": one_of([0, 1], [-2, 3])},
}


def chosen(kind: str, random: Random, x: Shape) -> dict[str, Raw]:
    """Options for a layer of a kind that reads `x`: those that it needs, and some of the others."""
    from ..layers import KINDS

    fields = KINDS[kind].fields
    return {name: draw(random, x) for name, draw in OPTIONS[kind].items() if fields[name].required or random.random() < 0.4}
