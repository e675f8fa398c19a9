"""Matrices as people draw them: text with brackets, Markdown tables, LaTeX, CSV."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import NamedTuple

from .array import Array, Shape
from .number import machine, show

STYLES = ("text", "markdown", "latex", "csv", "json")
MOST_COLUMNS = 10  # of a bmatrix, unless a document says otherwise


class Block(NamedTuple):
    """One matrix (or row, or number) under a label, or lines of text; a heading begins a new part."""

    label: str = ""
    array: Array | None = None
    lines: tuple[str, ...] = ()
    heading: str = ""


def blocks(label: str, array: Array, names: Sequence[str] = ("channel",)) -> list[Block]:
    """A matrix for each index of the last axes, which `names` names; what is deeper yet is drawn in slices."""
    apart = min(len(names), len(array.shape) - 1)
    front, behind = array.shape[: len(array.shape) - apart], array.shape[len(array.shape) - apart :]
    words = names[len(names) - apart :]
    found, size = [], prod(behind)
    for number, way in enumerate(product(*map(range, behind))):
        told = [f"{word} {at}" for word, at, length in zip(words, way, behind, strict=True) if length > 1]
        found += _slices([label, *told], Array(front, array.values[number::size]))
    return found


def _slices(told: list[str], array: Array) -> list[Block]:
    if len(array.shape) < 3:
        return [Block(", ".join(filter(None, told)), array)]
    return [block for number, part in enumerate(array.parts()) for block in _slices([*told, f"slice {number}"], part)]


def rows(array: Array, digits: int | None) -> list[list[str]]:
    """The numbers as words, row by row."""
    matrix = array if len(array.shape) == 2 else Array((1, len(array.values)), array.values)
    return [[show(value, digits) for value in row.values] for row in matrix.parts()]


def aligned(array: Array, digits: int | None) -> list[str]:
    """Brackets around columns that stand under each other."""
    words = rows(array, digits)
    wide = [max(map(len, column)) for column in zip(*words, strict=True)]
    lines = ["  ".join(word.rjust(width) for word, width in zip(row, wide, strict=True)) for row in words]
    if len(lines) == 1:
        return [f"[ {lines[0]} ]"]
    marks = ["⎡⎤", *["⎢⎥"] * (len(lines) - 2), "⎣⎦"]
    return [f"{mark[0]} {line} {mark[1]}" for mark, line in zip(marks, lines, strict=True)]


def render(parts: Sequence[Block], style: str, digits: int | None = None) -> str:
    """All blocks in one of the formats that people read."""
    draw = {"text": _text, "markdown": _markdown, "latex": _latex}[style]
    lines = "\n".join(draw(part, digits) for part in parts).strip("\n").split("\n")
    lines = [line for line, above in zip(lines, ["", *lines], strict=False) if line or above]
    return "\n".join([*["% \\usepackage{amsmath}"] * (style == "latex"), *lines]) + "\n"


def _text(part: Block, digits: int | None) -> str:
    lines = [f"\n{part.heading}"] if part.heading else []
    lines += [f"{part.label}:"] if part.label else []
    indent = "  " * bool(part.label)
    lines += [indent + line for line in [*(aligned(part.array, digits) if part.array else ()), *part.lines]]
    return "\n".join(lines) + "\n" * bool(part.array or part.lines)


def _markdown(part: Block, digits: int | None) -> str:
    lines = [f"## {part.heading}", ""] if part.heading else []
    lines += [f"{part.label}:", ""] if part.label else []
    if part.array:
        words = rows(part.array, digits)
        lines += [f"|{'   |' * len(words[0])}", f"|{'--:|' * len(words[0])}", *(f"| {' | '.join(row)} |" for row in words), ""]
    return "\n".join([*lines, *(f"- `{line}`" for line in part.lines), *[""] * bool(part.lines)])


def _latex(part: Block, digits: int | None) -> str:
    lines = [f"\\subsection*{{{escaped(part.heading)}}}"] if part.heading else []
    lines += [f"{escaped(part.label)}:" if part.array or part.lines else f"{escaped(part.label)}\n"] if part.label else []
    if part.array:
        words = [[_typeset(word) for word in row] for row in rows(part.array, digits)]
        wide = len(words[0])
        inside = " \\\\\n".join(" & ".join(row) for row in words)
        small = "\\[ \\begin{bmatrix}\n", "\n\\end{bmatrix} \\]"
        large = f"\\[ \\left[\\begin{{array}}{{{'r' * wide}}}\n", "\n\\end{array}\\right] \\]"  # a bmatrix has ten columns at most
        before, after = small if wide <= MOST_COLUMNS else large
        lines.append(before + inside + after)
    if part.lines:
        lines += ["\\begin{verbatim}", *part.lines, "\\end{verbatim}"]
    return "\n".join(lines)


def _typeset(word: str) -> str:
    """1/3 as a fraction, 6.8e-08 as a power of ten."""
    if "/" in word:
        above, _, below = word.lstrip("-").partition("/")
        return f"{'-' * word.startswith('-')}\\tfrac{{{above}}}{{{below}}}"
    digits, sign, exponent = word.partition("e")
    return f"{digits} \\cdot 10^{{{int(exponent)}}}" if sign else word


_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "→": r"\(\to\)", "×": r"\(\times\)", "·": r"\(\cdot\)",
    }
)  # fmt: skip


def escaped(text: str) -> str:
    """The text as LaTeX prints it."""
    return text.translate(_ESCAPES)


def csv(arrays: Sequence[Array]) -> str:
    """Rows with commas; an empty line between the matrices."""
    return "\n".join("".join(",".join(map(_raw, row)) + "\n" for row in _matrix(array)) for array in arrays)


def _raw(value: object) -> str:
    return repr(value)


def _matrix(array: Array) -> list[list[int | float]]:
    matrix = array if len(array.shape) == 2 else Array((1, len(array.values)), array.values)
    return [[machine(value) for value in row.values] for row in matrix.parts()]


def plain(array: Array) -> Array:
    """The numbers as machines have them."""
    return Array(array.shape, [machine(value) for value in array.values])


def written(shape: Shape) -> str:
    """6 x 6 x 1, for people."""
    return "×".join(map(str, shape))
