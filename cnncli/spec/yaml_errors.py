"""What is wrong with a text that is not YAML, at the place where it is wrong, and how to mend it.

A parser notices a slip late: an open brace at the end of the file, a missing colon in the next line. These are looked for backwards.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ..printable import quote
from .fault import Mark, Source

_CLOSING = {"{": "}", "[": "]"}
_KIND_ALONE = re.compile(r"\s*- ([A-Za-z_]\w*)\s*(?:#.*)?")
_COLON_MISSING = re.compile(r"(\s*(?:- )?)([A-Za-z_]\w*)(\s*)([{\[].*|)")
_SPACE_MISSING = re.compile(r"(\s*(?:- )?[A-Za-z_]\w*:)[^\s]")


_DASH_ALONE = re.compile(r"\s*-([A-Za-z_]\w*)")


class Slip(NamedTuple):
    """What is wrong, and where."""

    message: str
    mark: Mark | None


def slip_of(error: Any, source: Source) -> Slip:
    """Explain an error of the YAML parser."""
    mark = _mark(source, getattr(error, "problem_mark", None))
    if mark is None:
        return Slip(f"not YAML: {str(error).splitlines()[0]}", _odd_character(source))
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    for find in (_tab, _first_letter, _quote, _bracket, _nothing, _colon, _indentation):
        slip = find(problem, mark, _mark(source, getattr(error, "context_mark", None)))
        if slip is not None:
            return slip
    return Slip(f"not YAML: {problem}", mark)


def _mark(source: Source, place: Any) -> Mark | None:
    return Mark(source, place.line + 1, place.column + 1) if place else None


def _at(mark: Mark) -> str:
    """The character that a mark points at; empty at the end of a line."""
    return mark.source.line(mark.line)[mark.column - 1 : mark.column]


def _tab(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A tab in the indentation."""
    line = mark.source.line(mark.line)
    indentation = line[: len(line) - len(line.lstrip())]
    if not ("cannot start any token" in problem or "a tab character" in problem) or "\t" not in indentation:
        return None
    return Slip("a tab indents this line; YAML is indented by spaces", mark._replace(column=indentation.index("\t") + 1))


def _first_letter(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A value that begins with @, % or `."""
    if "cannot start any token" not in problem:
        return None
    return Slip(f"no plain value begins with {quote(_at(mark))}; put it in quotes", mark)


def _quote(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A quoted text without its end."""
    if context is None or "end of stream" not in problem or _at(context) not in ("'", '"'):
        return None
    return Slip(f"this quoted text does not end; its closing {_at(context)} is missing", context)


def _bracket(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A brace or bracket that is not closed, closed by the other kind, or closed twice; or a comma that is missing in it."""
    sign = _at(mark)
    if sign in ("}", "]") and "expected key" in problem:
        return Slip(f"{quote(sign)} closes nothing; leave it out, or open it before", mark)
    if "expected ',' or" not in problem or context is None or _at(context) not in _CLOSING:
        return None
    closing = _CLOSING[_at(context)]
    if sign in ("}", "]"):
        return Slip(f"{quote(_at(context))} is closed by {quote(sign)}; write {quote(closing)}", mark)
    text = mark.source.line(mark.line)
    outside = _indent(text) <= _indent(mark.source.line(context.line)) or text.lstrip().startswith("- ")
    if (mark.line > context.line and outside) or _ends(mark):
        return Slip(f"{quote(_at(context))} is not closed; write {quote(closing)} where it ends", context)
    word = re.search(r"[^\s,{}\[\]]*$", text[: mark.column - 1]) if sign == ":" else None
    return Slip("a comma is missing before this", mark._replace(column=word.start() + 1) if word else mark)


def _nothing(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A bracket that is opened, or a comma, with nothing behind it."""
    if "node content" not in problem:
        return None
    lines = mark.source.text.split("\n", mark.line)[: mark.line]
    lines[mark.line - 1 :] = [line[: mark.column - 1] for line in lines[mark.line - 1 :]]
    before = "\n".join(lines).rstrip()
    sign, place = before[-1:], Mark(mark.source, before.count("\n") + 1, len(before) - before.rfind("\n") - 1)
    if sign not in ("{", "[", ","):
        return None
    if _ends(mark):
        return Slip("the text ends within brackets; close them", place)
    return Slip(f"a value is missing after {quote(sign)}", place)


def _ends(mark: Mark) -> bool:
    """Whether nothing stands behind a mark."""
    lines = mark.source.text.split("\n", mark.line - 1)
    return len(lines) < mark.line or not lines[-1][mark.column - 1 :].strip()


def _colon(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A colon that is missing, or stands where none may."""
    source = mark.source
    if "could not find expected ':'" in problem and context is not None:
        dash = _DASH_ALONE.match(source.line(context.line))
        if dash is not None:
            message = f"a space is missing after the dash; write {quote(f'- {dash[1]}')}"
            return Slip(message, context._replace(column=dash.start(1)))
        return _without_colon(context) or Slip("a colon is missing here, or this line is indented wrongly", context)
    if "mapping values are not allowed" not in problem:
        return None
    line, above = source.line(mark.line), source.line(mark.line - 1) if mark.line > 1 else ""
    space = _SPACE_MISSING.match(line)
    if space is not None and space.end() < mark.column:
        return Slip("a space is missing after the colon", mark._replace(column=len(space[1])))
    kind = _KIND_ALONE.fullmatch(above)
    if kind is not None and _indent(line) > _indent(above):
        message = f"a colon is missing after {quote(kind[1])}: write `- {kind[1]}:` where keys follow in the next line"
        return Slip(message, Mark(source, mark.line - 1, kind.start(1) + 1, len(kind[1])))
    before = None if ":" in above or not above.strip() else _without_colon(Mark(source, mark.line - 1, 1))
    return _without_colon(mark) or before or Slip("a second colon; a text that has ': ' in it goes in quotes", mark)


def _without_colon(mark: Mark) -> Slip | None:
    """A name at the beginning of a line that lacks its colon: `layers`, or `conv {filters: 3}`."""
    match = _COLON_MISSING.fullmatch(mark.source.line(mark.line).rstrip())
    if match is None:
        return None
    name = match[2]
    example = f"{name}: {match[4][:1]}...{_CLOSING[match[4][0]]}" if match[4] else f"{name}:"
    return Slip(
        f"a colon is missing after {quote(name)}: write `{match[1].strip()}{' ' if match[1].strip() else ''}{example}`",
        Mark(mark.source, mark.line, match.start(2) + 1, len(name)),
    )


def _indentation(problem: str, mark: Mark, context: Mark | None) -> Slip | None:
    """A line that begins in another column than those around it."""
    line = mark.source.line(mark.line)
    if "did not find expected" not in problem or context is None or mark.column - 1 != _indent(line) or _ends(mark):
        return None
    what = "items of one list" if _at(context) == "-" or line.lstrip().startswith("-") else "names of one mapping"
    return Slip(f"this line is indented otherwise than those above it; {what} begin in the same column", mark)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _odd_character(source: Source) -> Mark | None:
    """Where the first character stands that YAML does not allow (control characters)."""
    for number, line in enumerate(source.text.split("\n"), 1):
        for column, char in enumerate(line, 1):
            if not char.isprintable() and char not in "\t\r\u2028\u2029\ufeff\u00a0":
                return Mark(source, number, column)
    return None
