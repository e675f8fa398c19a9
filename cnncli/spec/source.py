"""Where a spec comes from: a file, a shipped architecture, or standard input; and the marks that point into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import SpecError, UsageError, nearest

LARGEST_TEXT = 4 * 2**20  # bytes; the longest spec that people write has a few kB
_HERE = os.path.dirname(os.path.abspath(__file__))
_SHIPPED = (os.path.join(_HERE, "..", "architectures"), os.path.join(_HERE, "..", "..", "architectures"))  # wheel, checkout


class Source(NamedTuple):
    """A text and the name it goes by in messages."""

    name: str
    text: str

    def line(self, number: int) -> str:
        """Line `number`, counted from 1; long ones are cut."""
        lines = self.text.split("\n", number)
        return lines[number - 1].rstrip("\r") if number <= len(lines) else ""


class Mark(NamedTuple):
    """A stretch of one line. Prints as file:line:column."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"

    def underlined(self) -> str:
        """The line, and carets below the stretch; a long line is shown around it."""
        text = self.source.line(self.line)
        start = max(0, self.column - 1 - 60)
        shown = text[start : start + 120]
        ahead = "".join("\t" if c == "\t" else " " for c in shown[: self.column - 1 - start])
        carets = "^" * max(1, min(self.length, len(shown) - len(ahead)))
        return f"    {shown}\n    {ahead}{carets}"


class Fault(NamedTuple):
    """One thing that is wrong, where, and through which uses of blocks it was reached (innermost first)."""

    message: str
    mark: Mark | None
    trail: tuple[tuple[str, Mark], ...] = ()
    name: str = ""  # of the file, where no line is at fault

    @property
    def place(self) -> str:
        return str(self.mark) if self.mark else self.name

    def order(self) -> tuple[str, int, int]:
        """By file and line, for sorting."""
        return (self.mark.source.name, self.mark.line, self.mark.column) if self.mark else (self.name, 0, 0)

    def __str__(self) -> str:
        if self.mark is None:
            return f"{self.name}: {self.message}" if self.name else self.message
        return "\n".join([f"{self.mark}: {self.message}", self.mark.underlined(), *self._uses()])

    def _uses(self) -> Iterator[str]:
        for number, (block, mark) in enumerate(self.trail):
            if 4 <= number < len(self.trail) - 2:
                if number == 4:
                    yield f"      ... through {len(self.trail) - 6} more uses of blocks"
                continue
            yield f"      in block {block}, used at {mark}"


def refuse(name: str, message: str) -> SpecError:
    """The refusal of a whole file."""
    return SpecError([Fault(message, None, name=name)])


def shipped() -> dict[str, str]:
    """The names of the architectures that come with cnncli, sorted, and their files."""
    for folder in _SHIPPED:
        if os.path.isdir(folder):
            folder = os.path.normpath(folder)
            return {name[:-5]: os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".yaml")}
    return {}


def find(spec: str, folder: str = "") -> str:
    """The file that `spec` means: a path (`.yaml` may be left out), seen from `folder`, or the name of a shipped architecture."""
    path = os.path.join(folder, spec)
    for candidate in (path, path + ".yaml"):
        if os.path.exists(candidate) and not os.path.isdir(candidate):
            return candidate
    known = shipped()
    name = spec.removesuffix(".yaml")
    if name in known:
        return known[name]
    if os.path.isdir(path):
        raise refuse(spec, "this is a directory; a spec is one YAML file")
    raise UsageError(f"{spec}: no such file, and no architecture of that name{nearest(name, known) or '; cnncli list shows what ships'}")


def read(path: str, shown: str | None = None) -> Source:
    """Read a file, or standard input where `path` is `-`, within bounds and as UTF-8."""
    name = shown or ("stdin" if path == "-" else path)
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST_TEXT + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        raise refuse(name, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > LARGEST_TEXT:
        raise refuse(name, f"more than {LARGEST_TEXT // 2**20} MiB of text; no spec needs that")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refuse(f"{name}:{line}", f"not UTF-8 text: byte {data[error.start]:#04x} at offset {error.start}") from None
    return Source(name, text)
