"""A sheet in Moodle XML. A table of layers is one cloze question; drawn layers are numerical and short-answer questions, in which
wrong answers that a known slip explains get that as feedback. The answers stand in it: it is for the teacher.

Source: docs.moodle.org, "Moodle XML format" and "Embedded Answers (Cloze) question type".
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

from ..slips import Slip, slips
from .solution import told
from .spellings import is_number, spellings
from .table import rules, table

if TYPE_CHECKING:
    from ..sheet import Question, Sheet

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(sheet: Sheet, solved: bool) -> str:
    quiz = Xml.Element("quiz")
    quiz.append(Xml.Comment(f" {_clean(sheet.line)} "))
    category = Xml.SubElement(quiz, "question", type="category")
    _text(category, "category", f"$course$/top/{sheet.title.replace('/', '//')}")
    if sheet.report:
        _cloze(quiz, sheet, solved)
    else:
        for question in sheet.questions:
            _question(quiz, sheet, question, solved)
    Xml.indent(quiz)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(quiz, encoding="unicode") + "\n"


def _question(quiz: Xml.Element, sheet: Sheet, one: Question, solved: bool) -> None:
    made = Xml.SubElement(quiz, "question", type="numerical" if is_number(one) else "shortanswer")
    _text(made, "name", f"{sheet.id} {one.number}")
    _text(made, "questiontext", f"<p>{escape(one.text)}</p>", "html")
    _text(made, "generalfeedback", _working(one) if solved else "", "html")
    for tag, value in (("defaultgrade", "1"), ("penalty", "0"), ("hidden", "0")):
        Xml.SubElement(made, tag).text = value
    if not is_number(one):
        Xml.SubElement(made, "usecase").text = "0"
    for spelled in spellings(one.answer):
        _answer(made, spelled, 100, "", is_number(one))
    for slip in _told(one):
        for spelled in spellings(slip.value):
            _answer(made, spelled, 0, slip.words, is_number(one))


def _answer(question: Xml.Element, text: str, fraction: int, feedback: str, number: bool) -> None:
    answer = Xml.SubElement(question, "answer", fraction=str(fraction), format="moodle_auto_format")
    Xml.SubElement(answer, "text").text = text
    _text(answer, "feedback", escape(feedback), "html")
    if number:
        Xml.SubElement(answer, "tolerance").text = "0"


def _told(one: Question) -> list[Slip]:
    """The slips whose answers can be compared: fractions of kilobytes cannot."""
    return [slip for slip in slips(one) if isinstance(slip.value, (int, tuple))]


def _cloze(quiz: Xml.Element, sheet: Sheet, solved: bool) -> None:
    made = Xml.SubElement(quiz, "question", type="cloze")
    _text(made, "name", f"{sheet.id} {sheet.title}")
    _text(made, "questiontext", _table(sheet), "html")
    listed = "".join(f"<li>{_working(one)}</li>" for one in sheet.questions)
    _text(made, "generalfeedback", f"<ol>{listed}</ol>" if solved else "", "html")
    for tag, value in (("penalty", "0"), ("hidden", "0")):
        Xml.SubElement(made, tag).text = value


def _table(sheet: Sheet) -> str:
    """The table of layers in HTML, with a field for each blank."""
    fields = {f"({one.number})": _field(one) for one in sheet.questions}
    drawn = table(sheet, lambda one: f"({one.number})")
    head = "".join(f"<th>{escape(column.title)}</th>" for column in drawn.columns)
    body = "".join("<tr>" + "".join(f"<td>{fields.get(cell) or _outside(cell)}</td>" for cell in row) + "</tr>" for row in drawn.rows())
    return f"<table><tr>{head}</tr>{body}</table>" + "".join(f"<p>{_outside(rule)}</p>" for rule in rules(sheet))


def _field(one: Question) -> str:
    """{1:NUMERICAL:=156:0~%0%150:0#the count without the 6 biases}."""
    number = is_number(one)
    after = ":0" if number else ""
    right = [f"{'=' if place == 0 or not number else '%100%'}{_inside(text)}{after}" for place, text in enumerate(spellings(one.answer))]
    wrong = [f"%0%{_inside(text)}{after}#{_inside(slip.words)}" for slip in _told(one) for text in spellings(slip.value)]
    return f"{{1:{'NUMERICAL' if number else 'SHORTANSWER'}:{'~'.join([*right, *wrong])}}}"


def _inside(text: str) -> str:
    """Text within a field of a cloze question."""
    return re.sub(r"([\\~#}/\"])", r"\\\1", escape(text, quote=False))


def _outside(text: str) -> str:
    """Text beside the fields: a brace must not begin one."""
    return escape(text).replace("{", "&#123;").replace("}", "&#125;")


def _working(one: Question) -> str:
    return "<br>".join(escape(line) for line in told(one))


def _text(parent: Xml.Element, tag: str, text: str, form: str = "") -> None:
    made = Xml.SubElement(parent, tag, {"format": form} if form else {})
    Xml.SubElement(made, "text").text = _clean(text)


def _clean(text: str) -> str:
    """Without the characters that XML does not know."""
    return _FORBIDDEN.sub("", text)
