"""A layer that training leaves alone: the same layer, none of its weights trainable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..layers import Layer, Shape, Weight

if TYPE_CHECKING:
    Base = Layer
else:
    Base = object


class Frozen(Base):
    """What a frozen layer says otherwise than the layer that it is."""

    def weights(self, *xs: Shape) -> tuple[Weight, ...]:
        return tuple([weight._replace(trainable=False) for weight in super().weights(*xs)])


_CLASSES: dict[type[Layer], type[Layer]] = {}


def frozen(layer: Layer) -> Layer:
    """The layer with its weights frozen. It stays of its class and kind."""
    cls = type(layer)
    if cls not in _CLASSES:
        _CLASSES[cls] = type(f"Frozen{cls.__name__}", (Frozen, cls), {"__module__": cls.__module__})
    return _CLASSES[cls](**{name: getattr(layer, name) for name in layer.fields})
