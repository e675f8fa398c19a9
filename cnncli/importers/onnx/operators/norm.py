"""Normalisations."""

from __future__ import annotations

from ....errors import LayerError
from ....layers.base import shown
from ....layers.norm import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, LocalResponseNorm
from ...norm import LayerNormOver, UnitNorm
from ..indexing import axis_of
from ..step import Step, Weights, make, operator
from ..view import View, channels_first, with_last


def affine(step: Step) -> Weights:
    """gamma and beta, the inputs behind the first, where they do something."""
    return {"gamma": step.weight(1, "scale", 1), "beta": step.weight(2, "shift", 0)}


@operator("BatchNormalization")
def batch_norm(step: Step) -> View:
    """Scale, shift, mean and variance of each channel."""
    if step.node.whole("training_mode") or not step.node.whole("spatial", 1):
        raise LayerError("normalises in training mode, or each pixel by itself (spatial: 0); cnncli reads it by channels, for inference")
    given = affine(step)
    options = {"momentum": step.node.real("momentum", 0.9), "epsilon": step.node.real("epsilon", 1e-5)}
    layer = make(BatchNorm, scale=given["gamma"] is not None, center=given["beta"] is not None, **options)
    mean, variance = step.array(3, "mean"), step.array(4, "variance")
    return step.on_map(layer, {"moving_mean": mean, "moving_variance": variance, **given}, least=2)


@operator("InstanceNormalization")
def instance_norm(step: Step) -> View:
    given = affine(step)
    epsilon = step.node.real("epsilon", 1e-5)
    return step.on_map(make(InstanceNorm, epsilon=epsilon, scale=given["gamma"] is not None, center=given["beta"] is not None), given)


@operator("GroupNormalization")
def group_norm(step: Step) -> View:
    """Scale and shift of each channel; before opset 21 of each group, which is read where they do nothing."""
    given, groups = affine(step), step.node.whole("num_groups", 1, low=1)
    if any(array is not None and array.count == groups != step.shape(step.map(2))[-1] for array in given.values()):
        raise LayerError("scales whole groups of channels (opset 18); cnncli reads scales of channels (opset 21)")
    options = {"groups": groups, "epsilon": step.node.real("epsilon", 1e-5)}
    return step.on_map(make(GroupNorm, scale=given["gamma"] is not None, center=given["beta"] is not None, **options), given, 2)


@operator("LayerNormalization")
def layer_norm(step: Step) -> View:
    """Over the last axes, from `axis` on; those of an idiom may be others."""
    view, given = step.view(), affine(step)
    axes = step.node.wholes("axes") or range(axis_of(step.node.whole("axis", -1), view.rank), view.rank)
    over = sorted({axis_of(axis, view.rank) for axis in axes})
    if not over or over[0] == 0:
        raise LayerError("normalises over the batch, its first axis")
    options = {"epsilon": step.node.real("epsilon", 1e-5), "scale": given["gamma"] is not None, "center": given["beta"] is not None}
    order = with_last(over[0], view.rank) if len(over) == 1 else channels_first(view.rank)
    layer = make(LayerNorm, **options) if len(over) == 1 else make(LayerNormOver, axes=[order.index(axis) + 1 for axis in over], **options)
    return step.made(step.place(layer, [step.lay(view, order)], given), order)


@operator("LRN")
def response_norm(step: Step) -> View:
    """alpha is divided by the size here, and not in the paper."""
    size, node = step.node.whole("size", low=1), step.node
    options = {"alpha": node.real("alpha", 1e-4) / size, "beta": node.real("beta", 0.75), "k": node.real("bias", 1.0)}
    return step.on_map(make(LocalResponseNorm, size=size, **options), least=2)


@operator("LpNormalization")
def unit_norm(step: Step) -> View:
    view = step.view()
    if step.node.whole("p", 2) != 2:
        raise LayerError(f"p is {step.node.whole('p', 2)}; cnncli reads 2")
    order = with_last(axis_of(step.node.whole("axis", -1), view.rank), view.rank)
    if 0 in order:
        raise LayerError(f"normalises {shown(view.shape)} over the batch")
    return step.made(step.place(UnitNorm(), [step.lay(view, order)]), order)
