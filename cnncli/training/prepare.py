"""All that can be known, and refused, before Keras is woken: the spec, the recipe, the data, and what it will cost."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DataError, LayerError, UsageError
from ..layers.activation import ACTIVATIONS
from ..layers.affine import LINEAR
from ..network import Network, Node
from ..printable import list_names
from ..report import Report
from ..spec import Document
from ..spec.recipe import Recipe
from ..spec.source import shipped
from . import fits, shares, whitening
from .data import DataSet, Images, fitted, load
from .data.fitting import Fit, Fitting
from .data.suit import NetworkChangeError, check_fitting
from .distributed.cluster import Cluster
from .errors import RefusedError
from .free_memory import free_bytes
from .machine import Machine
from .objective import HEADS
from .phases import Phase, phases_of
from .settings import plain, with_values

if TYPE_CHECKING:
    from .data.pictures import Progress
    from .pretrained import Pretrained

Array = Any
IMAGE = 3  # axes: height, width, channels
DISTURBING = ("dropout", "spatial_dropout", "drop_path", "gaussian_noise")
PASSING = ("flatten", "reshape", "dropout")  # what may stand between the last activation and the end
FORWARD_AND_BACKWARD = 3  # the forward pass, the gradient of the inputs, the gradient of the weights


class Request(NamedTuple):
    """What a user asks for."""

    document: Document
    recipe: Recipe
    data_dir: str | None = None
    machine: Machine = Machine()
    checkpoint_seconds: float = 30.0
    images: tuple[Array, Array] | None = None  # of a run that goes on: their scale and offset, its weights being in its checkpoints
    cluster: Cluster | None = None  # None: this process alone, on one device
    former_recipes: tuple[str, ...] = ()  # fingerprints of the recipes that the run had before it was extended

    def alone(self) -> Request:
        """The same, for one device."""
        return self._replace(cluster=None)


class Prepared(NamedTuple):
    """A run that can begin."""

    request: Request
    recipe: Recipe
    data: DataSet
    phases: tuple[Phase, ...]
    watched: tuple[str, Images] | None
    pretrained: Pretrained | None = None

    @property
    def network(self) -> Network:
        return self.request.document.network

    @property
    def report(self) -> Report:
        """The figures of the network as the run begins."""
        return self.phases[0].report

    @property
    def flops_per_image(self) -> int:
        """Of one step of training: what learns goes forward and backward, what is frozen below it forward only."""
        return learning_flops(self.network)


def prepare(request: Request, progress: Progress | None = None) -> Prepared:
    """Read the data and check everything; `progress` hears how many image files are read. Raises CnncliError."""
    network, recipe = request.document.network, request.recipe
    check_classifier(request.document)
    suits(network, recipe)
    check_fitting(Fitting(recipe.resize, recipe.pad, recipe.colour), network, request.document.name)
    data = load_data(network, recipe, request.data_dir, progress)
    count = len(data.train.y)
    if recipe.batch > count:
        recipe = with_values(recipe, batch=count)
    shared_out(recipe.batch, request.cluster.workers if request.cluster else 1, "workers")
    watched = next(iter(parts(data)), None)
    needs_validation = recipe.early_stopping or recipe.schedule.name == "reduce_on_plateau"
    if needs_validation and (watched is None or watched[0] != "validation"):
        raise UsageError("early stopping and reduce_on_plateau look at validation images; keep some apart: --validation 0.1")
    phases = phases_of(network, request.document.backbone, recipe)
    needed, free = max(phase.report.training.total for phase in phases), free_bytes()
    if free is not None and needed > free and request.machine.device != "gpu":
        raise RefusedError(
            f"training with batch {recipe.batch} needs about {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free; "
            + fits.advice(phases[-1].network, recipe, free)
        )
    return Prepared(request, recipe, data, phases, watched, pretrained(request))


def check_classifier(document: Document) -> None:
    """Refuse a network that cannot be trained, whatever the data. Raises RefusedError."""
    network = document.network
    inputs, outputs = ([node for node in network.nodes if not node.inputs], [network.nodes[index] for index in network.outputs])
    needs = f"{document.path}: cnncli trains classifiers, with one input and one output that is a vector with a number for each class"
    for nodes, what in ((inputs, "inputs"), (outputs, "outputs")):
        if len(nodes) != 1:
            raise RefusedError(f"{needs}; this network has {len(nodes)} {what} ({list_names([node.name for node in nodes], 5)})")
    [output] = outputs
    if len(output.output) != 1:
        raise RefusedError(f"{needs}; this network's output, {output.name}, has the shape {output.output}")


def shared_out(batch: int, among: int, what: str) -> None:
    """Refuse a batch of which not everyone gets the same part. Raises RefusedError."""
    if batch % among:
        less, more = batch // among * among, -(-batch // among) * among
        hint = f"--batch {less} or --batch {more}" if less else f"--batch {more}"
        raise RefusedError(f"a batch of {batch} images cannot be shared out evenly among {among} {what}; train with {hint}")


def suits(network: Network, recipe: Recipe) -> None:
    """Refuse a recipe that this network cannot follow. Raises RefusedError, or UsageError for names that it has not."""
    shares.check(network, recipe)
    whitening.check(network)
    if recipe.dropout_until is not None and not any(node.kind in DISTURBING for node in network.nodes):
        raise RefusedError(f"dropout_until lets {', '.join(DISTURBING)} rest, and the network has none of them; leave it out")
    shape, last = network.nodes[0].output, network.nodes[network.outputs[0]]
    try:
        for one in recipe.augment:
            one.output(shape)
    except LayerError as error:
        raise RefusedError(f"augment: {error}") from None
    if recipe.tta != "none" and len(shape) != IMAGE:
        raise RefusedError(f"tta {recipe.tta} moves images, (height, width, channels); this network reads {shape}")
    if last.output == (1,) and recipe.loss != "binary_cross_entropy":
        raise RefusedError(f"one output, {last.name}, tells two classes apart by loss: binary_cross_entropy, not {recipe.loss}")
    while last.kind in PASSING and len(last.inputs) == 1:
        last = network.nodes[last.inputs[0]]
    given, wanted = activation(last), HEADS.get(recipe.loss)
    if wanted and (given not in (wanted, "linear") or (given == wanted and last.index not in network.outputs)):
        place = f" ({last.place})" if last.place else ""
        raise RefusedError(f"{last.name}{place} ends in {given}; for {recipe.loss} the last of all is {wanted}, or no activation")


def activation(node: Node) -> str:
    """The kind of activation in which a node ends."""
    return node.kind if node.kind in ACTIVATIONS else getattr(node.layer, "activation", LINEAR).kind


def learning_flops(network: Network) -> int:
    """Those of one image in one step of training."""
    turns = [FORWARD_AND_BACKWARD if learns else 1 for learns in network.learning()]
    return sum(2 * node.facts.work.macs * turn for node, turn in zip(network.nodes, turns, strict=True))


def pretrained(request: Request) -> Pretrained | None:
    """The weights that the backbone asks for, looked up but not loaded; None where there are none, or a checkpoint has them."""
    body = request.document.backbone
    if body is None or body.options.source == "random" or request.images is not None:
        return None
    from .pretrained import Pretrained

    size = "x".join(map(str, request.document.network.nodes[0].output))
    return Pretrained(body, size)


def load_data(network: Network, recipe: Recipe, folder: str | None, progress: Progress | None = None) -> DataSet:
    """The data that the recipe names, in the shape that the network takes. Raises CnncliError."""
    of, seed = recipe.validation, recipe.seed
    fit = Fit(resize=recipe.resize, pad=recipe.pad, colour=recipe.colour)
    found = load(recipe.data, folder, validation=of, seed=seed, progress=progress, **fit)
    try:
        return fitted(found, network, Fitting(recipe.resize, recipe.pad, recipe.colour))
    except NetworkChangeError as error:
        raise DataError(f"{error}{own_copy(network)}") from None


def own_copy(network: Network) -> str:
    """How to come by a file to change, where the network's ships with cnncli."""
    source = getattr(network.nodes[network.outputs[0]].place, "source", None)
    for name, path in shipped().items():
        if source is not None and path == os.path.join(source.folder, source.name):
            return f" (in a file of your own: cnncli show {name} > my_{name}.yaml)"
    return ""


