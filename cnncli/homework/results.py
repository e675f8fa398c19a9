"""Results -> text: for people, for spreadsheets, and for programs.

{"schema": "cnncli/grade/1", "pass": 60.0, "passed": false, "results": [{"student", "sheet", "points", "of", "percent", "passed",
    "marks": [{"question", "text", "given", "answer", "points", "right", "rule", "words"}]}]}
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..printable import printable
from ..render.csv import table
from ..render.json import dumps
from ..render.values import plain
from .marks import Mark, Result
from .wording import shown

STYLES = ("text", "json", "csv")


def passed(result: Result, needed: float) -> bool:
    """Whether a result reaches so many percent."""
    return result.points * 100 >= needed * result.of


def render(results: Sequence[Result], style: str, needed: float) -> str:
    """All results in one of the formats."""
    if style == "json":
        return dumps(_document(results, needed), 2) + "\n"
    return _csv(results) if style == "csv" else "\n".join(_text(one, needed) for one in results)


def _text(result: Result, needed: float) -> str:
    wide = max(len(mark.question.question) for mark in result.marks)
    lines = [printable(f"{mark.question.question.rjust(wide)}  {_told(mark)}") for mark in result.marks]
    verdict = "passed" if passed(result, needed) else f"not passed, which takes {needed:g}%"
    total = f"{result.points:g} of {result.of} ({100 * result.share:.4g}%): {verdict}"
    return "\n".join([*([printable(result.student)] if result.student else []), *lines, total]) + "\n"


def _told(mark: Mark) -> str:
    if mark.right:
        return f"right  {mark.given}"
    points = "half " if mark.points else "wrong"
    said = mark.words if mark.rule or not mark.given else f"{mark.given}: {mark.words}"
    return f"{points}  {said}; the answer is {shown(mark.question.answer)}"


def _csv(results: Sequence[Result]) -> str:
    rows = [["student", "sheet", "question", "given", "answer", "points", "right", "rule", "words"]]
    for result in results:
        for mark in result.marks:
            asked = mark.question
            row = [result.student, result.id, asked.question, mark.given, shown(asked.answer).replace(",", "")]
            rows.append([*row, f"{mark.points:g}", "true" if mark.right else "false", mark.rule, mark.words])
    return table(rows)


def _document(results: Sequence[Result], needed: float) -> dict[str, Any]:
    return {
        "schema": "cnncli/grade/1",
        "pass": needed,
        "passed": all(passed(one, needed) for one in results),
        "results": [_object(one, needed) for one in results],
    }


def _object(result: Result, needed: float) -> dict[str, Any]:
    return {
        "student": result.student,
        "sheet": result.id,
        "points": result.points,
        "of": result.of,
        "percent": 100 * result.share,
        "passed": passed(result, needed),
        "marks": [
            {
                "question": mark.question.question, "text": mark.question.text, "given": mark.given,
                "answer": plain(mark.question.answer), "points": mark.points, "right": mark.right, "rule": mark.rule, "words": mark.words,
            }
            for mark in result.marks
        ],
    }  # fmt: skip
