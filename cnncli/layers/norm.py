"""Normalisation: to mean 0 and variance 1 over the batch, the channels, or groups of them; and fixed scales and shifts.

Statistics over the whole map (group_norm, instance_norm, batch_norm in training) are not counted as a look at the whole map:
one pixel moves a mean by almost nothing, and the receptive field of every layer behind would be "all".
"""

from __future__ import annotations

from math import prod

from ..errors import LayerError
from .base import Layer, Shape, Weight, Work, layer, share, size_of
from .values import Count, Flag, Number, PerChannel, Positive, PositivePerChannel, Rate
from .window import miscounted


class Norm(Layer):
    """What normalisations share: afterwards a trainable factor (`scale`) and shift (`center`) for each channel."""

    center: bool
    scale: bool
    overwrites = True
    saves = ("input",)
    untold = frozenset(("epsilon", "momentum"))

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        gamma = (Weight("gamma", x[-1:]),) if self.scale else ()
        beta = (Weight("beta", x[-1:]),) if self.center else ()
        return (*gamma, *beta)

    def standardize(self, x: Shape, sets: int) -> Work:
        """The work on `sets` sets of n elements, each with its own mean and variance."""
        n = prod(x) // sets
        statistics = Work(add=2 * (n - 1) + 1, multiply=n, divide=2, exp=1)  # two sums, the squares, two means, epsilon, the root
        each = Work(add=1 + self.center, multiply=int(self.scale), divide=1)
        return statistics.plus(each.times(n)).times(sets)


@layer("batch_norm")
class BatchNorm(Norm):
    """Normalise each channel over the batch; at inference with moving averages, which are one factor and one shift.

    (*size, C) -> (*size, C)     y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    weights  gamma (C,), beta (C,); moving_mean (C,), moving_variance (C,) not trainable
    work     1 multiply and 1 add an element (the factor and the shift of a channel, folded beforehand)

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    """

    momentum: Rate = 0.99
    epsilon: Positive = 0.001
    center: Flag = True
    scale: Flag = True
    linear = True

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        moving = (Weight(name, x[-1:], trainable=False) for name in ("moving_mean", "moving_variance"))
        return (*super().weights(x), *moving)

    def work(self, x: Shape) -> Work:
        return Work(add=1, multiply=1).times(prod(x))


@layer("layer_norm")
class LayerNorm(Norm):
    """Normalise the channels of each position.

    (*size, C) -> (*size, C)     y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    weights  gamma (C,), beta (C,)
    work     a position: C = n in: add 3 n - 1 (+ n center), multiply n (+ n scale), divide n + 2, exp 1 (the root)

    Source: Ba et al. 2016, arXiv:1607.06450; over the channels alone as Liu et al. 2022, arXiv:2201.03545.
    """

    epsilon: Positive = 0.001
    center: Flag = True
    scale: Flag = True

    def work(self, x: Shape) -> Work:
        return self.standardize(x, prod(x[:-1]))


@layer("group_norm")
class GroupNorm(Norm):
    """Normalise each of `groups` groups of channels over the map.

    (*size, C) -> (*size, C)     y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    weights  gamma (C,), beta (C,)
    work     a group of n elements: as layer_norm

    Source: Wu & He 2018, arXiv:1803.08494, section 3.1.
    """

    groups: Count = 32
    epsilon: Positive = 0.001
    center: Flag = True
    scale: Flag = True

    def output(self, x: Shape) -> Shape:
        share(x[-1], self.groups, "the channels that come in")
        return x

    def work(self, x: Shape) -> Work:
        return self.standardize(x, self.groups)


