"""The JSON files of a run, and what each of them holds. They are checked when they are read: any file may have been damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..layers.values import written

LARGEST = 64 * 2**20  # bytes; a result of a thousand classes has 10 MB


class Form:
    """What a value must be. `words` say it."""

    words = "any value"

    def check(self, value: Any, place: str) -> None:
        """Raise ValueError, with the place, where the value is something else."""
        if not self.holds(value):
            raise ValueError(f"{place or 'it'} is {written(value)}; expected {self.words}")

    def holds(self, value: Any) -> bool:
        return True


class Kind(Form):
    """A value of one of some types; `least` bounds numbers."""

    def __init__(self, words: str, *types: type, least: float | None = None) -> None:
        self.words, self.types, self.least = words, types, least

    def holds(self, value: Any) -> bool:
        if not isinstance(value, self.types) or (isinstance(value, bool) and bool not in self.types):
            return False
        return self.least is None or (isinstance(value, (int, float)) and self.least <= value < 2**63)


class OneOf(Form):
    """One of some texts."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.words = texts, f"one of {', '.join(texts)}"

    def holds(self, value: Any) -> bool:
        return isinstance(value, str) and value in self.texts


class Maybe(Form):
    """A value, or null."""

    def __init__(self, form: Form) -> None:
        self.form = form

    def check(self, value: Any, place: str) -> None:
        if value is not None:
            self.form.check(value, place)


class ListOf(Form):
    """A list; `count` is how many it holds."""

    def __init__(self, form: Form, count: int | None = None) -> None:
        self.form, self.count = form, count
        self.words = "a list" if count is None else f"a list of {count}"

    def check(self, value: Any, place: str) -> None:
        super().check(value, place)
        for number, item in enumerate(value):
            self.form.check(item, f"{place}[{number}]")

    def holds(self, value: Any) -> bool:
        return isinstance(value, list) and self.count in (None, len(value))


class MapOf(Form):
    """An object with values of one form under any names."""

    words = "an object"

    def __init__(self, form: Form, *required: str) -> None:
        self.form, self.required = form, required

    def check(self, value: Any, place: str) -> None:
        super().check(value, place)
        require(value, self.required, place)
        for name, item in value.items():
            self.form.check(item, f"{place}.{name}" if place else name)

    def holds(self, value: Any) -> bool:
        return isinstance(value, dict)


class Record(Form):
    """An object whose entries have forms of their own. Entries that are not listed may be anything, those that are may be missing."""

    words = "an object"

    def __init__(self, **forms: Form) -> None:
        self.forms = forms

    def check(self, value: Any, place: str) -> None:
        super().check(value, place)
        for name, item in value.items():
            if name in self.forms:
                self.forms[name].check(item, f"{place}.{name}" if place else name)

    def holds(self, value: Any) -> bool:
        return isinstance(value, dict)


def require(value: Mapping[str, Any], names: Sequence[str], place: str = "") -> None:
    """Raise ValueError where an object lacks one of some entries, such as `data.classes`."""
    for name in names:
        entry: Any = value
        for part in name.split("."):
            if not isinstance(entry, Mapping) or part not in entry:
                raise ValueError(f"{place or 'it'} has no {name}")
            entry = entry[part]


TEXT, FLAG = Kind("text", str), Kind("true or false", bool)
NUMBER, COUNT = Kind("a number", int, float), Kind("a whole number from 0", int, least=0)
POSITIVE = Kind("a number from 0", int, float, least=0)

FILES: dict[str, Form] = {
    "recipe.json": Record(
        spec=TEXT, name=TEXT, settings=MapOf(TEXT), data_dir=Maybe(TEXT), weights=Maybe(TEXT), weights_from=Maybe(TEXT),
        machine=Record(device=OneOf("auto", "cpu", "gpu"), threads=COUNT, deterministic=FLAG), checkpoint_seconds=POSITIVE,
        train=Record(epochs=POSITIVE, loss=TEXT, data=TEXT),
        extensions=ListOf(MapOf(Form(), "from", "epochs", "recipe")),
    ),
    "result.json": Record(
        name=TEXT, data=Record(name=TEXT, source=TEXT, classes=ListOf(TEXT), train_images=COUNT),
        input=Record(scale=ListOf(NUMBER), offset=ListOf(NUMBER)), epochs=POSITIVE, extensions=COUNT, accuracy=NUMBER, loss=NUMBER,
    ),
    "environment.json": Record(),
    "input.json": Record(scale=ListOf(NUMBER), offset=ListOf(NUMBER)),
    "seeds.json": Record(seeds=ListOf(COUNT)),
}  # fmt: skip
CHECKPOINT = Record(
    of=MapOf(TEXT), step=COUNT, right=COUNT, losses=ListOf(NUMBER),
    history=ListOf(MapOf(NUMBER, "epoch", "step", "lr", "loss", "accuracy")), scale=NUMBER, best=NUMBER, ended=FLAG,
    plateau=ListOf(NUMBER, 2), patience=Maybe(ListOf(NUMBER, 2)), phase=COUNT, past_steps=COUNT,
)  # fmt: skip
COUNTERS = ("step", "right", "losses", "history", "scale", "best", "ended", "plateau", "patience", "phase", "past_steps")


def read(path: Path, *required: str) -> dict[str, Any]:
    """Read a JSON file of a run, which must hold the entries `required`. Raises UsageError."""
    try:
        if not path.is_file():
            raise ValueError("there is no such file")
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"it has more than {LARGEST // 2**20} MiB")
        value = json.loads(data.decode("utf-8"))
        FILES[path.name].check(value, "")
        require(value, required)
    except RecursionError:
        raise UsageError(f"{path} is damaged: it is nested too deeply") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise UsageError(f"{path} is damaged: {str(error).strip()}; put back a copy of it") from None
    assert isinstance(value, dict)
    return value
