"""One call of a layer to layers of ours, by the vocabulary; what is not in it is refused by name."""

from __future__ import annotations

from ...errors import LayerError
from ...layers import Shape
from . import convolution, merging, normalization, operations, own, pooling, shaping, tensorflow, training  # noqa: F401  (fill the vocabulary)
from .calls import Call
from .graph import Entry
from .use import Use
from .vocabulary import LAYERS, OPERATIONS, OURS, Fed, Translator


class Unknown(LayerError):  # noqa: N818  (it reads as what happened)
    """A layer that is not read. Those of one class are told together."""

    def __init__(self, cls: str, why: str, option: str) -> None:
        super().__init__(f"{cls} {why}; summarize --opaque {option} keeps it for its shape alone")
        self.cls = cls

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))


def layers_of(entry: Entry, call: Call, xs: tuple[Shape, ...] | None) -> list[Fed] | None:
    """The layers that one call is; None when what it reads is at fault. Raises Unknown or LayerError."""
    translator = _translator(entry)
    if xs is None:
        return None
    if call.named and not entry.operation and entry.cls not in ("TFOpLambda", "SlicingOpLambda"):
        raise LayerError(f"is called with a tensor as {', '.join(call.named)}; cnncli reads layers of their inputs alone")
    use = Use(entry.cls, entry.options, xs, call.args, call.kwargs)
    if entry.ours and xs:
        use.axes = len(xs[0]) - 1  # the names of our classes do not say it
    found = translator(use)
    each = found if isinstance(found, list) else [found]
    made = [one if isinstance(one, Fed) else Fed(one, (None,) * len(xs)) for one in each]
    if len(xs) != 1 and not all(one.layer.merges for one in made):
        raise LayerError(f"reads one input; it gets {len(xs)}")
    return made


def _translator(entry: Entry) -> Translator:
    if entry.ours and entry.cls in OURS:
        return OURS[entry.cls]
    if not entry.custom:
        found = OPERATIONS.get(entry.cls) if entry.operation else LAYERS.get(entry.cls)
        if found:
            return found
    if entry.cls == "Lambda":
        raise Unknown("Lambda", "holds Python code, which is never run", "Lambda")
    if entry.custom:
        raise Unknown(entry.cls, "is a layer of the model's own, whose code is not in the file", entry.cls)
    raise Unknown(entry.cls, "is no layer that cnncli reads", entry.cls)
