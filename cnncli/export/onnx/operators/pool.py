"""Pooling."""

from __future__ import annotations

from ....errors import LayerError
from ....layers.pool import GlobalPool, Pool
from ....network import Node
from ..writer import Writer, writes


@writes("max_pool", "avg_pool")
def pool(writer: Writer, node: Node, xs: list[str]) -> str:
    """Padding is not averaged. A last window that hangs over the end (ceil) is written as padding: opsets differ in which they keep."""
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, Pool)
    slides, mean = layer.slides(x), node.kind == "avg_pool"
    ends = [(count - 1) * slide.stride + slide.extent for count, slide in zip(node.output, slides, strict=False)]
    after = (
        [max(end - slide.size - slide.before, 0) for end, slide in zip(ends, slides, strict=True)]
        if layer.ceil
        else [slide.after for slide in slides]
    )
    return writer.op(
        "AveragePool" if mean else "MaxPool",
        xs[0],
        kernel_shape=[slide.kernel for slide in slides],
        strides=[slide.stride for slide in slides],
        pads=[slide.before for slide in slides] + after,
        count_include_pad=0 if mean else None,
    )


@writes("global_avg_pool", "global_max_pool")
def global_pool(writer: Writer, node: Node, xs: list[str]) -> str:
    layer, [x] = node.layer, node.facts.shapes
    assert isinstance(layer, GlobalPool)
    mean = node.kind == "global_avg_pool"
    if layer.keep_axes:
        return writer.op("GlobalAveragePool" if mean else "GlobalMaxPool", xs[0])
    return writer.op("ReduceMean" if mean else "ReduceMax", xs[0], writer.wholes(range(2, len(x) + 1)), keepdims=0)


@writes("adaptive_avg_pool", "adaptive_max_pool")
def adaptive(writer: Writer, node: Node, xs: list[str]) -> str:
    """Bins that divide the map are windows."""
    [x] = node.facts.shapes
    if any(n % m for n, m in zip(x[:-1], node.output[:-1], strict=True)):
        raise LayerError(f"{node.name}: ONNX has adaptive pooling where the bins divide the map, not {x[:-1]} in {node.output[:-1]}")
    size = [n // m for n, m in zip(x[:-1], node.output[:-1], strict=True)]
    name = {"adaptive_avg_pool": "AveragePool", "adaptive_max_pool": "MaxPool"}[node.kind]
    return writer.op(name, xs[0], kernel_shape=size, strides=size)
