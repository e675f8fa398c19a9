"""Network -> keras.Model: one Keras layer for each node, under the node's name. Any Keras backend serves.

    from cnncli.keras_model import build

    model = build(cnncli.load("resnet18").network)

The layers are those of keras.layers wherever Keras has them; what it lacks (explicit padding, `ceil`, channel shuffles ...) is a
small layer of our own, registered under the package name `cnncli`, so that a model that is saved can be loaded
after `import cnncli.keras_model`.
"""

from __future__ import annotations

from . import activation, augment, channels, conv, dense, merge, norm, pool, regularize, spatial, transposed  # noqa: F401  (they enter)
from .freeze import partly
from .registry import COUNTERPARTS, UnbuiltError, build, counterpart, deep, keras_names

__all__ = ["COUNTERPARTS", "UnbuiltError", "build", "counterpart", "deep", "keras_names"]

partly(conv.PaddedConv, conv.PaddedDepthwiseConv, conv.PaddedSeparableConv, transposed.CutConvTranspose, norm.Scale)
