"""Marks. A right answer is 1; one that a known slip explains is told so, and with partial credit is 1/2; any other is 0.

A whole number is right when it is the answer. One that is written short (34.9k, 1.23e6) is right when it is the answer rounded so, to
three digits at least. One rounded to fewer digits is wrong, and is said to be rounded: no slip is behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import DataError
from .answers import Answer
from .key import Key, Keyed
from .numbers import readings, shape

PARTIAL = 0.5


class Mark(NamedTuple):
    """What an answer is worth, and why. `rule` names the slip."""

    question: Keyed
    given: str
    points: float
    right: bool
    rule: str
    words: str


class Result(NamedTuple):
    """The marks of a student, in the order of the questions."""

    student: str
    id: str
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks)

    @property
    def of(self) -> int:
        return len(self.marks)

    @property
    def share(self) -> float:
        """The part of all points, from 0 to 1."""
        return self.points / self.of


def grade(sheets: Sequence[Key], answers: Sequence[Answer], name: str, partial: bool = False) -> list[Result]:
    """The results of all students of a file, in its order. Raises DataError for an answer to what was not asked."""
    by_student: dict[str, list[Answer]] = {}
    for one in answers:
        by_student.setdefault(one.student, []).append(one)
    return [_result(_sheet_of(sheets, student, given[0], name), student, given, name, partial) for student, given in by_student.items()]


def _sheet_of(sheets: Sequence[Key], student: str, first: Answer, name: str) -> Key:
    """The sheet of a student; the only one, where it is nobody's or nobody is named."""
    found = next((key for key in sheets if key.student == student), None)
    if found is None and len(sheets) == 1 and not (student and sheets[0].student):
        return sheets[0]
    if found is None:
        known = [key.student for key in sheets]
        missing = f"no sheet of the key is for {student}" if student else "whose answers? add a column student"
        raise DataError(f"{name}:{first.line}: {missing}; it has those of {', '.join(known[:8])}{' ...' * (len(known) > 8)}")
    return found


def _result(key: Key, student: str, given: Sequence[Answer], name: str, partial: bool) -> Result:
    asked = {one.question: one for one in key.questions}
    for one in given:
        if one.question not in asked:
            raise DataError(f"{name}:{one.line}: the sheet has no question {one.question or '(no number)'}; it has 1 to {len(asked)}")
        if one.sheet and one.sheet != key.id:
            raise DataError(f"{name}:{one.line}: an answer to sheet {one.sheet}; this is the key of {key.id}")
    texts = {one.question: one.text for one in given}
    return Result(student or key.student, key.id, tuple([_mark(one, texts.get(one.question, ""), partial) for one in key.questions]))


def _mark(asked: Keyed, given: str, partial: bool) -> Mark:
    if not given:
        return Mark(asked, given, 0.0, False, "", "no answer")
    if isinstance(asked.answer, tuple):
        return _of_shape(asked, given, partial)
    found = readings(given)
    even = shape(given) or ()
    if not found and asked.quantity == "receptive_field" and len(even) > 1 and len(set(even)) == 1:
        found = readings(str(even[0]))  # 5x5 for 5 along each axis
    if not found:
        return Mark(asked, given, 0.0, False, "", "no number; write such as 1234, 1,234 or 1.234e3")
    if any(one.means(asked.answer) for one in found):
        return Mark(asked, given, 1.0, True, "", "")
    if any(reading.rounds(asked.answer) for reading in found):
        return Mark(asked, given, 0.0, False, "rounded", f"{given} is rounded to too few digits; write three at least, or the exact number")
    return _slipped(asked, given, partial, lambda value: any(one.means(value) for one in found))


def _of_shape(asked: Keyed, given: str, partial: bool) -> Mark:
    found = {read for read in (shape(given), *([(int(one.value),) for one in readings(given)])) if read}
    if not found:
        return Mark(asked, given, 0.0, False, "", "no shape; write such as 28x28x6")
    if asked.answer in found:
        return Mark(asked, given, 1.0, True, "", "")
    return _slipped(asked, given, partial, lambda value: value in found)


def _slipped(asked: Keyed, given: str, partial: bool, meant: Any) -> Mark:
    """The mark of a wrong answer, with the slip behind it if one is known."""
    for slip in asked.slips:
        if meant(slip.value):
            return Mark(asked, given, PARTIAL if partial else 0.0, False, slip.rule, slip.words)
    return Mark(asked, given, 0.0, False, "", "no usual slip leads there")
