"""Copy a spec with some of its values replaced, at the places where the reader of YAML found them."""

from __future__ import annotations

from collections.abc import Mapping as Names
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .fault import Source
    from .tree import Scalar


class File(NamedTuple):
    """One file of a spec, and the value of its `extends`; None in the last file, which extends no other."""

    source: Source
    extends: Scalar | None


def replace_values(source: Source, values: Sequence[tuple[Scalar, str]]) -> str:
    """The text with each of these scalars replaced by a plain word, in the quotes that the scalar has. All else stays as it is."""
    text = source.text
    for scalar, word in sorted(values, key=lambda pair: pair[0].start, reverse=True):
        old = text[scalar.start : scalar.end]
        quotes = old[0] if old[:1] in ("'", '"') else ""
        blank = old[len(old.rstrip()) :]  # the line breaks after a block scalar belong to it
        text = text[: scalar.start] + quotes + word + quotes + blank + text[scalar.end :]
    return text


def copy_chain(files: Sequence[File], stem: str, backbone: tuple[Scalar, str] | None = None) -> Names[str, str]:
    """The texts of a spec and of all files that it extends, by new names: STEM.yaml, STEM_base_1.yaml, ...

    `backbone` is the value that names the backbone, and the name that it has beside the copies.
    """
    copies: dict[str, str] = {}
    name = f"{stem}.yaml"
    for number, file in enumerate(files, 1):
        base = f"{stem}_base_{number}.yaml"
        values = [(file.extends, base)] if file.extends is not None else []
        if backbone is not None and backbone[0].mark.source is file.source:
            values.append(backbone)
        copies[name] = replace_values(file.source, values)
        name = base
    return copies
