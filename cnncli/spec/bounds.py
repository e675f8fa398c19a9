"""Which files a spec may name.

A spec that somebody else wrote may name any file that its reader can read. Text of files outside the folder of the spec is not quoted
in messages, and with `restrict` they are not read at all. The architectures that ship are always inside.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from ..printable import quote

if TYPE_CHECKING:
    from .fault import Mark


class Bounds(NamedTuple):
    """A folder with all that lies below it, seen through symbolic links; whether other files may be read."""

    folder: str
    restrict: bool = False

    def contain(self, path: str) -> bool:
        """Whether a file lies below the folder, or ships with cnncli."""
        from .source import shipped

        real = os.path.realpath(path)
        below = real.startswith(os.path.join(self.folder, ""))
        return below or real == self.folder or real in {os.path.realpath(file) for file in shipped().values()}

    def check(self, path: str, mark: Mark) -> None:
        """Raise SpecError at `mark` for a file that must not be read, or that may never end: a pipe, a device."""
        from .fault import refusal

        if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
            raise refusal(f"{quote(path)} is a pipe or a device; a spec names files", mark)
        if self.restrict and not self.contain(path):
            raise refusal(f"{quote(path)} lies outside {quote(self.folder)}, the folder of the spec; --restrict reads nothing there", mark)


def bounds_of(path: str, restrict: bool = False) -> Bounds:
    """The bounds of a file that is named on the command line; those of standard input are the current folder."""
    return Bounds(os.path.realpath(os.path.dirname(path) or os.curdir), restrict)
