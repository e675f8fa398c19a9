"""The items of `layers` and of blocks, and the blocks themselves, as they stand: nothing is looked up or computed here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..errors import SpecError, nearest
from ..layers.base import KINDS
from ..printable import QUOTED, printable, quote
from .fault import Faults, Mark, refusal
from .tree import Mapping, Scalar, Sequence, Tree

WIRING = ("repeat", "name", "from", "freeze", "weights")  # what may stand beside the kind
_WORDS = f"{', '.join(WIRING[:-1])} and {WIRING[-1]}"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SIGNATURE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\((.*)\))?", re.DOTALL)


def beside(name: str, kind: str) -> str:
    """The refusal of wiring among the options of a kind or block."""
    return f"{quote(name)} stands beside the kind, not among its options; write it on the next line, in line with {quote(kind)}"


def beside_merge(name: str) -> str:
    """The mend of wiring that was read as the name of a branch."""
    return f"{quote(name)} is read as a branch here; to name inputs or weights, write it in line with the kind"


class Item:
    """One entry of a list of layers: a kind or block, its options, and how it is wired."""

    __slots__ = ("branch", "branches", "freeze", "kind", "lender", "name", "options", "repeat", "sources")

    def __init__(self, kind: Scalar, options: Tree | None = None) -> None:
        self.kind, self.options = kind, options
        self.repeat: Tree | None = None
        self.freeze: Tree | None = None
        self.name: Scalar | None = None
        self.lender: Scalar | None = None  # the name of the item whose weights it uses
        self.sources: list[Scalar] | None = None
        self.branches: list[tuple[str, list[Item]]] | None = None
        self.branch = ""  # the name of the branch that it stands in, where that is a word of wiring


class Block:
    """A layer that the user defines: parameters, the items it stands for, and the names that are given to these."""

    __slots__ = ("items", "labels", "name", "parameters")

    def __init__(self, name: Scalar, parameters: dict[str, str | None], items: list[Item]) -> None:
        self.name, self.parameters, self.items = name, parameters, items
        self.labels = frozenset(given_names(items))

    @property
    def main_parameter(self) -> str | None:
        """The parameter that a lone value stands for: the first that must be given, or else the first."""
        return next((name for name, default in self.parameters.items() if default is None), next(iter(self.parameters), None))


class ItemReader:
    """Reads lists of items, and collects what is wrong with them."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.circular = False

    def items(self, tree: Tree, what: str) -> list[Item]:
        """The items of a list. A fault of one does not hide those of another."""
        if not isinstance(tree, Sequence):
            dash = "; a space follows the dash: `- relu`" if isinstance(tree, Scalar) and tree.text.startswith("-") else ""
            self.faults.add(f"{what} must be a list: one layer a line, each after a dash{dash}", tree.mark)
            return []
        read = []
        for entry in tree.items:
            try:
                read.append(self._item(entry))
            except SpecError as error:
                self.faults.take(error)
        return read

    def _item(self, tree: Tree) -> Item:
        if isinstance(tree, Scalar):
            return Item(tree)
        if isinstance(tree, Sequence):
            raise refusal("a list inside the list; a layer is `- kind` or `- kind: {options}`", tree.mark)
        kinds = [name for name in tree.entries if name not in WIRING]
        if len(kinds) != 1:
            raise refusal(self._crowd(kinds), tree.keys[kinds[1]].mark if kinds else tree.mark)
        kind = kinds[0]
        item = Item(tree.keys[kind], tree.entries[kind])
        item.repeat, item.freeze = tree.entries.get("repeat"), tree.entries.get("freeze")
        item.name = self._name(tree.entries["name"]) if "name" in tree.entries else None
        item.sources = self._sources(tree.entries["from"]) if "from" in tree.entries else None
        item.lender = self._lender(tree.entries["weights"]) if "weights" in tree.entries else None
        self._branches(item)
        return item

    @staticmethod
    def _crowd(kinds: list[str]) -> str:
        if not kinds:
            return f"no kind of layer in this item; it is `- kind: {{options}}`, with {_WORDS} beside the kind"
        first, second = kinds[:2]
        if second in KINDS or second in KINDS.get(first, KINDS["linear"]).fields:
            mend = f"options go inside, `{printable(first[:QUOTED])}: {{...}}`, and each layer has its own dash"
            return f"{quote(first)} and {quote(second)} stand side by side; {mend}"
        return f"{quote(second)} stands beside {quote(first)}; only {_WORDS} may{nearest(second, WIRING)}"

    @staticmethod
    def _name(tree: Tree) -> Scalar:
        if not isinstance(tree, Scalar) or not _NAME.fullmatch(tree.text) or tree.text == "above":
            what = f"{quote(tree.text)} is no name; " if isinstance(tree, Scalar) and tree.text else ""
            raise refusal(f"{what}a name has letters, digits, _ and -, begins with a letter or _, and is not 'above'", tree.mark)
        return tree

    @staticmethod
    def _lender(tree: Tree) -> Scalar:
        if not isinstance(tree, Scalar) or not tree.text:
            raise refusal("weights takes the name of an item above that is the same: weights: left", tree.mark)
        return tree

    @staticmethod
    def _sources(tree: Tree) -> list[Scalar]:
        entries = tree.items if isinstance(tree, Sequence) else [tree]
        scalars = [entry for entry in entries if isinstance(entry, Scalar) and entry.text]
        if not entries or len(scalars) != len(entries):
            raise refusal("from takes the name of an output above, or a list of them: from: [above, stem]", tree.mark)
        return scalars

    def _branches(self, item: Item) -> None:
        """A mapping whose values are all lists is branches, under the merges and nowhere else."""
        options = item.options
        cls = KINDS.get(item.kind.text)
        if cls is None or not cls.merges:
            return
        if isinstance(options, Sequence) or (isinstance(options, Scalar) and options.text):
            raise refusal(f"{cls.kind} has no options; {_mend_of_merge(options)}", options.mark)
        if not isinstance(options, Mapping):
            return
        if item.sources:
            raise refusal(f"{item.kind.text} takes either branches or from, not both", item.kind.mark)
        item.branches = []
        for name, branch in options.entries.items():
            if name in WIRING and isinstance(branch, Scalar):
                raise refusal(beside(name, item.kind.text), options.keys[name].mark)
            inner = self.items(branch, f"branch {quote(name)}")
            for entry in inner if name in WIRING else ():
                entry.branch = name
            item.branches.append((name, inner))
        item.options = None

    def blocks(self, tree: Tree) -> dict[str, Block]:
        """The blocks of a file. A block that uses itself, directly or through others, is refused."""
        if not isinstance(tree, Mapping):
            self.faults.add("blocks must be a mapping: `name(parameter, parameter=default):` and a list of layers", tree.mark)
            return {}
        found: dict[str, Block] = {}
        for text, key in tree.keys.items():
            match = _SIGNATURE.fullmatch(text.strip())
            if not match:
                self.faults.add(f"{quote(text)} is no block; write name: or name(parameter, parameter=default):", key.mark)
                continue
            name = Scalar(match[1], Mark(key.mark.source, key.mark.line, key.mark.column, len(match[1])))
            if name.text in KINDS or name.text in WIRING or name.text in found:
                self.faults.add(f"{quote(name.text)} is taken already; call the block something else", name.mark)
                continue
            items = self.items(tree.entries[text], f"block {quote(name.text)}")
            found[name.text] = Block(name, self._parameters(match[2] or "", key), items)
        for message, mark in _circles(found):
            self.circular = True
            self.faults.add(message, mark)
        return found

    def _parameters(self, text: str, key: Scalar) -> dict[str, str | None]:
        """filters, stride=1 -> {filters: None, stride: "1"}; commas inside parentheses do not part."""
        parameters: dict[str, str | None] = {}
        for part in re.findall(r"(?:[^,()]|\([^()]*(?:\([^()]*\)[^()]*)*\))+", text) if text.strip() else []:
            name, equals, default = part.partition("=")
            name = name.strip()
            if not name.isidentifier() or name in parameters or name == "in_channels":
                self.faults.add(f"{quote(name)} is no name for a new parameter", key.mark)
            parameters[name] = default.strip() if equals else None
        return parameters


