"""The heart: one class per kind of layer. README.md beside this file says how to read one and how to add one."""

from . import activation, augment, channels, conv, dense, merge, norm, pixel_shuffle, pool, rectifier, regularize, spatial, transposed
from .base import KINDS, Layer, Shape, Weight, Work
from .merge import Merge, ShapesDiffer

__all__ = ["KINDS", "Layer", "Merge", "Shape", "ShapesDiffer", "Weight", "Work"]

# Importing a room enters its kinds; people read them in this order.
for _room in (conv, transposed, dense, pool, rectifier, activation, norm, merge, spatial, pixel_shuffle, channels, regularize, augment):
    for _kind in [kind for kind, cls in KINDS.items() if cls.__module__ == _room.__name__]:
        KINDS[_kind] = KINDS.pop(_kind)
