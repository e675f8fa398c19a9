"""What a language says for a layer: one call or several, each with arguments, some of which may differ where the rest is alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..network import Node

NONE: Any = object()  # no default
CHANNELS = frozenset(("filters", "units", "in_channels", "channels", "groups", "start", "stop", "before", "after"))
WINDOWS = frozenset(("kernel", "size", "kernel_size", "pool_size"))


class Arg(NamedTuple):
    """An argument; one that has its default need not be said. Those without `keyword` are told by their position.

    `stem`: the argument's own name, where `name` is that of a parameter made of it.
    """

    name: str
    value: Any
    default: Any = NONE
    keyword: bool = True
    stem: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a block may take its value as a parameter: sizes and numbers, and words for padding."""
        return isinstance(self.value, (float, tuple)) or type(self.value) is int or (self.name == "padding" and isinstance(self.value, str))


class Call(NamedTuple):
    """A name with arguments: `conv`, `layers.Conv2D`, `nn.Conv2d`; and what stands around the call, which is {} there."""

    callee: str
    args: tuple[Arg, ...] = ()
    around: str = "{}"


class Words:
    """The calls for one layer, and its frozen weights where these are told beside it. Equal `signature`: alike but for the `values`
    of the arguments that are open."""

    __slots__ = ("calls", "frozen", "opened", "signature", "values")

    def __init__(self, *calls: Call, frozen: frozenset[str] = frozenset()) -> None:
        self.calls, self.frozen = calls, frozen
        self.opened = tuple([arg for call in calls for arg in call.args if arg.is_open])
        self.values = tuple([arg.value for arg in self.opened])
        told = [(callee, around, *((arg.name, arg.is_open or arg.value) for arg in args)) for callee, args, around in calls]
        self.signature = (frozen, *told)


Speak = Callable[[Node], Words]


def family(arg: Arg) -> str:
    """Arguments of one family mean the same thing: only these are compared with each other."""
    name = arg.stem or arg.name
    return "channels" if name in CHANNELS else "window" if name in WINDOWS else name


class Ref(NamedTuple):
    """The value of a parameter, or a multiple, or a part of it: name * times // over."""

    name: str
    times: int = 1
    over: int = 1
