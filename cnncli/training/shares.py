"""Weights that are trained at another rate than the others, or not to the end: of a layer, of a kind of layers, or one of these.

Source for freezing layer by layer: Brock et al. 2017, arXiv:1706.04983.
"""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..network import Network
from ..spec.named_weights import OPTIONS, strangers, weights_of

if TYPE_CHECKING:
    from ..spec.recipe import Recipe

Array = Any
ALWAYS = 2**31 - 1


class Share(NamedTuple):
    """What becomes of a step of the optimizer: it is `factor` times as long, and from the step after `until` on there is none."""

    factor: float = 1.0
    until: int = ALWAYS

    def of(self, before: Array, after: Array, iterations: Any, constraint: Any = None) -> Array:
        """The weight after the step number `iterations`, which the optimizer would have taken from `before` to `after`.

        A longer step may lead out of what the constraint allows, so it is applied again.
        """
        from keras import ops

        moved = before + self.factor * (after - before)
        if constraint is not None and self.factor > 1.0:
            moved = constraint(moved)
        return ops.where(iterations <= self.until, moved, before)


def check(network: Network, recipe: Recipe) -> None:
    """Refuse keys of lr_scale and freeze_after that mean no weight, as an option may have named them (UsageError)."""
    for _, _, sentence in strangers(network, recipe):
        raise UsageError(sentence)


def shares(network: Network, model: Any, recipe: Recipe, per_epoch: int) -> dict[int, Share]:
    """The shares that are not the whole, by the place of the weight among the model's trainable variables."""
    from ..keras_model import keras_names

    places = {id(one): place for place, one in enumerate(model.trainable_variables)}
    names = keras_names(network)
    found: dict[int, Share] = {}
    for option in OPTIONS:
        for key, number in getattr(recipe, option).items():
            for node, weight in weights_of(network, key):
                variables = model.get_layer(names[node.index]).trainable_variables
                place = places[id(next(one for one in variables if one.name == weight))]
                one = found.get(place, Share())
                found[place] = one._replace(factor=number) if option == "lr_scale" else one._replace(until=round(number * per_epoch))
    return found
