"""Values and calls as Python code."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..convert.abstraction import Block
from ..convert.parameters import numbered
from ..convert.terms import Term
from ..convert.words import NONE, Arg, Call, Ref
from ..layers import Shape
from ..network import Network

INDENT = "    "
WIDEST = 120  # columns
RESERVED = {"x", "name", "layers", "keras", "ops", "torch", "nn", "self", "range", "float", "super", "build_model"}
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')

Calls = tuple[Call, ...]
Say = Callable[[Any, Shape], Calls]


class Vocabulary(dict[str, Say]):
    """What a framework says for each kind: a function (layer, shape that comes in) -> calls."""

    def says(self, *kinds: str) -> Callable[[Say], Say]:
        """Enter a function for some kinds."""

        def enter(function: Say) -> Say:
            self.update(dict.fromkeys(kinds, function))
            return function

        return enter


class Code(str):
    """Code as it stands, not text in quotes."""

    __slots__ = ()


def shown(value: Any) -> str:
    """A value as Python code."""
    if isinstance(value, Ref):
        name, times, over = value
        return f"{times} * {name}" if times > 1 else f"{name} // {over}" if over > 1 else name
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ("," if len(value) == 1 else "") + ")"
    return repr(value)


def arguments(pairs: list[tuple[Arg, Any]]) -> str:
    """The arguments of a call, but for those that have their defaults."""
    return ", ".join(shown(value) if not arg.keyword else f"{arg.name}={shown(value)}" for arg, value in pairs if value != arg.default)


def calls(term: Term) -> Iterator[str]:
    """The calls for a layer."""
    assert term.words is not None
    opened = iter(term.values)
    for callee, args, around in term.words.calls:
        told = arguments([(arg, next(opened) if arg.is_open else arg.value) for arg in args])
        yield around.replace("{}", f"{callee}({told})")


def passed(term: Term) -> str:
    """The arguments of the use of a block: those that must be given by position, the others by name."""
    assert term.block is not None
    steps = term.steps or (0,) * len(term.values)
    values = [Code(f"{shown(value)} + {step} * i") if step else value for value, step in zip(term.values, steps, strict=True)]
    pairs = zip(term.block.parameters, values, strict=True)
    return arguments([(arg._replace(keyword=arg.default is not NONE), value) for arg, value in pairs])


def parameters(block: Block) -> str:
    """The parameters of a block, as a function has them."""
    return ", ".join(arg.name if arg.default is NONE else f"{arg.name}={shown(arg.default)}" for arg in block.parameters)


def identifier(text: str, before: str = "_") -> str:
    """A text made fit to be a name in Python, and none that the code has another use for."""
    plain = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or before
    plain = f"{before}{plain}" if plain[0].isdigit() else plain
    return plain + "_" if keyword.iskeyword(plain) or plain in RESERVED else plain


def plain(value: Any) -> Any:
    """One number, where a list has one entry or equal ones."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def lone(name: str, value: Any, default: Any = NONE) -> Arg:
    """An argument that is told by its position."""
    return Arg(name, value, default, keyword=False)


def variables(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Names for variables, each another, and none of those that are taken."""
    known, made = {*taken}, []
    for name in names:
        made.append(numbered(identifier(name), known))
        known.add(made[-1])
    return made


def distinct(blocks: Iterable[Block], fit: Callable[[str], str], taken: Iterable[str]) -> set[str]:
    """Number blocks anew whose names, made fit, are taken: by a helper, or by another block. Returns all that are taken then."""
    known = {*taken}
    for block in blocks:
        title, number = block.title, 1
        while fit(block.title) in known:
            number += 1
            block.title = f"{title}_{number}"
        known.add(fit(block.title))
    return known


def camel(text: str) -> str:
    """A text made fit to be the name of a class: identity_block -> IdentityBlock."""
    parts = re.findall(r"[A-Za-z]+|\d+", text)
    return identifier("".join(part[0].upper() + part[1:] for part in parts), "Network")


def docstring(network: Network, *more: str) -> str:
    """What a file says of itself at its head."""
    told = [f"{spoken(network.name)}.", spoken(network.source), *more]
    return '"""' + "\n\n".join(part for part in told if part) + '\n"""'


def wrapped(line: str) -> list[str]:
    """A line of code; where it is long, what stands in its first brackets gets lines of its own."""
    opens = line.find("(")
    if len(line) <= WIDEST or opens < 0 or line.lstrip().startswith(('"', "#")):
        return [line]
    parts, depth, begin = [], 0, opens + 1
    bare = _QUOTED.sub(lambda found: "_" * len(found[0]), line)
    for place, letter in enumerate(bare[opens:], opens):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 or (depth == 1 and letter == ","):
            parts.append(line[begin:place].strip())
            begin = place + 1
        if depth == 0:
            break
    indent = line[: len(line) - len(line.lstrip())]
    together = f"{indent}{INDENT}{', '.join(parts)}"
    middle = [together] if len(together) <= WIDEST else [f"{indent}{INDENT}{part}," for part in parts]
    return [line[: opens + 1], *middle, f"{indent}){line[begin:]}"]


def spoken(text: str) -> str:
    """A text that can stand in a docstring."""
    return "".join(" " if letter == "\\" or not letter.isprintable() else letter for letter in text).replace('"""', "'''")
