"""Workings -> text: one paragraph, list or set of equations for each layer, and what the letters mean."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..explain import Explanation, Term, Working
from ..explain.symbols import WORDS
from .formula import LATEX, TEXT, Script, formula, is_name, lettered
from .latex import escaped
from .values import megabytes, people, plain
from .words import options_of

STYLES = ("text", "markdown", "latex", "json")


class Section(NamedTuple):
    """What stands under one heading."""

    name: str
    heading: str
    workings: Sequence[Working]


def sections(explanations: Iterable[Explanation], total: Sequence[Working] = (), name: str = "", partial: bool = False) -> list[Section]:
    """A section for each layer, and the totals; `partial` where these lack what opaque layers hold."""
    found = [Section(one.node.name, _heading(one), one.workings) for one in explanations]
    heading = (f"{name}: total" if name else "total") + ", partial" * partial
    return [*found, Section("total", heading, total)] if total else found


def _heading(one: Explanation) -> str:
    """conv_1: conv 64 of 3x3, (28, 28, 1) → (26, 26, 64)."""
    node = one.node
    told = " ".join(filter(None, [node.kind, options_of(node.facts)]))
    shapes = [people(shape) for shape in dict.fromkeys(node.facts.shapes)]
    return f"{node.name}: {told}, {', '.join([*shapes])} → {people(node.output)}" if shapes else f"{node.name}: {people(node.output)}"


def render(found: Sequence[Section], style: str) -> str:
    """All sections in one of the formats."""
    if style == "json":
        return json.dumps({"schema": "cnncli/explain/1", "sections": objects(found)}, indent=2, ensure_ascii=False) + "\n"
    if style == "latex":
        return _latex(found)
    return _markdown(found) if style == "markdown" else _text(found)


def sides(line: Working, script: Script) -> list[str]:
    """What stands between the signs of equality: the formula, the numbers put in, the result."""
    value = people(line.value) if isinstance(line.value, tuple) else script.number(line.value)
    if line.formula is None:
        return [value] if line.value is not None else []
    steps = [formula(line.formula, script, True)] if isinstance(line.formula, Term) and lettered(line.formula) else []
    if not is_name(line.formula):
        steps.append(formula(line.formula, script, False))
    return [*steps, value] if steps[-1:] != [value] else steps


def _text(found: Sequence[Section]) -> str:
    blocks = []
    for section in found:
        wide = max((len(line.label) for line in section.workings), default=0)
        lines = [f"  {line.label.ljust(wide)}  {_told(line)}".rstrip() for line in section.workings]
        blocks.append("\n".join([section.heading, *lines]) + "\n")
    return "\n".join([*blocks, *[f"{legend}\n" for legend in _legend(found)]])


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


def _markdown(found: Sequence[Section]) -> str:
    blocks = []
    for section in found:
        lines = [f"- {line.label}: {_marked(line)}" for line in section.workings]
        blocks.append("\n".join([f"## {section.heading}", "", *lines]) + "\n")
    return "\n".join([*blocks, *[f"{legend}\n" for legend in _legend(found)]])


def _marked(line: Working) -> str:
    """The equation as code, so that nothing in it is markup."""
    equation = " = ".join(sides(line, TEXT))
    words = [f"`{equation}`"] * bool(equation) + [_unit(line)] + [f"({line.words})"] * bool(line.words)
    return " ".join(filter(None, words))


def _latex(found: Sequence[Section]) -> str:
    """Equations in lists, as part of a document: nothing but article is needed."""
    lines = []
    for section in found:
        lines += [f"\\subsection*{{{_typed(section.heading)}}}", "\\begin{description}"]
        lines += [f"\\item[{escaped(line.label)}] {_typeset(line)}" for line in section.workings]
        lines += ["\\end{description}", ""]
    return "\n".join([*lines, *[f"\\paragraph{{Letters}} {_letters(found, True)}\n" for _ in _legend(found)]])


def _typeset(line: Working) -> str:
    equation = " = ".join(sides(line, LATEX))
    told = f"\\({equation}\\)" if equation and not isinstance(line.value, tuple) else escaped(equation)
    return " ".join(filter(None, [told, _unit(line), f"({_typed(line.words)})" if line.words else ""]))


def _typed(text: str) -> str:
    return escaped(text).replace("→", "\\(\\to\\)")


def _legend(found: Sequence[Section]) -> list[str]:
    told = _letters(found, False)
    return [told] if told else []


def _letters(found: Sequence[Section], latex: bool) -> str:
    """n: size that comes in; ... for the letters that are met."""
    met = dict.fromkeys(letter for section in found for line in section.workings for letter in _met(line.formula))
    said = [(f"\\({LATEX.name(letter)}\\)" if latex else letter, WORDS[letter]) for letter in met if letter in WORDS]
    return "; ".join(f"{letter}: {words}" for letter, words in said)


def _met(number: Any) -> list[str]:
    """The letters of a formula, without their marks."""
    if not isinstance(number, Term):
        return []
    if number.op == "name":
        return [number.symbol.partition("_")[0]] if number.symbol else []
    return [letter for part in number.parts for letter in _met(part[1] if number.op == "sum" else part)]


def objects(found: Sequence[Section]) -> list[dict[str, Any]]:
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
