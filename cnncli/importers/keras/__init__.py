"""Keras models, without Keras: what `model.to_json()` writes, `.keras` archives, and `.h5` files where h5py is there."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...errors import LayerError
from ...network import Network
from ..model import Model, refuse
from ..opaque import Requests
from . import file
from .build import Builder
from .graph import Graph, top


def load(path: str, opaque: Iterable[str] = (), input_size: str | None = None) -> Model:
    """The model in a file. Raises SpecError with all that is wrong with it."""
    requests = Requests(opaque)
    try:
        graph = top(file.read(path))
        network = Network(graph.name or os.path.basename(path))
        Builder(path, network, requests, input_size).run(graph)
        requests.check(path, _known(graph))
    except LayerError as error:
        raise refuse(path, str(error)) from None
    except RecursionError:
        raise refuse(path, "nested too deep; no model needs that") from None
    return Model(path, network)


def _known(graph: Graph) -> list[str]:
    """The names and classes that --opaque may mean."""
    found: dict[str, None] = {}
    waiting = [graph]
    while waiting:
        for entry in waiting.pop().entries.values():
            found.update({entry.name: None, entry.cls: None})
            if entry.model:
                waiting.append(entry.model)
    return list(found)
