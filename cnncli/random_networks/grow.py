"""Growing a random network: item by item, each tried on the shape that reaches it and dropped when the layer refuses it."""

from __future__ import annotations

from math import prod
from random import Random
from typing import TYPE_CHECKING

from ..errors import LayerError
from ..layers import KINDS, Shape
from .draft import Draft, Item
from .options import OPTIONS, chosen

if TYPE_CHECKING:
    from ..layers.values import Raw

MERGES = ("add", "subtract", "multiply", "average", "maximum", "minimum", "concat")
LAYERS = [kind for kind in OPTIONS if kind not in MERGES]
CONVOLUTIONS = ("conv", "depthwise_conv", "separable_conv", "conv_transpose")
FAVOURED = (*CONVOLUTIONS, "max_pool", "avg_pool", "upsample", "pad", "crop", "adaptive_avg_pool", "adaptive_max_pool") * 5
MOST_ELEMENTS, MOST_MACS, MOST_CHANNELS = 6_000, 1_000_000, 24


def random_draft(random: Random) -> Draft:
    """A legal network of a few layers."""
    return Grower(random).draft()


class Grower:
    """Grows one draft."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.named: dict[str, Shape] = {}
        self.lenders: list[tuple[Item, Shape]] = []  # layers with weights and a name, and what came in

    def draft(self) -> Draft:
        """The whole."""
        random = self.random
        x = self.input_shape()
        made = Draft({"input": x})
        if random.random() < 0.1:
            made = self.two_inputs(x)
        if random.random() < 0.15:
            made.defaults = {"conv": {"bias": "false", "padding": "same"}}
        self.defaults = made.defaults
        if made.layers:
            x = self.applied(made.layers[0], *made.inputs.values()) or x
        items, x = self.items(x, random.randint(1, 7), depth=2, named=True)
        made.layers += items
        if len(x) > 1 and random.random() < 0.4:
            made.layers += self.head(x)
        if not made.layers:
            made.layers.append(Item("linear"))
        self.choose_outputs(made)
        self.fold(made)
        return made

    def input_shape(self) -> Shape:
        """A map of 1 to 3 axes, often of odd sizes, sometimes of one pixel; or a vector."""
        random = self.random
        axes = random.choice([0, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3])
        most = (0, 24, 13, 7)[axes]
        return (*(random.choice([1, 2, random.randint(1, most), random.randint(1, most)]) for _ in range(axes)), random.randint(1, 6))

    def two_inputs(self, x: Shape) -> Draft:
        """Two inputs that are merged at once."""
        kind = self.random.choice(MERGES)
        other = (*x[:-1], self.random.randint(1, 4)) if kind == "concat" else x
        made = Draft({"left": x, "right": other})
        merge = Item(kind)
        merge.sources = ["left", "right"]
        made.layers.append(merge)
        return made

    def applied(self, item: Item, *xs: Shape) -> Shape | None:
        """The shape behind an item that is a layer; None when it is refused, or grows too large to be tried."""
        try:
            layer = KINDS[item.kind].read({**self.defaults.get(item.kind, {}), **item.options})
            out = layer.output(*xs)
            macs = layer.work(*xs).macs
        except LayerError:
            return None
        small = prod(out) <= MOST_ELEMENTS and macs <= MOST_MACS and (out[-1] <= MOST_CHANNELS or len(out) == 1)
        return out if small and len(out) <= 4 else None

    def items(self, x: Shape, count: int, depth: int, named: bool = False, keep_size: bool = False) -> tuple[list[Item], Shape]:
        """A list of items for what reaches it, and the shape behind them."""
        found: list[Item] = []
        for _ in range(count):
            for _ in range(20):
                item, out = self.candidate(x, depth, named)
                if out is not None and (not keep_size or out[:-1] == x[:-1]):
                    break
            else:
                break
            if item.lender:
                found.append(item)
                x = out
                continue
            if out == x and item.branches is None and not item.sources and self.random.random() < 0.15:
                item.repeat = 2
            if named and self.random.random() < 0.25:
                item.name = f"at_{len(self.named)}"
                self.named[item.name] = out
            item.freeze = self.random.random() < 0.1
            if item.name and item.branches is None and not item.sources:
                self.lenders.append((item, x))
            found.append(item)
            x = out
        return found, x

    def candidate(self, x: Shape, depth: int, named: bool) -> tuple[Item, Shape | None]:
        """A layer, a merge of branches, or a merge with what was named before."""
        form = self.random.random()
        if depth and form < 0.2:
            return self.branched(x, depth - 1)
        if named and self.named and form < 0.35:
            merge = Item(self.random.choice(MERGES))
            merge.sources = self.random.sample(["above", name := self.random.choice(list(self.named))], 2)
            return merge, self.applied(merge, *(x if source == "above" else self.named[name] for source in merge.sources))
        if named and self.lenders and form < 0.45:
            return self.borrowed(x, *self.random.choice(self.lenders))
        kind = self.random.choice([*LAYERS, *FAVOURED])
        item = Item(kind, chosen(kind, self.random, x))
        return item, self.applied(item, x)

    def borrowed(self, x: Shape, lender: Item, entered: Shape) -> tuple[Item, Shape | None]:
        """A layer once more, with the weights of its first use, where they fit."""
        again = lender.copy()
        again.name, again.lender = "", lender.name
        out = self.applied(again, x)
        layer = KINDS[again.kind].read({**self.defaults.get(again.kind, {}), **again.options})
        fits = out is not None and layer.weights(x) == layer.weights(entered) != ()
        return again, out if fits and (out == x or again.repeat == 1) else None

    def branched(self, x: Shape, depth: int) -> tuple[Item, Shape | None]:
        """Branches whose ends fit together: of one size; for all but concat also of as many channels."""
        random = self.random
        kind = random.choice([*MERGES, "add", "concat"])
        if kind == "multiply" and len(x) > 1 and random.random() < 0.7:
            gate = self.gate(x)
            item = Item(kind, branches={"features": [], "gate": gate} if random.random() < 0.8 else {"gate": gate, "features": []})
            return item, x
        count = 2 if kind == "subtract" else random.choice([2, 2, 3])
        last = self.reducer(x)
        branches: dict[str, list[Item]] = {}
        shapes: list[Shape] = []
        for number in range(count):
            items, out = self.items(x, random.choice([0, 1, 1, 2]), depth, keep_size=True)
            if kind != "concat" and out[-1] != x[-1]:
                items.append(Item("dense", {"units": x[-1]}))
                out = (*out[:-1], x[-1])
            if last:
                items.append(last.copy())
                reduced = self.applied(last, out)
                if reduced is None:
                    return Item(kind), None
                out = reduced
            branches[f"b{number}"] = items
            shapes.append(out)
        return Item(kind, branches=branches), self.applied(Item(kind), *shapes)

    def reducer(self, x: Shape) -> Item | None:
        """Sometimes all branches end in the same layer that shrinks the map."""
        if len(x) < 2 or self.random.random() < 0.6:
            return None
        stride = self.random.choice([2, 3])
        options: dict[str, Raw] = {"filters": 3, "kernel": self.random.choice([1, 2, 3]), "stride": stride, "padding": "same"}
        return self.random.choice([Item("conv", options), Item("max_pool", {"size": 2, "stride": stride, "padding": "same"})])

    def gate(self, x: Shape) -> list[Item]:
        """Factors for whole channels, for whole positions, or for whole rows."""
        form = self.random.randrange(3)
        if form == 0:
            return [Item("global_avg_pool", {"keep_axes": "true"}), Item("dense", {"units": x[-1], "activation": "sigmoid"})]
        if form == 1:
            return [Item("conv", {"filters": 1, "kernel": 3, "padding": "same", "activation": "hard_sigmoid"})]
        return [Item("adaptive_avg_pool", {"size": [1, *x[1:-1]]}), Item("tanh")]

    def head(self, x: Shape) -> list[Item]:
        """From the map to a vector, and on."""
        first = Item(self.random.choice(["flatten", "global_avg_pool", "global_max_pool"]))
        out = self.applied(first, x)
        if out is None:
            return []
        return [first, *self.items(out, self.random.randint(0, 3), depth=1)[0]]

    def choose_outputs(self, made: Draft) -> None:
        """Sometimes a second output."""
        names = [item.name for item in made.layers[:-1] if item.name]
        if names and self.random.random() < 0.3:
            made.layers[-1].name = "last"
            made.outputs = self.random.sample(["last", self.random.choice(names)], 2)

    def fold(self, made: Draft) -> None:
        """Sometimes a run of layers becomes a block, one number in it a parameter."""
        plain = [number for number, item in enumerate(made.layers) if not (item.name or item.sources or item.lender)]
        if not plain or self.random.random() > 0.25:
            return
        first = last = self.random.choice(plain)
        while last + 1 in plain and self.random.random() < 0.7:
            last += 1
        run = made.layers[first : last + 1]
        numbers = [(item, name) for item in run for name, value in item.options.items() if isinstance(value, int)]
        use = Item("block")
        head = "block"
        if numbers:
            item, name = self.random.choice(numbers)
            use.options, head = {"number": item.options[name]}, f"block({self.random.choice(['number', 'number=1'])})"
            item.options[name] = "$number"
        made.blocks[head] = run
        made.layers[first : last + 1] = [use]
