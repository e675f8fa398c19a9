"""How the weights of a layer begin. What Keras has beyond our words bears on no figure, and is left as it is by default."""

from __future__ import annotations

from typing import Any

from ...errors import LayerError
from ...layers.initializers import INITIALIZERS
from ...layers.named import NamedOptions
from .use import Use, is_number

CLASSES = {"".join(part.capitalize() for part in name.split("_")): cls for name, cls in INITIALIZERS.items()}
CLASSES["DiracKernel"] = CLASSES["Dirac"]  # ours, which Keras lacks


def learned(use: Use, *kernels: str) -> dict[str, Any]:
    """The options that training reads. Of several kernels, what is told of all of them."""
    found = {"bias_initializer": initializer(use.get("bias_initializer", None))}
    starts = {initializer(use.get(f"{kernel}_initializer", None)) for kernel in kernels}
    found["initializer"] = starts.pop() if len(starts) == 1 else None
    return {name: value for name, value in found.items() if value is not None}


def initializer(tree: Any) -> NamedOptions | None:
    """The initializer of a configuration: a name, or a class with its options; None where it is not among ours."""
    name, options = named(tree)
    cls = INITIALIZERS.get(name) or CLASSES.get(name)
    if cls is None:
        return None
    try:
        return cls.read(
            {key: value for key, value in options.items() if key in cls.fields and (is_number(value) or isinstance(value, str))}
        )
    except LayerError:
        return None


def named(tree: Any) -> tuple[str, dict[str, Any]]:
    """The class and the options of what Keras writes for an object."""
    if isinstance(tree, dict) and isinstance(tree.get("class_name"), str):
        return tree["class_name"], tree["config"] if isinstance(tree.get("config"), dict) else {}
    return (tree, {}) if isinstance(tree, str) else ("", {})
