"""What cnncli can refuse. Low code raises a short message; the border adds the place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice

from .printable import quote


class CnncliError(Exception):
    """Anything that cnncli refuses; `exit_code` is what the shell sees. `abrupt`: end at once, tidying up would wait."""

    exit_code = 2
    abrupt = False
    prefix = "Error: "  # what the border writes before the message


class SpecWarning(UserWarning):
    """A spec that is valid but probably a mistake."""


class LayerError(CnncliError):
    """A layer refuses an option or its input. It knows no file: the border adds where.

    `option` names the option at fault, when it is one.
    """

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option


class DataError(CnncliError):
    """Data are not there, are damaged, or do not suit the network."""


class UsageError(CnncliError):
    """A command was asked for something that is not there."""


SHOWN_FAULTS = 20
_LONGEST = 60  # characters of a word that is compared with others
_SIMILAR = 0.7  # of 1; at 0.6 "attention" is similar to "flatten"
_BEGINNING = 3  # letters from which on a word may stand for the one that begins so
_JOINTS = str.maketrans("", "", "_-")  # which tell no word from another


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'conv'?`, or nothing when no known word is near."""
    similar = nearest_word(word, known)
    return f"; did you mean {quote(similar)}?" if similar else ""


def unknown_name(what: str, name: str, known: Iterable[str]) -> str:
    """`no topic is called 'shap'; did you mean 'shape'?`, or what there is when no known name is near."""
    return f"no {what} is called {quote(name)}{nearest(name, known) or '; they are ' + ', '.join(known)}"


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The known word that is most similar, or an empty one. MobileNetV9 is nearer to mobilenet_v2 than to mobilenet."""
    if len(word) > _LONGEST:
        return ""
    bare: dict[str, str] = {}
    for candidate in islice(known, 500):
        bare.setdefault(candidate.lower().translate(_JOINTS), candidate)
    plain = word.lower().translate(_JOINTS)
    similar = difflib.get_close_matches(plain, list(bare), n=1, cutoff=_SIMILAR)
    if not similar and len(plain) >= _BEGINNING:
        similar = [candidate for candidate in bare if candidate.startswith(plain)]  # std for stddev
        similar = similar or [plain for plain, candidate in bare.items() if candidate.lower().endswith(f"_{word.lower()}")]  # flip
    return bare[similar[0]] if len(similar) == 1 else ""


class SpecError(CnncliError):
    """A file is refused. `faults` are independent of each other, in the order of the file; each prints with its place.

    The message shows the first of them and how many more there are.
    """

    prefix = ""  # a fault begins with its place

    def __init__(self, faults: Sequence[object], complete: bool = True) -> None:
        more = len(faults) - SHOWN_FAULTS
        rest = [f"… and {'' if complete else 'more than '}{more:,} more"] if more > 0 else []
        super().__init__("\n".join([*map(str, faults[:SHOWN_FAULTS]), *rest]))
        self.faults = tuple(faults)
