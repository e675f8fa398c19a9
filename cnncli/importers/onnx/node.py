"""A node of an ONNX graph: an operator with a name, what it reads and makes, and its attributes."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers.values import LARGEST, written
from . import messages
from .constant import Constant, tensor
from .messages import message
from .wire import Span

FARTHEST = 2**63  # 9223372036854775807 stands for the end of an axis
_LONGEST = 1000  # bytes of a word among the attributes
FIGURES = "cnncli.figures"  # the entry by which cnncli's exporter says that an array of the graph holds options, no weights
_SCOPES = "pkg.torch.onnx.name_scopes"  # where PyTorch writes the modules that a node stands in


class Graphs:
    """The graphs within an attribute, not read."""

    def __init__(self, span: Span) -> None:
        self.span = span


class Node:
    """An operator in its place. `inputs` that are left out are empty names."""

    __slots__ = ("attributes", "domain", "figures", "inputs", "name", "op", "outputs", "scopes")

    def __init__(self, op: str, inputs: list[str], outputs: list[str], name: str = "", **attributes: Any) -> None:
        self.op, self.inputs, self.outputs, self.name = op, inputs, outputs, name
        self.attributes = attributes
        self.domain = ""
        self.figures = False
        self.scopes: tuple[str, ...] = ()

    @classmethod
    def read(cls, span: Span) -> Node:
        """The node in a NodeProto."""
        found = message(span, messages.NODE)
        node = cls(found.get("op_type", ""), found.get("input", []), found.get("output", []), found.get("name", ""))
        node.domain = found.get("domain", "")
        for each in found.get("attribute", ()):
            name, value = _attribute(each)
            node.attributes[name] = value
        metadata = found.get("metadata_props", [])
        node.scopes = _scopes(node.name, messages.entry_of(metadata, _SCOPES))
        node.figures = bool(messages.entry_of(metadata, FIGURES))
        return node

    @property
    def title(self) -> str:
        """What it is called: by its name, or else by its first output."""
        return self.name or next(filter(None, self.outputs), "")

    @property
    def subgraphs(self) -> dict[str, Graphs]:
        """The graphs that it holds."""
        return {name: value for name, value in self.attributes.items() if isinstance(value, Graphs)}

    def fail(self, name: str, expected: str) -> LayerError:
        """The refusal of an attribute's value."""
        value: Any = self.attributes.get(name)
        return LayerError(f"{name} is {written(value if isinstance(value, list) else str(value))}; expected {expected}")

    def whole(self, name: str, default: int = 0, low: int = -LARGEST, high: int = LARGEST) -> int:
        """A whole number."""
        value = self.attributes.get(name, default)
        if not isinstance(value, int) or not low <= value <= high:
            raise self.fail(name, f"a whole number from {low} to {high}")
        return value

    def real(self, name: str, default: float) -> float:
        """A number."""
        value = self.attributes.get(name, default)
        if not isinstance(value, (int, float)):
            raise self.fail(name, "a number")
        return float(value)

    def word(self, name: str, default: str, *choices: str) -> str:
        """One of a few words."""
        value = self.attributes.get(name, default)
        if value not in choices:
            raise self.fail(name, "one of " + ", ".join(filter(None, choices)))
        return str(value)

    def wholes(self, name: str, count: int | None = None, low: int = -FARTHEST, high: int = FARTHEST) -> list[int] | None:
        """A row of whole numbers, `count` of them; None where it is left out."""
        value = self.attributes.get(name)
        if value is None:
            return None
        fits = isinstance(value, list) and all(isinstance(one, int) and low <= one <= high for one in value)
        if not fits or (count is not None and len(value) != count):
            many = "whole numbers" if count is None else f"{count} whole numbers"
            raise self.fail(name, many + (f" from {low}" if low > -FARTHEST else ""))
        return list(value)


def _attribute(span: Span) -> tuple[str, Any]:
    """Name and value. What is neither number, word, row of numbers, array nor graph is kept as it stands."""
    found = message(span, messages.ATTRIBUTE)
    name = found.get("name", "")
    if "ref_attr_name" in found:
        return name, span
    if "t" in found:
        return name, tensor(found["t"], stored=False)[1]
    if "g" in found:
        return name, Graphs(found["g"])
    if "s" in found:
        word: Span = found["s"]
        return name, Span(word.data, word.start, min(word.end, word.start + _LONGEST)).bytes().decode("utf-8", "backslashreplace")
    return name, _number(found)


def _number(found: messages.Message) -> Any:
    """A number or a row of them: as the type says, or as there are."""
    kind = {1: "f", 2: "i", 6: "floats", 7: "ints"}.get(found.get("type", 0))
    kinds = [kind] if kind else [each for each in ("f", "i", "floats", "ints") if each in found]
    if not kinds:
        return None
    empty: dict[str, Any] = {"f": 0.0, "i": 0, "floats": [], "ints": []}
    return found.get(kinds[0], empty[kinds[0]])


def _scopes(name: str, recorded: str) -> tuple[str, ...]:
    """The modules that PyTorch says a node stands in, outermost first: ['', 'layer1', 'layer1.0', 'conv'] or /layer1/layer1.0/conv/Conv."""
    if recorded:
        parts = [part.strip(" '\"") for part in recorded.strip("[]").split(",")]
        return tuple([part for part in parts[:-1] if part])
    return tuple(name.split("/")[1:-1]) if name.startswith("/") else ()


def array(value: Any) -> Constant | None:
    """The array that an attribute holds, if it does."""
    return value if isinstance(value, Constant) else None
