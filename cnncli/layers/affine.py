"""What dense layers and convolutions share: a linear map with kernels, then a bias, then an activation."""

from __future__ import annotations

from math import prod

from .base import Layer, Shape, Weight, Work


class Affine(Layer):
    """A kind states its kernels and its MACs; the bias (one add an output element) and the activation follow here."""

    bias: bool
    activation: Layer

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
