"""The workings of one layer, as a teacher writes them: the formula, the numbers put in, the result.

The layer is asked for the same facts as for the figures, but its numbers have letters (`Term`), so that each fact comes with the
formula that gave it. What cannot be told so is told in words, with the figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..layers import Shape
from .symbols import lettered, outcome, shapes
from .term import Term, add, ceil, exact, factored, floor, key_of, most, named, product, put

if TYPE_CHECKING:
    from ..layers import Layer
    from ..network import Facts, Node

TOPICS = ("shape", "params", "macs", "receptive_field", "memory")


class Working(NamedTuple):
    """One line: what is worked out, from which formula (None: it is told in words alone), what it comes to."""

    topic: str
    label: str
    formula: int | None
    value: Any
    unit: str = ""
    words: str = ""


class Explanation(NamedTuple):
    """The workings of one layer."""

    node: Node
    workings: list[Working]


def working(topic: str, label: str, formula: int, fact: Any, unit: str = "") -> Working:
    """A line, with its formula only where that gives the fact."""
    return Working(topic, label, formula if exact(formula) == fact else None, fact, unit)


class Lettered:
    """A layer and what comes in with letters, and the facts that follow."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.xs = shapes(facts.shapes)
        self.layer: Layer = lettered(facts.layer, len(facts.shapes[0]) - 1)
        self.raw: tuple[int, ...] = self.layer.output(*self.xs)
        self.output, self.names = outcome(self.raw)

    @property
    def slides(self) -> tuple[Any, ...]:
        """How its window slides along each axis, if it has one that slides; or its stamps."""
        for name in ("slides", "stamps"):
            if hasattr(self.layer, name):
                found: tuple[Any, ...] = getattr(self.layer, name)(*self.xs)
                return found
        return ()


def shape(this: Lettered) -> Iterator[Working]:
    """The size of each axis, once where all agree, and the channels."""
    fact = this.facts.output
    if {tuple(map(key_of, x)) for x in this.xs} == {tuple(map(key_of, this.raw))}:
        yield Working("shape", "output", None, fact, words="the shape that comes in")
        return
    if len(fact) == 1:
        yield working("shape", "output", this.raw[0], fact[0])
        return
    slides = this.slides if getattr(this.facts.layer, "padding", None) == "same" else ()
    told = set[object]()
    for axis, size in enumerate(this.raw[:-1]):
        mark = size.key if isinstance(size, Term) else size
        if mark not in told:
            told.add(mark)
            yield from _same(this, axis, slides[axis]) if slides else [working("shape", _size(this, axis), size, fact[axis])]
    if this.raw[-1] is not this.xs[0][-1]:
        yield working("shape", "channels", this.raw[-1], fact[-1])


def _size(this: Lettered, axis: int) -> str:
    """The name of an axis; all of them together where they agree."""
    axes = len(this.raw) - 1
    if axes == 1 or len({one.key if isinstance(one, Term) else one for one in this.raw[:-1]}) == 1:
        return "size"
    return ("depth", "height", "width")[3 - axes :][axis] if axes in (2, 3) else f"axis {axis + 1}"


def _same(this: Lettered, axis: int, slide: Any) -> Iterator[Working]:
    """`same` is told from its aim, the size, to the padding that it takes. Transposed: what is cut off."""
    label, size, fact = _size(this, axis), this.output[axis], this.facts.output[axis]
    fixed: Term | int
    if hasattr(slide, "kernel"):
        yield working("shape", label, ceil(slide.size, slide.stride), fact)
        fixed = most(add([(size - 1) * slide.stride, slide.extent, -slide.size]), 0)
        words = "padding in all"
    else:
        yield working("shape", label, product([slide.size, slide.stride]), fact)
        fixed = most(slide.extent - slide.stride, 0)
        words = "cut off in all"
    before, after = int(slide.before), int(slide.after)
    where = "" if label == "size" else f", {label}"
    yield working("shape", words + where, fixed, before + after)
    if before + after:
        whole, kind = named("P", before + after), words.removesuffix(" in all")
        yield working("shape", f"{kind} before{where}", floor(whole, 2), before)
        yield working("shape", f"{kind} after{where}", whole - floor(whole, 2), after)


