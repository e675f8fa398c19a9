"""Answers of `solve` -> text: one solution a line, the usual one first; or none, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..explain import Term
from ..solve import Answer, Found
from .formula import LATEX, TEXT, Script, formula, lettered
from .json import dumps
from .latex import escaped
from .values import people, plain

MOST = 20  # solutions that people are shown, unless they ask for all


def render(answer: Answer, style: str, most: int | None = MOST) -> str:
    """The answer in one of the formats for people, at most so many solutions of it."""
    shown = answer.found[:most]
    more = [f"and {len(answer.found) - len(shown):,} more; --all shows them"] * (len(answer.found) > len(shown))
    notes = [*more, *filter(None, [answer.note]), *([] if answer.found else [f"none: {answer.why}"])]
    if style == "latex":
        return _latex(answer, shown, notes)
    if style == "markdown":
        lines = [f"- {_values(one)}{f': `{_equation(one, TEXT)}`' if _equation(one, TEXT) else ''}{_note(one)}" for one in shown]
        return "\n".join([f"## {answer.question}", "", *lines, *[""] * bool(lines and notes), *notes]) + "\n"
    wide = max((len(_values(one)) for one in shown), default=0)
    lines = [f"  {_values(one).ljust(wide)}  {f'{_equation(one, TEXT)}{_note(one)}'.lstrip()}".rstrip() for one in shown]
    return "\n".join([answer.question, *lines, *(f"  {note}" for note in notes)]) + "\n"


def document(answers: Sequence[Answer]) -> str:
    """What machines read: one object, or an array of several."""
    found = [_object(answer) for answer in answers]
    return dumps(found if len(found) > 1 else found[0], 2) + "\n"


def _latex(answer: Answer, shown: Sequence[Found], notes: list[str]) -> str:
    question = escaped(answer.question).replace("→", "\\(\\to\\)").replace("⌈", "\\(\\lceil\\)").replace("⌉", "\\(\\rceil\\)")
    items = [f"\\item {escaped(_values(one))}{_typeset(one)}{escaped(_note(one))}" for one in shown]
    listed = ["\\begin{enumerate}", *items, "\\end{enumerate}"] if items else []
    return "\n".join([f"\\subsection*{{{question}}}", *listed, *(escaped(note) + "\n" for note in notes)]) + "\n"


def _typeset(one: Found) -> str:
    equation = _equation(one, LATEX)
    return f": \\({equation}\\)" if equation else ""


def _values(one: Found) -> str:
    return ", ".join(f"{name} {people(value)}" for name, value in one.values.items())


def _equation(one: Found, script: Script) -> str:
    if one.formula is None:
        return script.number(one.result) if one.result is not None else ""
    letters = [formula(one.formula, script, True)] if isinstance(one.formula, Term) and lettered(one.formula) else []
    return " = ".join([*letters, formula(one.formula, script, False), script.number(one.result)])


def _note(one: Found) -> str:
    return f" ({one.note})" if one.note else ""


def _object(answer: Answer) -> dict[str, Any]:
    """What machines read."""
    return {
        "schema": "cnncli/solve/1",
        "question": answer.question,
        "found": [{"values": {name: plain(value) for name, value in one.values.items()}, "working": _equation(one, TEXT), "note": one.note}
                  for one in answer.found],
        "why_none": answer.why,
        "note": answer.note,
    }  # fmt: skip
