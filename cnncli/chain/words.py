"""The words of a chain, read: a kind with its options.

conv:6,5,stride=2               the options that must be given, in their order; then others by name
conv --filters 6 --kernel 5     the same
conv:6,5,s=2,same               letters of the formulas; a padding by its name
conv:6,[3,5],padding=[[1,0],1]  lists in brackets; 3x5 is [3, 5]
dense:10,activation={leaky_relu: 0.1}
max_pool:2 --ceil  dense:10 --no-bias
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ..errors import LayerError, UsageError
from ..layers import KINDS, Layer
from ..layers.activation import ACTIVATIONS
from ..layers.values import Truth
from ..printable import quote
from ..synonyms import kind_hint, known_kind, option_hint, split_word

if TYPE_CHECKING:
    from ..layers.values import Raw

_PER_AXIS = re.compile(r"\d+([xX×]\d+)+")
SHOWN = 120  # characters of a long chain, around the stretch at fault
PADDINGS = ("valid", "same")
SYMBOLS = {  # the letters of formulas, and the options that they mean
    "k": ("kernel", "size"),
    "s": ("stride",),
    "p": ("padding", "rate"),
    "d": ("dilation",),
    "f": ("filters",),
    "g": ("groups",),
    "u": ("units",),
}
_OPENING, _CLOSING = "[{", "]}"
_BEGIN, _NEXT = "[", "/"  # of branches, as words of their own
_ENDS = ("/", "]")


class Stretch(NamedTuple):
    """Part of the command line: the words, which of them, from which letter, how many."""

    words: tuple[str, ...]
    word: int
    start: int
    length: int

    @property
    def text(self) -> str:
        return self.words[self.word][self.start : self.start + self.length]

    def part(self, start: int, length: int) -> Stretch:
        """A part of it."""
        return self._replace(start=self.start + start, length=length)

    def refuse(self, message: str) -> NoReturn:
        """Raise UsageError with the words, and this stretch of them underlined."""
        raise UsageError(f"{message}\n{self.underlined()}")

    def underlined(self) -> str:
        """The words, and carets below this stretch."""
        ahead = len(" ".join(self.words[: self.word])) + bool(self.word) + self.start
        start = max(0, ahead - SHOWN // 2) if len(" ".join(self.words)) > SHOWN else 0
        shown = " ".join(self.words)[start : start + SHOWN]
        return f"    {shown}\n    {' ' * (ahead - start)}{'^' * max(1, min(self.length, len(shown) - ahead + start))}"


class Piece:
    """One layer of the chain, and where it and its options were written."""

    def __init__(self, kind: Stretch, rest: str = "") -> None:
        self.kind = kind
        self.cls = _class(kind, rest)
        self.raw: dict[str, Raw] = {}
        self.places: dict[str, Stretch] = {}
        self.branches: list[list[Piece]] | None = None

    def set(self, name: str, value: Raw, place: Stretch) -> None:
        """One option. Refused when it is there already, or unknown."""
        name = name.replace("-", "_")
        if name not in self.cls.fields:
            name = next((option for option in SYMBOLS.get(name.lower(), ()) if option in self.cls.fields), name)
        if name not in self.cls.fields:
            place.refuse(f"{self.cls.kind} has no option {quote(name)}{option_hint(name, self.cls.fields, self.cls.kind)}")
        if name in self.raw:
            place.refuse(f"{name} of {self.cls.kind} is given twice")
        self.raw[name], self.places[name] = value, place

    def layer(self) -> Layer:
        """The layer that it stands for."""
        try:
            return self.cls.read(self.raw)
        except LayerError as error:
            self.refuse(error, str(error))

    def refuse(self, error: LayerError, message: str) -> NoReturn:
        """Refuse the layer with a message, at the option at fault."""
        self.places.get(error.option or "", self.kind).refuse(message)


def _class(kind: Stretch, rest: str) -> type[Layer]:
    """The class of a kind. Raises UsageError, with the right form where another program's word was written; `rest` stands behind it."""
    known = {name: cls for name, cls in KINDS.items() if name != "input"}
    if kind.text not in known:
        name, inside = split_word(kind.text)
        meant = name if name in known else known_kind(name, known)
        if meant:
            hint = f"; write {quote(meant + (f':{inside}' if inside else rest))}"
        elif name[:1].isdigit():
            hint = "; options stand behind their kind and a colon, such as conv:6,5"
        else:
            hint = kind_hint(kind.text, known)
        kind.refuse(f"no kind of layer is called {quote(kind.text)}{hint}")
    return known[kind.text]


def _options(cls: type[Layer]) -> str:
    return f"; its options are {', '.join(cls.fields)}" if cls.fields else "; it has none"


def split_at(words: Sequence[str], sign: str) -> list[list[str]]:
    """The words between the signs."""
    found: list[list[str]] = [[]]
    for word in words:
        if word == sign:
            found.append([])
        else:
            found[-1].append(word)
    return found


def pieces(given: Sequence[str]) -> list[Piece]:
    """The layers of a chain. Raises UsageError with the place."""
    words = tuple(given)
    found, end = _chain(words, 0)
    if end < len(words):
        Stretch(words, end, 0, len(words[end])).refuse(f"{quote(words[end])} stands in no branches; they are add [ conv:8,3 / conv:8,1 ]")
    return found


