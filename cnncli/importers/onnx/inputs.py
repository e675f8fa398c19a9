"""The inputs of a file: how large they are, and whether their channels come first or last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import UsageError
from ...layers import Shape
from ...layers.values import LARGEST
from ...network import Input
from ..model import MOST_AXES, given_size
from .graph import Declared, Graph
from .view import Order, channels_first, channels_last, whole

if TYPE_CHECKING:
    from .build import Builder

_MOST_STEPS = 1000


def place(builder: Builder) -> None:
    """Place the inputs that are read. With an open batch, one image is followed."""
    graph = builder.graph
    read = [each for each in graph.inputs if graph.is_read(each.name)]
    if builder.input_size is not None and len(read) != 1:
        raise UsageError(f"--input sets the one input of a model; {builder.path} has {len(read)}")
    batches = {each.shape[0] for each in read if each.shape and isinstance(each.shape[0], int) and each.shape[0] > 0}
    builder.batch = min(batches) if len(batches) == 1 else 1
    builder.network.channels_first = True
    for each in read:
        shape = _lengths(builder, each)
        if shape is None:
            builder.tensors[each.name] = None
            continue
        last = _channels_last(graph, each.name, len(shape) + 1)
        order: Order = channels_last(len(shape) + 1) if last else channels_first(len(shape) + 1)
        builder.network.channels_first &= not last
        ours = tuple([shape[at - 1] for at in order])
        node = builder.network.place(Input(shape=ours), (), each.name, None, f"{builder.path}:{each.name}")
        builder.tensors[each.name] = whole(node.index, ours, order, builder.batch)


def _lengths(builder: Builder, declared: Declared) -> Shape | None:
    """The lengths of an input behind the batch, as the file says or as they were given."""
    said = (declared.shape or ())[1:]
    if builder.input_size is not None:
        given = given_size(builder.input_size)
        if said and len(given) != len(said):
            raise UsageError(f"--input {builder.input_size}: {declared.name} has {len(said)} lengths, {_open(said)}")
        if len(said) > 1 and given[0] != said[0] and given[-1] == said[0]:
            raise UsageError(f"--input {builder.input_size}: in this file the channels come first; write {_open((given[-1], *given[:-1]))}")
        return given
    if 0 < len(said) <= MOST_AXES and all(isinstance(n, int) and 0 < n <= LARGEST for n in said):
        return tuple([n for n in said if isinstance(n, int)])
    if said and len(said) <= MOST_AXES and all(n is None or isinstance(n, str) or 0 < n <= LARGEST for n in said):
        reason = f"its size is open, {_open(said)}; give it with --input, such as --input {_open(said, '224')}"
    else:
        told = "no shape" if declared.shape is None else f"the shape {declared.shape[: MOST_AXES + 1]}"
        reason = f"the file gives it {told}; expected the batch, then 1 to {MOST_AXES} lengths"
    builder.faults.append(f"{builder.path}: {declared.name}: {reason}")
    return None


def _open(said: tuple[object, ...], sign: str = "?") -> str:
    return "x".join(str(n) if isinstance(n, int) else sign for n in said)


_CHANNELS_SECOND = {
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "BatchNormalization", "InstanceNormalization",
    "GroupNormalization", "LRN", "Resize", "Upsample", "DepthToSpace", "SpaceToDepth",
}  # fmt: skip
_CHANNELS_LAST = {"MatMul", "Dense", "LayerNormalization"}
_ELEMENT_BY_ELEMENT = {"Identity", "Cast", "Add", "Sub", "Mul", "Div", "Rescale", "Relu", "Clip", "Dropout", "Shape", "Pad"}


def _channels_last(graph: Graph, name: str, rank: int) -> bool:
    """Whether an input has its channels last: the first layer of a kind that tells works on its last axis, or on that brought forward.

    Between the two, tensors are followed element by element and through transposes that bring the last axis forward or back.
    """
    forward, backward = [0, rank - 1, *range(1, rank - 1)], [0, *range(2, rank), 1]
    waiting, seen = [(name, False)], {name}
    while waiting and rank > 2 and len(seen) < _MOST_STEPS:
        tensor, moved = waiting.pop(0)
        for node in graph.users_of(tensor):
            second = node.op in _CHANNELS_SECOND or node.attributes.get("axes") == [1]
            if second or node.op in _CHANNELS_LAST:
                return moved == second
            order = node.attributes.get("perm")
            if node.op not in _ELEMENT_BY_ELEMENT and (node.op != "Transpose" or order not in (forward, backward)):
                return False
            if node.op == "Transpose" and rank > 3:
                return order == forward
            waiting += [(out, moved != (node.op == "Transpose")) for out in node.outputs if out not in seen]
            seen.update(node.outputs)
    return False
