"""The phases of a run: the new head first, then with it the last layers of the backbone, at a lower rate."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..layers import Layer
from ..layers.frozen import EVERY, bare
from ..network import Network
from ..report import Report, analyze
from ..spec.recipe import Recipe
from . import fits
from .errors import RefusedError
from .schedules import total_steps
from .settings import with_values
from .shares import shares

if TYPE_CHECKING:
    from ..spec.backbone import Body
    from .data import Images
    from .engine import Engine, Task

LEFT_ALONE = ("batch_norm", "normalize")


class Phase(NamedTuple):
    """One of them: what it is trained by, the network with what is frozen, and its figures."""

    recipe: Recipe
    network: Network
    report: Report


def phases_of(network: Network, body: Body | None, recipe: Recipe) -> tuple[Phase, ...]:
    """One phase, or the two that `fine_tune` makes. Raises RefusedError where there is nothing to let loose."""
    one = phase(network, recipe)
    tuning = recipe.fine_tune
    if tuning is None:
        return (one,)
    if body is None:
        raise RefusedError("fine_tune lets layers of a backbone learn, and the spec has no backbone")
    loose = thawed(network, body, len(body.layers) if tuning.layers == "all" else tuning.layers)
    second = with_values(recipe, epochs=tuning.epochs, lr=tuning.lr, fine_tune=None)
    return one, phase(network.with_layers(loose), second)


def phase(network: Network, recipe: Recipe) -> Phase:
    """A phase with its figures."""
    dtype = fits.ELEMENT[recipe.precision]
    return Phase(recipe, network, analyze(network, batch=recipe.batch, optimizer=recipe.optimizer, dtype=dtype))


def thawed(network: Network, body: Body, count: int) -> dict[int, Layer]:
    """The last `count` layers of the backbone, as far as they are frozen and may learn, not frozen any more."""
    if count > len(body.layers):
        raise RefusedError(f"fine_tune takes the last {count} layers of {body.title}, which has {len(body.layers)}")
    found: dict[int, Layer] = {}
    for index in body.layers[len(body.layers) - count :]:
        layer = network.nodes[index].layer
        if layer.frozen == EVERY and layer.kind not in LEFT_ALONE:
            found[index] = bare(layer)(**{name: getattr(layer, name) for name in layer.fields})
    if not found:
        raise RefusedError(f"the last {count} layers of {body.title} hold nothing frozen that could learn; freeze: all, or fine_tune more")
    return found


def entered(engine: Engine, phase: Phase, train: Images) -> Engine:
    """The engine of a phase that follows: more weights learn, and optimizer and averages begin anew, on each device."""
    from .engine import engine as made

    tasks, team = [], engine.task.team
    for number, task in enumerate(engine.tasks):
        with team.place(number):
            tasks.append(_entered(task, phase, len(train.y) // phase.recipe.batch))
    return made(tasks, train)


def _entered(task: Task, phase: Phase, per_epoch: int) -> Task:
    from ..keras_model import keras_names
    from .optimizers import optimizer

    model: Any = task.model
    for node, name in zip(phase.network.nodes, keras_names(phase.network), strict=True):
        if node.facts.weights and node.layer.frozen != EVERY and not model.get_layer(name).trainable:
            model.get_layer(name).trainable = True
    own, total = shares(phase.network, model, phase.recipe, per_epoch), total_steps(phase.recipe, per_epoch)
    anew = optimizer(phase.recipe, list(model.trainable_variables))
    return task._replace(optimizer=anew, recipe=phase.recipe, shares=own, steps=total)
