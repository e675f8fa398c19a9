"""What a layer is: a few options, and the local facts that follow from them and the shape that comes in.

A layer knows neither its name nor its neighbours, neither a file nor a framework. Engines chain what layers state
(network: shapes; receptive_field: windows; memory: which tensors a gradient needs; report: weights and work).
"""

from __future__ import annotations

import math
import operator
import re
import sys
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar

from ..errors import LayerError
from ..printable import quote
from ..synonyms import option_hint
from .values import Reader, written
from .window import SAME_PIXEL, Windows, miscounted

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform

    from .values import Raw
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda cls: cls


Shape = tuple[int, ...]  # (*size, channels), without the batch; a vector is (units,)


class Weight(NamedTuple):
    """One array of a layer. Trainable: changed by the gradient (moving averages are not)."""

    name: str
    shape: Shape
    trainable: bool = True

    @property
    def count(self) -> int:  # type: ignore[override]  # nobody counts occurrences in a weight
        return math.prod(self.shape)


class Work(NamedTuple):
    """What one image costs: multiply-accumulates, and the element-wise operations beside them, by class.

    `add` holds subtractions; `exp` every exponential, logarithm, power, root, tanh and erf.
    """

    macs: int = 0
    add: int = 0
    multiply: int = 0
    compare: int = 0
    divide: int = 0
    exp: int = 0

    def plus(self, other: Work) -> Work:
        """Both, class by class."""
        return Work(*map(operator.add, self, other))

    def times(self, count: int) -> Work:
        """All of it `count` times."""
        return Work(*(count * one for one in self))


class Field(NamedTuple):
    """One option of a layer: its name, how its value is read, and its default if it has one."""

    name: str
    reader: Reader
    default: Any
    required: bool


_REQUIRED: Any = object()
Made = TypeVar("Made", bound="type[Layer]")
Number = TypeVar("Number", int, float)


@dataclass_transform(eq_default=True, frozen_default=True, kw_only_default=True)
class Options:
    """Named, typed, frozen values: the annotations of a class are its options, its defaults theirs.

    (The few lines of a dataclass that are needed here; sixty generated dataclasses would double the start-up time.)
    """

    fields: ClassVar[dict[str, Field]] = {}
    untold: ClassVar[frozenset[str]] = frozenset()  # options that bear on no figure: summaries and questions leave them out

    def __init_subclass__(cls, **_: Any) -> None:
        super().__init_subclass__()
        scope = sys.modules[cls.__module__].__dict__
        own: dict[str, Field] = {}
        for name, note in cls.__annotations__.items():
            note = scope.get(note, note) if isinstance(note, str) else note
            readers = [extra for extra in getattr(note, "__metadata__", ()) if isinstance(extra, Reader)]
            if readers:
                default = cls.__dict__.get(name, _REQUIRED)
                own[name] = Field(name, readers[0], default, default is _REQUIRED)
        cls.fields = {**cls.fields, **own}

    def __init__(self, **options: Any) -> None:
        values = self.__dict__
        for name, field in self.fields.items():
            if name in options:
                values[name] = options.pop(name)
            elif field.required:
                raise LayerError(f"{self.title()} needs {name}", name)
            else:
                values[name] = field.default
        if options:
            raise LayerError(f"{self.title()} has no option {quote(next(iter(options)))}")
        self._key = (type(self), *values.values())
        self._hash = hash(self._key)
        self.check()

    def check(self) -> None:
        """Refuse options that do not go together (LayerError)."""

    @classmethod
    def title(cls) -> str:
        """What the user calls it."""
        return re.sub("(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def main_option(cls) -> str | None:
        """The option that a lone value stands for: the first that must be given, or else the first."""
        return next((name for name, field in cls.fields.items() if field.required), next(iter(cls.fields), None))

    @classmethod
    def read(cls, raw: Raw) -> Self:
        """Make one from what stands in a file: a mapping of options, or the lone value of the main one. Raises LayerError."""
        if not isinstance(raw, dict):
            main = cls.main_option()
            if main is None:
                raise LayerError(f"{cls.title()} has no options; it gets {written(raw)}")
            raw = {main: raw}
        values = {}
        for name, value in raw.items():
            if name not in cls.fields:
                raise LayerError(f"{cls.title()} has no option {quote(name)}{option_hint(name, cls.fields, cls.title())}", name)
            try:
                values[name] = cls.fields[name].reader.read(value)
            except ValueError as error:
                from .mends import mend

                hint = mend(error, value, cls.fields[name].reader, cls.fields[name].required)
                raise LayerError(f"{name} of {cls.title()} is {written(value)}; expected {error}{hint}", name) from None
            except LayerError as error:  # of an activation: the option at fault is the one that holds it
                raise LayerError(str(error), name) from None
        return cls(**values)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.fields:
            raise AttributeError(f"{name} is frozen")
        super().__setattr__(name, value)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Options) and self._key == other._key)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name, field in self.fields.items() if getattr(self, name) != field.default)
        return f"{type(self).__name__}({', '.join(shown)})"


