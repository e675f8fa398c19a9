"""What a rule looks at, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from ..expectation import Expectation
from ..network import Network


class Subject(NamedTuple):
    """A network, what its file expects of it, and where the sections of the file stand."""

    network: Network
    expect: tuple[Expectation, ...] = ()
    sections: Mapping[str, object] = {}


class Finding(NamedTuple):
    """One slip: the id of the rule, what is wrong, how to mend it, and where it was written."""

    rule: str
    message: str
    mend: str
    place: object = None

    @property
    def text(self) -> str:
        """The message with its mend and id, on one line."""
        return f"{self.message}; {self.mend} [{self.rule}]"


Slip = tuple[str, str, object]  # message, mend, place
Rule = Callable[[Subject], Iterable[Slip]]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under its id."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register


def check(
    network: Network, expect: Iterable[Expectation] = (), sections: Mapping[str, object] | None = None, leave_out: Iterable[str] = ()
) -> Iterator[Finding]:
    """Apply all rules but those in `leave_out`. One slip in a block that is used several times is reported once."""
    from . import rules  # noqa: F401  (importing them registers them)

    subject, seen = Subject(network, tuple(expect), sections or {}), set()
    for name, function in RULES.items():
        for message, mend, place in function(subject) if name not in leave_out else ():
            key = (name, place) if place is not None else (name, message)
            if key not in seen:
                seen.add(key)
                yield Finding(name, message, mend, place)
