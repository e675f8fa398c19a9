"""What dense layers and convolutions share: a linear map with kernels, then a bias, then an activation."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any

from .activation import ACTIVATIONS, Linear
from .base import Layer, Shape, Weight, Work
from .initializers import GLOROT, ZEROS, BiasInitializer, Initializer
from .named import NameOf
from .values import MaybeNorm, Positive

Activation = Annotated[Layer, NameOf("an activation", ACTIVATIONS, "cnncli layers names them")]
LINEAR = Linear()


class Affine(Layer):
    """A kind states its kernels and its MACs; the bias (one add an output element) and the activation follow here.

    So do the options that training alone reads: how kernels and bias begin; `l1` times the sum of the kernels' sizes and `l2` times that of
    their squares, which are added to the loss; and `max_norm`, to which the weights that lead to one filter are shortened after each
    step, where their norm is larger.

    Source: Tibshirani 1996 (l1); Krogh & Hertz 1991 (l2); Srivastava et al. 2014, JMLR 15(56), section 5.1 (max-norm).
    """

    bias: bool
    activation: Layer
    initializer: Initializer = GLOROT
    bias_initializer: BiasInitializer = ZEROS
    l1: Positive = 0.0
    l2: Positive = 0.0
    max_norm: MaybeNorm = None
    linear = True
    untold = frozenset(("initializer", "bias_initializer", "l1", "l2", "max_norm"))

    def __init_subclass__(cls, **more: Any) -> None:
        """Let what a kind says of itself stand before what all share."""
        super().__init_subclass__(**more)
        cls.fields = {**{name: field for name, field in cls.fields.items() if name not in Affine.fields}, **Affine.fields}

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        """The arrays of the linear map."""
        raise NotImplementedError

    @classmethod
    def incoming(cls, kernel: str, rank: int) -> tuple[int, ...]:
        """The axes of a kernel of so many axes over which the weights lie that lead to one filter: all but the last."""
        return tuple(range(rank - 1))

    def macs(self, x: Shape) -> int:
        """The multiply-accumulates of the linear map."""
        raise NotImplementedError

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        out = self.output(x)
        bias = (Weight("bias", (out[-1],)),) if self.bias else ()
        return (*self.kernels(x), *bias, *self.activation.weights(out))

    def work(self, x: Shape) -> Work:
        out = self.output(x)
        return Work(self.macs(x), add=prod(out) if self.bias else 0).plus(self.activation.work(out))

    @property
    def saves(self) -> tuple[str, ...]:
        """The kernels' gradient needs the input; what the activation's needs is one more tensor like the output."""
        return ("input", "output") if self.activation.saves else ("input",)
