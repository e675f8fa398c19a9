"""What training reads of a layer: how its weights begin, what they add to the loss, how large they may be.

What Keras has beyond our words bears on no figure, and is left as it is by default.
"""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers.affine import Affine
from ...layers.initializers import INITIALIZERS, PLAIN, VECTORS
from ...layers.named import NamedOptions
from .use import Use, is_number, is_whole

CLASSES = INITIALIZERS | {"".join(part.capitalize() for part in name.split("_")): cls for name, cls in INITIALIZERS.items()}
CLASSES |= {"DiracKernel": CLASSES["Dirac"], "WhiteningKernel": CLASSES["Whitening"]}  # ours, which Keras lacks
REST, BIASES = ({name: cls for name, cls in CLASSES.items() if cls.name in some} for some in (PLAIN, VECTORS))  # within dirac; of a bias
SMALLEST = 1e-6  # norm that the notation has


def learned(use: Use, cls: type[Affine], *kernels: str) -> dict[str, Any]:
    """The options that training reads. Of several kernels, what is told of all of them."""
    found: dict[str, Any] = {"bias_initializer": initializer(use.get("bias_initializer", None), BIASES)}
    rank = len(use.x) + 1 if use.axes else 2
    for kernel in kernels:
        told = {
            "initializer": initializer(use.get(f"{kernel}_initializer", None)),
            **penalties(use.get(f"{kernel}_regularizer", None)),
            "max_norm": max_norm(use.get(f"{kernel}_constraint", None), cls.incoming(kernel, rank), rank),
        }
        found.update({name: value if found.get(name, value) == value else None for name, value in told.items()})
    return {name: value for name, value in found.items() if value is not None}


def penalties(tree: Any) -> dict[str, float | None]:
    """l1 and l2 of a regularizer; Keras takes 0.01 where it is told no number."""
    name, options = named(tree)
    found: dict[str, float | None] = {}
    value: Any
    for part in ("l1", "l2"):
        value = options.get(part, 0.01 if name.lower() == part or name == "l1_l2" else None)
        found[part] = float(value) if part in name.lower() and is_number(value) and value >= 0 else None
    return found


def max_norm(tree: Any, axes: tuple[int, ...], rank: int) -> float | None:
    """The largest norm of what leads to one filter; None where another constraint stands there, or the norm is over other axes."""
    name, options = named(tree)
    axis, value = options.get("axis", 0), options.get("max_value", 2)
    over = axis if isinstance(axis, list) else [axis]
    if name not in ("MaxNorm", "max_norm", "GroupedMaxNorm") or not is_number(value) or value < SMALLEST:
        return None
    return float(value) if all(is_whole(one, -rank) for one in over) and sorted(one % rank for one in over) == sorted(axes) else None


def initializer(tree: Any, known: dict[str, type[NamedOptions]] = CLASSES) -> NamedOptions | None:
    """The initializer of a configuration: a name, or a class with its options; None where it is not among ours."""
    name, options = named(tree)
    cls = known.get(name)
    if cls is None:
        return None
    rest = initializer(options.get("rest"), REST) if "rest" in cls.fields else None
    try:
        found: NamedOptions = cls.read(
            {key: value for key, value in options.items() if key in cls.fields and (is_number(value) or isinstance(value, str))}
        )
        return cls(rest=rest) if rest else found
    except LayerError:
        return None


def named(tree: Any) -> tuple[str, dict[str, Any]]:
    """The class and the options of what Keras writes for an object."""
    if isinstance(tree, dict) and isinstance(tree.get("class_name"), str):
        return tree["class_name"], tree["config"] if isinstance(tree.get("config"), dict) else {}
    return (tree, {}) if isinstance(tree, str) else ("", {})
