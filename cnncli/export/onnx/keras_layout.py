"""Weights as Keras lays them out -> as ONNX does.

Keras kernels are (*kernel, inputs, outputs), ONNX kernels (outputs, inputs, *kernel); of a transposed convolution Keras has
(*kernel, outputs, inputs), ONNX (inputs, outputs, *kernel). Both reverse in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from ...layers.norm import Normalize
from ...network import Node

SMALLEST = 1e-7  # deviation by which Keras divides
KERNELS = ("kernel", "pointwise_kernel")


def onnx_arrays(node: Node, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of a node by the names that the ONNX writer has for them."""
    if isinstance(node.layer, Normalize):
        return {"mean": arrays["mean"].reshape(-1), "deviation": (arrays["variance"].reshape(-1) ** 0.5).clip(SMALLEST)}
    if len(arrays) == 1 and len(node.facts.weights) == 1:  # Keras' LayerScale calls its weight otherwise
        arrays = {node.facts.weights[0].name: next(iter(arrays.values()))}
    return {name: _laid_out(node, name, array) for name, array in arrays.items()}


def _laid_out(node: Node, name: str, array: Any) -> Any:
    """One array."""
    last = array.ndim - 1
    if name == "depthwise_kernel" or (name == "kernel" and node.kind == "depthwise_conv"):  # (*kernel, C, multiplier)
        moved = array.transpose(last - 1, last, *range(last - 1))
        return moved.reshape(prod(moved.shape[:2]), 1, *moved.shape[2:])
    if name in KERNELS:
        return array.transpose(last, last - 1, *range(last - 1))
    if name == "alpha":  # (*size, C)
        return array.transpose(last, *range(last))
    return array
