"""Arrays of an ONNX file: trained weights, and numbers for weights that nobody has trained.

The latter are small, the same every time, and cheap, also where there are a hundred million.
"""

from __future__ import annotations

import random
import sys
from array import array
from collections.abc import Iterable
from functools import cache
from math import prod, sqrt
from typing import Any

from ...importers.onnx import messages
from ...layers import Shape
from .message import Message

_BLOCK = 2**14  # numbers, which are repeated
_FLOAT, _INT64 = 1, 7  # data_type


@cache
def _block() -> tuple[float, ...]:
    """Evenly spread from -1 to 1."""
    source = random.Random(0)
    return tuple([source.uniform(-1, 1) for _ in range(_BLOCK)])


def spread(name: str, shape: Shape, inputs: int, turn: int) -> Message:
    """An array of random numbers with the variance 2 / inputs, and so with the scale of the layers before: He et al. 2015,
    arXiv:1502.01852, section 2.2. `turn` is where in the block it begins."""
    bound, start, count = sqrt(6 / inputs), turn * 997 % _BLOCK, prod(shape)
    turned = (_block()[start:] + _block()[:start])[:count]
    block = packed("f", [number * bound for number in turned])
    whole, rest = divmod(count, _BLOCK)
    return _tensor(name, shape, _FLOAT, [block] * whole + [block[: 4 * rest]])


def filled(name: str, shape: Shape, number: float) -> Message:
    """An array of one number."""
    return _tensor(name, shape, _FLOAT, [packed("f", [number] * prod(shape))])


def floats(name: str, shape: Shape, numbers: Iterable[float]) -> Message:
    """An array of given numbers."""
    return _tensor(name, shape, _FLOAT, [packed("f", numbers)])


def stored(name: str, shape: Shape, values: Any) -> Message:
    """A NumPy array of trained weights, already laid out as ONNX has them."""
    return _tensor(name, shape, _FLOAT, [values.reshape(shape).astype("<f4").tobytes()])


def wholes(name: str, numbers: Iterable[int]) -> Message:
    """A row of whole numbers."""
    listed = list(numbers)
    return _tensor(name, (len(listed),), _INT64, [packed("q", listed)])


def packed(code: str, numbers: Iterable[float]) -> bytes:
    """Numbers as ONNX keeps them, the lowest byte first."""
    made = array(code, numbers)
    if sys.byteorder == "big":
        made.byteswap()
    return made.tobytes()


def _tensor(name: str, shape: Shape, kind: int, pieces: list[bytes]) -> Message:
    found = Message(messages.TENSOR, dims=shape, data_type=kind, name=name)
    return found.add_pieces("raw_data", pieces, sum(map(len, pieces)))
