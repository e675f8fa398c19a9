"""Workings -> text: one paragraph, list or set of equations for each layer, and what the letters mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import indent
from typing import Any, NamedTuple

from ..explain import Explanation, Term, Working
from ..explain.symbols import WORDS
from ..printable import printable
from .formula import LATEX, TEXT, Script, formula, is_name, lettered
from .json import dumps
from .latex import escaped
from .values import megabytes, people, plain
from .words import options_of

STYLES = ("text", "markdown", "latex", "json")


class Section(NamedTuple):
    """What stands under one heading."""

    name: str
    heading: str
    workings: Sequence[Working]


def sections(explanations: Iterable[Explanation]) -> Iterator[Section]:
    """A section for each layer."""
    for explanation in explanations:
        yield Section(explanation.node.name, _heading(explanation), explanation.workings)


def total_section(workings: Sequence[Working], name: str = "", partial: bool = False) -> Section:
    """The section of the totals; `partial` where these lack what opaque layers hold."""
    heading = printable(f"{name}: total" if name else "total") + ", partial" * partial
    return Section("total", heading, workings)


def _heading(one: Explanation) -> str:
    """conv_1: conv 64 of 3x3, (28, 28, 1) → (26, 26, 64)."""
    node = one.node
    told = " ".join(filter(None, [node.kind, options_of(node.facts)]))
    shapes = [
        people(shape) if number == 1 else f"{number} x {people(shape)}"
        for shape, number in ((shape, len([*group])) for shape, group in groupby(node.facts.shapes))
    ]
    if not shapes:
        return printable(f"{node.name}: {people(node.output)}")
    return printable(f"{node.name}: {told}, {', '.join(shapes)} → {people(node.output)}")


def render(found: Iterable[Section], style: str) -> Iterator[str]:
    """All sections in one of the formats, piece by piece: only one section is held at a time."""
    if style == "json":
        yield from _json(found)
        return
    letters: dict[str, None] = {}
    for index, section in enumerate(found):
        letters |= dict.fromkeys(_letters(section))
        yield _SECTIONS[style](section, index)
    legend = "; ".join(_legend(letters, style))
    if legend:
        yield f"\n\\paragraph{{Letters}} {legend}\n" if style == "latex" else f"\n{legend}\n"


def _json(found: Iterable[Section]) -> Iterator[str]:
    head = json.dumps({"schema": "cnncli/explain/1", "sections": []}, indent=2)
    yield head.removesuffix("]\n}")
    between = "\n"
    for section in found:
        text = dumps(_object(section), 2)
        yield between + indent(text, "    ")
        between = ",\n"
    yield "]\n}\n" if between == "\n" else "\n  ]\n}\n"


def sides(line: Working, script: Script) -> list[str]:
    """What stands between the signs of equality: the formula, the numbers put in, the result."""
    value = people(line.value) if isinstance(line.value, tuple) else script.number(line.value)
    if line.formula is None:
        return [value] if line.value is not None else []
    steps = [formula(line.formula, script, True)] if isinstance(line.formula, Term) and lettered(line.formula) else []
    if not is_name(line.formula):
        steps.append(formula(line.formula, script, False))
    return [*steps, value] if steps[-1:] != [value] else steps


def _text(section: Section, index: int) -> str:
    wide = max((len(line.label) for line in section.workings), default=0)
    lines = [f"  {line.label.ljust(wide)}  {_told(line)}".rstrip() for line in section.workings]
    return "\n" * bool(index) + "\n".join([section.heading, *lines]) + "\n"


def _told(line: Working) -> str:
    """The equation, its unit, and the words."""
    equation = " ".join(filter(None, [" = ".join(sides(line, TEXT)), _unit(line)]))
    return f"{equation} ({line.words})" if equation and line.words else equation or line.words


def _unit(line: Working) -> str:
    """pixels; 1 pixel; bytes, and how many megabytes that are."""
    if line.value is None:
        return ""
    if line.unit == "bytes" and line.value >= 10**6:
        return f"bytes ({megabytes(line.value)})"
    return line.unit.removesuffix("s") if line.value == 1 else line.unit


def _markdown(section: Section, index: int) -> str:
    lines = [f"- {line.label}: {_marked(line)}" for line in section.workings]
    return "\n" * bool(index) + "\n".join([f"## {section.heading}", "", *lines]) + "\n"


def _marked(line: Working) -> str:
    """The equation as code, so that nothing in it is markup."""
    equation = " = ".join(sides(line, TEXT))
    words = [f"`{equation}`"] * bool(equation) + [_unit(line)] + [f"({line.words})"] * bool(line.words)
    return " ".join(filter(None, words))


def _latex(section: Section, index: int) -> str:
    """Equations in a list, as part of a document: nothing but article is needed."""
    lines = [f"\\subsection*{{{_typed(section.heading)}}}", "\\begin{description}"]
    lines += [f"\\item[{escaped(line.label)}] {_typeset(line)}" for line in section.workings]
    return "\n" * bool(index) + "\n".join([*lines, "\\end{description}"]) + "\n"


def _typeset(line: Working) -> str:
    equation = " = ".join(sides(line, LATEX))
    told = f"\\({equation}\\)" if equation and not isinstance(line.value, tuple) else escaped(equation)
    return " ".join(filter(None, [told, _unit(line), f"({_typed(line.words)})" if line.words else ""]))


def _typed(text: str) -> str:
    return escaped(text).replace("→", "\\(\\to\\)")


_SECTIONS: dict[str, Callable[[Section, int], str]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
}


def _legend(letters: Iterable[str], style: str) -> Iterator[str]:
    """n: size that comes in; and so on for the letters that are used."""
    for letter in letters:
        if letter in WORDS:
            name = f"\\({LATEX.name(letter)}\\)" if style == "latex" else letter
            yield f"{name}: {WORDS[letter]}"


def _letters(section: Section) -> Iterator[str]:
    for line in section.workings:
        yield from _met(line.formula)


def _met(number: Any) -> Iterator[str]:
    """The letters of a formula, without their marks."""
    if not isinstance(number, Term):
        return
    if number.op == "name":
        if number.symbol:
            yield number.symbol.partition("_")[0]
        return
    for part in number.parts:
        yield from _met(part[1] if number.op == "sum" else part)


def objects(found: Iterable[Section]) -> list[dict[str, Any]]:
    """What machines read."""
    return [_object(section) for section in found]


def _object(section: Section) -> dict[str, Any]:
    return {"name": section.name, "heading": section.heading, "workings": [_line(line) for line in section.workings]}


def _line(line: Working) -> dict[str, Any]:
    has = isinstance(line.formula, Term)
    return {
        "topic": line.topic,
        "label": line.label,
        "formula": formula(line.formula, TEXT, True) if has and lettered(line.formula) else None,  # type: ignore[arg-type]
        "numbers": None if line.formula is None else formula(line.formula, TEXT, False),
        "value": plain(line.value),
        "unit": line.unit,
        "words": line.words,
    }
