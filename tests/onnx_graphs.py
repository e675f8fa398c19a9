"""ONNX files for the tests, built with ONNX's own helpers: a few nodes, arrays by shape or by value, and a path to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

onnx = pytest.importorskip("onnx", reason="builds files with onnx: pip install 'cnncli[onnx]'")
numpy = pytest.importorskip("numpy", reason="builds files with onnx: pip install 'cnncli[onnx]'")
from onnx import TensorProto, helper, numpy_helper, reference  # noqa: E402, F401

Array = tuple[int, ...] | list[Any] | float  # a shape of weights, or the values of a row, or a number


def node(op: str, inputs: str, output: str = "y", name: str = "", domain: str = "", **attributes: Any) -> Any:
    """A node; inputs and outputs in one string each, `-` for one that is left out."""
    read = ["" if each == "-" else each for each in inputs.split()]
    return helper.make_node(op, read, output.split(), name=name, domain=domain, **attributes)


def array(name: str, value: Array) -> Any:
    """An initialiser: weights of a shape, whole numbers as int64, others as float32."""
    if isinstance(value, tuple):
        rng = numpy.random.default_rng(0)
        return numpy_helper.from_array(rng.standard_normal(value, dtype=numpy.float32), name)
    whole = isinstance(value, list) and all(isinstance(one, int) for one in value)
    return numpy_helper.from_array(numpy.array(value, dtype=numpy.int64 if whole else numpy.float32), name)


def model(
    nodes: Sequence[Any],
    inputs: Mapping[str, Sequence[int | str | None]],
    outputs: Sequence[str] = ("y",),
    arrays: Mapping[str, Array] | None = None,
    opset: int = 21,
    declared: Mapping[str, Sequence[int | str | None]] | None = None,
) -> Any:
    """A model of these nodes."""
    tensors = [array(name, value) for name, value in (arrays or {}).items()]
    graph = helper.make_graph(
        list(nodes),
        "graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        tensors,
        value_info=[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (declared or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def saved(folder: Path, made: Any) -> str:
    """The path of the model as a file."""
    path = folder / "model.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    return str(path)
