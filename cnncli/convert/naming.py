"""Names for what has none: blocks that were found, and the branches of merges."""

from __future__ import annotations

from ..layers import Layer
from ..layers.activation import Elementwise
from .terms import Term, walk

SHORT = {
    "batch_norm": "bn", "layer_norm": "ln", "group_norm": "gn", "instance_norm": "norm", "depthwise_conv": "depthwise",
    "separable_conv": "sepconv", "conv_transpose": "deconv", "max_pool": "pool", "avg_pool": "pool",
}  # fmt: skip
LIGHT = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "dropout", "spatial_dropout", "drop_path")
SLIDING = ("conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool")
CHAINS = {
    ("conv", "conv", "conv"): "bottleneck",
    ("conv", "conv"): "double_conv",
    ("depthwise_conv", "conv"): "separable",
    ("conv", "depthwise_conv", "conv"): "inverted",
}
PAIRS = {"add": ("main", "shortcut"), "multiply": ("gate", "features"), "concat": ("new", "old")}  # the longer branch, the other
LONGEST = 3  # layers that a block is named by one after another


def is_light(term: Term) -> bool:
    """Whether a layer belongs to the one before it: an activation, a normalisation, a dropout."""
    return term.branches is None and (term.item.node.kind in LIGHT or isinstance(term.item.node.layer, Elementwise))


def title_of(terms: list[Term]) -> str:
    """A name for a block of these terms."""
    kinds = [term.item.node.kind for term in terms]
    merges = [term for term in terms if term.branches is not None]
    if len(merges) > 1:
        return "stage"
    if merges and (merges[0].item.node.kind != "multiply" or len(terms) == 1):
        return _merge_title(merges[0])
    if len(kinds) <= LONGEST:
        return "_".join(SHORT.get(kind, kind) for kind in kinds)
    return CHAINS.get(tuple([kind for kind in kinds if kind.endswith("conv")]), "chain")


def _merge_title(term: Term) -> str:
    identity = any(not branch for branch in term.branches or ())
    if term.item.node.kind == "concat":
        return "dense_layer" if identity and len(term.branches or ()) == 2 else "inception"
    return "gate" if term.item.node.kind == "multiply" else "residual" if identity else "projection"


def branch_names(kind: str, branches: list[list[Term]]) -> list[str]:
    """A name for each branch of a merge."""
    identities = [not branch for branch in branches]
    if len(branches) == 2 and kind in PAIRS:
        there, aside = PAIRS[kind]
        sizes = [sum(1 for _ in walk(branch)) for branch in branches]
        if kind != "concat" or any(identities):
            return [there, aside] if sizes[0] >= sizes[1] else [aside, there]
    names: list[str] = []
    for branch in branches:
        name = _branch_name(branch)
        number = 1 + sum(other == name or other.startswith(f"{name}_") for other in names)
        names.append(name if number == 1 else f"{name}_{number}")
    return names


def _branch_name(branch: list[Term]) -> str:
    """1x1, 3x3, 1x7: its largest window; pool, where it begins with one."""
    terms = list(walk(branch))
    if not terms:
        return "identity"
    if terms[0].item.node.kind.endswith("pool"):
        return "pool"
    windows = [window for term in terms if (window := _window(term.item.node.layer)) != ""]
    return max(windows, key=lambda window: (len(window), window), default="branch")


def _window(layer: Layer) -> str:
    kernel = getattr(layer, "kernel", None)
    if layer.kind not in SLIDING or kernel is None:
        return ""
    return "x".join(map(str, kernel)) if isinstance(kernel, tuple) else f"{kernel}x{kernel}"