def parts(data: DataSet) -> list[tuple[str, Images]]:
    """The images that are not trained on, the validation images first, by name."""
    return [(name, data.splits[name]) for name in ("validation", "test") if name in data.splits]


def fingerprint(network: Network) -> str:
    """What tells one network from another: its layers, their options and how they are wired."""
    text = "\n".join(f"{node.kind} {node.facts.layer!r} {node.inputs}" for node in network.nodes)
    return hashlib.sha256(text.encode()).hexdigest()


def identity(prepared: Prepared) -> dict[str, str]:
    """What must be the same when a run goes on: by name, a fingerprint of each."""
    recipe = json.dumps(plain(prepared.recipe), sort_keys=True)
    digest = hashlib.sha256(recipe.encode()).hexdigest()
    return {"network": fingerprint(prepared.network), "recipe": digest, "data": prepared.data.sha256}


def standard(network: Network, data: DataSet) -> tuple[Array, Array]:
    """(scale, offset) of each channel, such that bytes * scale + offset has mean 0 and deviation 1 over the training images.

    A network that begins with its own normalization takes the bytes as they are.
    """
    import numpy as np

    first = {node.index for node in network.nodes if not node.inputs}
    if any(node.kind in ("normalize", "rescale") and set(node.inputs) & first for node in network.nodes):
        channels = network.nodes[0].output[-1]
        return np.ones(channels, np.float32), np.zeros(channels, np.float32)
    mean, deviation = np.asarray(data.mean, np.float64), np.maximum(np.asarray(data.std, np.float64), 1e-6)
    return (1.0 / deviation).astype(np.float32), (-mean / deviation).astype(np.float32)
