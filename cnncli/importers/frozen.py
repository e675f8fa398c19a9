"""A layer that training leaves alone: the same layer, none of its weights trainable."""

from __future__ import annotations

from functools import cache
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


@cache
def _frozen_class(cls: type[Layer]) -> type[Layer]:
    return type(f"Frozen{cls.__name__}", (Frozen, cls), {})


def frozen(layer: Layer) -> Layer:
    """The layer with its weights frozen. It stays of its class and kind."""
    return _frozen_class(type(layer))(**{name: getattr(layer, name) for name in layer.fields})
