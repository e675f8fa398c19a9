"""Activations that let what is above 0 through, and little or nothing of what is below: relu and its kin."""

from __future__ import annotations

from math import prod

from ..errors import LayerError
from .base import Shape, Weight, Work, layer
from .elementwise import Elementwise
from .values import Flag, MaybePositive, Positive, Slopes


@layer("relu")
class Relu(Elementwise):
    """Rectified linear unit; if told so, with a largest value, a slope below, or another `threshold` than 0.

    (*size, C) -> (*size, C)     y = max(x, 0); in full, min(x, max) where x > threshold, else slope * (x - threshold)
    work     an element: compare 1; compare 1 for max, multiply 1 for slope, add 1 for a slope with a threshold

    Source: Nair & Hinton 2010; Krizhevsky et al. 2012, section 3.1.
    """

    max: MaybePositive = None
    slope: Positive = 0.0
    threshold: Positive = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether it is max(x, 0)."""
        return self.max is None and not self.slope and not self.threshold

    def work(self, x: Shape) -> Work:
        slope, shift = self.slope > 0, self.slope > 0 and self.threshold > 0
        return Work(compare=1 + (self.max is not None), multiply=int(slope), add=int(shift)).times(prod(x))


@layer("relu6")
class Relu6(Elementwise):
    """Relu that stops at 6, for arithmetic of low precision.

    (*size, C) -> (*size, C)     y = min(max(x, 0), 6)
    work     an element: compare 2

    Source: Krizhevsky 2010; Sandler et al. 2018, arXiv:1801.04381, section 3.
    """

    per_element = Work(compare=2)


@layer("leaky_relu")
class LeakyRelu(Elementwise):
    """Relu that lets a little of the negative through.

    (*size, C) -> (*size, C)     y = x where x > 0, else slope * x
    work     an element: compare 1, multiply 1

    Source: Maas et al. 2013.
    """

    slope: Positive = 0.01
    per_element = Work(compare=1, multiply=1)


@layer("prelu")
class Prelu(Elementwise):
    """Leaky relu with a trainable slope for each channel, for each element, or one for all.

    (*size, C) -> (*size, C)     y = x where x > 0, else alpha * x
    weights  alpha (*ones, C), (*size, C) or (*ones, 1)
    work     an element: compare 1, multiply 1

    Source: He et al. 2015, arXiv:1502.01852, section 2.1.
    """

    slopes: Slopes = "channel"
    per_element = Work(compare=1, multiply=1)
    saves = ("input",)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        own = {"channel": x[-1:], "element": x, "one": (1,)}[self.slopes]
        return (Weight("alpha", (1,) * (len(x) - len(own)) + own),)


@layer("elu")
class Elu(Elementwise):
    """Exponential linear unit.

    (*size, C) -> (*size, C)     y = x where x > 0, else alpha * (exp(x) - 1)
    work     an element: compare 1, exp 1, add 1, multiply 1

    Source: Clevert et al. 2015, arXiv:1511.07289, section 3.
    """

    alpha: Positive = 1.0
    per_element = Work(compare=1, exp=1, add=1, multiply=1)


@layer("celu")
class Celu(Elementwise):
    """Elu whose slope is continuous at 0 for every alpha.

    (*size, C) -> (*size, C)     y = x where x > 0, else alpha * (exp(x / alpha) - 1)
    work     an element: compare 1, divide 1, exp 1, add 1, multiply 1

    Source: Barron 2017, arXiv:1704.07483.
    """

    alpha: Positive = 1.0
    per_element = Work(compare=1, divide=1, exp=1, add=1, multiply=1)

    def check(self) -> None:
        if not self.alpha:
            raise LayerError("alpha of celu is above 0, not 0; it is divided by", "alpha")


@layer("selu")
class Selu(Elementwise):
    """Elu with the constants that keep mean 0 and variance 1 from layer to layer.

    (*size, C) -> (*size, C)     y = 1.0507 * (x where x > 0, else 1.6733 * (exp(x) - 1))
    work     an element: compare 1, exp 1, add 1, multiply 2

    Source: Klambauer et al. 2017, arXiv:1706.02515, section 2.
    """

    per_element = Work(compare=1, exp=1, add=1, multiply=2)


@layer("gelu")
class Gelu(Elementwise):
    """Gaussian error linear unit; `approximate` replaces the error function by a tanh.

    (*size, C) -> (*size, C)     y = 0.5 * x * (1 + erf(0.7071 * x)), or 0.5 * x * (1 + tanh(0.7979 * (x + 0.0447 * x * x * x)))
    work     an element: multiply 3, add 1, exp 1 (erf); approximate: multiply 6, add 2, exp 1 (tanh)

    Source: Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2.
    """

    approximate: Flag = False
    saves = ("input",)

    def work(self, x: Shape) -> Work:
        one = Work(multiply=6, add=2, exp=1) if self.approximate else Work(multiply=3, add=1, exp=1)
        return one.times(prod(x))


@layer("silu")
class Silu(Elementwise):
    """x times its sigmoid (swish).

    (*size, C) -> (*size, C)     y = x / (1 + exp(-x))
    work     an element: exp 1, add 1, divide 1

    Source: Elfwing et al. 2017, arXiv:1702.03118; Ramachandran et al. 2017, arXiv:1710.05941.
    """

    per_element = Work(exp=1, add=1, divide=1)
    saves = ("input",)


@layer("mish")
class Mish(Elementwise):
    """x times the tanh of its softplus.

    (*size, C) -> (*size, C)     y = x * tanh(log(1 + exp(x)))
    work     an element: exp 3 (exp, log, tanh), add 1, multiply 1

    Source: Misra 2019, arXiv:1908.08681.
    """

    per_element = Work(exp=3, add=1, multiply=1)
    saves = ("input",)


@layer("hard_swish")
class HardSwish(Elementwise):
    """Silu in straight pieces.

    (*size, C) -> (*size, C)     y = x * min(max(x + 3, 0), 6) / 6
    work     an element: add 1, compare 2, multiply 1, divide 1

    Source: Howard et al. 2019, arXiv:1905.02244, section 5.2.
    """

    per_element = Work(add=1, compare=2, multiply=1, divide=1)
    saves = ("input",)
