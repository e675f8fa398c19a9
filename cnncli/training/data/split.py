"""A part of the images set aside, each class by the same share."""

from __future__ import annotations

import numpy as np

from ...errors import DataError
from .dataset import Array, Images


def stratified(images: Images, share: float, seed: int, what: str) -> tuple[Images, Images]:
    """The images that stay and the share that is set aside, both in their old order. The same seed sets the same images aside.

    Every class gives its share, rounded so that the whole is right (largest remainders first), and keeps at least one image.
    """
    aside = _chosen(images.y, share, seed)
    if not aside.any():
        raise DataError(f"{share:g} of {len(aside):,} images sets none aside as {what}; take a larger part, or none")
    return images.of(np.flatnonzero(~aside)), images.of(np.flatnonzero(aside))


def _chosen(y: Array, share: float, seed: int) -> Array:
    _, of_class, counts = np.unique(y, return_inverse=True, return_counts=True)
    wanted = counts * share
    takes = np.minimum(np.floor(wanted), counts - 1).astype(np.int64)
    for one in np.argsort(takes - wanted, kind="stable"):
        if takes.sum() >= round(len(y) * share):
            break
        takes[one] += takes[one] < counts[one] - 1
    chance = np.random.RandomState(seed % 2**32).random_sample(len(y))  # the one generator whose numbers never change
    order = np.lexsort((chance, of_class))
    rank: Array = np.empty(len(y), np.int64)
    rank[order] = np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rank < takes[of_class]
