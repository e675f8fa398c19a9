"""Letters for the numbers that go into a layer: its options, and the shapes that come in."""

from __future__ import annotations

from typing import Any

from ..layers import Layer, Shape
from .term import Key, Term, named

# option -> letter. Those that are 1 (or nothing) unless told appear only where they matter.
LETTERS = {
    "filters": "F", "units": "u", "kernel": "k", "size": "k", "stride": "s", "padding": "p", "dilation": "d", "groups": "g",
    "multiplier": "m", "output_padding": "a", "factor": "f", "cropping": "c", "before": "b", "after": "a", "start": "i", "stop": "e",
}  # fmt: skip
SILENT = {"dilation": 1, "groups": 1, "multiplier": 1, "output_padding": 0, "before": 0, "after": 0, "start": 0}
MOST_INPUTS = 100  # of a merge, with letters of their own
AXES = {1: ("",), 2: ("h", "w"), 3: ("d", "h", "w")}
WORDS = {
    "n": "size that comes in (of a vector: its numbers)", "n'": "size that comes out",
    "C": "channels that come in", "C'": "channels that come out",
    "F": "filters", "u": "units", "k": "kernel or window", "s": "stride", "p": "padding on each side", "P": "padding in all",
    "d": "dilation", "g": "groups", "m": "multiplier", "a": "added after", "f": "factor", "c": "cropped from each side",
    "b": "before", "i": "first channel kept", "e": "channel after the last",
    "r": "receptive field before", "j": "jump before", "B": "images", "bytes": "of an element",
    "start": "first pixel seen before", "params": "parameters", "MACs": "multiply-accumulates",
}  # fmt: skip


def lettered(layer: Layer, axes: int) -> Layer:
    """The same layer with letters for its whole numbers."""
    options: dict[str, Any] = {}
    for name in layer.fields:
        value = getattr(layer, name)
        if value == "valid" and "kernel" in layer.fields:
            value = 0  # what it means, as people put it in
        letter = LETTERS.get(name)
        silent = name in SILENT and value == SILENT[name]
        options[name] = value if letter is None or silent else _letters(letter, value, AXES.get(axes, ()))
    return type(layer)(**options)


def _letters(letter: str, value: Any, axes: tuple[str, ...]) -> Any:
    """One letter for one number; for a number for each axis one letter if they agree, else a letter with the axis for each."""
    if isinstance(value, bool) or not isinstance(value, (int, tuple)) or (value and isinstance(value, tuple) and type(value[0]) is float):
        return value
    if isinstance(value, int):
        return named(letter, value)
    if len(set(value)) == 1:
        return tuple([_sides(letter, one) for one in value])
    return tuple([_sides(subscript(letter, axis), one) for axis, one in zip(_marks(axes, len(value)), value, strict=True)])


def _sides(letter: str, value: Any) -> Any:
    """[before, after] of one axis."""
    if isinstance(value, int):
        return named(letter, value)
    return tuple([named(subscript(letter, side), one) for side, one in zip(("before", "after"), value, strict=True)])


def _marks(axes: tuple[str, ...], count: int) -> tuple[str, ...]:
    return axes if len(axes) == count else tuple(map(str, range(1, count + 1)))


def subscript(letter: str, mark: str) -> str:
    """n_h; a letter with a mark already gets both: p_h,before."""
    return letter if not mark else f"{letter},{mark}" if "_" in letter else f"{letter}_{mark}"


def shapes(xs: tuple[Shape, ...]) -> tuple[tuple[int, ...], ...]:
    """The input shapes, with letters. What all inputs have in common has one letter.

    More than `MOST_INPUTS` inputs keep their numbers: nobody reads C_1 + C_2 + ... + C_20000, and
    adding that many letters takes time that grows with their square.
    """
    same_size = len({x[:-1] for x in xs}) == 1
    same_channels = len({x[-1] for x in xs}) == 1
    if len(xs) > MOST_INPUTS and not (same_size and same_channels):
        return xs
    return tuple(_shape(x, "" if same_size else str(number), "" if same_channels else str(number)) for number, x in enumerate(xs, 1))


def _shape(x: Shape, size_mark: str, channel_mark: str) -> tuple[int, ...]:
    sizes = axis_letters("n", x[:-1])
    if size_mark:
        sizes = tuple(named(subscript(size.symbol, size_mark), size) for size in sizes)
    return (*sizes, named(subscript("C" if len(x) > 1 else "n", channel_mark), x[-1]))


def axis_letters(letter: str, size: Shape) -> tuple[Term, ...]:
    """One letter if all axes agree, else one for each."""
    marks = ("",) * len(size) if len(set(size)) == 1 else _marks(AXES.get(len(size), ()), len(size))
    return tuple([named(subscript(letter, mark), int(one)) for mark, one in zip(marks, size, strict=True)])


def outcome(raw: tuple[int, ...]) -> tuple[tuple[int, ...], dict[Key, Term]]:
    """What comes out, with letters: those that it has already, and new ones for what was worked out; and which stand for what."""
    names: dict[Key, Term] = {}
    sizes, last = raw[:-1], raw[-1]
    square = len({one.key if isinstance(one, Term) else one for one in sizes}) <= 1
    marks = ("",) * len(sizes) if square else _marks(AXES.get(len(sizes), ()), len(sizes))
    letters = [*(subscript("n'", mark) for mark in marks), "C'" if sizes else "n'"]
    for letter, one in zip(letters, (*sizes, last), strict=True):
        if isinstance(one, Term) and one.op != "name":
            names.setdefault(one.key, named(letter, int(one)))
    return tuple([names.get(one.key, one) if isinstance(one, Term) else one for one in raw]), names
