"""What is wrong with a file, and where: marks that point into its text, and faults that print with their place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..errors import SpecError
from ..printable import printable, quote

if TYPE_CHECKING:
    from .bounds import Bounds

MOST_FAULTS = 1000  # where reading ends
HIDDEN = "this is no spec; the file lies outside the folder of the one that names it, so its text is not shown: cnncli validate {} shows it"


class Source(NamedTuple):
    """A text, the name it goes by in messages, and the folder that it stands in."""

    name: str
    text: str
    folder: str = ""
    bounds: Bounds | None = None  # of the files that it may name
    hidden: bool = False  # its text is not shown in messages

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
        return f"{printable(self.source.name)}:{self.line}:{self.column}"

    def underlined(self) -> str:
        """The line, and carets below the stretch; a long line is shown around it."""
        if self.source.hidden:
            return "    (not shown)"
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
    cause: str = ""  # what several places have in common that are wrong for one reason: they are one fault

    @property
    def place(self) -> str:
        return str(self.mark) if self.mark else self.name

    def order(self) -> tuple[str, int, int]:
        """By file and line, for sorting."""
        return (self.mark.source.name, self.mark.line, self.mark.column) if self.mark else (self.name, 0, 0)

    def __str__(self) -> str:
        if self.mark is None:
            return f"{printable(self.name)}: {self.message}" if self.name else self.message
        if self.mark.source.hidden:
            return f"{self.mark}: {HIDDEN.format(self.mark.source.name)}"
        return "\n".join([f"{self.mark}: {self.message}", self.mark.underlined(), *self._uses()])

    def masked(self) -> Fault:
        """The same without the text of a file that is not shown; all faults of such a file are one."""
        if self.mark is None or not self.mark.source.hidden:
            return self
        hidden = HIDDEN.format(self.mark.source.name)
        return Fault(hidden, self.mark, cause=hidden)

    def _uses(self) -> Iterator[str]:
        for number, (block, mark) in enumerate(self.trail):
            if 4 <= number < len(self.trail) - 2:
                if number == 4:
                    yield f"      ... through {len(self.trail) - 6} more uses of blocks"
                continue
            yield f"      in block {quote(block)}, used at {mark}"


class TooManyFaults(Exception):  # noqa: N818  (it reads as what happened)
    """No more faults are collected; the reading ends here."""


class Faults:
    """Faults that are independent of each other, each reported once. Ends the reading when there are `most`."""

    def __init__(self, most: int | None = None) -> None:
        self._found: dict[tuple[str, Mark | None], Fault] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._found)

    def add(self, message: str, mark: Mark | None, trail: tuple[tuple[str, Mark], ...] = (), name: str = "", cause: str = "") -> None:
        """Add a fault. Raises TooManyFaults when it is the last that is collected."""
        fault = Fault(message, mark, trail, name, cause).masked()
        key = (fault.cause, None) if fault.cause else (message, mark)
        self._found.setdefault(key, fault)
        if self._most is not None and len(self) >= self._most:
            raise TooManyFaults

    def take(self, error: SpecError, trail: tuple[tuple[str, Mark], ...] = ()) -> None:
        """Add those of a refusal."""
        for fault in error.faults:
            assert isinstance(fault, Fault)
            self.add(fault.message, fault.mark, fault.trail or trail, fault.name, fault.cause)

    def refuse(self) -> None:
        """Raise SpecError with all, in the order of the file, if there is one."""
        if self._found:
            ordered: list[Fault] = sorted(self._found.values(), key=Fault.order)
            raise SpecError(ordered, complete=self._most is None or len(self) < self._most)


def refusal(message: str, mark: Mark | None = None, name: str = "", cause: str = "") -> SpecError:
    """The refusal of one place, or of a whole file by its name."""
    return SpecError([Fault(message, mark, name=name, cause=cause).masked()])
