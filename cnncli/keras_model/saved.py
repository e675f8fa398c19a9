"""Models with weights in files: read them, and copy their weights into models of the same layers."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np

from ..errors import LayerError, UsageError
from ..importers.keras.archive import check_archive, check_hdf5
from ..network import Network
from ..printable import shorten
from .registry import deep, keras_names

DEEPEST = 10_000  # layers in a row; Keras reads a model by recursion


class Loaded(NamedTuple):
    """A model with weights, its network, and the names of the Keras layers that hold the weights of its nodes."""

    model: Any
    network: Network
    names: list[str]

    def layer(self, index: int) -> Any:
        """The Keras layer of a node, within models within the model."""
        found = self.model
        for name in self.names[index].split("/"):
            found = found.get_layer(name)
        return found

    def arrays(self, index: int) -> dict[str, Any]:
        """The weights of a node by Keras' names."""
        return {weight.name: np.asarray(keras.ops.convert_to_numpy(weight.value)) for weight in self.layer(index).weights}


def named(model: Any, network: Network) -> Loaded:
    """A model and the network that was read from its file: nodes stand at `path:model/layer`."""
    return Loaded(model, network, [str(node.place).rsplit(":", 1)[-1] for node in network.nodes])


def read_model(path: str) -> Any:
    """The model in a `.keras` archive or an `.h5` file. Nothing of the file is executed or unpickled.

    Raises SpecError where an archive is damaged, UsageError where Keras cannot load what is in it.
    """
    check = check_archive if path.lower().endswith(".keras") else check_hdf5
    check(path)
    try:
        with deep(DEEPEST):
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras and h5py raise what they like over a file that does not suit them
        reason = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise UsageError(f"{path}: Keras cannot load this model: {shorten(reason)}") from None


def copy_layer(source: Any, target: Any, flip: bool = False) -> None:
    """Copy the weights of one layer; `flip` reverses the input channels of its kernel. Raises LayerError where they do not fit."""
    given = {variable.name: variable for variable in source.weights}
    for variable in target.weights:
        found = given.get(variable.name) if len(given) > 1 else source.weights[0]  # Keras' LayerScale does not name its one
        if found is None:
            raise LayerError(f"{target.name} has weights called {variable.name}, and its model has {', '.join(given) or 'none'}")
        value = np.asarray(keras.ops.convert_to_numpy(found.value))
        value = value[..., ::-1, :] if flip and variable.name == "kernel" else value
        if [n for n in value.shape if n != 1] != [n for n in variable.shape if n != 1]:
            raise LayerError(f"the {variable.name} of {target.name} has shape {tuple(variable.shape)} here, and {value.shape} in its file")
        variable.assign(value.reshape(variable.shape))
    if isinstance(target, keras.layers.Normalization) and target.weights:
        target.finalize_state()


def copy_weights(loaded: Loaded, network: Network, model: Any) -> None:
    """Copy all weights into `model`, which was built from `network`, the network of `loaded` perhaps at another size. Raises LayerError."""
    for node, name in zip(network.nodes, keras_names(network), strict=True):
        if node.facts.weights and node.shared is None:
            copy_layer(loaded.layer(node.index), model.get_layer(name))
