"""Whitening: kernels that make what a first convolution sees of the images uncorrelated.

The eigenvectors of the second moments of the images' patches, over the roots of their eigenvalues, and their negatives, so that an
activation loses no half of them. Sources: Page 2018, "How to train your ResNet", part 8; Jordan 2024, arXiv:2404.00498, section 3.1.
"""

# mypy: ignore-missing-imports
from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ..layers.base import spread
from ..layers.initializers import Whitening
from ..network import Network, Node
from .errors import RefusedError

if TYPE_CHECKING:
    from .prepare import Prepared

Array = Any
IMAGES = 5_000  # so many of the training images, the first ones, are looked at
EPSILON = 5e-4  # keeps directions in which images hardly differ from being blown up
CHUNK = 250


def whitened(network: Network) -> list[Node]:
    """The layers that begin so."""
    return [node for node in network.nodes if node.shared is None and isinstance(getattr(node.layer, "initializer", None), Whitening)]


def check(network: Network) -> None:
    """Refuse what cannot be whitened (RefusedError)."""
    for node in whitened(network):
        layer: Any = node.layer
        place = f"{node.place}: {node.name}: whitening" if node.place else f"{node.name}: whitening"
        if layer.kind != "conv" or network.nodes[node.inputs[0]].inputs or {layer.groups, *along(node, "dilation")} != {1}:
            raise RefusedError(f"{place} is for a conv that reads the images themselves, without groups or dilation")
        most = 2 * prod(along(node, "kernel")) * node.facts.shapes[0][-1]
        if layer.filters % 2 or layer.filters > most:
            raise RefusedError(f"{place} makes an even number of filters, at most {most}: each number of a patch, and its negative")


def along(node: Node, option: str) -> tuple[int, ...]:
    """The kernel, or the dilation, along each axis."""
    return spread(getattr(node.layer, option), len(node.facts.shapes[0]) - 1, option)


def whiten(model: Any, prepared: Prepared, scale: Array, offset: Array) -> None:
    """Give the layers that begin so their kernels. Inputs are bytes * scale + offset."""
    from ..keras_model import keras_names

    for node in whitened(prepared.network):
        layer: Any = node.layer
        made = model.get_layer(keras_names(prepared.network)[node.index])
        made.kernel.assign(kernel(prepared.data.train.x, along(node, "kernel"), layer.filters, scale, offset))


def moments(images: Array, size: tuple[int, ...]) -> tuple[Array, Array, int]:
    """Over all patches (*size, C), laid out as vectors of n bytes: their sum (n,), the sum of their products (n, n), and their number.

    The sums of products of bytes are whole numbers below 2**53, so that they are exact, in whatever order they are added.
    """
    import numpy as np

    length = prod(size) * images.shape[-1]
    total, products, count = np.zeros(length), np.zeros((length, length)), 0
    axes = tuple(range(1, images.ndim - 1))
    for start in range(0, len(images), CHUNK):
        windows = np.lib.stride_tricks.sliding_window_view(images[start : start + CHUNK], size, axis=axes)
        patches = np.moveaxis(windows, images.ndim - 1, -1).reshape(-1, length).astype(np.float64)
        total += patches.sum(axis=0)
        products += patches.T @ patches
        count += len(patches)
    return total, products, count


def kernel(images: Array, size: tuple[int, ...], filters: int, scale: Array, offset: Array) -> Array:
    """(*size, C, filters) for inputs that are bytes * scale + offset of each channel: the strongest directions, then their negatives."""
    import numpy as np

    total, products, count = moments(images[:IMAGES], size)
    repeats = prod(size)
    a, b = np.tile(scale, repeats).astype(np.float64), np.tile(offset, repeats).astype(np.float64)
    cross = np.outer(a * total, b)
    second = (products * np.outer(a, a) + cross + cross.T) / count + np.outer(b, b)
    values, vectors = np.linalg.eigh(second)
    strongest = (vectors / np.sqrt(np.maximum(values, 0.0) + EPSILON))[:, ::-1][:, : filters // 2]
    both = np.concatenate([strongest, -strongest], axis=1)
    return both.reshape(*size, images.shape[-1], filters).astype(np.float32)
