"""Items -> placed layers: blocks are opened, repetitions counted out, branches merged, names looked up.

Lists of items are walked by generators that a small loop drives, so neither long networks nor deep blocks meet a recursion limit.
Where an item is at fault its output is unknown (None), and what depends on it is passed over in silence: each fault is told once.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from ..errors import LayerError, SpecError, nearest
from ..layers import KINDS, ShapesDiffer
from ..layers.channel_order import refusal_of_layer
from ..layers.frozen import EVERY, NOTHING, frozen, learning
from ..network import Network, Node
from ..printable import quote
from ..synonyms import kind_hint
from .binding import bind, frozen_names, given, repeats
from .expression import resolve
from .fault import Faults, Mark, refusal
from .frames import Bound, Frame, Names, Output
from .items import WIRING, Block, Item, beside, beside_merge
from .sharing import borrow
from .tree import Mapping, Scalar

if TYPE_CHECKING:
    from ..layers import Layer
    from ..layers.values import Raw

MOST_LAYERS = 250_000
MOST_STEPS = 600_000  # uses of blocks are steps too: an empty block can be repeated without ever placing a layer
DEEPEST_BLOCKS = 200  # one inside another: each layer's path of blocks is part of the output

Walk = Generator["Walk", Output, Output]


class BoundsError(Exception):
    """The network is beyond the bounds; the walk ends here."""


class Expander:
    """Places the items of a file in a network."""

    def __init__(self, network: Network, blocks: dict[str, Block], defaults: dict[str, dict[str, object]], faults: Faults) -> None:
        self.network, self.blocks, self.defaults, self.faults = network, blocks, defaults, faults
        self._names: dict[tuple[object, ...], Names] = {}
        self._steps = 0

    def run(self, items: list[Item], above: Output, frame: Frame) -> Output:
        """Place `items` after `above`; returns the last output. Stops early when there are too many layers or faults."""
        stack: list[Walk] = [self._walk(items, above, frame, NOTHING)]
        result: Output = None
        try:
            while stack:
                try:
                    stack.append(stack[-1].send(result))
                    result = None
                except StopIteration as end:
                    stack.pop()
                    result = end.value
        except BoundsError:
            return None
        return result

    def _walk(self, items: list[Item], above: Output, frame: Frame, held: frozenset[str]) -> Walk:
        """Place items one after another; yields the walks of what they contain and is sent their last outputs.

        `held` are the names of the weights that are frozen, whatever the items themselves say.
        """
        known = frame.names.bound
        for item in items:
            bound = known[item] if item in known else self._bind(item, frame)
            inputs: tuple[Output, ...] = (above,) if item.sources is None else self._look_up(item, above, frame)
            if bound is None:
                above = None
            else:
                above, still, start = inputs[0], held | bound.frozen, len(self.network.nodes)
                for turn in range(bound.repeat):
                    self._step(item, frame)
                    name = item.name if turn == bound.repeat - 1 else None
                    if bound.block is not None:
                        inner = self._enter(bound, item, inputs, frame, name)
                        above = None if inner is None else (yield self._walk(bound.block.items, inputs[0], inner, still))
                    else:
                        if item.branches is not None:
                            ends = []
                            for _, branch in item.branches:
                                ends.append((yield self._walk(branch, inputs[0], frame, still)))
                            inputs = tuple(ends)
                        above = self._place(bound.layer, item, inputs, frame, name, still)
                    inputs = (above,)
                    if above is None:
                        break
                if bound.frozen - EVERY and above is not None:
                    self._check_frozen(item, bound.frozen, start, frame)
                placed = range(start, len(self.network.nodes))
                if item.lender is not None and above is not None:
                    self._borrow(item.lender, placed, frame)
                if item.name is not None:
                    frame.placed.setdefault(item.name.text, placed)
                    if bound.block is not None and above is not None and above in placed:
                        self._rename(self.network.nodes[above], item.name.text, frame)
            if item.name is not None:
                self._label(item.name, above, frame)
        return above

    def _bind(self, item: Item, frame: Frame) -> Bound | None:
        """Look an item up and read its options, once for equal parameters."""
        names, kind = frame.names.values, item.kind.text
        bound = None
        try:
            repeat, still = repeats(item.repeat, MOST_LAYERS, names), frozen_names(item.freeze, names)
            if not repeat and item.sources is not None and len(item.sources) > 1:
                raise refusal(f"{kind} joins what from names, and repeat: 0 chooses nothing; repeat it once or more", item.kind.mark)
            block = self.blocks.get(kind)
            if block is not None:
                bound = Bound(None, block, self._arguments(block, item, names), repeat, still)
            elif kind in KINDS and kind != "input":
                if item.branches is not None and not item.branches:
                    raise refusal(f"{kind} needs branches", item.kind.mark)
                layer = bind(KINDS[kind], item.options, item.kind.mark, names, self.defaults.get(kind))
                bound = Bound(layer, None, {}, repeat, still)
            else:
                value = item.options.text if isinstance(item.options, Scalar) else ""
                if item.branch:
                    raise refusal(f"no layer or block is called {quote(kind)}; {beside_merge(item.branch)}", item.kind.mark)
                hint = kind_hint(kind, [*self.blocks, *(name for name in KINDS if name != "input")], value)
                raise refusal(f"no layer or block is called {quote(kind)}{hint}", item.kind.mark)
        except SpecError as error:
            self.faults.take(error, frame.trail())
        frame.names.bound[item] = bound
        return bound

    def _arguments(self, block: Block, item: Item, names: dict[str, Raw]) -> dict[str, Raw]:
        """The values of a block's parameters in one use. Defaults may use the parameters before them."""
        passed = given(item.options, block.main_parameter, block.name.text, names)
        faults = Faults()
        for name in passed:
            if name not in block.parameters:
                assert isinstance(item.options, Mapping)
                if name in WIRING:
                    faults.add(beside(name, block.name.text), item.options.keys[name].mark)
                    continue
                known = list(block.parameters)
                hint = nearest(name, known) or (f"; its parameters are {', '.join(known)}" if known else "; it has none")
                faults.add(f"block {quote(block.name.text)} has no parameter {quote(name)}{hint}", item.options.keys[name].mark)
        arguments: dict[str, Raw] = {}
        for name, default in block.parameters.items():
            if name in passed:
                arguments[name] = passed[name][0]
            elif default is None and not any(name not in block.parameters for name in passed):
                faults.add(f"block {quote(block.name.text)} needs {quote(name)}", item.kind.mark)
            elif default is not None:
                try:
                    arguments[name] = resolve(default, arguments)
                except ValueError as error:
                    faults.add(str(error), block.name.mark)
        faults.refuse()
        return arguments

    def _enter(self, bound: Bound, item: Item, inputs: tuple[Output, ...], frame: Frame, label: Scalar | None) -> Frame | None:
        """The frame of one use of a block; None where its input is unknown."""
        block = bound.block
        assert block is not None
        if len(inputs) != 1:
            self.faults.add(f"block {quote(block.name.text)} takes one input, not {len(inputs)}", item.kind.mark, frame.trail())
            return None
        if inputs[0] is None:
            return None
        if frame.depth >= DEEPEST_BLOCKS:
            message = f"blocks are nested more than {DEEPEST_BLOCKS} deep; use fewer levels, or repeat"
            self.faults.add(message, item.kind.mark, frame.trail())
            return None
        channels = self.network.nodes[inputs[0]].output[-1]
        key = (block.name.text, channels, *map(repr, bound.arguments.values()))
        names = self._names.get(key)
        if names is None:
            names = self._names[key] = Names({**bound.arguments, "in_channels": channels})
        return Frame(names, frame, block, item.kind.mark, "" if label is None else label.text)

    def _place(
        self, layer: Layer | None, item: Item, inputs: tuple[Output, ...], frame: Frame, label: Scalar | None, still: frozenset[str]
    ) -> Output:
        """Place one layer; None where it is at fault or depends on what is."""
        assert layer is not None
        known = tuple([index for index in inputs if index is not None])
        if len(known) != len(inputs):
            return None
        try:
            if len(known) != 1 and not layer.merges:
                raise LayerError(f"{layer.kind} takes one input, not {len(known)}")
            name = None
            if label is not None:
                name = self._node_name(label.text, frame)
            return self.network.place(frozen(layer, still), known, name, frame.scope, item.kind.mark).index
        except ShapesDiffer as error:
            self.faults.add(error.between(self._titles(item, known)), item.kind.mark, frame.trail())
        except LayerError as error:
            message = refusal_of_layer(error, [node.output for node in self.network.nodes if not node.inputs])
            self.faults.add(message, _option_mark(item, error.option), frame.trail())
        return None

    def _check_frozen(self, item: Item, names: frozenset[str], start: int, frame: Frame) -> None:
        """Refuse the names of weights that no layer trains of those that were placed for an item."""
        weights = dict.fromkeys(name for node in self.network.nodes[start:] for name in learning(node.layer, *node.facts.shapes))
        assert item.freeze is not None
        for name in sorted(names - weights.keys()) if len(self.network.nodes) > start else ():
            hint = nearest(name, weights) or (f"; it has {', '.join(weights)}, and true freezes all" if weights else "; it has none")
            self.faults.add(f"{quote(item.kind.text)} has no weight {quote(name)} that is trained{hint}", item.freeze.mark, frame.trail())

    def _titles(self, item: Item, inputs: tuple[int, ...]) -> list[str]:
        """What the inputs of a merge are called by their writer."""
        if item.branches is not None:
            return [name for name, _ in item.branches]
        return [source.text for source in item.sources or ()] or [self.network.nodes[index].name for index in inputs]

    def _look_up(self, item: Item, above: Output, frame: Frame) -> tuple[Output, ...]:
        """The outputs that `from` names; they must stand above, in the same block or in the same file."""
        found: list[Output] = []
        for source in item.sources or ():
            if source.text == "above":
                found.append(above)
            elif source.text in frame.labels:
                found.append(frame.labels[source.text])
            else:
                hint = nearest(source.text, [*frame.labels, "above"]) or "; an output gets one by `name:` beside its kind, above its use"
                self.faults.add(f"no output above is called {quote(source.text)}{hint}", source.mark, frame.trail())
                found.append(None)
        return tuple(found)

    def _borrow(self, lender: Scalar, placed: range, frame: Frame) -> None:
        """Let what was placed for an item use the weights of the item that is called `lender`."""
        try:
            borrow(self.network, frame, lender.text, placed)
        except LayerError as error:
            self.faults.add(str(error), lender.mark, frame.trail())

    def _node_name(self, label: str, frame: Frame) -> str:
        """The name of the node whose output the user calls `label`: in a block it gets a number, as a block is used many times."""
        return label if frame.parent is None else self.network.next_name(label)

    def _rename(self, node: Node, label: str, frame: Frame) -> None:
        """Call the last node of a block as the user calls the block's output."""
        self.network.rename(node, self._node_name(label, frame))

    def _label(self, name: Scalar, output: Output, frame: Frame) -> None:
        if name.text in frame.labels:
            self.faults.add(f"{quote(name.text)} names two outputs", name.mark, frame.trail())
        frame.labels[name.text] = output

    def _step(self, item: Item, frame: Frame) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS or len(self.network.nodes) > MOST_LAYERS:
            self.faults.add(f"more than {MOST_LAYERS:,} layers; look at the repeats here and around", item.kind.mark, frame.trail())
            raise BoundsError


def _option_mark(item: Item, option: str | None) -> Mark:
    """Where the option at fault stands, or else the kind."""
    if isinstance(item.options, Mapping) and option in item.options.entries:
        return item.options.entries[option].mark
    if isinstance(item.options, Scalar) and item.options.text and option is not None and len(item.options.text) < 60:
        return item.options.mark
    return item.kind.mark


def unread(network: Network) -> list[Node]:
    """The nodes whose output nobody reads and which are no outputs of the network."""
    read = {index for node in network.nodes for index in node.inputs}
    return [node for node in network.nodes if node.index not in read and node.index not in network.outputs]
