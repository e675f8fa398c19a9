"""Fully connected layers: products with an array of the file."""

from __future__ import annotations

from ....errors import LayerError
from ....layers.base import shown
from ....layers.dense import Dense
from ..bias import place_affine
from ..constant import Constant
from ..step import Step, operator
from ..view import View, channels_last


@operator("Gemm")
def gemm(step: Step) -> View:
    """x times the kernel, which may lie transposed, plus a bias. What it is scaled by (alpha, beta) changes no figure."""
    kernel, bias = step.array(1, "kernel"), step.maybe_array(2, "bias")
    if step.node.whole("transA") or step.view().rank != 2 or len(kernel.shape) != 2:
        raise LayerError(f"multiplies {shown(step.view().shape)} by {shown(kernel.shape)}; expected vectors, and a kernel with 2 axes")
    turned = kernel.shape[::-1] if step.node.whole("transB") else kernel.shape
    return _dense(step, kernel, turned, bias)


@operator("MatMul", "Dense")
def matmul(step: Step) -> View:
    """x times the kernel, along the last axis; with a bias where one was added right behind it."""
    if len(step.views) > 1:
        raise LayerError("multiplies two computed tensors, as attention does; cnncli reads products with an array of the file")
    kernel, bias = step.array(1, "kernel"), step.maybe_array(2, "bias")
    if len(kernel.shape) != 2 or step.view().rank < 2:
        raise LayerError(f"multiplies {shown(step.view().shape)} by {shown(kernel.shape)}; cnncli reads kernels with 2 axes")
    return _dense(step, kernel, kernel.shape, bias)


def _dense(step: Step, kernel: Constant, shape: tuple[int, ...], bias: Constant | None) -> View:
    view = step.view()
    if shape[0] != view.shape[-1]:
        raise LayerError(f"its kernel is {shown(kernel.shape)}, for {shape[0]} numbers; {view.shape[-1]} come in")
    order = channels_last(view.rank)
    return place_affine(step, Dense, {"units": shape[1]}, {"kernel": kernel, "bias": bias}, step.lay(view, order), order)
