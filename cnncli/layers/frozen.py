"""Layers that training leaves alone: the same layer, all of its weights frozen or those of some names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Layer, Shape, Weight

if TYPE_CHECKING:
    Base = Layer
else:
    Base = object

Names = frozenset[str]
NOTHING: Names = frozenset()
EVERY: Names = frozenset(("*",))  # all weights, whatever they are called; statistics stand still too


class Frozen(Base):
    """What a frozen layer says otherwise than the layer that it is."""

    def weights(self, *xs: Shape) -> tuple[Weight, ...]:
        names = self.frozen
        return tuple([one._replace(trainable=False) if names is EVERY or one.name in names else one for one in super().weights(*xs)])


_CLASSES: dict[tuple[type[Layer], Names], type[Layer]] = {}


def frozen(layer: Layer, names: Names = EVERY) -> Layer:
    """The layer with its weights frozen: all, or those of these names; what was frozen before stays so. It stays of its kind."""
    names = layer.frozen | names
    if names == layer.frozen:
        return layer
    names = EVERY if names >= EVERY else names
    key = (bare(layer), names)
    if key not in _CLASSES:
        title = "".join(["Frozen", *sorted(names - EVERY), key[0].__name__])
        _CLASSES[key] = type(title, (Frozen, key[0]), {"__module__": key[0].__module__, "frozen": names})
    return _CLASSES[key](**{name: getattr(layer, name) for name in layer.fields})


def bare(layer: Layer) -> type[Layer]:
    """The class of a layer, were it not frozen."""
    cls = type(layer)
    return cls.__bases__[-1] if issubclass(cls, Frozen) else cls


def learning(layer: Layer, *xs: Shape) -> list[str]:
    """The names of the weights that training changes where none is frozen. (Statistics follow the images, frozen only with the whole.)"""
    return [weight.name for weight in bare(layer).weights(layer, *xs) if weight.trainable]
