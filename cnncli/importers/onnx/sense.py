"""What an idiom that fits also has to be, so that it is the layer that it looks like; and that layer's options."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ...errors import LayerError
from .constant import Constant
from .graph import Graph
from .indexing import axes_of
from .node import Node

Options = dict[str, Any]


class Covered(NamedTuple):
    """The nodes of an idiom, and the arrays that its names stand for."""

    nodes: list[Node]
    arrays: dict[str, Constant | None]
    graph: Graph

    def of(self, op: str) -> list[Node]:
        """The nodes with an operator, each once."""
        return list(dict.fromkeys(node for node in self.nodes if node.op == op))

    def array(self, name: str) -> Constant:
        found = self.arrays[name]
        assert found is not None
        return found

    def number(self, name: str) -> float:
        number = self.array(name).number
        return 0.0 if number is None else float(number)


def options_of(op: str, covered: Covered) -> Options | None:
    """The options of the operator that an idiom amounts to; None where it is not that after all."""
    check = _CHECKS.get(op)
    try:
        return check(covered) if check else {}
    except LayerError:
        return None


def _layer_norm(covered: Covered) -> Options | None:
    """Both means are over the same axes, which stay with length 1."""
    means = covered.of("ReduceMean")
    axes = [axes_of(node, [covered.graph.constants.get(name) for name in node.inputs]) for node in means]
    fits = len(means) == 2 and axes[0] is not None and axes[0] == axes[1] and all(node.whole("keepdims", 1) for node in means)
    return {"axes": axes[0], "epsilon": covered.number("#epsilon")} if fits else None


def _group_norm(covered: Covered) -> Options | None:
    """The groups become channels and all else one axis; what InstanceNormalization scales and shifts by does nothing."""
    ones, zeros, layout = covered.array("%ones"), covered.array("%zeros"), covered.array("%groups").values
    idle = ones.filled_with(1) and zeros.filled_with(0)
    fits = idle and layout is not None and len(layout) == 3 and layout[2] == -1 and layout[1] == ones.count
    return {"num_groups": ones.count, "epsilon": covered.of("InstanceNormalization")[0].real("epsilon", 1e-5)} if fits else None


def _response_norm(covered: Covered) -> Options | None:
    """The pooling is over one axis, the channels."""
    kernel = sorted(covered.of("AveragePool")[0].wholes("kernel_shape", low=1) or [0])
    if kernel[:-1].count(1) != len(kernel) - 1:
        return None
    return {"size": kernel[-1], "alpha": covered.number("#alpha"), "beta": covered.number("#beta"), "bias": covered.number("#k")}


def _dense(covered: Covered) -> Options | None:
    """The array added is one number for each unit."""
    kernel, bias = covered.array("%kernel").shape, covered.array("%bias").shape
    return {} if len(kernel) == 2 and bias[-1:] == kernel[-1:] and set(bias[:-1]) <= {1} else None


def _rescale(covered: Covered) -> Options | None:
    """Both are figures: weights keep layers of their own."""
    if not covered.array("#scale").is_figure or not covered.array("#offset").is_figure:
        return None
    return {"scale": covered.number("#scale"), "offset": covered.number("#offset")}


def _hard_sigmoid(covered: Covered) -> Options:
    return {"alpha": 1 / 6, "beta": 0.5}


_CHECKS: dict[str, Callable[[Covered], Options | None]] = {
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "LRN": _response_norm,
    "Dense": _dense,
    "Rescale": _rescale,
    "HardSigmoid": _hard_sigmoid,
}
