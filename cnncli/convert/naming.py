"""Names for what has none: blocks that were found, and the branches of merges."""

from __future__ import annotations

from ..layers.elementwise import Elementwise
from ..network import Node
from .items import Item, nodes_in

SHORT = {
    "batch_norm": "bn", "layer_norm": "ln", "group_norm": "gn", "instance_norm": "norm", "depthwise_conv": "depthwise",
    "separable_conv": "sepconv", "conv_transpose": "deconv", "max_pool": "pool", "avg_pool": "pool", "multiply": "gate",
}  # fmt: skip
LIGHT = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "dropout", "spatial_dropout", "drop_path", "gaussian_noise")
CHAINS = {
    ("conv", "conv", "conv"): "bottleneck",
    ("conv", "conv"): "double_conv",
    ("depthwise_conv", "conv"): "separable",
    ("conv", "depthwise_conv"): "expand",
    ("conv", "depthwise_conv", "conv"): "inverted",
}
PAIRS = {"add": ("main", "shortcut"), "multiply": ("gate", "features"), "concat": ("new", "old")}  # the longer branch, the other
LONGEST = 4  # layers that a block is named by one after another


def is_light(item: Item) -> bool:
    """Whether a layer belongs to the one before it: an activation, a normalisation, a dropout."""
    return item.branches is None and (item.node.kind in LIGHT or isinstance(item.node.layer, Elementwise))


def title_of(items: list[Item]) -> str:
    """A name for a block of these items."""
    kinds = [item.node.kind for item in items]
    merges = [item for item in items if item.branches is not None]
    if len(merges) > 1:
        return "stage"
    if merges and (merges[0].node.kind != "multiply" or len(items) == 1):
        return _merge_title(merges[0].node.kind, merges[0].branches or [])
    if len(kinds) <= LONGEST:
        return "_".join(SHORT.get(kind, kind) for kind in kinds)
    return CHAINS.get(tuple([kind for kind in kinds if kind.endswith("conv")]), "chain")


def _merge_title(kind: str, branches: list[list[Item]]) -> str:
    identity = not all(branches)
    if kind == "concat":
        return "dense_layer" if identity and len(branches) == 2 else "inception"
    return "gate" if kind == "multiply" else "residual" if identity else "projection"


def branch_names(kind: str, branches: list[list[Item]]) -> list[str]:
    """A name for each branch of a merge."""
    inside = [list(nodes_in(branch)) for branch in branches]
    if len(branches) == 2 and kind in PAIRS and (kind != "concat" or not all(inside)):
        longer, other = PAIRS[kind]
        return [longer, other] if len(inside[0]) >= len(inside[1]) else [other, longer]
    counts: dict[str, int] = {}
    names: list[str] = []
    for nodes in inside:
        name = _branch_name(nodes)
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 else f"{name}_{counts[name]}")
    return names


def _branch_name(nodes: list[Node]) -> str:
    """pool, where it begins with one; else its largest window: 1x1, 3x3, 1x7."""
    if not nodes:
        return "identity"
    if nodes[0].kind.endswith("pool"):
        return "pool"
    windows = [node.layer.weights(*node.facts.shapes)[0].shape[:-2] for node in nodes if hasattr(node.layer, "kernel")]
    return max(["x".join(map(str, window)) for window in windows], key=lambda text: (len(text), text), default="branch")
