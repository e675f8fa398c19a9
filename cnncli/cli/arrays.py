"""Numbers from files, and results to files, for the commands that compute by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from .options import Command

if TYPE_CHECKING:
    from ..by_hand.supply import Given
    from ..spec.tree import Tree

STYLES = ("text", "markdown", "latex", "csv", "json")
ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown", ".tex": "latex", ".txt": "text"}


def drawn(*styles: str) -> Callable[[Command], Command]:
    """--digits, --format with the given styles, -o."""

    def decorate(command: Command) -> Command:
        for option in (
            click.option("-o", "--output", metavar="FILE", help="Write to a file; its ending sets the format."),
            click.option("--format", "style", type=click.Choice(styles), help="text, unless the ending of FILE sets it."),
            click.option(
                "--digits", type=click.IntRange(1, 17), metavar="N", help="Significant digits of numbers that are not whole.  [default: 6]"
            ),
        ):
            command = option(command)
        return command

    return decorate


def style_of(style: str | None, output: str | None, styles: Iterable[str] = STYLES, more: Iterable[str] = ()) -> str:
    """The format: the one that was chosen, or that of the file's ending. Raises UsageError for an ending that has none.

    `more` are endings that the command writes besides these formats.
    """
    import os

    from ..errors import UsageError

    ending = os.path.splitext(output or "")[1].lower()
    if style and ending in more:
        raise UsageError(f"-o {output} is an image, and --format {style} is none; leave --format out, or name a file of that format")
    if style or not ending:
        return style or "text"
    endings = {known: form for known, form in ENDINGS.items() if form in styles}
    if ending not in endings and ending not in more:
        known = ", ".join([*endings, *more])
        raise UsageError(f"-o {output}: no format is known for {ending}; endings are {known}, or choose one with --format")
    return endings.get(ending, "text")


def per_axis(text: str | None) -> Any:
    """2 · 2,1 · 1:0 (before:after) · [[1, 0], [2, 2]] · same: as a spec would have it."""
    if text is None or text.strip().isidentifier():
        return text
    if "[" in text:
        from ..by_hand.reading import bracketed
        from ..errors import UsageError

        try:
            return bracketed(text)
        except ValueError as error:
            raise UsageError(f"{text}: {error}") from None
    parts: list[Any] = [part.strip().split(":") if ":" in part else part.strip() for part in text.lower().replace("x", ",").split(",")]
    return parts if len(parts) > 1 or isinstance(parts[0], list) else parts[0]


def window_options(axes: int, **texts: str | None) -> dict[str, Any]:
    """The options of a window that were given; `1:0` alone stands for every axis."""
    found = {name: per_axis(text) for name, text in texts.items() if text is not None}
    for name, value in found.items():
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
            found[name] = value * axes
    return found


def tree_of(path: str) -> Tree:
    """A YAML file as a tree whose marks tell where everything stands."""
    from ..spec.source import read
    from ..spec.tree import parse

    return parse(read(path))


def given(tree: Tree) -> Given:
    """Lists of numbers within lists, or {per_filter: ...} of such."""
    from ..by_hand.supply import PER_CHANNEL, PER_FILTER, PER_UNIT, Given
    from ..spec.fault import refusal
    from ..spec.tree import Mapping

    if not isinstance(tree, Mapping):
        return Given(array(tree), str(tree.mark))
    words = (PER_FILTER, PER_UNIT, PER_CHANNEL)
    [name, *more] = tree.entries or [""]
    if more or name not in words:
        raise refusal(f"a list of numbers is expected, or one of {', '.join(words)} with one", tree.mark)
    return Given(array(tree.entries[name]), str(tree.entries[name].mark), name)


def array(tree: Tree) -> Any:
    """The numbers of lists within lists. Raises SpecError with the place."""
    from ..by_hand.array import Array, counted
    from ..by_hand.number import number
    from ..spec.fault import refusal
    from ..spec.tree import Mapping, Scalar

    if isinstance(tree, Scalar):
        try:
            return Array((), [number(tree.text)])
        except ValueError as error:
            raise refusal(str(error), tree.mark) from None
    if isinstance(tree, Mapping) or not tree.items:
        raise refusal("numbers are expected here, in lists within lists", tree.mark)
    parts = [array(item) for item in tree.items]
    for part, item in zip(parts, tree.items, strict=True):
        if part.shape != parts[0].shape:
            raise refusal(f"ragged: this holds {counted(part.shape)}, and the first of its list {counted(parts[0].shape)}", item.mark)
    return Array((len(parts), *parts[0].shape), [value for part in parts for value in part.values])


def is_yaml(text: str) -> bool:
    """Whether an argument is meant as a YAML or JSON file."""
    return text.lower().endswith((".yaml", ".yml", ".json"))
