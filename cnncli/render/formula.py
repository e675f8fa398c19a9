"""A term written out: as text or LaTeX, with its letters or with the numbers put in."""

from __future__ import annotations

from typing import NamedTuple

from ..explain.term import Term
from .values import people

_SUM, _PRODUCT, _ATOM = range(3)  # how tightly what is written holds together


class Script(NamedTuple):
    """How a format writes the parts of a formula. `over` has a place for what is above and what is below."""

    minus: str
    times: str
    floor: str
    ceil: str
    over: str
    within: str  # parentheses
    inline: bool  # a fraction is a line with a stroke, so that sums in it need parentheses

    def number(self, value: object) -> str:
        """34,944; a minus of its own."""
        text = people(value).replace("-", self.minus)
        return text if self.inline else text.replace(",", "{,}")

    def name(self, symbol: str) -> str:
        """n_h; words upright."""
        if self.inline:
            return symbol
        letter, _, mark = symbol.partition("_")
        bare = letter.rstrip("'")
        upright = letter if len(bare) == 1 else f"\\mathrm{{{letter}}}"
        return f"{upright}_{{\\mathrm{{{mark}}}}}" if mark else upright


TEXT = Script("−", "·", "⌊{}⌋", "⌈{}⌉", "{}/{}", "({})", True)
LATEX = Script(
    "-",
    " \\cdot ",
    "\\left\\lfloor {} \\right\\rfloor",
    "\\left\\lceil {} \\right\\rceil",
    "\\frac{{{}}}{{{}}}",
    "\\left({}\\right)",
    False,
)


def formula(number: int, script: Script, letters: bool) -> str:
    """The term as it came about; `letters`: with names, not numbers."""
    return _written(number, script, letters)[0]


def lettered(number: int) -> bool:
    """Whether every number in it has a letter."""
    if not isinstance(number, Term):
        return True
    if number.op == "name":
        return bool(number.symbol)
    return all(lettered(part[1] if number.op == "sum" else part) for part in number.parts)


def is_name(number: int) -> bool:
    """Whether there is nothing to work out."""
    return not isinstance(number, Term) or number.op == "name"


def _written(number: int, script: Script, letters: bool) -> tuple[str, int]:
    """The text, and how tightly it holds together."""
    if not isinstance(number, Term):
        return script.number(number), _ATOM if number >= 0 else _SUM
    if number.op == "name":
        if letters:
            return script.name(number.symbol), _ATOM
        whole = isinstance(number.value, int) or number.value.denominator == 1
        return script.number(number.value), (_ATOM if whole else _PRODUCT) if number.value >= 0 else _SUM
    if number.op == "sum":
        return _sum(number, script, letters)
    if number.op == "product":
        constant = [script.number(number.constant)] if number.constant != 1 else []
        return script.times.join(constant + [_held(part, script, letters) for part in number.parts]), _PRODUCT
    if number.op in ("max", "min"):
        inside = ", ".join(formula(part, script, letters) for part in number.parts)
        return f"{'' if script.inline else chr(92)}{number.op}{script.within.format(inside)}", _ATOM
    return _fraction(number, script, letters)


def _sum(number: Term, script: Script, letters: bool) -> tuple[str, int]:
    """n − k + 2·p + 1: what is added first comes first, paddings and constants last."""
    parts = sorted(number.parts, key=lambda part: part[1].symbol[:1] == "p")
    text = ""
    for count, part in parts:
        factor = script.number(abs(count)) + script.times if abs(count) != 1 else ""
        tight = _ATOM if factor and part.op != "product" else _PRODUCT if text or count < 0 else _SUM
        held = _held(part, script, letters, tight)
        sign = script.minus if count < 0 else "+"
        text += f" {sign} {factor}{held}" if text else f"{script.minus if count < 0 else ''}{factor}{held}"
    if number.constant:
        text += f" {script.minus if number.constant < 0 else '+'} {script.number(abs(number.constant))}"
    alone = len(parts) == 1 and not number.constant and parts[0][0] > 0
    return text, _PRODUCT if alone else _SUM


def _fraction(number: Term, script: Script, letters: bool) -> tuple[str, int]:
    """Rounded or exact."""
    above, below = number.parts
    if script.inline:
        text = script.over.format(_held(above, script, letters), _held(below, script, letters, _ATOM))
    else:
        text = script.over.format(formula(above, script, letters), formula(below, script, letters))
    if number.op == "divide":
        return text, _PRODUCT if script.inline else _ATOM
    return (script.floor if number.op == "floor" else script.ceil).format(text), _ATOM


def _held(number: int, script: Script, letters: bool, least: int = _PRODUCT) -> str:
    """In parentheses where it would fall apart."""
    text, tightness = _written(number, script, letters)
    return script.within.format(text) if tightness < least else text
