"""The key of a sheet: what the teacher keeps. It has the answers and the usual mistakes, so that grading needs nothing else.

{"schema": "cnncli/exercise/1", "sheets": [{"spec", "kinds", "count", "seed", "level", "student", "id", "questions": [
    {"question": "1", "text": "...", "quantity": "params", "answer": 156, "slips": [{"value": 150, "rule": "bias", "words": "..."}]}]}]}
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DataError
from ..render.json import dumps
from ..render.values import plain
from .request import SCHEMA, Request
from .slips import Slip, slips

if TYPE_CHECKING:
    from .sheet import Sheet

_LINE = re.compile(r"cnncli/exercise/(\w+) (\{.*\})")


class Keyed(NamedTuple):
    """One question of a key."""

    question: str
    text: str
    quantity: str
    answer: Any
    slips: tuple[Slip, ...]


class Key(NamedTuple):
    """The key of one student's sheet, or of everybody's (`student` is empty)."""

    student: str
    id: str
    questions: tuple[Keyed, ...]


def key_of(sheet: Sheet) -> Key:
    """The key of a sheet."""
    keyed = [Keyed(str(one.number), one.text, one.quantity, one.answer, tuple(slips(one))) for one in sheet.questions]
    return Key(sheet.request.student, sheet.id, tuple(keyed))


def keys(sheets: Sequence[Sheet]) -> str:
    """The file of all keys."""
    return dumps({"schema": SCHEMA, "sheets": [_object(sheet) for sheet in sheets]}, 1) + "\n"


def _object(sheet: Sheet) -> dict[str, Any]:
    questions = [
        {**one._asdict(), "answer": plain(one.answer), "slips": [{**slip._asdict(), "value": plain(slip.value)} for slip in one.slips]}
        for one in key_of(sheet).questions
    ]
    return {**sheet.request._asdict(), "id": sheet.id, "questions": questions}


def read_key(text: str, name: str, remake: Callable[[Request], Sheet]) -> list[Key]:
    """The keys of a file: those that it holds, or of a sheet the one that `remake` makes again. Raises DataError."""
    if text.lstrip().startswith("{"):
        return _stored(text, name)
    for number, line in enumerate(text.splitlines(), 1):
        met = _LINE.search(line)
        if met:
            _same_version(met[1], f"{name}:{number}")
            return [_made_again(met[2], f"{name}:{number}", remake)]
    raise DataError(f"{name} is no sheet of cnncli exercise, nor its key: nothing in it tells what it was made from")


def read_requests(text: str) -> list[Request]:
    """What a key or a sheet was made from; nothing of any other text."""
    try:
        if text.lstrip().startswith("{"):
            held = json.loads(text)
            exercise = str(held.get("schema", "")).startswith("cnncli/exercise/")
            return [Request.of(sheet) for sheet in held["sheets"]] if exercise else []
        line = _LINE.search(text)
        return [Request.of(json.loads(line[2]))] if line else []
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _made_again(text: str, where: str, remake: Callable[[Request], Sheet]) -> Key:
    try:
        values = json.loads(text)
        request = Request.of(values)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: this line of the sheet was changed, so its key cannot be made again ({error})") from None
    key = key_of(remake(request))
    if key.id != values.get("id"):
        raise DataError(f"{where}: the spec has changed since the sheet was made, or another version of cnncli made it; grade with its key")
    return key


def _same_version(version: str, where: str) -> None:
    if f"cnncli/exercise/{version}" != SCHEMA:
        raise DataError(f"{where}: a sheet of version {version}; this cnncli reads version {SCHEMA.rpartition('/')[2]}")


def _stored(text: str, name: str) -> list[Key]:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{name}:{getattr(error, 'lineno', 1)}: no key: {getattr(error, 'msg', 'it is nested too deep')}") from None
    family, _, version = str(held.get("schema", "")).rpartition("/")
    if family != "cnncli/exercise":
        raise DataError(f"{name} is no key of cnncli exercise; its schema would be {SCHEMA}")
    _same_version(version, name)
    try:
        found = [Key(_text(sheet["student"]), _text(sheet["id"]), tuple(map(_keyed, sheet["questions"]))) for sheet in held["sheets"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{name}: the key is damaged ({type(error).__name__}: {error}); write it again with cnncli exercise --key"
        ) from None
    if not found or not all(key.questions for key in found):
        raise DataError(f"{name}: the key has no questions")
    return found


def _keyed(stored: dict[str, Any]) -> Keyed:
    answer = _value(stored["answer"])
    known = tuple([Slip(_value(slip["value"]), str(slip["rule"]), str(slip["words"])) for slip in stored["slips"]])
    for slip in known:
        if isinstance(slip.value, tuple) != isinstance(answer, tuple):
            raise ValueError(f"{json.dumps(slip.value)} is no answer like {json.dumps(answer)}")
    return Keyed(str(stored["question"]), str(stored["text"]), str(stored["quantity"]), answer, known)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{json.dumps(value)} is no name")
    return value


def _value(value: Any) -> Any:
    """A number, or a shape."""
    if isinstance(value, list) and all(type(one) is int for one in value):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(f"{json.dumps(value)} is no answer")
    return value
