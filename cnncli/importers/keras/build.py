"""From the graph of a file to a Network: inputs, then every call in its place, models within models laid open.

A layer at fault has no output, and what depends on it is passed over in silence; so all faults of a file are told together.
"""

from __future__ import annotations

from typing import Any

from ...errors import LayerError, SpecError, UsageError
from ...layers import Layer, Shape
from ...layers.base import shown
from ...layers.frozen import EVERY, frozen
from ...layers.values import written
from ...network import Input, Network, Scope
from ..model import MOST_AXES, MOST_LAYERS, MOST_STEPS, TooLargeError, given_size, printable
from ..opaque import SAME, Opaque, Requests
from .calls import Ref
from .graph import Entry, Graph
from .translate import Unknown, layers_of
from .use import is_whole
from .vocabulary import Fed

MOST_FAULTS = 20
Outputs = list["int | None"]  # the nodes of the tensors that come out; None where something above was at fault


class Place:
    """A model within the file, in one of its uses: the values in it, and what holds for all its layers."""

    __slots__ = ("frozen", "graph", "prefix", "scope", "values")

    def __init__(self, graph: Graph, scope: Scope | None, prefix: str, frozen: bool) -> None:
        self.graph, self.scope, self.prefix = graph, scope, prefix
        self.frozen = frozen or not graph.trainable
        self.values: dict[tuple[str, int], Outputs] = {}


