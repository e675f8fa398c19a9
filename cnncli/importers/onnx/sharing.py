"""Which layers share weights, where several read the same arrays of a file.

A file may hold an array once because two layers are one layer used twice, or because an exporter found two arrays equal (all biases of
a network that nobody has trained are zeros) and stored one. The kernel tells them apart: kernels are equal only where they are the
same, and a bias belongs to its kernel. Layers without a kernel, such as norms, are the same where their arrays can be no accident, or
where the layers before them are the same, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...layers import Weight
from ...network import Network, Node
from .constant import Constant

_KERNEL = "kernel"
_MOST_EXAMPLES = 2
Arrays = Mapping[str, Constant]
Key = tuple[tuple[str, object], ...]  # the arrays of a layer, by the names that the layer gives them


class Sharing(NamedTuple):
    """What a layer shares: all that `owner` has, or the arrays `borrowed`; `merged` are arrays of others that are counted again."""

    owner: Node | None = None
    borrowed: Mapping[str, Node] = {}
    merged: Mapping[str, Node] = {}


class Holders:
    """The layers that read arrays of a file, in the order in which they are placed."""

    def __init__(self, network: Network, constants: Mapping[str, Constant]) -> None:
        self._network = network
        self._merged = {identity(array) for array in constants.values() if array.merged}
        self._owners: dict[object, Node] = {}
        self._layers: dict[tuple[Key, tuple[Weight, ...]], dict[int | None, Node]] = {}  # by the layer before them
        self._repeated: dict[object, str] = {}
        self._before: dict[int, Node | None] = {}

    def find(self, arrays: Arrays, weights: tuple[Weight, ...], sources: tuple[int, ...]) -> Sharing:
        """What a layer that reads these arrays, and has these weights, shares with layers before it."""
        known = {name: self._owners[identity(array)] for name, array in arrays.items() if identity(array) in self._owners}
        if not known:
            return Sharing()
        same = self._layers.get((key(arrays), weights), {})
        kernel = arrays.get(_KERNEL)
        if kernel is not None:
            if _KERNEL not in known or (identity(kernel) in self._merged and kernel.is_uniform):
                return Sharing(merged=known)
            rest = {name: node for name, node in known.items() if name != _KERNEL}
            return Sharing(next(iter(same.values()))) if same else Sharing(borrowed={_KERNEL: known[_KERNEL]}, merged=rest)
        if len(arrays) < len(weights) or not same:
            return Sharing(merged=known)
        if not self._is_accident(arrays):
            return Sharing(next(iter(same.values())))
        before = self._layer_before(sources)
        owner = same.get(before.shared) if before is not None and before.shared is not None else None
        return Sharing(merged=known) if owner is None else Sharing(owner)

    def add(self, node: Node, arrays: Arrays, sharing: Sharing) -> None:
        """Take down a layer that has been placed."""
        if sharing.owner is not None:
            return
        node.merged = dict(sharing.merged)
        for name, owner in sharing.merged.items():
            self._repeated.setdefault(identity(arrays[name]), f"the {name} of {node.name} is that of {owner.name}")
        before = self._layer_before(node.inputs)
        place = None if before is None else before.index if before.shared is None else before.shared
        weights = node.layer.weights(*node.facts.shapes) if arrays else ()
        self._layers.setdefault((key(arrays), weights), {}).setdefault(place, node)
        for array in arrays.values():
            self._owners.setdefault(identity(array), node)

    def notes(self) -> tuple[tuple[str, str], ...]:
        """What the file merges, in words."""
        count = len(self._repeated)
        if not count:
            return ()
        arrays = "1 array is" if count == 1 else f"{count:,} arrays are"
        examples = "; ".join(list(self._repeated.values())[:_MOST_EXAMPLES]) + "; …" * (count > _MOST_EXAMPLES)
        return (("stored once", f"{arrays} read by several layers and counted for each, as exporters merge equal arrays: {examples}"),)

    def _is_accident(self, arrays: Arrays) -> bool:
        """Whether layers may have these arrays in common without being one layer."""
        distinct = {identity(array) for array in arrays.values()}
        return len(distinct) < len(arrays) or any(identity(array) in self._merged or array.is_uniform for array in arrays.values())

    def _layer_before(self, sources: tuple[int, ...]) -> Node | None:
        """The nearest layer with weights on the way to the input, where the way is plain."""
        found: Node | None = None
        passed: list[int] = []
        while len(sources) == 1:
            [index] = sources
            node = self._network.nodes[index]
            if index in self._before or node.facts.weights or node.shared is not None:
                found = self._before.get(index, node)
                break
            passed.append(index)
            sources = node.inputs
        self._before.update(dict.fromkeys(passed, found))
        return found


def identity(array: Constant) -> object:
    """What tells an array from others: its name in the file, or that it is this one."""
    return array.source or id(array)


def key(arrays: Arrays) -> Key:
    """The arrays of a layer."""
    return tuple(sorted([(name, identity(array)) for name, array in arrays.items()], key=lambda pair: pair[0]))
