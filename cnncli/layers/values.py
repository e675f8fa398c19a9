"""What an option accepts: in words for people, as a reader for the machine.

A reader takes what stands in the file (text, a number from arithmetic, a list of those) and gives the typed, hashable value,
or raises ValueError with a short reason. `words` completes the sentence "... is not `words`".
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from ..errors import nearest
from ..printable import QUOTED, quote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    Raw = str | int | Fraction | list["Raw"] | dict[str, "Raw"]

_HUGE = 1e38
MOST_ENTRIES = 9  # of a list in a message
LONGEST_LIST = 8  # entries that are shown in full
LARGEST = 2**31 - 1  # of any size, so that a product of a few stays a number that people and machines can hold
_WHOLE = re.compile(r"[-+]?\d+(_\d+)*", re.ASCII)
_REAL = re.compile(r"[-+]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)


def written(raw: Raw) -> str:
    """A value as the user wrote it, for a message: words in quotes, numbers and lists without, cut when it is long."""
    if isinstance(raw, str):
        if not raw:
            return "empty"
        return raw if len(raw) <= QUOTED and _REAL.fullmatch(raw) else quote(raw)
    return quote(_nested(raw))[1:-1]


def _nested(raw: Raw) -> str:
    """A list or mapping on one line; its words need no quotes."""
    if isinstance(raw, dict):
        return "{" + _first_of([f"{key}: {_nested(value)}" for key, value in islice(raw.items(), MOST_ENTRIES)], len(raw)) + "}"
    if isinstance(raw, list):
        return "[" + _first_of([_nested(value) for value in raw[:MOST_ENTRIES]], len(raw)) + "]"
    return str(raw)[: 2 * QUOTED]


def _first_of(entries: list[str], count: int) -> str:
    """Entries with commas between them, and an ellipsis for those that are left out of `count`."""
    return ", ".join([*entries, *["…"] * (count > len(entries))])


def is_long(value: Any) -> bool:
    """Whether a value is a list with more entries than a table or a message shows."""
    return isinstance(value, (list, tuple)) and len(value) > LONGEST_LIST


def shorten_list(values: Sequence[Any]) -> str:
    """The beginning of a list and its length: [0.1, 0.2, … 2,048 numbers]."""
    first = ", ".join([f"{value:.4g}" if isinstance(value, float) else str(value) for value in values[:2]])
    what = "entries" if isinstance(values[0], (list, tuple)) else "numbers"
    return f"[{first}, … {len(values):,} {what}]"


class Reader:
    """Reads one kind of value."""

    words = "a value"

    def read(self, raw: Raw) -> Any:
        """Return the typed value of `raw`, or raise ValueError."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what is accepted, for editors."""
        raise NotImplementedError


EXPRESSION = {"type": "string", "pattern": r"^\$"}  # $name or $(arithmetic) may stand for any value


class Whole(Reader):
    """A whole number from `low` to `high`."""

    def __init__(self, low: int = 0, high: int = LARGEST) -> None:
        self.low, self.high = low, high
        self.words = f"a whole number from {low}" + (f" to {high}" if high != LARGEST else "")

    def read(self, raw: Raw) -> int:
        if isinstance(raw, str):
            if not _WHOLE.fullmatch(raw) or len(raw) > 20:
                raise ValueError(self.words)
            number = int(raw)
        elif isinstance(raw, (list, dict)):
            raise ValueError(self.words)
        else:
            number = int(raw)
            if number != raw:
                raise ValueError(f"{self.words} (round it: round(), floor(), ceil() or round8())")
        if not self.low <= number <= self.high:
            raise ValueError(self.words)
        return number

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": self.low, "maximum": self.high}, EXPRESSION]}


class Real(Reader):
    """A number from `low` to `high`, or to just below `below`."""

    def __init__(self, low: float = -_HUGE, high: float = _HUGE, below: float | None = None) -> None:
        self.low, self.high, self.below = low, high, below
        since = "" if low == -_HUGE else f" from {low:g}"
        self.words = "a number" + since + (f" to below {below:g}" if below is not None else "" if high == _HUGE else f" to {high:g}")

    def read(self, raw: Raw) -> float:
        if isinstance(raw, (list, dict)) or (isinstance(raw, str) and (len(raw) > 40 or not _REAL.fullmatch(raw))):
            raise ValueError(self.words)
        number = float(raw) if isinstance(raw, str) else raw
        if not self.low <= number <= self.high or (self.below is not None and number >= self.below):
            raise ValueError(self.words)
        return float(number)

    def schema(self) -> dict[str, Any]:
        top = {"maximum": self.high} if self.below is None else {"exclusiveMaximum": self.below}
        return {"anyOf": [{"type": "number", "minimum": self.low, **top}, EXPRESSION]}


class OneOf(Reader):
    """One of a few words; SAME is same."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices
        self.words = "one of " + ", ".join(choices)

    def read(self, raw: Raw) -> str:
        chosen = raw if raw in self.choices else str(raw).lower()
        if not isinstance(raw, str) or chosen not in self.choices:
            raise ValueError(self.words + self._hint(str(chosen)))
        return str(chosen)

    def _hint(self, word: str) -> str:
        """The choice that is meant: a similar one, or one with these initials, as mse."""
        initials = ("".join(part[0] for part in choice.split("_")) for choice in self.choices)
        meant = [choice for choice, letters in zip(self.choices, initials, strict=True) if letters == word and len(word) > 1]
        return f"; did you mean {quote(meant[0])}?" if meant else nearest(word, self.choices)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.choices)}, EXPRESSION]}


class Name(Reader):
    """A word of the user's: letters, digits and _."""

    words = "a name"

    def read(self, raw: Raw) -> str:
        if not isinstance(raw, str) or not raw.isidentifier():
            raise ValueError(self.words)
        return raw

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Truth(Reader):
    """true or false; the other spellings of YAML 1.1 (yes, no, on, off) are not read."""

    words = "true or false"

    def read(self, raw: Raw) -> bool:
        if raw not in ("true", "false"):
            raise ValueError(self.words)
        return raw == "true"

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, EXPRESSION]}


