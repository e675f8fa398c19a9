"""Which input pixels can influence an output pixel: the layers' windows, chained over any graph.

The receptive field of an output position is the interval of input positions, along each axis by itself, that can influence it
if every map were extended infinitely with padding; several paths see the union of what each sees. `trace` gives what one position
really sees, where padding sees nothing.

Source: Araujo, Norris & Sim 2019, doi:10.23915/distill.00021.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from .errors import UsageError
from .layers import Shape
from .layers.window import Window
from .network import Network, Node
from .strand import IDENTITY, Axis, Irregular, Room, Span, at, largest, rates, seen, through, united

if TYPE_CHECKING:
    from fractions import Fraction


class ReceptiveField:
    """What the positions of one map see of the input, in input pixels, one value for each axis.

    `sees_all`: some path sees the whole input (global pooling, a gate, a dense layer on a flat map); the figures are those of the
    other paths. Where no such path is left there is no finite field, and the figures are None: also when the input is a vector,
    when it is not seen at all, and when the field is too irregular to be tabulated; `note` tells these three.
    """

    __slots__ = ("axes", "lost", "sees_all", "shape")

    def __init__(self, axes: tuple[Axis, ...], shape: Shape, sees_all: bool = False, lost: str = "") -> None:
        self.axes, self.shape, self.sees_all, self.lost = axes, shape, sees_all, lost

    def at(self, position: Sequence[int]) -> tuple[Span, ...] | None:
        """(first, last) along each axis of what an output position sees; it may lie outside the map. None: nothing."""
        spans = [at(axis, o) for axis, o in zip(self.axes, position, strict=False)]
        found = tuple([span for span in spans if span])
        return found if found and len(found) == len(self.axes) else None

    @property
    def size(self) -> tuple[int, ...] | None:
        """The pixels that a position sees: the most that any position of the map sees."""
        return tuple([largest(axis, n) for axis, n in zip(self.axes, self.shape, strict=False)]) or None

    @property
    def stride(self) -> tuple[int | Fraction, ...] | None:
        """The pixels from one position's field to the next one's, a fraction after up-sampling; None also when paths disagree."""
        found = [rates(axis) for axis in self.axes]
        return tuple([each[0] for each in found]) if found and all(len(each) == 1 for each in found) else None

    @property
    def start(self) -> tuple[int, ...] | None:
        """The first pixel that output position 0 sees; negative: padding. None also when it sees nothing."""
        spans = self._first()
        return tuple([span[0] for span in spans]) if spans else None

    @property
    def end(self) -> tuple[int, ...] | None:
        """The last pixel that output position 0 sees. None also when it sees nothing."""
        spans = self._first()
        return tuple([span[1] for span in spans]) if spans else None

    @property
    def centre(self) -> tuple[float, ...] | None:
        """(start + end) / 2: whole or half, and exact below 2**52."""
        spans = self._first()
        return tuple([sum(span) / 2 for span in spans]) if spans else None

    @property
    def padding(self) -> tuple[int, ...] | None:
        """The padding that output position 0 sees before the input: -start, negative where pixels were cropped."""
        spans = self._first()
        return tuple([-span[0] for span in spans]) if spans else None

    @property
    def aligned(self) -> bool | None:
        """Whether the paths have one stride, and one centre at every position of every merge, here and before."""
        return not self.note if self.axes else None

    @property
    def note(self) -> str:
        """In words why the paths are not aligned, or why there is no field; empty when there is nothing to say.

        The distance of centres is the largest between the fields of two inputs of a merge, here or before, at any position.
        """
        if not self.axes:
            return self.lost
        met = max([rates(axis) for axis in self.axes], key=len)
        halves = max([strand.apart for axis in self.axes for strand in axis])
        words = ["paths with strides " + ", ".join(map(str, met[:-1])) + f" and {met[-1]}"] if len(met) > 1 else []
        return "; ".join(words + ([f"paths with centres {pixels(halves)} apart"] if halves else []))

    def _first(self) -> tuple[Span, ...] | None:
        return self.at((0,) * len(self.axes))


NOTHING = ReceptiveField((), (), lost="sees nothing of this input")
EVERYTHING = ReceptiveField((), (), sees_all=True)


def pixels(halves: int) -> str:
    """Half pixels in words: 1/2 pixel, 1 pixel, 3/2 pixels."""
    return f"{halves}/2 pixel{'s' * (halves > 1)}" if halves % 2 else f"{halves // 2} pixel{'s' * (halves > 2)}"


def receptive_fields(network: Network, source: int = 0) -> list[ReceptiveField]:
    """The receptive field of each node with respect to the output of the node `source`. Raises UsageError when that is not there."""
    if not 0 <= source < len(network.nodes):
        raise UsageError(f"the network has no node {source}; its nodes are 0 to {len(network.nodes) - 1}")
    room = Room()
    fields: list[ReceptiveField] = []
    for node in network.nodes:
        inputs = node.inputs
        if node.index == source:
            axes = ((IDENTITY,),) * (len(node.output) - 1)
            field = ReceptiveField(axes, node.output, lost="" if axes else "the input is a vector")
        elif not inputs:
            field = NOTHING
        elif len(inputs) == 1:
            field = behind(fields[inputs[0]], node, room)
        else:
            field = behind(merged([fields[index] for index in inputs], node.output, room), node, room)
        fields.append(field)
    return fields


class InputFields:
    """The receptive field of each node on the first input that it sees.

    In a network of one input that is the input. In one of several, a layer of the second branch is
    measured on the second input, and what reads both on the first.
    """

    def __init__(self, network: Network) -> None:
        self._inputs = [node.index for node in network.nodes if not node.inputs] or [0]
        self._fields = {self._inputs[0]: receptive_fields(network, self._inputs[0])}
        self._sources = [self._inputs[0]] * len(network.nodes)
        for source in self._inputs[1:]:
            blind = [n for n, field in enumerate(self.own) if field is NOTHING and n >= source]
            if not blind:
                continue
            self._fields[source] = receptive_fields(network, source)
            for index in blind:
                if self._fields[source][index] is not NOTHING:
                    self._sources[index] = source

    @property
    def own(self) -> list[ReceptiveField]:
        """The field of each node."""
        return [self._fields[source][index] for index, source in enumerate(self._sources)]

    def source(self, node: int) -> int:
        """The input on which the field of a node is measured."""
        return self._sources[node]

    def like(self, node: int) -> list[ReceptiveField]:
        """The fields of all nodes on the input on which that of `node` is measured."""
        return self._fields[self._sources[node]]


def output_field(network: Network, fields: Sequence[ReceptiveField], output: int) -> ReceptiveField | None:
    """The receptive field of one output of the network, the node `output`.

    Where it has no finite field (a classifier), that of the last maps with a finite one on the way
    to it; of several such maps the largest. None where no map on the way has one. It does not
    depend on the order in which the layers are written.
    """
    found: list[ReceptiveField] = []
    waiting, met = [output], {output}
    while waiting:
        node = network.nodes[waiting.pop()]
        if node.inputs and len(node.output) > 1 and fields[node.index].size is not None:
            found.append(fields[node.index])
            continue
        waiting.extend(index for index in node.inputs if index not in met)
        met.update(node.inputs)
    return max(found, key=extent, default=None)


def extent(field: ReceptiveField) -> tuple[object, ...]:
    """What a field is larger by: its pixels, then its sides, then its stride."""
    size, stride = field.size or (), field.stride or ()
    return (math.prod(size), size, tuple(map(float, stride)), field.note)


def behind(field: ReceptiveField, node: Node, room: Room) -> ReceptiveField:
    """The field behind a layer: the very same object where the layer looks at each position by itself."""
    facts, axes = node.facts, field.axes
    windows = facts.windows
    if windows is None:
        return field if field is NOTHING else EVERYTHING
    if not windows or not axes:
        return field
    try:
        made = _moved(axes, windows, room)
    except Irregular as error:
        return ReceptiveField((), (), field.sees_all, str(error))
    if () in made:
        return EVERYTHING if field.sees_all else NOTHING
    return ReceptiveField(made, facts.output, field.sees_all)


def _moved(axes: tuple[Axis, ...], windows: tuple[Window, ...], room: Room) -> tuple[Axis, ...]:
    """Each axis behind its window; axes that are alike stay one object."""
    first = through(axes[0], windows[0], room)
    if axes.count(axes[0]) == windows.count(windows[0]) == len(axes):
        return (first,) * len(axes)
    return (first, *(through(*each, room) for each in zip(axes[1:], windows[1:], strict=True)))


def merged(fields: Sequence[ReceptiveField], shape: Shape, room: Room) -> ReceptiveField:
    """The union of what the inputs of one layer see. An input of one pixel that is spread over a larger map is a gate: it sees all."""
    if fields.count(fields[0]) == len(fields):
        return fields[0]
    finite, sees_all, lost, size = [], False, "", shape[:-1]
    for field in fields:
        sees_all = sees_all or field.sees_all
        if field.axes and field.shape[:-1] == size:
            finite.append(field)
        elif field.axes:
            sees_all = True
        elif field is not NOTHING:
            lost = lost or field.lost
    if lost or not finite:
        return ReceptiveField((), (), sees_all, lost) if lost else EVERYTHING if sees_all else NOTHING
    try:
        return ReceptiveField(tuple(_united(finite, room)), shape, sees_all)
    except Irregular as error:
        return ReceptiveField((), (), sees_all, str(error))


def _united(fields: list[ReceptiveField], room: Room) -> Iterator[Axis]:
    """The union along each axis; axes that are alike stay one object."""
    known: dict[tuple[int, ...], Axis] = {}
    for axes in zip(*[field.axes for field in fields], strict=True):
        key = tuple(map(id, axes))
        if key not in known:
            known[key] = united(chain.from_iterable(axes), room)
        yield known[key]


Box = tuple[frozenset[int], ...]  # the positions along each axis; a vector has no axes


def trace(network: Network, node: int, position: Shape, source: int = 0) -> tuple[Span, ...] | None:
    """(first, last) along each axis of the pixels of `source` that one output position of `node` really sees; None: it sees none.

    Backwards through the graph and cut at every map's edge, as padding sees nothing deeper. `position` is one number for each
    axis, () for a vector; the answer for a vector is (). Time and memory grow with the positions that are met.
    Raises UsageError for a node or a position that is not there.
    """
    nodes = network.nodes
    if not (0 <= node < len(nodes) and 0 <= source < len(nodes)):
        raise UsageError(f"the network has no node {node if 0 <= source < len(nodes) else source}; its nodes are 0 to {len(nodes) - 1}")
    size = nodes[node].output[:-1]
    if len(position) != len(size) or not all(0 <= o < n for o, n in zip(position, size, strict=True)):
        raise UsageError(f"{nodes[node].name} has no position {position}; its map is {size}")
    wanted: dict[int, list[Box]] = {node: [tuple([frozenset((o,)) for o in position])]}
    for index in range(node, source, -1):
        for box in wanted.pop(index, ()):
            for origin in nodes[index].inputs:
                found = _looked(nodes[index], box, nodes[origin].output[:-1])
                if found is not None:
                    _add(wanted.setdefault(origin, []), found)
    boxes = wanted.get(source)
    return tuple([(min(map(min, axis)), max(map(max, axis))) for axis in zip(*boxes, strict=True)]) if boxes else None


def _looked(node: Node, box: Box, size: Shape) -> Box | None:
    """The positions of an input's map of `size` that the positions `box` of the node's output see; None: only padding."""
    windows = node.facts.windows
    if windows is None:
        return tuple([frozenset(range(n)) for n in size])
    if not windows:  # each its own; a gate's one pixel is spread over the map
        return box if size == node.output[:-1] else tuple([frozenset((0,)) if n == 1 else axis for n, axis in zip(size, box, strict=True)])
    axes = zip(box, windows, size, strict=True)
    found = tuple([frozenset().union(*[_on_map(seen(window, o), n) for o in axis]) for axis, window, n in axes])
    return found if all(found) else None


def _on_map(positions: range, size: int) -> range:
    """Those of the positions that lie on the map."""
    start = positions.start if positions.start >= 0 else positions.start % positions.step
    return range(start, min(positions.stop, size), positions.step)


def _add(boxes: list[Box], box: Box) -> None:
    """Add the positions of `box`; boxes stay apart where their union is no box, and one that lies in another is dropped."""
    if not any(all(map(frozenset.issubset, box, other)) for other in boxes):
        boxes[:] = [*(other for other in boxes if not all(map(frozenset.issubset, other, box))), box]
