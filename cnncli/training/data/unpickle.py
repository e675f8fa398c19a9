"""CIFAR's batches are pickles, and a pickle is a program. Here it is read as data: only lists, texts, numbers and arrays.

Opcodes and names are allow-lists, and behind the allowed names stand classes of our own, so nothing that a pickle names is
ever called. The interpreter is Python's own, in Python: the one in C can be made to fill the memory by one damaged byte
(the number of a memo cell).
"""

from __future__ import annotations

import io
import pickle
import re
from typing import Any

import numpy as np

from ...errors import DataError

_OPCODES = """
PROTO FRAME STOP MARK POP NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1
BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 BINUNICODE SHORT_BINUNICODE BINUNICODE8
EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 SETITEM SETITEMS
PUT BINPUT LONG_BINPUT MEMOIZE GET BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE
"""
_NUMBERS = re.compile(r"[iu][1248]")


class Type:
    """In the place of numpy.dtype: its name and its byte order."""

    def __init__(self, name: Any, *_: Any) -> None:
        self.name, self.order = _text(name), "|"

    def __setstate__(self, state: Any) -> None:
        self.order = _text(state[1])

    def numpy(self) -> np.dtype[Any]:
        if not _NUMBERS.fullmatch(self.name) or self.order not in "<>|=":
            raise ValueError(f"an array of {self.name}; expected whole numbers")
        return np.dtype(self.order + self.name)


class Values:
    """In the place of numpy.ndarray: what is needed to make it."""

    state: tuple[Any, ...] = ()

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def numpy(self) -> Any:
        _, shape, kind, columns_first, content = self.state
        return np.frombuffer(content, kind.numpy()).reshape(shape, order="F" if columns_first else "C")


def _reconstruct(*_: Any) -> Values:
    return Values()


def _frombuffer(content: Any, kind: Any, shape: Any, order: Any) -> Values:
    made = Values()
    made.state = (1, shape, kind, _text(order) == "F", content)
    return made


def _encode(text: Any, encoding: Any) -> bytes:
    """How protocol 2 writes bytes."""
    if _text(encoding) != "latin1":
        raise ValueError("text that is not latin1")
    return str(text).encode("latin1")


ALLOWED = {
    "numpy.core.multiarray._reconstruct": _reconstruct,
    "numpy.core.numeric._frombuffer": _frombuffer,
    "numpy.ndarray": Values,
    "numpy.dtype": Type,
    "_codecs.encode": _encode,
}


class Entries(dict[str, Any]):
    """In the place of a dict: its keys are texts."""

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_text(key), value)


class _Reader(pickle._Unpickler):
    """Python's own interpreter, with the opcodes that data needs."""

    dispatch = {code: pickle._Unpickler.dispatch[code] for name in _OPCODES.split() for code in getattr(pickle, name)}  # noqa: RUF012

    def find_class(self, module: str, name: str) -> Any:
        full = f"{module}.{name}".replace("numpy._core.", "numpy.core.")
        if full not in ALLOWED:
            raise DataError(f"calls {ascii(full)[1:-1][:60]}, which is neither a list, a text nor an array; do not trust it")
        return ALLOWED[full]

    def load_entries(self) -> None:
        self.append(Entries())  # type: ignore[attr-defined]

    def load_state(self) -> None:
        state = self.stack.pop()  # type: ignore[attr-defined]
        self.stack[-1].__setstate__(state)  # type: ignore[attr-defined]  # which only our own classes have

    dispatch[pickle.EMPTY_DICT[0]] = load_entries  # type: ignore[assignment]
    dispatch[pickle.BUILD[0]] = load_state  # type: ignore[assignment]
    dispatch[pickle.BYTEARRAY8[0]] = pickle._Unpickler.dispatch[pickle.BINBYTES8[0]]  # which never makes room before it has read


def unpickled(content: bytes, name: str) -> dict[str, Any]:
    """The mapping in a pickle; byte strings of Python 2 are bytes, arrays are numpy's. Raises DataError, which names the file `name`."""
    try:
        found = _Reader(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(found, Entries):
            raise ValueError("no mapping")
        return {key: value.numpy() if isinstance(value, Values) else value for key, value in found.items()}
    except DataError as error:
        raise DataError(f"{name} {error}") from None
    except Exception as error:
        raise DataError(f"{name} is no batch of images, or a damaged one ({type(error).__name__}); get it again") from None


def _text(value: Any) -> str:
    if not isinstance(value, (str, bytes)):
        raise TypeError("expected a text")
    return value.decode("latin1") if isinstance(value, bytes) else value
