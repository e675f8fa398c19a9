"""What dense layers and convolutions share: a linear map with kernels, then a bias, then an activation."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Annotated, Any

from ..errors import nearest
from .activation import ACTIVATIONS, Linear
from .base import Layer, Shape, Weight, Work
from .initializers import GLOROT, ZEROS, Initializer
from .values import EXPRESSION, Reader

if TYPE_CHECKING:
    from .values import Raw


class ActivationReader(Reader):
    """The name of an activation, or `{leaky_relu: 0.1}` where it has an option."""

    words = "an activation (cnncli layers names them)"

    def read(self, raw: Raw) -> Layer:
        if isinstance(raw, str):
            raw = {raw: {}}
        if not isinstance(raw, dict) or len(raw) != 1:
            raise ValueError(self.words)
        [(name, options)] = raw.items()
        if name not in ACTIVATIONS:
            raise ValueError(self.words + nearest(name, ACTIVATIONS))
        return ACTIVATIONS[name].read(options)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(ACTIVATIONS)}, {"type": "object", "minProperties": 1, "maxProperties": 1}, EXPRESSION]}


Activation = Annotated[Layer, ActivationReader()]
LINEAR = Linear()


class Affine(Layer):
    """A kind states its kernels and its MACs; the bias (one add an output element) and the activation follow here.

    So do the options that training alone reads: how kernels and bias begin.
    """

    bias: bool
    activation: Layer
    initializer: Initializer = GLOROT
    bias_initializer: Initializer = ZEROS
    linear = True
    untold = frozenset(("initializer", "bias_initializer"))

    def kernels(self, x: Shape) -> tuple[Weight, ...]:
        """The arrays of the linear map."""
        raise NotImplementedError

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