class ListOf(Reader):
    """A list of `least` to `most` values."""

    def __init__(self, item: Reader, least: int = 1, most: int = 16) -> None:
        self.item, self.least, self.most = item, least, most
        self.kind = f"a list of {least}" if least == most else "a list"
        self.words = f"{self.kind}, each entry {item.words}"

    def read(self, raw: Raw) -> tuple[Any, ...]:
        alone = isinstance(raw, str) and raw
        entries = [raw] if alone else raw
        if not isinstance(entries, list) or not self.least <= len(entries) <= self.most:
            raise ValueError(self.words)
        found = tuple([self._entry(entry, number, len(entries)) for number, entry in enumerate(entries, 1)])
        if alone:
            raise ValueError(f"{self.words}; write [{raw}]")
        return found

    def _entry(self, entry: Raw, number: int, count: int) -> Any:
        """The value of one entry. Raises ValueError, which says which of several it is."""
        try:
            return self.item.read(entry)
        except ValueError as error:
            which = f"; entry {number} is {written(entry)}" if count > 1 else ""
            words = self.item.words
            hint = str(error).removeprefix(words) if str(error).startswith(words) else ""
            raise ValueError(f"{self.kind}, each entry {words if hint else error}{which}{hint}") from None

    def schema(self) -> dict[str, Any]:
        array = {"type": "array", "items": self.item.schema(), "minItems": self.least, "maxItems": self.most}
        return {"anyOf": [array, EXPRESSION]}


class Either(Reader):
    """Whatever the first of several readers that accepts it makes of it."""

    def __init__(self, *readers: Reader, words: str) -> None:
        self.readers, self.words = readers, words

    def read(self, raw: Raw) -> Any:
        for reader in self.readers:
            try:
                return reader.read(raw)
            except ValueError:
                continue
        raise ValueError(self.words)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [reader.schema() for reader in self.readers]}


def per_axis(item: Reader) -> Either:
    """One value for every axis, or a list with one for each."""
    return Either(item, ListOf(item), words=f"{item.words}, or a list of one for each axis")


def sides(item: Reader, *more: Reader, words: str) -> Either:
    """One value for all sides, a list of one for each axis, or a list of [before, after] for each axis."""
    pair = ListOf(item, least=2, most=2)
    return Either(*more, item, ListOf(Either(item, pair, words=words)), words=words)


def per_channel(item: Reader) -> Either:
    """One value for every channel, or a list with one for each."""
    return Either(item, ListOf(item, most=4096), words=f"{item.words}, or a list of one for each channel")


_count, _amount, _real, _positive = Whole(1), Whole(0), Real(), Real(0.0)
_both = "a whole number from 0, or a list of one for each axis, each a number or [before, after]"

# The vocabulary of annotations: what a type checker sees, and the reader that makes it. Maybe...: unless told, the layer decides.
Count = Annotated[int, _count]
MaybeCount = Annotated["int | None", _count]
Amount = Annotated[int, _amount]
Flag = Annotated[bool, Truth()]
Number = Annotated[float, _real]
Positive = Annotated[float, _positive]
MaybePositive = Annotated["float | None", _positive]
MaybeNorm = Annotated["float | None", Real(1e-6)]
Rate = Annotated[float, Real(0.0, 1.0)]
BelowOne = Annotated[float, Real(0.0, below=1.0)]
Angle = Annotated[float, Real(0.0, 180.0)]
PerAxis = Annotated["int | tuple[int, ...]", per_axis(_count)]
MaybePerAxis = Annotated["int | tuple[int, ...] | None", per_axis(_count)]
AmountPerAxis = Annotated["int | tuple[int, ...]", per_axis(_amount)]
PerChannel = Annotated["float | tuple[float, ...]", per_channel(_real)]
PositivePerChannel = Annotated["float | tuple[float, ...]", per_channel(_positive)]
Axes = Annotated["tuple[int, ...]", ListOf(_count)]
NewShape = Annotated["tuple[int, ...]", ListOf(Whole(-1))]
Padding = Annotated["str | int | tuple[int | tuple[int, int], ...]", sides(_amount, OneOf("valid", "same"), words=f"valid, same, {_both}")]
Sides = Annotated["int | tuple[int | tuple[int, int], ...]", sides(_amount, words=_both)]
Slopes = Annotated[str, OneOf("channel", "element", "one")]
MaybeFactor = Annotated["float | tuple[float, ...] | None", per_axis(Real(1e-6, 1e6))]
BlockOrder = Annotated[str, OneOf("dcr", "crd")]  # ONNX's words: depth, column, row
Interpolation = Annotated[str, OneOf("nearest", "bilinear")]
Coordinates = Annotated[str, OneOf("half_pixel", "asymmetric", "align_corners")]
Direction = Annotated[str, OneOf("horizontal", "vertical", "both")]
ValueRange = Annotated["tuple[float, ...]", ListOf(_real, least=2, most=2)]
Border = Annotated[str, OneOf("reflect", "zeros")]
