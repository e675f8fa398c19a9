"""Operators that are not read, gathered by their reason, so that a file is refused once for all of them."""

from __future__ import annotations

from collections.abc import Sequence

from ...printable import list_names
from .fold import FOLDS
from .node import Node
from .operators import OPERATORS
from .step import Tensor
from .view import View

_MOST_NAMES = 20
_QUANTIZED = ("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinear", "ConvInteger", "MatMulInteger")


class Unknown:
    """The nodes of a file whose operators are not read."""

    def __init__(self, path: str, opset: int) -> None:
        self.path, self.opset = path, opset
        self._met: dict[tuple[str, str], list[str]] = {}

    def meets(self, node: Node, tensors: Sequence[Tensor | None]) -> bool:
        """Whether this node is one of them; then it is taken down."""
        reason = self._reason(node, tensors)
        if reason:
            self._met.setdefault((node.op, reason), []).append(node.title)
        return bool(reason)

    def _reason(self, node: Node, tensors: Sequence[Tensor | None]) -> str:
        kept = f"summarize --opaque {node.op} keeps it for its shape alone"
        if node.domain not in ("", "ai.onnx"):
            return f"is an operator of {node.domain}; cnncli reads those of ONNX itself; {kept}"
        if node.subgraphs:
            return "holds graphs that run or not, or often, as the data say; cnncli reads networks whose layers all run once"
        if node.op.startswith(_QUANTIZED):
            return "is of a quantized model; read the model as it was before"
        computed = any(isinstance(tensor, View) for tensor in tensors)
        if node.op in OPERATORS or (not computed and node.op in FOLDS):
            return ""
        return f"is an operator that cnncli does not know; {kept}"

    def faults(self) -> list[str]:
        """A refusal for each operator, with the nodes that have it."""
        met = self._met.items()
        return [f"{self.path}: {list_names(names, _MOST_NAMES)}: {op or 'no operator'} {reason}" for (op, reason), names in met]
