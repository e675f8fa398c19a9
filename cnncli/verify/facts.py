"""Figures read off a built layer: what its own kernels and tensors say, without our rules."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .check import Pair

ITEM_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "uint8": 1, "int8": 1, "bool": 1}


def macs_of(pair: Pair) -> int:
    """Each entry of a kernel is multiplied once for each position that it is applied at: of the output, or stamped from the input."""
    stamped = "Transpose" in type(pair.built).__name__
    positions = pair.inputs[0].shape[1:-1] if stamped else pair.shape[:-1]
    return prod(positions) * sum(int(prod(weight.shape)) for weight in pair.built.weights if weight.name.endswith("kernel"))


def weight_bytes(pair: Pair) -> int:
    """The memory of its weights as they are stored; a counter, whose width differs from backend to backend, is one element."""
    one = ITEM_BYTES[pair.built.dtype]
    return sum(prod(weight.shape) * (one if "int" in weight.dtype else ITEM_BYTES[weight.dtype]) for weight in pair.weights)


def activation_bytes(pair: Pair) -> int:
    """The memory of its output for one image."""
    return prod(pair.shape) * ITEM_BYTES[pair.output.dtype]
