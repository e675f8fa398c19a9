"""What most layers of a kind say alike: it is said once for the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..layers import KINDS
from .program import Program
from .terms import Term, walk
from .words import NONE, Arg, Ref

WORTH = 3  # options that a default saves at least

Defaults = dict[str, dict[str, Any]]


def common(program: Program) -> Defaults:
    """The values that save most when they are the file's defaults. The main option of a kind is never one."""
    said: dict[tuple[str, str], list[tuple[Arg, Any]]] = {}
    for term in (term for terms in program.lists() for term in walk(terms) if term.words is not None):
        for arg, value in options(term):
            if arg.name != KINDS[kind_of(term)].main_option() or _is_free(kind_of(term)):
                said.setdefault((kind_of(term), arg.name), []).append((arg, value))
    found: Defaults = {}
    for (kind, name), values in said.items():
        value = _best(values)
        if value is not None:
            found.setdefault(kind, {})[name] = value
    return {kind: found[kind] for kind in KINDS if kind in found}


def kind_of(term: Term) -> str:
    return term.item.node.kind


def options(term: Term) -> Iterable[tuple[Arg, Any]]:
    """All options of a layer, with the values in this place."""
    assert term.words is not None
    opened = iter(term.values)
    return [(arg, next(opened) if arg.is_open else arg.value) for call in term.words.calls for arg in call.args]


def _is_free(kind: str) -> bool:
    """Whether no option of a kind must be given."""
    return not any(field.required for field in KINDS[kind].fields.values())


def _best(values: list[tuple[Arg, Any]]) -> Any:
    """The value that as a default saves most; None where none saves enough."""
    counts = Counter([value for _, value in values if not isinstance(value, Ref) and value is not None])
    own = values[0][0].default
    if own is None and None in [value for _, value in values]:
        return None  # that it is without one is nothing that a layer can say
    silent = sum(value == own or value is None for _, value in values)
    for value, count in counts.most_common():
        usual = own is not NONE or 4 * count >= 3 * len(values)  # what must be said is missed where it is not
        if value != own and usual and count - silent >= WORTH:
            return value
    return None
