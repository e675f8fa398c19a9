"""YAML text -> a tree of scalars, sequences and mappings, each with its mark.

Only the plain part of YAML is read: no anchors, aliases, merge keys, tags, several documents, nor a key twice. Scalars stay text.
The tree is built from libyaml's events, so nothing in a file is ever constructed, and size and depth are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from ..printable import quote
from .fault import Mark, Source, refusal

DEEPEST = 60
MOST_NODES = 1_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar:
    """Text, as it stands. In the file it is written from character `start` to `end`, with its quotes or its block sign."""

    __slots__ = ("end", "mark", "start", "text")

    def __init__(self, text: str, mark: Mark, start: int = 0, end: int = 0) -> None:
        self.text, self.mark = text, mark
        self.start, self.end = start, end


class Sequence:
    """A list."""

    __slots__ = ("items", "mark")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.items: list[Tree] = []


class Mapping:
    """Names and what they stand for, in the order of the file. `keys` holds the names with their marks."""

    __slots__ = ("entries", "keys", "mark")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.keys: dict[str, Scalar] = {}
        self.entries: dict[str, Tree] = {}


Tree = Scalar | Sequence | Mapping


def parse(source: Source) -> Tree:
    """The tree of a text. Raises SpecError with the place for anything that is not plain YAML."""
    try:
        return _build(source, yaml.parse(source.text, Loader=_LOADER))
    except yaml.YAMLError as error:
        from .yaml_errors import slip_of

        slip = slip_of(error, source)
        raise refusal(slip.message, slip.mark, source.name) from None


def _build(source: Source, events: Iterator[Any]) -> Tree:
    """Assemble the events; `open_` holds the collections around the current place, `key` the name that awaits its value."""
    open_: list[Sequence | Mapping] = []
    key: list[Scalar | None] = []
    root: Tree | None = None
    for count, event in enumerate(events):
        if isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            open_.pop()
            key.pop()
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        mark = _mark(source, event)
        node = _node(event, mark)
        if root is None:
            root = node
        elif not open_:
            raise refusal("a second document begins here; a spec is one", mark)
        elif isinstance(open_[-1], Sequence):
            open_[-1].items.append(node)
        elif key[-1] is None:
            key[-1] = _key(node, open_[-1])
            continue
        else:
            name = key[-1]
            open_[-1].keys[name.text], open_[-1].entries[name.text] = name, node
            key[-1] = None
        if not isinstance(node, Scalar):
            open_.append(node)
            key.append(None)
        if len(open_) > DEEPEST or count > MOST_NODES:
            raise refusal(f"nested more than {DEEPEST} deep" if len(open_) > DEEPEST else f"more than {MOST_NODES:,} values", mark)
    if root is None:
        raise refusal("empty; a spec is a mapping with at least input and layers", name=source.name)
    return root


def _node(event: Any, mark: Mark) -> Tree:
    if isinstance(event, yaml.AliasEvent):
        raise refusal("aliases (*) are not read; define a block instead", mark)
    if event.anchor is not None:
        raise refusal("anchors (&) are not read; define a block instead", mark)
    if event.tag is not None:
        raise refusal("tags (!) are not read; write the plain value", mark)
    if isinstance(event, yaml.ScalarEvent):
        start: Any = event.start_mark
        end: Any = event.end_mark
        return Scalar(event.value, mark, start.index, end.index)
    return Sequence(mark) if isinstance(event, yaml.SequenceStartEvent) else Mapping(mark)


def _key(node: Tree, mapping: Mapping) -> Scalar:
    if not isinstance(node, Scalar):
        raise refusal("a name is expected before the colon, not a list or a mapping", node.mark)
    if node.text == "<<":
        raise refusal("merge keys (<<) are not read; use defaults or a block", node.mark)
    if node.text in mapping.keys:
        raise refusal(f"{quote(node.text)} stands here twice; the first is in line {mapping.keys[node.text].mark.line}", node.mark)
    return node


def _mark(source: Source, event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    length = end.column - start.column if end.line == start.line else 1
    return Mark(source, start.line + 1, start.column + 1, max(1, length))