def _chain(words: tuple[str, ...], index: int) -> tuple[list[Piece], int]:
    """The layers from a word to the end of the line or of the branch, and the word where that is."""
    found: list[Piece] = []
    while index < len(words) and words[index] not in _ENDS:
        whole = Stretch(words, index, 0, len(words[index]))
        index += 1
        if whole.text == _BEGIN:
            index = _branches(found[-1] if found else None, whole)
        elif not whole.text.startswith("--"):
            found.append(_piece(whole))
        elif not found:
            whole.refuse(f"{quote(whole.text)} stands before any layer; write the kind first, such as conv {quote(whole.text)[1:-1]} ...")
        else:
            index += _option(found[-1], whole)
    return found, index


def _branches(piece: Piece | None, opening: Stretch) -> int:
    """The branches of a merge; the word behind them."""
    if piece is None or not piece.cls.merges:
        opening.refuse("only merges have branches, such as concat [ conv:8,1 / conv:8,3,padding=same ]")
    words, index, sign = opening.words, opening.word, _NEXT
    piece.branches = []
    while sign == _NEXT:
        branch, index = _chain(words, index + 1)
        if index == len(words):
            opening.refuse("these branches are not closed by ]")
        piece.branches.append(branch)
        sign = words[index]
    return index + 1


def _piece(whole: Stretch) -> Piece:
    """conv:6,5,stride=2."""
    kind, colon, _ = whole.text.partition(":")
    piece = Piece(whole.part(0, len(kind)), whole.text[len(kind) :])
    if colon:
        _positions(piece, [*parts(whole.part(len(kind) + 1, whole.length - len(kind) - 1))])
    return piece


def _positions(piece: Piece, given: list[Stretch]) -> None:
    """Values without a name are the options that must be given, in their order."""
    main = piece.cls.main_option()
    names = [name for name, field in piece.cls.fields.items() if field.required] or ([main] if main else [])
    for place in given:
        name, sign, _ = place.text.partition("=")
        names = [option for option in names if option not in piece.raw]
        if sign and re.fullmatch(r"[\w-]+", name.strip()):
            inner = place.part(len(name) + 1, place.length - len(name) - 1)
            piece.set(name.strip(), read_value(inner), place)
        elif names:
            piece.set(names.pop(0), read_value(place), place)
        elif place.text.lower() in PADDINGS and "padding" in piece.cls.fields:
            piece.set("padding", place.text, place)
        elif not piece.cls.fields:
            kind = piece.cls.kind
            mend = f"; write dense:{place.text} {kind}" if kind in ACTIVATIONS and place.text.isdecimal() and place.length < 10 else ""
            place.refuse(f"{kind} has no options{mend}")
        else:
            place.refuse(f"which option of {piece.cls.kind} is {quote(place.text)}? write name=value{_options(piece.cls)}")


def _option(piece: Piece, whole: Stretch) -> bool:
    """--stride 2, --stride=2, --ceil, --no-bias; whether the next word is its value."""
    name, sign, _ = whole.text[2:].partition("=")
    plain = name.replace("-", "_")
    if sign:
        piece.set(name, read_value(whole.part(len(name) + 3, whole.length - len(name) - 3)), whole)
        return False
    if plain.startswith("no_") and plain not in piece.cls.fields and plain[3:] in piece.cls.fields:
        piece.set(plain[3:], "false", whole)
        return False
    words, after = whole.words, whole.word + 1
    value = Stretch(words, after, 0, len(words[after])) if after < len(words) else None
    flag = plain in piece.cls.fields and isinstance(piece.cls.fields[plain].reader, Truth)
    if flag and (value is None or value.text not in ("true", "false")):
        piece.set(name, "true", whole)
        return False
    if plain in piece.cls.fields and (value is None or value.text.startswith("--")):
        whole.refuse(f"{quote(whole.text)} needs a value")
    piece.set(name, read_value(value) if value else "", value if value and plain in piece.cls.fields else whole)
    return True


def parts(place: Stretch) -> Iterator[Stretch]:
    """What stands between the commas that are in no brackets, without the spaces around it."""
    depth = start = 0
    text = place.text
    for index, letter in enumerate(text + ","):
        depth += (letter in _OPENING) - (letter in _CLOSING)
        if letter == "," and (depth <= 0 or index == len(text)):
            one = text[start:index]
            yield place.part(start + len(one) - len(one.lstrip()), len(one.strip()))
            start = index + 1


def read_value(place: Stretch) -> Raw:
    """A value as a file would have it: text, a list, or a mapping."""
    text = place.text
    if text[:1] + text[-1:] == "[]":
        return [read_value(one) for one in parts(place.part(1, place.length - 2))]
    if text[:1] + text[-1:] == "{}":
        entries = [one.text.partition(":") for one in parts(place.part(1, place.length - 2))]
        return {name.strip(): value.strip() for name, _, value in entries}
    if _PER_AXIS.fullmatch(text):
        return [*re.split("[xX×]", text)]
    return text
