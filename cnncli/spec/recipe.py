"""The `train` section: how `cnncli train` reaches this network's accuracy. Read here like a layer's options; obeyed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from ..errors import LayerError
from ..layers.base import Options
from ..layers.named import NameOf, OptionsOf
from ..layers.values import Amount, BelowOne, Count, Either, ListOf, MaybeCount, MaybePerAxis, OneOf, Positive, Reader, Real, Whole
from ..optimizers import OPTIMIZERS, AdamW
from .pacing import MOST_EPOCHS, Figures, FreezeAfter, LrScale, MaybeLookahead
from .schedule import SCHEDULES, Constant
from .variation import AUGMENTATIONS

if TYPE_CHECKING:
    from ..layers.values import Raw


Freeze = Annotated["str | int", Either(OneOf("all"), Whole(0), words="all, or how many layers")]
SomeRate = Annotated[float, Real(1e-12)]  # at 0 nothing would learn, and hours later everyone would wonder why
SomeEpochs = Annotated[float, Real(1e-6, MOST_EPOCHS)]

DATA_SETS = ("digits", "mnist", "fashion_mnist", "cifar10", "cifar100")  # what `data` names; all else is a path


class Words(Reader):
    """Any text."""

    words = "text"

    def read(self, raw: Raw) -> str:
        if not isinstance(raw, str) or not raw:
            raise ValueError(self.words)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


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
