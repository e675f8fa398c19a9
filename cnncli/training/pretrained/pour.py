"""The copying: each weight to the layer that its own is, and what the images must then be."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...network import Network
from ...spec.backbone import reread
from ..errors import RefusedError
from .match import LEADING, matched, weighty
from .source import Pretrained

if TYPE_CHECKING:
    from ...keras_model.saved import Loaded

Array = Any
WHITE = 255.0


def pour(wanted: Pretrained, network: Network, model: Any, standard: tuple[Array, Array]) -> tuple[Array, Array]:
    """Copy the weights into `model`, which was built from `network`; returns what the images are to be: bytes * scale + offset."""
    from ...keras_model import keras_names
    from ...keras_model.saved import copy_layer

    scale, offset = wanted.map(standard)
    loaded = wanted.load()
    size = next(node.output for node in loaded.network.nodes if not node.inputs)
    plain = reread(wanted.body, "x".join(map(str, size)))
    place = {node.name: node.index for node in plain.nodes}
    end = place[network.nodes[wanted.body.layers[-1]].name]
    pairs = matched(plain, end, loaded.network, wanted.name)
    blue_first = wanted.preprocess == "caffe"
    names = {node.name: name for node, name in zip(network.nodes, keras_names(network), strict=True)}
    for one, other in pairs.items():
        node = plain.nodes[one]
        flip = blue_first and reads_the_image(plain, one)
        if flip and (node.kind != "conv" or getattr(node.layer, "groups", 1) != 1):
            raise RefusedError(f"{node.name} reads blue first in {wanted.name}, and only of a conv can that be turned round")
        copy_layer(loaded.layer(other), model.get_layer(names[node.name]), flip)
    return brought(scale, offset, loaded, plain)


def reads_the_image(network: Network, index: int) -> bool:
    """Whether only layers without weights stand between the image and a node."""
    waiting = list(network.nodes[index].inputs)
    while waiting:
        node = network.nodes[waiting.pop()]
        if not node.inputs:
            return True
        if not weighty(node) or node.kind in LEADING:
            waiting += node.inputs
    return False


def leading(network: Network) -> list[int]:
    """The nodes that bring the image to another range, before all others."""
    found: list[int] = []
    at = next(node.index for node in network.nodes if not node.inputs)
    while True:
        readers = [node for node in network.nodes if at in node.inputs]
        if len(readers) != 1 or readers[0].kind not in LEADING:
            return found
        at = readers[0].index
        found.append(at)


def brought(scale: Array, offset: Array, loaded: Loaded, plain: Network) -> tuple[Array, Array]:
    """The map of the images such that, behind our leading layers, there is what is behind theirs."""
    import keras

    channels, axes = len(scale), len(plain.nodes[0].output)
    ends = []
    for value in (0.0, WHITE):
        image = np.full((1,) * axes + (channels,), value, np.float32) * scale + offset
        for index in leading(loaded.network):
            image = np.asarray(keras.ops.convert_to_numpy(loaded.layer(index)(image.astype(np.float32))))
        ends.append(np.asarray(image, np.float64).reshape(channels))
    scale, offset = (ends[1] - ends[0]) / WHITE, ends[0]
    for index in reversed(leading(plain)):  # undone, for they come again
        layer: Any = plain.nodes[index].layer
        if layer.kind == "rescale":
            scale, offset = scale / np.array(layer.scale), (offset - np.array(layer.offset)) / np.array(layer.scale)
        elif layer.kind == "normalize":
            deviation = np.sqrt(np.array(layer.variance))
            scale, offset = scale * deviation, offset * deviation + np.array(layer.mean)
        else:
            raise NotImplementedError(layer.kind)
    return scale.astype(np.float32), offset.astype(np.float32)
