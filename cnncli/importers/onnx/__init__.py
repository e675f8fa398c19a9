"""ONNX models, without onnx: the graph and the shapes of its arrays are read; the weights themselves are not."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from ...errors import LayerError, UsageError
from ...network import Network
from ..model import Model, refuse
from ..opaque import Requests
from .build import Builder
from .fuse import Fuser
from .graph import Graph
from .settle import settle
from .wire import Malformed, Span


def load(path: str, opaque: Iterable[str] = (), input_size: str | None = None) -> Model:
    """The model in a file. Raises SpecError with all that is wrong with it."""
    requests = Requests(opaque)
    with _opened(path) as span:
        try:
            graph = Graph.read(span)
            names = [name for node in graph.nodes for name in (node.op, node.name, *node.outputs)]
            settle(graph)
            Fuser(graph).run()
            network = Network(os.path.splitext(os.path.basename(path))[0], graph.source)
            Builder(path, graph, network, requests, input_size).run()
            requests.check(path, names)
        except (LayerError, Malformed) as error:
            raise refuse(path, f"no whole ONNX file: {error}" if isinstance(error, Malformed) else str(error)) from None
        except RecursionError:
            raise refuse(path, "nested too deep; no model needs that") from None
    return Model(path, network)


@contextmanager
def _opened(path: str) -> Iterator[Span]:
    """The bytes of a file, left where they are until they are read."""
    if os.path.isdir(path):
        raise refuse(path, "this is a directory; a model is one file")
    if not os.path.exists(path):
        raise UsageError(f"{path}: no such file")
    try:
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        empty = os.path.isfile(path) and not os.path.getsize(path)
        raise refuse(path, "the file is empty" if empty else f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    with data:
        yield Span(data, 0, len(data))
