"""Text that is ready for a terminal."""

from __future__ import annotations


class Styled(str):
    """Text with terminal codes of its own, in which all text of others is escaped already. Joined or cut, it is a plain string."""

    __slots__ = ()
