"""cnncli reads a CNN from a YAML file and tells everything about it, without a framework.

report = cnncli.analyze(cnncli.load("vgg16"))
report.totals["params"]                                     is 138357544
[(row.name, row.output_shape) for row in report.rows]       a row for each layer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .importers.model import Model
    from .network import Network
    from .report import Report
    from .spec import Document

__version__ = "0.1.0"
__all__ = ["__version__", "analyze", "load"]


def load(
    spec: str,
    settings: Mapping[str, str] | None = None,
    input_size: str | None = None,
    opaque: Sequence[str] = (),
    change_axes: bool = False,
) -> Document | Model:
    """Read a spec: a path, the name of a shipped architecture, or `-` for standard input; or a model that another program wrote.

    `settings` override a spec's parameters, `input_size` (such as "160x160x3") its input, whose number of
    axes it keeps unless `change_axes` is true. A model is a Keras architecture (`.json`,
    `.keras`, `.h5`) or an ONNX graph (`.onnx`); `opaque` names those of its layers that are kept for their shape alone. `.network` of
    what is returned is the network. Raises SpecError, whose text names every fault with its place.
    """
    from . import importers
    from .errors import UsageError

    if importers.is_model(spec):
        if settings:
            raise UsageError(f"{spec} is a model; only a spec has parameters to set")
        return importers.load_model(spec, opaque, input_size)
    if opaque:
        raise UsageError(f"{spec} is a spec; only the layers of a model can be kept opaque")
    from . import spec as room

    return room.load(spec, dict(settings or {}), input_size, change_axes)


def analyze(spec: Document | Model | Network, *, batch: int = 1, dtype: str = "float32", optimizer: str = "adam") -> Report:
    """Count everything there is to count: shapes, parameters, work, receptive fields, memory.

    Parameters and work are those of one image; memory is that of `batch` images whose elements are of type `dtype`,
    and for training that of `optimizer`.
    """
    from .network import Network
    from .report import analyze as count

    return count(spec if isinstance(spec, Network) else spec.network, batch=batch, dtype=dtype, optimizer=optimizer)
