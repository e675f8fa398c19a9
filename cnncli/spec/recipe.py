"""The `train` section: how `cnncli train` reaches this network's accuracy. Read here like a layer's options; obeyed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from ..errors import LayerError
from ..layers.base import Options
from ..layers.named import NamedOptions, NameOf, OptionsOf, by_name
from ..layers.values import Amount, BelowOne, Count, Either, Flag, ListOf, MaybeCount, MaybePerAxis, OneOf, Positive, Reader, Real, Whole
from .pacing import MOST_EPOCHS, Figures, FreezeAfter, LrScale, MaybeLookahead
from .schedule import SCHEDULES, Constant
from .variation import AUGMENTATIONS

if TYPE_CHECKING:
    from ..layers.values import Raw


Freeze = Annotated["str | int", Either(OneOf("all"), Whole(0), words="all, or how many layers")]
AboveZero = Annotated[float, Real(1e-6, below=1.0)]
SomeRate = Annotated[float, Real(1e-12)]  # at 0 nothing would learn, and hours later everyone would wonder why
SomeEpochs = Annotated[float, Real(1e-6, MOST_EPOCHS)]


class Words(Reader):
    """Any text."""

    words = "text"

    def read(self, raw: Raw) -> str:
        if not isinstance(raw, str) or not raw:
            raise ValueError(self.words)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


class Sgd(NamedOptions):
    """Stochastic gradient descent with momentum (Polyak 1964; Nesterov 1983)."""

    name = "sgd"
    momentum: BelowOne = 0.9
    nesterov: Flag = True


class RmsProp(NamedOptions):
    """Hinton 2012, lecture 6e."""

    name = "rmsprop"
    rho: BelowOne = 0.9
    momentum: BelowOne = 0.0
    epsilon: Positive = 1e-7


class Adam(NamedOptions):
    """Kingma & Ba 2014, arXiv:1412.6980."""

    name = "adam"
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-7


class AdamW(Adam):
    """Adam with decoupled weight decay. Loshchilov & Hutter 2017, arXiv:1711.05101."""

    name = "adamw"


class Lion(NamedOptions):
    """Chen et al. 2023, arXiv:2302.06675."""

    name = "lion"
    beta_1: AboveZero = 0.9  # without it Lion is sign descent
    beta_2: BelowOne = 0.99


class Muon(NamedOptions):
    """Momentum, orthogonalised by Newton-Schulz iterations. Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982."""

    name = "muon"
    momentum: BelowOne = 0.95
    nesterov: Flag = True


Watched = Annotated[str, OneOf("loss", "accuracy")]


class EarlyStopping(Options):
    """End the run when the validation figure has not improved for `patience` epochs."""

    patience: Count
    metric: Watched = "loss"


class FineTune(Options):
    """A second phase: the last `layers` of the backbone that were frozen learn too, for so many epochs at a rate of their own.

    Batch normalizations among them stay as they are, as Keras' guide to transfer learning advises: their statistics are of more
    images than are trained on here.
    """

    layers: Freeze
    epochs: SomeEpochs
    lr: SomeRate


OPTIMIZERS = by_name(Sgd, RmsProp, Adam, AdamW, Lion, Muon)

Data = Annotated[str, Words()]
Augment = Annotated["tuple[Any, ...]", ListOf(NameOf("an augmentation", AUGMENTATIONS), least=0)]
OptimizerName = Annotated[Any, NameOf("an optimizer", OPTIMIZERS)]
ScheduleName = Annotated[Any, NameOf("a schedule", SCHEDULES)]
Precision = Annotated[str, OneOf("float32", "mixed_bfloat16", "mixed_float16", "float64")]
Loss = Annotated[str, OneOf("cross_entropy", "binary_cross_entropy", "mean_squared_error")]
Metrics = Annotated["tuple[str, ...]", ListOf(OneOf("accuracy", "top_5_accuracy", "loss"))]
Patience = Annotated[Any, OptionsOf(EarlyStopping)]
MaybeColour = Annotated["str | None", OneOf("grey", "rgb")]
MaybeFineTune = Annotated[Any, OptionsOf(FineTune)]
Tta = Annotated[str, OneOf("none", "flip", "shift", "flip_shift")]


class Recipe(Options):
    """All that decides a training run besides the network, the data itself and the machine."""

    data: Data
    validation: BelowOne = 0.0  # the part of the training images that is kept apart
    resize: MaybePerAxis = None
    pad: MaybePerAxis = None
    colour: MaybeColour = None
    augment: Augment = ()
    optimizer: OptimizerName = AdamW()
    lr: SomeRate = 0.001
    schedule: ScheduleName = Constant()
    batch: Count = 128
    epochs: SomeEpochs = 10.0
    label_smoothing: BelowOne = 0.0
    weight_decay: Positive = 0.0
    lr_scale: LrScale = Figures()
    freeze_after: FreezeAfter = Figures()
    dropout_until: MaybeCount = None  # epochs, after which nothing is dropped any more
    ema: BelowOne = 0.0
    lookahead: MaybeLookahead = None
    precision: Precision = "float32"
    loss: Loss = "cross_entropy"
    metrics: Metrics = ("accuracy",)
    early_stopping: Patience = None
    fine_tune: MaybeFineTune = None
    tta: Tta = "none"
    seed: Amount = 0

    @classmethod
    def title(cls) -> str:
        return "train"

    def check(self) -> None:
        if self.ema and self.lookahead:
            raise LayerError("ema and lookahead both average the weights; take one of them", "lookahead")
