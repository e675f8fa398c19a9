"""Options as they stand -> a layer, in the light of the parameters that are visible and the file's defaults."""

from __future__ import annotations

from collections.abc import Mapping as Names
from typing import TYPE_CHECKING, TypeVar

from ..errors import LayerError, SpecError
from ..layers.base import KINDS, Layer, Options
from ..layers.frozen import EVERY, NOTHING
from ..layers.values import Either, ListOf, Name, Truth, Whole, written
from ..printable import quote
from ..synonyms import identity_hint, kind_hint, meant_option, option_hint
from .expression import resolve
from .fault import Faults, Mark, refusal
from .items import WIRING, beside
from .tree import Mapping, Scalar, Sequence, Tree

if TYPE_CHECKING:
    from ..layers.values import Raw

Made = TypeVar("Made", bound=Options)
FREEZE = Either(Truth(), Name(), ListOf(Name()), words="true, false, the name of a weight, or a list of such names")
Given = dict[str, tuple["Raw", Mark]]  # option -> its value and where it stands


def value(tree: Tree, names: Names[str, Raw]) -> Raw:
    """A value with its `$` replaced: text, a number, a list or a mapping. Raises SpecError."""
    if isinstance(tree, Scalar):
        try:
            return resolve(tree.text, names)
        except ValueError as error:
            raise refusal(str(error), tree.mark, cause=getattr(error, "cause", "")) from None
    if isinstance(tree, Sequence):
        return [value(item, names) for item in tree.items]
    return {name: value(entry, names) for name, entry in tree.entries.items()}


def given(tree: Tree | None, main: str | None, title: str, names: Names[str, Raw]) -> Given:
    """The options that an item gives; a lone value is the main one."""
    if tree is None or (isinstance(tree, Scalar) and not tree.text):
        return {}
    if isinstance(tree, Mapping):
        faults = Faults()
        found: Given = {}
        for name, entry in tree.entries.items():
            try:
                found[name] = (value(entry, names), entry.mark)
            except SpecError as error:
                faults.take(error)
        faults.refuse()
        return found
    if main is None:
        raise refusal(f"{title} has no options{identity_hint(title)}", tree.mark)
    return {main: (value(tree, names), tree.mark)}


def bind(cls: type[Made], tree: Tree | None, at: Mark, names: Names[str, Raw], defaults: Names[str, object] | None = None) -> Made:
    """Make an Options class from a tree. Raises SpecError with every option that is wrong, each at its place."""
    _refuse_nameless(cls, tree)
    options = given(tree, cls.main_option(), cls.title(), names)
    faults = Faults()
    values = {**(defaults or {}), **_read(cls, options, tree, faults)}
    meant = {meant_option(name, cls.fields) for name in options if name not in cls.fields}
    told = {*values, *options, *meant}
    missing = [name for name, field in cls.fields.items() if field.required and name not in told]
    if missing:
        faults.add(f"{cls.title()} needs {' and '.join(missing)}", at)
    faults.refuse()
    try:
        return cls(**values)
    except LayerError as error:
        raise refusal(str(error), options[error.option][1] if error.option in options else at) from None


def _refuse_nameless(cls: type[Options], tree: Tree | None) -> None:
    """Refuse several values without names, such as `conv: [16, 3]`, where several options must be given."""
    required = [name for name, field in cls.fields.items() if field.required]
    texts = [entry.text if isinstance(entry, Scalar) else "..." for entry in tree.items] if isinstance(tree, Sequence) else []
    if isinstance(tree, Scalar):
        texts = [text.strip() for text in tree.text.split(",")]
    if tree is None or len(required) < 2 or len(texts) < 2:
        return
    example = ", ".join(f"{name}: {text}" for name, text in zip(required, texts, strict=False))
    raise refusal(f"{cls.title()} takes its options by name; write {quote('{' + example + '}')}", tree.mark)


def repeats(tree: Tree | None, most: int, names: Names[str, Raw]) -> int:
    """How often an item is placed. Raises SpecError."""
    if tree is None:
        return 1
    raw = value(tree, names)
    try:
        return int(Whole(0, most).read(raw))
    except ValueError as error:
        raise refusal(f"repeat is {written(raw)}; expected {error}", tree.mark, cause=_cause(tree, raw)) from None


def frozen_names(tree: Tree | None, names: Names[str, Raw]) -> frozenset[str]:
    """The names of the weights that an item freezes. Raises SpecError."""
    if tree is None:
        return NOTHING
    raw = value(tree, names)
    try:
        found = FREEZE.read(raw)
    except ValueError as error:
        raise refusal(f"freeze is {written(raw)}; expected {error}", tree.mark, cause=_cause(tree, raw)) from None
    return (EVERY if found else NOTHING) if isinstance(found, bool) else frozenset([found] if isinstance(found, str) else found)


def default_options(tree: Mapping | None, names: Names[str, Raw], faults: Faults) -> dict[str, dict[str, object]]:
    """The `defaults` section: options for kinds, read once."""
    found: dict[str, dict[str, object]] = {}
    if tree is None:
        return found
    for kind, options in tree.entries.items():
        if kind not in KINDS:
            faults.add(f"no kind of layer is called {quote(kind)}{kind_hint(kind, KINDS)}", tree.keys[kind].mark)
            continue
        try:
            found[kind] = _read(KINDS[kind], given(options, None, f"{kind} here takes a mapping; a lone value", names), options, faults)
        except SpecError as error:
            faults.take(error)
    return found


def _read(cls: type[Options], options: Given, tree: Tree | None, faults: Faults) -> dict[str, object]:
    """The values of options; what is wrong with each is told at its place."""
    values = {}
    for name, (raw, mark) in options.items():
        if name not in cls.fields:
            key = tree.keys[name].mark if isinstance(tree, Mapping) else mark
            if name in WIRING and issubclass(cls, Layer):
                faults.add(beside(name, cls.kind), key)
                continue
            faults.add(f"{cls.title()} has no option {quote(name)}{option_hint(name, cls.fields, cls.title())}", key)
            continue
        try:
            values[name] = cls.fields[name].reader.read(raw)
        except LayerError as error:
            faults.add(str(error), mark)
        except ValueError as error:
            from ..layers.mends import mend

            entry = tree.entries.get(name) if isinstance(tree, Mapping) else tree
            hint = mend(error, raw, cls.fields[name].reader, cls.fields[name].required)
            faults.add(f"{name} is {written(raw)}; expected {error}{hint}", mark, cause=_cause(entry, raw))
    return values


def _cause(tree: Tree | None, raw: Raw) -> str:
    """A parameter of a value that does not fit: wherever it is used it is one fault."""
    alone = isinstance(tree, Scalar) and tree.text.startswith("$") and tree.text[1:].isidentifier()
    return f"{tree.text} is {written(raw)}" if alone and isinstance(tree, Scalar) else ""
