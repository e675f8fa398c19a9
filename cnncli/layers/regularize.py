"""Layers that disturb training so that networks generalise. At inference they do nothing."""

from __future__ import annotations

from .base import Layer, Shape, layer, size_of
from .values import BelowOne, Rate


class Drop(Layer):
    """What they share: a part `rate` is set to zero in training, the rest is divided by 1 - rate."""

    rate: BelowOne
    view = True


@layer("dropout")
class Dropout(Drop):
    """In training, zero single elements.

    (*size, C) -> (*size, C)     nothing at inference

    Source: Srivastava et al. 2014, JMLR 15(56).
    """

    saves = ("output",)  # the mask: as many elements


@layer("spatial_dropout")
class SpatialDropout(Drop):
    """In training, zero whole channels of an image's map. Its mask is small: one number a channel.

    (*size, C) -> (*size, C)     nothing at inference

    Source: Tompson et al. 2014, arXiv:1411.4280, section 3.2.
    """

    def output(self, x: Shape) -> Shape:
        size_of(x, self.kind)
        return x


@layer("drop_path")
class DropPath(Drop):
    """In training, zero whole images: of a residual branch, so that the shortcut alone remains (stochastic depth).

    (*size, C) -> (*size, C)     nothing at inference

    Source: Huang et al. 2016, arXiv:1603.09382, section 3.
    """


@layer("gaussian_noise")
class GaussianNoise(Layer):
    """In training, add normally distributed numbers of mean 0 and standard deviation `stddev`.

    (*size, C) -> (*size, C)     nothing at inference

    Source: Bishop 1995, Neural Computation 7(1).
    """

    stddev: Rate
    view = True
