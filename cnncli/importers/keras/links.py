"""Which call a tensor comes from: counted from 0 everywhere, and there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import LayerError
from .calls import Ref

if TYPE_CHECKING:
    from .graph import Entry, Graph


def rebase(graph: Graph, newer: bool) -> None:
    """Count calls from 0 everywhere, and refuse tensors of calls that are not there, and calls that nobody reads.

    A model within the model has had a call of its own before it was used here. Keras 2 counts it; Keras 3 counts it in the
    outputs of the whole, not in the calls; a Sequential may have had none. One reading alone leaves no call unread.
    """
    inner = {name: set[int]() for name, entry in graph.entries.items() if entry.model}
    outer = {name: set[int]() for name in inner}
    for entry in graph.entries.values():
        for call in entry.calls:
            for ref in call.refs:
                inner.get(ref.layer, set()).add(ref.call)
    for ref in graph.outputs:
        outer.get(ref.layer, set()).add(ref.call)
    shifts = {name: _shift(graph.entries[name], inner[name], outer[name], newer) for name in inner}
    for entry in graph.entries.values():
        for call in entry.calls:
            call.refs = [_moved(ref, shifts.get(ref.layer, (0, 0))[0]) for ref in call.refs]
    graph.outputs = [_moved(ref, shifts.get(ref.layer, (0, 0))[1]) for ref in graph.outputs]
    _check(graph)


def _shift(entry: Entry, inner: set[int], outer: set[int], newer: bool) -> tuple[int, int]:
    """Where the calls of a model are counted from, by the calls that read them and by the outputs."""
    if not newer:
        orders = [(1, 1), (0, 0)]
    else:
        orders = [(0, 1), (0, 0), (1, 1)] if entry.functional else [(0, 0), (0, 1), (1, 1)]
    calls = set(range(len(entry.calls)))
    for one, two in orders:
        if {number - one for number in inner} | {number - two for number in outer} == calls:
            return one, two
    return orders[0]


def _moved(ref: Ref, shift: int) -> Ref:
    return ref._replace(call=ref.call - shift) if shift else ref


def _check(graph: Graph) -> None:
    calls = {name: len(entry.calls) for name, entry in graph.entries.items()}
    calls.update({name: 1 for name, _ in graph.inputs})
    read = set()
    for reader, refs in [*((e.name, call.refs) for e in graph.entries.values() for call in e.calls), ("the model's output", graph.outputs)]:
        for ref in refs:
            if not 0 <= ref.call < calls.get(ref.layer, 0):
                missing = "is not in the file" if ref.layer not in calls else f"has {calls[ref.layer]} calls"
                raise LayerError(f"{reader} reads call {ref.call} of {ref.layer}, which {missing}")
            read.add((ref.layer, ref.call))
    for name, entry in graph.entries.items():
        if not entry.calls and not entry.is_input:
            raise LayerError(f"{name} is never called")
        if any((name, number) not in read for number in range(len(entry.calls))):
            raise LayerError(f"nothing reads {name}")
        if entry.is_input and (entry.calls or calls[name] != 1):
            raise LayerError(f"{name} is an input that input_layers does not name")
