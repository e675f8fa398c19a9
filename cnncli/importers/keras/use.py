"""One use of a layer of the file: its options, read one by one with their types, and what comes in."""

from __future__ import annotations

from math import isfinite
from typing import Any

from ...errors import LayerError
from ...layers import Shape
from ...layers.base import shown
from ...layers.values import LARGEST, written

_REQUIRED: Any = object()


class Use:
    """What a translator sees. `args` and `kwargs` are those of an operation; a `Slot` stands where a tensor goes in."""

    __slots__ = ("args", "axes", "cls", "kwargs", "options", "xs")

    def __init__(self, cls: str, options: dict[str, Any], xs: tuple[Shape, ...], args: Any = (), kwargs: Any = None) -> None:
        self.cls, self.options, self.xs, self.args, self.kwargs = cls, options, xs, args, kwargs or {}
        digits = [letter for letter in cls if letter in "123"] if "D" in cls else []
        self.axes = int(digits[0]) if digits else 0  # Conv2D: 2

    @property
    def x(self) -> Shape:
        """The shape of the one input."""
        if len(self.xs) != 1:
            raise LayerError(f"reads one input; it gets {len(self.xs)}")
        return self.xs[0]

    def map(self) -> Shape:
        """The shape of the one input, refused where it has not as many axes as the class says, or the channels are not last."""
        x = self.x
        order = self.options.get("data_format", "channels_last")
        if order not in ("channels_last", None):
            raise LayerError(f"data_format is {written(order)}; build the model with channels_last, as cnncli reads it")
        if self.axes and len(x) != self.axes + 1:
            raise LayerError(f"{self.cls} reads {self.axes} axes and the channels; it gets {shown(x)}")
        return x

    def fail(self, key: str, expected: str) -> LayerError:
        """The refusal of an option's value."""
        return LayerError(f"{key} is {written(self.get(key)) if key in self.options else 'missing'}; expected {expected}")

    def get(self, key: str, default: Any = _REQUIRED) -> Any:
        """An option as it stands; `default` where it is left out."""
        value = self.options.get(key, default)
        if value is _REQUIRED:
            raise LayerError(f"{key} is missing")
        return value

    def whole(self, key: str, default: Any = _REQUIRED, low: int = 1) -> int:
        value = self.get(key, default)
        if not is_whole(value, low):
            raise self.fail(key, f"a whole number from {low}")
        return int(value)

    def number(self, key: str, default: Any = _REQUIRED) -> float:
        value = self.get(key, default)
        if not is_number(value):
            raise self.fail(key, "a number")
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, "true or false")
        return value

    def word(self, key: str, default: Any, *choices: str) -> str:
        value = self.get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.fail(key, "one of " + ", ".join(choices))
        return value

    def per_axis(self, key: str, default: Any = _REQUIRED, low: int = 1, axes: int = 0) -> int | tuple[int, ...]:
        """One number for each axis, or a single one where they agree."""
        value, axes = self.get(key, default), axes or self.axes
        values = value if isinstance(value, list) else [value] * axes
        if len(values) != axes or not all(is_whole(one, low) for one in values):
            raise self.fail(key, f"{axes} whole numbers from {low}, one for each axis")
        return int(values[0]) if values.count(values[0]) == len(values) else tuple(map(int, values))

    def sides(self, key: str, default: Any) -> int | tuple[int | tuple[int, int], ...]:
        """A number, one for each axis, or [before, after] for each; with one axis [before, after] itself."""
        value = self.get(key, default)
        if self.axes == 1 and isinstance(value, list) and len(value) == 2:
            value = [value]
        pairs = [side if isinstance(side, list) else [side, side] for side in (value if isinstance(value, list) else [value] * self.axes)]
        if len(pairs) != self.axes or not all(len(pair) == 2 and all(is_whole(one, 0) for one in pair) for pair in pairs):
            raise self.fail(key, "whole numbers from 0, or [before, after] for each axis")
        if all(pair == pairs[0] and pair[0] == pair[1] for pair in pairs):
            return int(pairs[0][0])
        return tuple([(int(before), int(after)) for before, after in pairs])

    def axis(self, key: str, default: Any = -1) -> tuple[int, ...]:
        """The axes that an option names, numbered from 1 without the batch, in order."""
        value = self.get(key, default)
        return axes_of(value if isinstance(value, list) else [value], len(self.x), key)


class Slot:
    """Where a tensor goes in, among the arguments of an operation."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def is_whole(value: Any, low: int = 0) -> bool:
    """Whether a JSON value is a whole number from `low`, and not beyond all sense."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= LARGEST and value == int(value)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e38 and isfinite(value)


def axes_of(values: list[Any], rank: int, what: str) -> tuple[int, ...]:
    """Axes as Keras counts them (0 is the batch, -1 the last) numbered from 1 without the batch, in order."""
    found = set()
    for value in values:
        if not is_whole(value, -rank - 1) or not -rank - 1 <= value <= rank:
            raise LayerError(f"{what} is {written(values)}; expected axes from 1 to {rank}, or from the last, -1")
        axis = int(value) % (rank + 1)
        if axis == 0:
            raise LayerError(f"{what} is {written(values)}: across the images of the batch; cnncli counts one image")
        found.add(axis)
    if len(found) != len(values):
        raise LayerError(f"{what} is {written(values)}; expected every axis at most once")
    return tuple(sorted(found))


def constants(value: Any, what: str) -> tuple[float, ...]:
    """A number, a list of numbers, or an array, as one row of numbers."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__") and isinstance(value.get("config"), dict):
        value = value["config"].get("value")
    waiting, row = [value], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif is_number(one):
            row.append(float(one))
        else:
            raise LayerError(f"{what} is {written(one)}; expected numbers")
    return tuple(row)


def one_or_all(row: tuple[float, ...], channels: int, what: str) -> float | tuple[float, ...]:
    """One number for all channels, or one for each."""
    if len(row) not in (1, channels):
        raise LayerError(f"{what} has {len(row)} numbers; expected one, or one for each of {channels} channels")
    return row[0] if len(set(row)) == 1 else row
