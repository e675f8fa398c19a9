"""The optimizers: their options, what they are called in Keras, and how many numbers they keep for each weight that they change.

Everything else that knows an optimizer (the recipe, the memory of training, `--optimizer`, the object that trains) reads it here.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from .layers.base import Shape
from .layers.named import NamedOptions
from .layers.values import BelowOne, Flag, Positive, Real

AboveZero = Annotated[float, Real(1e-6, below=1.0)]
MATRIX = 2  # axes


class Optimizer(NamedOptions):
    """An optimizer. Its options are keyword arguments of the class `keras_class` of keras.optimizers.

    `decays` names the arguments of that class that take the weight decay.
    """

    keras_class: ClassVar[str]
    decays: ClassVar[tuple[str, ...]] = ("weight_decay",)

    def slots(self, shape: Shape) -> int:
        """How many arrays of the same shape are kept beside a trainable weight of this shape."""
        raise NotImplementedError


class Sgd(Optimizer):
    """Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983)."""

    name = "sgd"
    keras_class = "SGD"
    momentum: BelowOne = 0.9
    nesterov: Flag = True

    def slots(self, shape: Shape) -> int:
        return int(self.momentum > 0)


class RmsProp(Optimizer):
    """Hinton 2012, lecture 6e."""

    name = "rmsprop"
    keras_class = "RMSprop"
    rho: BelowOne = 0.9
    momentum: BelowOne = 0.0
    epsilon: Positive = 1e-7

    def slots(self, shape: Shape) -> int:
        return 1 + int(self.momentum > 0)


class Adam(Optimizer):
    """Kingma & Ba 2014, arXiv:1412.6980."""

    name = "adam"
    keras_class = "Adam"
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-7

    def slots(self, shape: Shape) -> int:
        return 2


class AdamW(Adam):
    """Adam with decoupled weight decay. Loshchilov & Hutter 2017, arXiv:1711.05101.

    In Keras it is Adam: that, too, decays weights by themselves, and AdamW insists on some decay.
    """

    name = "adamw"


class Lion(Optimizer):
    """Chen et al. 2023, arXiv:2302.06675."""

    name = "lion"
    keras_class = "Lion"
    beta_1: AboveZero = 0.9  # without it Lion is sign descent
    beta_2: BelowOne = 0.99

    def slots(self, shape: Shape) -> int:
        return 1


class Muon(Optimizer):
    """Momentum, orthogonalised by Newton-Schulz iterations. Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982.

    Only matrices are orthogonalised; Keras trains all other weights by Adam.
    """

    name = "muon"
    keras_class = "Muon"
    decays = ("weight_decay", "adam_weight_decay")
    momentum: BelowOne = 0.95
    nesterov: Flag = True

    def slots(self, shape: Shape) -> int:
        return 1 if len(shape) == MATRIX else 2


OPTIMIZERS: dict[str, type[Optimizer]] = {cls.name: cls for cls in (Sgd, RmsProp, Adam, AdamW, Lion, Muon)}
PRESETS: dict[str, Optimizer] = {  # what --optimizer names; sgd is without momentum there
    "sgd": Sgd(momentum=0.0),
    "momentum": Sgd(),
    **{name: cls() for name, cls in OPTIMIZERS.items() if cls is not Sgd},
}
