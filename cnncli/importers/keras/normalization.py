"""Normalisation, rescaling, and the scales of single architectures."""

from __future__ import annotations

from math import sqrt
from typing import Any

from ...errors import LayerError
from ...layers import Layer
from ...layers.norm import BatchNorm, GroupNorm, LayerNorm, Normalize, Rescale, Scale
from ...layers.values import written
from ..norm import LayerNormOver, NormalizeOver, UnitNorm
from .use import Use, axes_of, constants, one_or_all
from .vocabulary import keras, operation

SMALLEST = 1e-7  # deviation that Keras divides by


def norm(use: Use) -> dict[str, Any]:
    """What normalisations share."""
    return {"epsilon": use.number("epsilon", 0.001), "center": use.flag("center", True), "scale": use.flag("scale", True)}


def over_channels(use: Use) -> None:
    """Refuse another axis than the last."""
    if use.axis("axis") != (len(use.x),):
        raise LayerError(f"axis is {written(use.get('axis'))}; cnncli normalises the channels, the last axis (-1 or {len(use.x)})")


@keras("BatchNormalization", "SyncBatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2")
def batch_norm(use: Use) -> Layer:
    over_channels(use)
    if use.get("renorm", False) is not False:
        raise LayerError("renorm adds weights that cnncli does not count")
    return BatchNorm(momentum=use.number("momentum", 0.99), **norm(use))


@keras("LayerNormalization")
def layer_norm(use: Use) -> Layer:
    if use.get("rms_scaling", False) is not False:
        raise LayerError("rms_scaling is not a layer normalisation that cnncli has")
    axes = use.axis("axis")
    return LayerNorm(**norm(use)) if axes == (len(use.x),) else LayerNormOver(axes=axes, **norm(use))


@keras("GroupNormalization")
def group_norm(use: Use) -> Layer:
    over_channels(use)
    groups = use.whole("groups", 32, low=-1)
    if groups == 0:
        raise use.fail("groups", "a whole number from 1, or -1 for as many as channels")
    return GroupNorm(groups=use.x[-1] if groups == -1 else groups, **norm(use))


@keras("UnitNormalization")
@operation("Normalize")
def unit_norm(use: Use) -> Layer:
    over_channels(use)
    if use.get("order", 2) != 2:
        raise use.fail("order", "2")
    return UnitNorm()


@keras("Rescaling")
def rescaling(use: Use) -> Layer:
    return rescale(constants(use.get("scale"), "scale"), constants(use.get("offset", 0.0), "offset"), use.x[-1])


def rescale(scale: tuple[float, ...], offset: tuple[float, ...], channels: int) -> Layer:
    """y = scale * x + offset, with one figure or one for each channel."""
    return Rescale(scale=one_or_all(scale, channels, "scale"), offset=one_or_all(offset, channels, "offset"))


@keras("Normalization")
def normalization(use: Use) -> Layer:
    """With mean and variance in the file they are no weights, but a fixed rescaling; else they will be measured, and are.

    `invert` goes the other way: x * deviation + mean.
    """
    rank, axis = len(use.x), use.get("axis", -1)
    axes = () if axis is None else axes_of(axis if isinstance(axis, list) else [axis], rank, "axis")
    mean, variance = use.get("mean", None), use.get("variance", None)
    if (mean is None) != (variance is None):
        raise LayerError("one of mean and variance is given; expected both, or neither")
    if mean is None:
        return Normalize() if axes == (rank,) else NormalizeOver(axes=axes)
    if axes not in ((), (rank,)):
        raise LayerError(f"axis is {written(axis)}; expected the channels, the last axis, where mean and variance are given")
    middles, variances = (constants(value, name) for name, value in (("mean", mean), ("variance", variance)))
    if min(variances, default=0.0) < 0:
        raise use.fail("variance", "numbers from 0")
    for row, name in ((middles, "mean"), (variances, "variance")):
        one_or_all(row, use.x[-1], name)
    count = max(len(middles), len(variances))
    deviations = [max(sqrt(one), SMALLEST) for one in variances * (count // len(variances))]
    middles *= count // len(middles)
    if use.flag("invert", False):
        return rescale(tuple(deviations), middles, use.x[-1])
    shifts = [-middle / deviation for middle, deviation in zip(middles, deviations, strict=True)]
    return rescale(tuple([1 / one for one in deviations]), tuple(shifts), use.x[-1])


@keras("LayerScale")  # of keras.applications.convnext
def layer_scale(use: Use) -> Layer:
    if use.whole("projection_dim") != use.x[-1]:
        raise use.fail("projection_dim", f"the channels that come in, {use.x[-1]}")
    return Scale(init=use.number("init_values", 1.0))
