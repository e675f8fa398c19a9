"""Pooling."""

from __future__ import annotations

from typing import Any

from ....errors import LayerError
from ....layers import Layer
from ....layers.pool import AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from ...spatial import one_if_equal
from ..layers import DilatedMaxPool
from ..step import Step, make, operator
from ..view import View
from .conv import padding, per_axis


@operator("MaxPool", "AveragePool")
def pool(step: Step) -> View:
    """Windows slide one pixel at a time unless told. Whether padding is averaged (count_include_pad) changes no figure."""
    x = step.shape(step.map())
    size = tuple(step.node.wholes("kernel_shape", len(x) - 1, low=1) or ())
    if not size:
        raise LayerError("kernel_shape is missing")
    stride, dilation = per_axis(step, "strides", len(size)), per_axis(step, "dilations", len(size))
    options: dict[str, Any] = {
        "size": one_if_equal(size),
        "stride": one_if_equal(stride),
        "padding": padding(step, x[:-1], size, stride, dilation),
        "ceil": bool(step.node.whole("ceil_mode")),
    }
    if set(dilation) != {1}:
        if step.node.op == "AveragePool":
            raise LayerError("the pixels of its windows lie apart (dilations); cnncli reads averages of neighbours")
        return step.on_map(make(DilatedMaxPool, dilation=dilation, **options))
    pools: dict[str, type[Layer]] = {"MaxPool": MaxPool, "AveragePool": AvgPool}
    return step.on_map(make(pools[step.node.op], **options))


@operator("GlobalAveragePool", "GlobalMaxPool")
def global_pool(step: Step) -> View:
    pools: dict[str, type[Layer]] = {"GlobalAveragePool": GlobalAvgPool, "GlobalMaxPool": GlobalMaxPool}
    return step.on_map(pools[step.node.op](keep_axes=True))