def params(this: Lettered, node: Node, shared: str = "") -> Iterator[Working]:
    """All arrays together; which of them the gradient changes; and without the biases. Borrowed arrays are named, and not counted."""
    facts = this.facts.weights
    weights = [weight for weight in this.layer.weights(*this.xs) if weight.name not in node.borrowed]
    total = sum(weight.count for weight in facts)
    if shared:
        yield Working("params", "parameters", None, 0, words=f"the weights are those of {shared}")
        return
    borrowed = [f"the {name} is that of {owner.name}" for name, owner in node.borrowed.items()]
    merged = [f"the {name} is stored in the file as that of {owner.name}" for name, owner in node.merged.items()]
    words = "; ".join([*borrowed, *merged])
    if not facts:
        yield Working("params", "parameters", None, 0, words=words or _weightless(this))
        return
    yield working("params", "parameters", _counted(this, weights), total)._replace(words=words)
    if not all(weight.trainable for weight in facts):
        trained = [weight for weight in weights if weight.trainable]
        yield working("params", "of them trained", _counted(this, trained), sum(weight.count for weight in facts if weight.trainable))
    if any(weight.name == "bias" for weight in facts):
        rest = [weight for weight in weights if weight.name != "bias"]
        yield working("params", "without bias", _counted(this, rest), sum(weight.count for weight in facts if weight.name != "bias"))


def _weightless(this: Lettered) -> str:
    """Why a layer has no parameters."""
    constants = this.facts.layer.constants
    return f"no weights; {constants:,} constants, numbers that vary along positions" if constants else "no weights"


def _counted(this: Lettered, weights: Any) -> int:
    return factored(put(add([weight.count for weight in weights]), this.names))


def macs(this: Lettered) -> Iterator[Working]:
    """Multiply-accumulates, places first, and the operations that they are."""
    fact = this.facts.work.macs
    if not fact:
        yield Working("macs", "MACs", None, 0, words="no convolution, no dense layer")
        return
    yield working("macs", "MACs", _places_first(this, put(this.layer.work(*this.xs).macs, this.names)), fact)
    yield working("macs", "FLOPs", product([2, named("MACs", fact)]), 2 * fact)


def _places_first(this: Lettered, number: int) -> int:
    """55·55·96·11·11·3: the elements that come out, then what each takes."""
    if not isinstance(number, Term) or number.op != "product" or len(this.raw) == 1:
        return number
    out = [one.key for one in this.output if isinstance(one, Term)]
    return product([number.constant, *sorted(number.parts, key=lambda part: part.key not in out)])


def memory(this: Lettered, element_bytes: int, batch: int) -> Iterator[Working]:
    """The bytes of the output, and of the weights."""
    each, images = named("bytes", element_bytes), [named("B", batch)] if batch > 1 else []
    facts = this.facts
    count = sum(weight.count for weight in facts.weights)
    if count:
        yield working("memory", "memory of weights", product([named("params", count), each]), count * element_bytes, "bytes")
    if facts.layer.view:
        yield Working("memory", "memory of output", None, 0, "bytes", "it stays where the input is")
    else:
        elements = put(product(this.output), this.names)
        yield working("memory", "memory of output", product([*images, elements, each]), facts.elements * element_bytes * batch, "bytes")


def first(node: Node, element_bytes: int, batch: int) -> Iterator[Working]:
    """Of an input there is little to work out."""
    output: Shape = node.output
    yield Working("shape", "output", None, output, words="what comes in")
    letters = [named("n", one) for one in output[:-1]] + [named("C" if len(output) > 1 else "n", output[-1])]
    images = [named("B", batch)] if batch > 1 else []
    total = product([*images, *letters, named("bytes", element_bytes)])
    yield working("memory", "memory of output", total, node.facts.elements * element_bytes * batch, "bytes")
