"""The workings of the receptive field: how far one output position sees, and how far apart two of them look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..layers.window import Windows
from ..receptive_field import ReceptiveField
from .symbols import AXES, subscript
from .term import Term, add, divide, floor, key_of, least, most, named, product
from .workings import Lettered, Working, working

if TYPE_CHECKING:
    from ..network import Node

TOPIC = "receptive_field"


def receptive_field(this: Lettered, node: Node, fields: Sequence[ReceptiveField]) -> Iterator[Working]:
    """The field and the jump along each axis, once where all agree."""
    field, before = fields[node.index], [fields[index] for index in node.inputs]
    if field.size is None:
        yield Working(TOPIC, "receptive field", None, None, words="the whole input" if field.sees_all else field.note)
        return
    windows = this.layer.windows(*this.xs)
    if not windows and len(before) == 1:
        yield Working(TOPIC, "receptive field", None, _one(field.size), "pixels", words="as before")
        return
    axes = range(len(field.size))
    told = [tuple(_axis(axis, "", field, before, windows)) for axis in axes]
    if len({tuple([(line.value, key_of(line.formula)) for line in lines]) for lines in told}) == 1:
        yield from told[0]
    else:
        marks = AXES.get(len(field.size), tuple(map(str, axes)))
        for axis, mark in zip(axes, marks, strict=True):
            yield from _axis(axis, mark, field, before, windows)
    if field.note or field.sees_all:
        words = [field.note] * bool(field.note) + ["some path sees the whole input; the figures are those of the others"] * field.sees_all
        yield Working(TOPIC, "note", None, None, words="; ".join(words))


def _axis(axis: int, mark: str, field: ReceptiveField, before: list[ReceptiveField], windows: Windows) -> Iterator[Working]:
    """Field and jump along one axis."""
    assert field.size
    label, jump = (f"{name}{', ' if mark else ''}{mark}" for name in ("receptive field", "jump"))
    size, stride = field.size[axis], field.stride[axis] if field.stride else None
    if len(before) > 1:
        yield working(TOPIC, label, _united(axis, mark, before), size, "pixels")._replace(
            words="from the first that a path sees to the last"
        )
        yield Working(TOPIC, jump, None, stride, "pixels", words="that of the paths" if stride else "the paths have different ones")
        return
    past = before[0]
    if not (windows and past.size and past.stride):
        yield Working(TOPIC, label, None, size, "pixels", words="the paths have different jumps")
        return
    window = windows[axis]
    r, j = named(subscript("r", mark), past.size[axis]), named(subscript("j", mark), past.stride[axis])
    field_line = working(TOPIC, label, add([r, product([floor(window.last - window.first, window.up), j])]), size, "pixels")
    yield field_line if field_line.formula is not None else field_line._replace(words="the most that a position sees; they differ")
    yield working(TOPIC, jump, divide(product([j, window.stride]), window.up), stride, "pixels")
    if window.up == 1 and past.start and field.start and field.start[axis]:
        line = working(TOPIC, f"starts at{', ' if mark else ''}{mark}", _start(past.start[axis], int(window.first), j), field.start[axis])
        yield line if line.formula is not None else line._replace(words="the first pixel; positions differ")


def _start(before: int, first: int, j: Term) -> int:
    """The first pixel that output 0 sees: padding moves it before the image, a crop into it."""
    moved = named("p", -first) if first <= 0 else named("c", first)
    return add([named("start", before), product([-1 if first <= 0 else 1, moved, j])])


def _united(axis: int, mark: str, before: list[ReceptiveField]) -> int:
    """From the first pixel that any path sees to the last."""
    spans = [(field.start[axis], field.end[axis]) for field in before if field.start and field.end]
    if not spans:
        return 0
    low = least(*_numbered("first", mark, [first for first, _ in spans]))
    high = most(*_numbered("last", mark, [last for _, last in spans]))
    return add([high, -low, 1])


def _numbered(word: str, mark: str, values: list[int]) -> list[Term]:
    """Each value once, with a number where there are several."""
    letter, apart = subscript(word, mark), [*dict.fromkeys(values)]
    if len(apart) == 1:
        return [named(letter, apart[0])]
    return [named(subscript(letter, str(number)), value) for number, value in enumerate(apart, 1)]


def _one(values: tuple[Any, ...]) -> Any:
    return values[0] if len(set(values)) == 1 else values
