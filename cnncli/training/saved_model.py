"""`model.keras` of a run: it takes images as they are read, 0 to 255, and gives probabilities; plain Keras loads it.

The network of the spec stands in it between a layer that scales the images and, where the spec ends without one, the activation that
makes probabilities of its outputs. What the outputs mean stands in the archive's `metadata.json`, under `cnncli`. Runs of earlier versions
have a model without those layers and notes; `result.json` has their scaling.
"""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import CnncliError, UsageError
from ..importers.keras.archive import FORMAT, check_archive, read_notes, write_notes
from ..layers import Layer
from ..layers.base import KINDS
from ..layers.norm import Rescale
from ..network import Network
from ..totals import one_if_equal
from .folder import Folder
from .objective import HEADS
from .prepare import activation

if TYPE_CHECKING:
    from .run import Run

MODEL = "model.keras"
SCALING, PROBABILITIES = "input_scaling", "probabilities"  # the layers that are added, unless the spec has layers of these names


def complete(network: Network, scale: list[float], offset: list[float], loss: str) -> Network:
    """The network with the scaling of its input before it, and behind it, where it ends without one, the activation of the loss."""
    complete = Network(network.name, network.source)
    complete.reserve([node.name for node in network.nodes])
    places: dict[int, int] = {}
    for node in network.nodes:
        placed = complete.place(node.layer, tuple([places[index] for index in node.inputs]), node.name, node.scope, node.place)
        if node.shared is not None:
            complete.share(placed, complete.nodes[places[node.shared]])
        if not node.inputs and (set(scale), set(offset)) != ({1.0}, {0.0}):
            scaling = Rescale(scale=one_if_equal(tuple(scale)), offset=one_if_equal(tuple(offset)))
            placed = complete.place(scaling, (placed.index,), unused_name(network, SCALING))
        places[node.index] = placed.index
    [output] = network.outputs
    end = places[output]
    if loss in HEADS and activation(network.nodes[output]) != HEADS[loss]:
        head: Layer = KINDS[HEADS[loss]]()
        end = complete.place(head, (end,), unused_name(network, PROBABILITIES)).index
    complete.outputs = (end,)
    complete.labels = {label: end if index == output else places[index] for label, index in network.labels.items()}
    return complete


def unused_name(network: Network, name: str) -> str:
    """A name that no layer of the network has, not even as Keras writes it."""
    taken = {"".join([letter if letter.isalnum() else "_" for letter in node.name]) for node in network.nodes}
    while name in taken:
        name += "_"
    return name


def notes(classes: list[str], network: Network, loss: str) -> dict[str, Any]:
    """What a saved model takes and gives."""
    if loss == "mean_squared_error":
        output = "one number for each class, near 1 where it is that class"
    elif network.nodes[network.outputs[0]].output == (1,):
        output = f"the probability of class {classes[1]}"
    else:
        output = "the probability of each class"
    return {
        "format": FORMAT,
        "class_names": classes,
        "input": {"shape": list(network.nodes[0].output), "range": [0, 255]},
        "output": output,
    }


@contextmanager
def full_precision(precision: str) -> Iterator[None]:
    """Let layers that are built compute in float32 where a run computes with fewer bits: any machine then gives the same answers."""
    import keras

    policy = keras.config.dtype_policy()
    if precision.startswith("mixed"):
        keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def save(run: Run, target: Path) -> None:
    """Write the trained model of a run. Raises OSError."""
    from ..keras_model import build, keras_names
    from ..keras_model.saved import Loaded, copy_weights

    network, task = run.prepared.phases[-1].network, run.engine.task
    scale, offset = ([float(number) for number in figures] for figures in (task.scale, task.offset))
    whole = complete(network, scale, offset, run.recipe.loss)
    with full_precision(run.recipe.precision):
        model = build(whole)
    names = dict(zip([node.name for node in network.nodes], keras_names(network), strict=True))
    copy_weights(Loaded(run.engine.model, whole, [names.get(node.name, "") for node in whole.nodes]), whole, model)
    bare = target.with_name("model.bare.keras")
    try:
        model.save(bare)
        classes = list(run.prepared.data.classes)
        write_notes(str(bare), str(target), notes(classes, network, run.recipe.loss))
    finally:
        bare.unlink(missing_ok=True)


def check(folder: Folder) -> Path:
    """The path of a run's model, which must be whole. Raises UsageError; Keras is not needed."""
    path = folder.path / MODEL
    if not path.exists():
        raise UsageError(f"{folder} is not finished; continue with {folder.again}")
    try:
        check_archive(str(path))
    except CnncliError as error:
        raise damaged(folder, error) from None
    return path


def damaged(folder: Folder, error: CnncliError) -> UsageError:
    """What is wrong with the model of a run, and how to mend it."""
    mend = f"delete {folder.path / MODEL}, then {folder.again} writes it again from the last checkpoint"
    return UsageError(f"{str(error).removeprefix('Error: ')}; {mend}")


def load(folder: Folder) -> tuple[Any, Mapping[str, Any]]:
    """The model of a finished run, in Keras, and its notes: none where it is of an earlier cnncli. Raises UsageError."""
    from ..keras_model.saved import read_model

    path = check(folder)
    try:
        return read_model(str(path)), read_notes(str(path))
    except CnncliError as error:
        raise damaged(folder, error) from None