@layer("instance_norm")
class InstanceNorm(Norm):
    """Normalise each channel of each image over the map.

    (*size, C) -> (*size, C)     y = gamma * (x - mean) / sqrt(variance + epsilon) + beta
    weights  gamma (C,), beta (C,)
    work     a channel of n pixels: as layer_norm

    Source: Ulyanov et al. 2016, arXiv:1607.08022.
    """

    epsilon: Positive = 0.001
    center: Flag = True
    scale: Flag = True

    def output(self, x: Shape) -> Shape:
        size_of(x, self.kind)
        return x

    def work(self, x: Shape) -> Work:
        return self.standardize(x, x[-1])


@layer("local_response_norm")
class LocalResponseNorm(Layer):
    """Damp each element by the squares of `size` neighbouring channels at its position (itself in the middle).

    (*size, C) -> (*size, C)     y = x / (k + alpha * sum of squares) ^ beta
    work     an element: 2 multiply, `size` add, 1 divide, 1 exp (the power), also where neighbours are missing

    Source: Krizhevsky et al. 2012, section 3.3.
    """

    size: Count = 5
    alpha: Number = 0.0001
    beta: Number = 0.75
    k: Number = 2.0
    saves = ("input",)

    def check(self) -> None:
        if self.size % 2 == 0:
            raise LayerError(f"size of local_response_norm is odd (as many channels on either side), not {self.size}", "size")

    def work(self, x: Shape) -> Work:
        return Work(add=self.size, multiply=2, divide=1, exp=1).times(prod(x))


@layer("scale")
class Scale(Layer):
    """Multiply each channel by a trainable factor, `init` at first (LayerScale).

    (*size, C) -> (*size, C)     y = gamma * x
    weights  gamma (C,)
    work     1 multiply an element

    Source: Touvron et al. 2021, arXiv:2103.17239, section 2.
    """

    init: Number = 1.0
    overwrites = True
    linear = True
    saves = ("input",)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return (Weight("gamma", x[-1:]),)

    def work(self, x: Shape) -> Work:
        return Work(multiply=prod(x))


class Fixed(Layer):
    """What scales and shifts with figures of its own share: each is one, or one for each channel."""

    overwrites = True

    def output(self, x: Shape) -> Shape:
        for name in self.fields:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != x[-1]:
                raise miscounted(name, len(value), x[-1], "channel")
        return x


def all_equal(value: float | tuple[float, ...], number: float) -> bool:
    """Whether a figure of all channels, or that of each, is this number."""
    return set(value if isinstance(value, tuple) else (value,)) == {number}


@layer("normalize")
class Normalize(Fixed):
    """Bring the data to mean 0 and variance 1 with figures measured beforehand: one, or one for each channel.

    (*size, C) -> (*size, C)     y = (x - mean) / sqrt(variance)
    weights  mean (C,), variance (C,), count (): none trainable (Keras keeps them with the weights)
    work     1 add an element unless the mean is 0, 1 divide unless the variance is 1; both where neither is given, since they
             are measured later

    Source: Keras' Normalization, whose adapt() measures them.
    """

    mean: PerChannel = 0.0
    variance: PositivePerChannel = 1.0

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        return tuple(Weight(name, shape, trainable=False) for name, shape in (("mean", x[-1:]), ("variance", x[-1:]), ("count", ())))

    def work(self, x: Shape) -> Work:
        add, divide = not all_equal(self.mean, 0), not all_equal(self.variance, 1)
        each = Work(add=add, divide=divide) if add or divide else Work(add=1, divide=1)
        return each.times(prod(x))


@layer("rescale")
class Rescale(Fixed):
    """Bring the data to another range with fixed figures: one, or one for each channel.

    (*size, C) -> (*size, C)     y = scale * x + offset
    work     1 multiply an element unless the scale is 1, 1 add unless the offset is 0; offset - x is 1 add alone
    """

    scale: PerChannel
    offset: PerChannel = 0.0

    def work(self, x: Shape) -> Work:
        add = not all_equal(self.offset, 0)
        multiply = not all_equal(self.scale, 1) and not (add and all_equal(self.scale, -1))
        return Work(add=add, multiply=multiply).times(prod(x))
