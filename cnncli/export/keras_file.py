"""Network -> a .keras file. This is the one exporter that needs Keras."""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..importers.keras.archive import write_notes
from ..network import Network

SEED = 0  # of weights that nobody has trained


def save_keras(network: Network, path: str, fill: Callable[[Network, Any], None] | None, notes: Mapping[str, Any]) -> None:
    """Write the model as keras_model builds it to `path`, which must end in .keras.

    `fill` sets the weights of the model; without it they are as Keras initializes them. `notes` go into the archive's metadata.
    """
    import keras

    from ..keras_model import build

    network.refuse_partly_shared("a Keras model")
    keras.utils.set_random_seed(SEED)
    model = build(network)
    if fill is not None:
        fill(network, model)
    if not notes:
        model.save(path)
        return
    bare = path.removesuffix(".keras") + ".bare.keras"
    model.save(bare)
    write_notes(bare, path, notes)