class Layer(Options):
    """One kind of layer. Shapes are those of one image, the channels last; the number of axes is the input's."""

    kind: ClassVar[str] = ""
    overwrites: ClassVar[bool] = False  # computes element by element, so its output may take its input's place in memory
    view: ClassVar[bool] = False  # moves nothing: the output is the input's memory under another shape
    merges: ClassVar[bool] = False  # takes several inputs
    linear: ClassVar[bool] = False  # but for a fused activation: frozen, the gradient for its input needs no tensor
    frozen: ClassVar[frozenset[str]] = frozenset()  # the weights that training leaves alone (see frozen.py)

    @classmethod
    def title(cls) -> str:
        return cls.kind

    @property
    def saves(self) -> tuple[str, ...]:
        """What its gradient needs besides the weights: "input", "output", tensors as large as these. (A class may state it as a value.)"""
        return ()

    def output(self, x: Shape, /) -> Shape:
        """The shape that comes out when `x` goes in. Raises LayerError where `x` does not fit."""
        return x

    def weights(self, x: Shape, /) -> tuple[Weight, ...]:
        """The arrays that belong to the layer, named and shaped as Keras has them."""
        return ()

    @property
    def constants(self) -> int:
        """The numbers in arrays of a file that are no weights: they vary along positions, as prior boxes do."""
        return 0

    def work(self, x: Shape, /) -> Work:
        """What one image costs at inference."""
        return Work()

    def windows(self, x: Shape, /) -> Windows:
        """Which inputs one output position looks at, along each axis."""
        return SAME_PIXEL


KINDS: dict[str, type[Layer]] = {}  # the vocabulary: every kind of layer, in the order of the modules


def layer(kind: str) -> Any:
    """Enter a class in the vocabulary under the name that users write."""

    def enter(cls: Made) -> Made:
        cls.kind = kind
        KINDS[kind] = cls
        return cls

    return enter


def size_of(x: Shape, kind: str) -> Shape:
    """The spatial axes of a map, refused when there are none."""
    if len(x) < 2:
        raise LayerError(f"{kind} needs a map, (*size, channels); it gets the vector {shown(x)}")
    return x[:-1]


def spread(value: Number | tuple[Number, ...], axes: int, option: str) -> tuple[Number, ...]:
    """One value for each of `axes` axes."""
    if not isinstance(value, tuple):
        return (value,) * axes
    if len(value) != axes:
        raise miscounted(option, len(value), axes, "axis")
    return value


def share(channels: int, groups: int, what: str) -> None:
    """Refuse channels that groups cannot share."""
    if channels % groups:
        raise LayerError(f"{groups} groups cannot share {channels} channels ({what})", "groups")


def shown(shape: Shape) -> str:
    """A shape as people write it: (56, 56, 64)."""
    return str(shape)