def _mend_of_merge(options: Sequence | Scalar) -> str:
    """How the inputs of a merge are named."""
    names = [entry.text for entry in getattr(options, "items", [options]) if isinstance(entry, Scalar)]
    named = all(map(_NAME.fullmatch, names)) and len(names) == len(getattr(options, "items", [options]))
    example = ", ".join((names if len(names) > 1 else ["above", *names]) if named and names else ["above", "NAME"])
    return f"name its inputs on the next line, in line with the kind, `from: [{printable(example[:QUOTED])}]`, or give branches"


def given_names(items: list[Item]) -> list[str]:
    """The names that the user gave in a list of items, branches included."""
    names, waiting = [], list(items)
    while waiting:
        item = waiting.pop()
        if item.name is not None:
            names.append(item.name.text)
        for _, branch in item.branches or ():
            waiting.extend(branch)
    return names


def used_blocks(items: list[Item]) -> dict[str, Mark]:
    """The words that stand as kinds in items and their branches, with their first place."""
    used: dict[str, Mark] = {}
    waiting = list(items)
    while waiting:
        item = waiting.pop()
        used.setdefault(item.kind.text, item.kind.mark)
        for _, branch in item.branches or ():
            waiting.extend(branch)
    return used


def _circles(blocks: dict[str, Block]) -> Iterator[tuple[str, Mark]]:
    """What is wrong, and where, for every use of a block that leads back to itself (depth-first search, without recursion)."""
    uses = {name: [(used, mark) for used, mark in used_blocks(block.items).items() if used in blocks] for name, block in blocks.items()}
    state: dict[str, int] = {}  # 1 while on the path, 2 when done
    for start in blocks:
        if start in state:
            continue
        state[start] = 1
        path = [(start, iter(uses[start]))]
        while path:
            name, rest = path[-1]
            for used, mark in rest:
                if state.get(used) == 1:
                    circle = [step for step, _ in path][[step for step, _ in path].index(used) :]
                    shown = " -> ".join([*circle[:8], *(["..."] if len(circle) > 8 else []), used])
                    yield f"block {quote(used)} would contain itself: {shown}", mark
                elif used not in state:
                    state[used] = 1
                    path.append((used, iter(uses[used])))
                    break
            else:
                state[name] = 2
                path.pop()