class Builder:
    """One reading of one file."""

    def __init__(self, path: str, network: Network, requests: Requests, input_size: str | None) -> None:
        self.path, self.network, self.requests, self.input_size = path, network, requests, input_size
        self.faults: list[str] = []
        self._unknown: dict[Unknown, list[str]] = {}
        self._first: dict[tuple[Entry, int], int] = {}
        self._uses: dict[Entry, int] = {}
        self._bases: dict[Entry, str] = {}
        self._titles: set[str] = set()
        self._partial: list[int] = []
        self._steps = 0

    def run(self, graph: Graph) -> None:
        """Place everything. Raises SpecError with all faults."""
        place = Place(graph, None, "", False)
        given = self._inputs(graph)
        outputs = self._model(place, given)
        unknown = [f"{self.path}: {', '.join(names[:MOST_FAULTS])}{_more(names)}: {why}" for why, names in self._unknown.items()]
        faults = list(dict.fromkeys([*unknown, *self.faults]))
        if faults:
            raise SpecError(faults)
        self.network.outputs = tuple(dict.fromkeys([index for index in outputs if index is not None]))
        self.network.partial = tuple(self._partial)

    def _fault(self, name: str, error: object) -> None:
        self.faults.append(f"{self.path}: {name}: {printable(str(error))}")

    def _inputs(self, graph: Graph) -> Outputs:
        if self.input_size is not None and len(graph.inputs) != 1:
            raise UsageError(f"--input sets the one input of a model; {self.path} has {len(graph.inputs)}")
        return [self._input(name, recorded) for name, recorded in graph.inputs]

    def _input(self, name: str, recorded: Any) -> int | None:
        """Place an input as large as the file says, or as it was given."""
        if self.input_size is not None:
            shape: Any = given_size(self.input_size)
        else:
            shape = tuple(recorded[1:]) if isinstance(recorded, list) else None
            if shape is None or not 0 < len(shape) <= MOST_AXES or not all(length is None or is_whole(length, 1) for length in shape):
                what = "the file records no shape of it" if recorded is None else f"its shape is {written(recorded)}"
                self._fault(name, f"{what}; expected the batch, then lengths; --input 224x224x3 sets it")
                return None
            if None in shape:
                size, such = ("x".join(sign if length is None else str(length) for length in shape) for sign in ("?", "224"))
                self._fault(name, f"its size is open, {size}; give it with --input, such as --input {such}")
                return None
        self._titles.add(name)
        return self.network.place(Input(shape=tuple(map(int, shape))), (), name, None, f"{self.path}:{name}").index

    def _model(self, place: Place, given: Outputs) -> Outputs:
        """Place the layers of a model that reads `given`; its outputs."""
        for (name, _), index in zip(place.graph.inputs, given, strict=True):
            place.values[name, 0] = [index]
        for entry, number in place.graph.order:
            self._count(1 + len(entry.calls[number].refs))
            place.values[entry.name, number] = self._call(place, entry, number)
        self._count(len(place.graph.outputs))
        return [self._value(place, ref) for ref in place.graph.outputs]

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS or len(self.network.nodes) > MOST_LAYERS:
            raise TooLargeError

    def _value(self, place: Place, ref: Ref) -> int | None:
        found = place.values[ref.layer, ref.call]
        if ref.tensor >= len(found):
            if None not in found:
                self._fault(place.prefix + ref.layer, f"its output {ref.tensor} is read; it has {len(found)}")
            return None
        index = found[ref.tensor]
        if index is None or self.input_size is not None or agrees(ref.shape, self.network.nodes[index].output):
            return index
        given = shown(self.network.nodes[index].output)
        self._fault(place.prefix + ref.layer, f"{given} comes out of it; the file says {written(ref.shape[1:])}")
        return None

    def _call(self, place: Place, entry: Entry, number: int) -> Outputs:
        """The outputs of one call."""
        call, name = entry.calls[number], place.prefix + entry.name
        inputs = [self._value(place, ref) for ref in call.refs]
        request = self.requests.find(name, entry.name, entry.cls)
        try:
            if request is None and entry.model is not None:
                return self._inner(place, entry, number, inputs)
            known = [index for index in inputs if index is not None]
            xs = tuple([self.network.nodes[index].output for index in known]) if len(known) == len(inputs) else None
            if request is not None:
                made: list[Fed] | None = self._opaque(place, entry, number, xs, request)
            else:
                made = layers_of(entry, call, xs)
            if made is None:
                return [None]
            return self._placed(place, entry, made, tuple(known))
        except Unknown as unknown:
            names = self._unknown.setdefault(unknown, [])
            if name not in names[-1:]:
                names.append(name)
        except TooLargeError:
            raise
        except LayerError as error:
            self._fault(f"{name} ({entry.cls})", error)
        return [None]

    def _inner(self, place: Place, entry: Entry, number: int, inputs: Outputs) -> Outputs:
        """A model within the model: its layers, laid open in a scope of their own."""
        assert entry.model is not None
        if len(inputs) != len(entry.model.inputs):
            raise LayerError(f"reads {len(entry.model.inputs)} inputs; it gets {len(inputs)}")
        title = entry.name if number == 0 else f"{entry.name}:{number + 1}"
        scope = Scope(title, place.scope)
        return self._model(Place(entry.model, scope, f"{place.prefix}{entry.name}/", place.frozen), inputs)

    def _placed(self, place: Place, entry: Entry, made: list[Fed], inputs: tuple[int, ...]) -> Outputs:
        """Nodes for the layers of one call; a later call of the same layer shares its weights with the first."""
        use = self._uses[entry.one] = self._uses.get(entry.one, 0) + 1
        found: Outputs = []
        written = f"{self.path}:{place.prefix}{entry.name}"
        for part, (layer, through) in enumerate(made):
            layer = frozen(layer, EVERY if place.frozen else entry.frozen)
            title = self._title(place, entry, use, part if len(made) > 1 else None)
            reads = [self._fed(one, index, title, place, written) for one, index in zip(through, inputs, strict=True)]
            node = self.network.place(layer, tuple(reads), title, place.scope, written)
            first = self._first.setdefault((entry.one, part), node.index)
            if first != node.index:
                if node.facts.weights != self.network.nodes[first].facts.weights:
                    raise LayerError(f"is used again with {shown(node.facts.shapes[0])}, which its weights do not fit")
                self.network.share(node, self.network.nodes[first])
            if isinstance(layer, Opaque):
                self._partial.append(node.index)
            found.append(node.index)
        return found

    def _fed(self, layer: Layer | None, index: int, title: str, place: Place, written: str) -> int:
        """The input of a layer, passed through another first where there is one."""
        if layer is None:
            return index
        return self.network.place(layer, (index,), f"{title}/{layer.kind}", place.scope, written).index

    def _title(self, place: Place, entry: Entry, use: int, part: int | None) -> str:
        """The name in the file, behind the model's that it stands in where it is taken; the number of a later use; the part."""
        if entry.one not in self._bases:
            self._bases[entry.one] = entry.name if entry.name not in self._titles else place.prefix + entry.name
        title = self._bases[entry.one] + ("" if use == 1 else f":{use}") + ("" if part is None else f"[{part}]")
        while title in self._titles:
            title += "'"
        self._titles.add(title)
        return title

    def _opaque(self, place: Place, entry: Entry, number: int, xs: tuple[Shape, ...] | None, request: str) -> list[Fed] | None:
        """Layers of which the shape alone is known: as asked, or as the file records it for inputs of these shapes."""
        count, asked = place.graph.widths[entry.name, number], self.requests.shapes[request]
        if xs is None and not isinstance(asked, tuple):
            return None
        if count > MOST_FAULTS:
            raise LayerError(f"has {count} outputs")
        nothing = (None,) * len(entry.calls[number].refs)
        return [Fed(self._shaped(place, entry, number, tensor, xs or (), asked), nothing) for tensor in range(count)]

    def _shaped(self, place: Place, entry: Entry, number: int, tensor: int, xs: tuple[Shape, ...], asked: Shape | str | None) -> Layer:
        if isinstance(asked, tuple):
            return Opaque(shape=asked)
        if asked == SAME and xs:
            return Opaque(shape=xs[0])
        told = entry.options.get("output_shape") if entry.cls == "Lambda" else None
        if isinstance(told, list) and complete([None, *told]):
            return Opaque(shape=tuple(map(int, told)))
        recorded = place.graph.recorded.get((entry.name, number, tensor))
        as_recorded = all(complete(ref.shape) and agrees(ref.shape, x) for ref, x in zip(entry.calls[number].refs, xs, strict=False))
        if recorded is not None and complete(recorded) and as_recorded:
            return Opaque(shape=tuple(map(int, recorded[1:])))
        raise LayerError(f"what comes out of it is not in the file; say it: --opaque {entry.name}=56x56x64, or --opaque {entry.name}=same")


def complete(shape: Any) -> bool:
    """Whether a recorded shape, the batch first, says every length."""
    return isinstance(shape, list) and 1 < len(shape) <= MOST_AXES + 1 and all(is_whole(length, 1) for length in shape[1:])


def agrees(shape: Any, x: Shape) -> bool:
    """Whether a recorded shape, the batch first and None where it is open, fits what comes out. What says nothing fits."""
    if not isinstance(shape, list):
        return True
    return len(shape) == len(x) + 1 and all(length is None or length == n for length, n in zip(shape[1:], x, strict=True))


def _more(names: list[str]) -> str:
    return f" and {len(names) - MOST_FAULTS} more" if len(names) > MOST_FAULTS else ""
