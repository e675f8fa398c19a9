"""The sections of a file: which there are, what a file that extends another takes from it, and the parameters that may be overridden."""

from __future__ import annotations

import os
from collections.abc import Mapping as Names
from typing import TYPE_CHECKING

from ..errors import SpecError, UsageError, nearest
from ..printable import quote
from .binding import value
from .copying import File
from .fault import Faults, Source, refusal
from .source import find, read
from .tree import Mapping, Scalar, Tree, parse

if TYPE_CHECKING:
    from ..layers.values import Raw

SECTIONS = ("name", "source", "input", "backbone", "parameters", "defaults", "blocks", "layers", "outputs", "extends", "expect", "train")
EXTENDING = ("name", "source", "input", "parameters", "extends", "expect", "train")  # what a file that extends another may say
LONGEST_LINE_OF_DESCENT = 8


class Sections:
    """The sections of a spec. What is wrong is added to `faults`."""

    def __init__(self, source: Source, faults: Faults) -> None:
        self.faults = faults
        self.path = source.name
        self.files: list[File] = []  # this one, then each that is extended
        self._overrides: list[Mapping] = []
        top = self._merged(source, 0)
        self.entries, self.keys = top.entries, top.keys
        for section in ("name", "source"):
            tree = self.entries.get(section)
            if tree is not None and not isinstance(tree, Scalar):
                faults.add(f"{section} takes text", tree.mark)

    def words(self, section: str) -> str:
        """A section that is plain text; empty where it is missing."""
        tree = self.entries.get(section)
        return " ".join(tree.text.split()) if isinstance(tree, Scalar) else ""

    def mapping(self, section: str, example: str) -> Mapping | None:
        """A section that is a mapping; None where it is missing or something else."""
        tree = self.entries.get(section)
        if tree is None or isinstance(tree, Mapping):
            return tree
        self.faults.add(f"{section} must be a mapping, such as {section}: {example}", tree.mark)
        return None

    def _merged(self, source: Source, descent: int) -> Mapping:
        """The file's sections; where it extends another, that one's, with its own in their place."""
        tree = parse(source)
        if not isinstance(tree, Mapping):
            raise refusal("a spec is a mapping with at least input and layers", tree.mark)
        extends = tree.entries.get("extends")
        allowed = SECTIONS if extends is None else EXTENDING
        for name, key in tree.keys.items():
            if name not in allowed:
                more = " in a file that extends another" if name in SECTIONS else ""
                hint = nearest(name, allowed) or f"; there are {', '.join(allowed)}"
                self.faults.add(f"no section {quote(name)}{more}{hint}", key.mark)
        if extends is None:
            self.files.append(File(source, None))
            return tree
        if not isinstance(extends, Scalar):
            raise refusal("extends takes the name of a shipped architecture, or a path", extends.mark)
        self.files.append(File(source, extends))
        base_name = extends.text.strip()  # a block scalar ends in a line break
        if descent == LONGEST_LINE_OF_DESCENT:
            raise refusal(f"extends leads through more than {LONGEST_LINE_OF_DESCENT} files, perhaps in a circle", extends.mark)
        if source.bounds is not None:
            source.bounds.check(os.path.join(source.folder, base_name), extends.mark)
        try:
            path = find(base_name, source.folder)
        except UsageError as error:
            raise refusal(str(error), extends.mark) from None
        if source.bounds is not None:
            source.bounds.check(path, extends.mark)
        base = self._merged(read(path, source.bounds), descent + 1)
        own = tree.entries.get("parameters")
        if isinstance(own, Mapping):
            self._overrides.append(own)
        merged = Mapping(tree.mark)
        for name in SECTIONS:
            of = base if name not in tree.entries or name == "parameters" else tree
            if name in of.entries and not (name == "expect" and of is base):  # a base's expectations speak of the base
                merged.keys[name], merged.entries[name] = of.keys[name], of.entries[name]
        return merged

    def parameters(self, settings: Names[str, str]) -> dict[str, Raw]:
        """The numbers and words that a user may override: as the file gives them, as those that extend it do, as `settings` do."""
        own = self.mapping("parameters", "{width: 1.0}")
        values: dict[str, Raw] = {}
        for mapping in [own] if own else []:
            for name, entry in mapping.entries.items():
                if not name.isidentifier() or name == "in_channels":
                    self.faults.add(f"{quote(name)} is no name for a parameter; letters, digits and _", mapping.keys[name].mark)
                else:
                    self._set(values, name, entry)
        for mapping in self._overrides:
            for name, entry in mapping.entries.items():
                if name in values:
                    self._set(values, name, entry)
                else:
                    what = f"the extended file has no parameter {quote(name)}{nearest(name, values)}"
                    self.faults.add(what, mapping.keys[name].mark)
        for name, text in settings.items():
            if name not in values:
                hint = nearest(name, values) or (f"; it has {', '.join(values)}" if values else "; it has none")
                raise UsageError(f"{self.path} has no parameter {quote(name)}{hint}")
            values[name] = text
        return values

    def _set(self, values: dict[str, Raw], name: str, tree: Tree) -> None:
        try:
            values[name] = value(tree, values)
        except SpecError as error:
            self.faults.take(error)
