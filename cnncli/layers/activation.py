"""Activations: element by element, as layers of their own or as the `activation` of another. Relu and its kin have a file of their own."""

from __future__ import annotations

from math import prod

from . import rectifier
from .base import KINDS, Shape, Work, layer
from .elementwise import Elementwise


@layer("hard_sigmoid")
class HardSigmoid(Elementwise):
    """Sigmoid in straight pieces.

    (*size, C) -> (*size, C)     y = min(max(x / 6 + 1/2, 0), 1)
    work     an element: divide 1, add 1, compare 2

    Source: Howard et al. 2019, arXiv:1905.02244, section 5.2.
    """

    per_element = Work(divide=1, add=1, compare=2)


@layer("sigmoid")
class Sigmoid(Elementwise):
    """The logistic function: from 0 to 1.

    (*size, C) -> (*size, C)     y = 1 / (1 + exp(-x))
    work     an element: exp 1, add 1, divide 1
    """

    per_element = Work(exp=1, add=1, divide=1)


@layer("tanh")
class Tanh(Elementwise):
    """The hyperbolic tangent: from -1 to 1.

    (*size, C) -> (*size, C)     y = tanh(x)
    work     an element: exp 1 (tanh)
    """

    per_element = Work(exp=1)


@layer("softmax")
class Softmax(Elementwise):
    """Shares that sum to 1, over the channels of each position.

    (*size, C) -> (*size, C)     y = exp(x) / sum of exp(x)
    work     an element: exp 1, divide 1; a position: add C - 1 (without the shift by the largest that guards against overflow)

    Source: Bridle 1990.
    """

    def work(self, x: Shape) -> Work:
        return Work(exp=1, divide=1).times(prod(x)).plus(Work(add=prod(x[:-1]) * (x[-1] - 1)))


@layer("log_softmax")
class LogSoftmax(Elementwise):
    """The logarithms of shares that sum to 1, over the channels of each position.

    (*size, C) -> (*size, C)     y = x - log(sum of exp(x))
    work     an element: exp 1, add 1; a position: add C - 1, exp 1 (the logarithm)
    """

    def work(self, x: Shape) -> Work:
        return Work(exp=1, add=1).times(prod(x)).plus(Work(add=x[-1] - 1, exp=1).times(prod(x[:-1])))


@layer("softplus")
class Softplus(Elementwise):
    """Relu with a round corner.

    (*size, C) -> (*size, C)     y = log(1 + exp(x))
    work     an element: exp 2 (exp, log), add 1

    Source: Dugas et al. 2000.
    """

    per_element = Work(exp=2, add=1)
    saves = ("input",)


@layer("log_sigmoid")
class LogSigmoid(Elementwise):
    """The logarithm of the logistic function: softplus turned about the origin.

    (*size, C) -> (*size, C)     y = -log(1 + exp(-x))
    work     an element: exp 2 (exp, log), add 1
    """

    per_element = Work(exp=2, add=1)
    saves = ("input",)


@layer("softsign")
class Softsign(Elementwise):
    """From -1 to 1, more slowly than tanh.

    (*size, C) -> (*size, C)     y = x / (1 + |x|)
    work     an element: compare 1, add 1, divide 1

    Source: Bergstra et al. 2009; Glorot & Bengio 2010.
    """

    per_element = Work(compare=1, add=1, divide=1)
    saves = ("input",)


@layer("hard_tanh")
class HardTanh(Elementwise):
    """The identity between -1 and 1, and these beyond.

    (*size, C) -> (*size, C)     y = min(max(x, -1), 1)
    work     an element: compare 2

    Source: Collobert 2004.
    """

    per_element = Work(compare=2)


@layer("exponential")
class Exponential(Elementwise):
    """e to the power of x.

    (*size, C) -> (*size, C)     y = exp(x)
    work     an element: exp 1
    """

    per_element = Work(exp=1)


@layer("linear")
class Linear(Elementwise):
    """The identity. It costs nothing and changes nothing.

    (*size, C) -> (*size, C)     y = x
    """

    saves = ()
    view = True


ACTIVATIONS = {  # what `activation:` accepts
    kind: cls for kind, cls in KINDS.items() if cls.__module__ in (rectifier.__name__, __name__)
}
