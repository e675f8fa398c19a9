"""Pooling."""

from __future__ import annotations

from typing import Any

from ...layers import Layer
from ...layers.pool import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from .use import Use
from .vocabulary import keras, operation


def window(use: Use) -> dict[str, Any]:
    """Size, stride and padding of a sliding window."""
    axes = len(use.map()) - 1
    stride = None if use.get("strides", None) is None else use.per_axis("strides", axes=axes)
    padding = use.word("padding", "valid", "valid", "same")
    return {"size": use.per_axis("pool_size", 2, axes=axes), "stride": stride, "padding": padding}


@keras("MaxPooling*", "MaxPool*")
@operation("MaxPool")
def max_pool(use: Use) -> Layer:
    return MaxPool(**window(use))


@keras("AveragePooling*", "AvgPool*")
@operation("AveragePool")
def avg_pool(use: Use) -> Layer:
    return AvgPool(**window(use))


@keras("GlobalAveragePooling*", "GlobalAvgPool*")
def global_avg_pool(use: Use) -> Layer:
    use.map()
    return GlobalAvgPool(keep_axes=use.flag("keepdims", False))


@keras("GlobalMaxPooling*", "GlobalMaxPool*")
def global_max_pool(use: Use) -> Layer:
    use.map()
    return GlobalMaxPool(keep_axes=use.flag("keepdims", False))


@keras("AdaptiveAveragePooling*")
def adaptive_avg_pool(use: Use) -> Layer:
    return AdaptiveAvgPool(size=use.per_axis("output_size", axes=len(use.map()) - 1))


@keras("AdaptiveMaxPooling*")
def adaptive_max_pool(use: Use) -> Layer:
    return AdaptiveMaxPool(size=use.per_axis("output_size", axes=len(use.map()) - 1))
