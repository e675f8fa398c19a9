"""Changes to whole texts, files and trees, from slips of the pen to lies."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

CHARACTERS = "0127-:{}[],$()#'\"&*!|>%@ \tabx\n\ré٣" * 4 + "\0\x1b\u202e\u200b\ufeff"
WORDS = [
    "true", "null", "~", "[]", "{}", "-1", "0", "1e999", "nan", ".inf", "2147483648", "$x", "$(1/0)",
    "$(filters", "conv", "dense", "add", "input", "same", "'", "\x1b[31m", "\x1b]0;title\x07", "=1+1",
    "9" * 400, "a" * 300, "../../etc/passwd", "/dev/zero", "-", "--help", "٣", "1_000", "0x10", "1:2",
]  # fmt: skip
NUMBERS = [0, -1, 1, 2, 7, 255, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 0.5, 1e308, -0.0]


def mutate_text(text: str, rng: random.Random) -> str:
    """A few slips: lines and characters lost, doubled, moved or replaced."""
    for _ in range(rng.choice([1, 1, 2, 4])):
        lines = text.split("\n")
        row, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        kind = rng.randrange(8)
        if kind == 0:
            lines[row] = lines[other]
        elif kind == 1:
            lines[row], lines[other] = lines[other], lines[row]
        elif kind == 2:
            del lines[row]
        elif kind == 3:
            lines[row] = replace_word(lines[row], rng)
        else:
            column = rng.randrange(len(lines[row]) + 1)
            kept = lines[row][column + kind - 4 :]
            lines[row] = lines[row][:column] + rng.choice(CHARACTERS) + kept
        text = "\n".join(lines)
    return text


def replace_word(line: str, rng: random.Random) -> str:
    """One word of a line replaced by another."""
    words = line.split(" ")
    words[rng.randrange(len(words))] = rng.choice(WORDS)
    return " ".join(words)


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bits flipped, pieces cut, doubled or overwritten, the end missing."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        if not changed:
            return rng.randbytes(rng.randint(0, 20))
        start = rng.randrange(len(changed))
        kind = rng.randrange(9)
        if kind > 5:
            changed[start] = (changed[start] + rng.choice([-1, 1, 2, 16])) % 256
        elif kind == 0:
            changed[start] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del changed[start : start + rng.randint(1, 40)]
        elif kind == 2:
            changed[start:start] = changed[start : start + rng.randint(1, 40)]
        elif kind == 3:
            changed[start : start + 8] = rng.choice([b"\xff" * 8, b"\0" * 8, rng.randbytes(8)])
        elif kind == 4:
            del changed[start:]
        else:
            changed[start] = rng.randrange(256)
    return bytes(changed)


def mutate_tree(tree: Any, rng: random.Random) -> Any:
    """A tree of JSON with one or two values lost, doubled, moved or replaced by another type."""
    for _ in range(rng.choice([1, 1, 2])):
        places = list(_places(tree))
        if not places:
            return rng.choice([None, True, "", [], {}, *NUMBERS])
        holder, key = rng.choice(places)
        _, donor = rng.choice(places), rng.choice(places)
        kind = rng.randrange(5)
        if kind == 0:
            del holder[key]
        elif kind == 1:
            holder[key] = deepcopy(donor[0][donor[1]]) if _has(donor) else None
        elif kind == 2:
            holder[key] = rng.choice(NUMBERS)
        elif kind == 3:
            holder[key] = rng.choice(WORDS)
        else:
            holder[key] = rng.choice([None, True, False, [], {}, [[]], {"a": 1}, [holder[key]]])
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every key of every mapping and every index of every list. Trees that hold themselves end."""
    places: list[tuple[Any, Any]] = []
    waiting, seen = [tree], set[int]()
    while waiting and len(places) < 5000:
        value = waiting.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        places.extend((value, key) for key in keys)
        waiting.extend(value[key] for key in keys)
    return places


def _has(place: tuple[Any, Any]) -> bool:
    holder, key = place
    return key in holder if isinstance(holder, dict) else key < len(holder)


def mutate_message(message: Any, rng: random.Random) -> None:
    """A protocol buffer with one or two fields changed, dropped, doubled or swapped."""
    for _ in range(rng.choice([1, 1, 2])):
        places = _fields(message)
        if not places:
            return
        holder, field = rng.choice(places)
        value = getattr(holder, field.name)
        if field.is_repeated:
            _mutate_repeated(value, field, rng)
        elif rng.random() < 0.3:
            holder.ClearField(field.name)
        elif field.type != field.TYPE_MESSAGE:
            setattr(holder, field.name, _scalar(field, rng, value))


def _mutate_repeated(values: Any, field: Any, rng: random.Random) -> None:
    index = rng.randrange(len(values))
    kind = rng.randrange(3)
    if kind == 0:
        del values[index]
    elif kind == 1:
        values.append(deepcopy(values[index]))
    elif field.type == field.TYPE_MESSAGE:
        first, other = deepcopy(values[index]), deepcopy(rng.choice(list(values)))
        values[index].CopyFrom(other)
        values[0].CopyFrom(first)
    else:
        values[index] = _scalar(field, rng, values[index])


def _scalar(field: Any, rng: random.Random, value: Any) -> Any:
    """A value of the type of a field."""
    if field.type == field.TYPE_STRING:
        return rng.choice([*WORDS, value + "_1", value[:-1], ""])
    if field.type == field.TYPE_BYTES:
        return mutate_bytes(value, rng)
    if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        return rng.choice([0.0, -1.0, 1e30, float("nan"), float("inf"), value + 1])
    if field.type in (field.TYPE_INT64, field.TYPE_UINT64):
        return rng.choice([0, 1, 2, 3, 7, 2**31, 2**62, value + 1, max(value - 1, 0)])
    if field.type == field.TYPE_ENUM:
        return rng.choice([entry.number for entry in field.enum_type.values])
    return rng.choice([0, 1, 2, 3, 7, 10, 16])


def _fields(message: Any) -> list[tuple[Any, Any]]:
    """Every field that is set, of a message and of those within it."""
    places: list[tuple[Any, Any]] = []
    waiting = [message]
    while waiting and len(places) < 20_000:
        holder = waiting.pop()
        for field, value in holder.ListFields():
            places.append((holder, field))
            if field.type == field.TYPE_MESSAGE:
                waiting.extend(value if field.is_repeated else [value])
    return places
