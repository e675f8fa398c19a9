"""Network -> a .keras file. This is the one exporter that needs Keras."""

from __future__ import annotations

import os
import tempfile

from ..network import Network


def keras_file(network: Network) -> bytes:
    """The bytes of the file: the model as keras_model builds it, with weights as Keras initializes them."""
    from ..keras_model import build

    network.refuse_partly_shared("a Keras model")
    model = build(network)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return file.read()
