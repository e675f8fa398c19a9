"""The Python API. `import cnncli` imports none of it before one of its functions is used."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .errors import UsageError, unknown_name

if TYPE_CHECKING:
    from .explain import Explanation
    from .importers.model import Model
    from .network import Network
    from .render.report import Report
    from .sources import Source
    from .spec import Document
    from .verify import Certificate

    Loadable = Source | Document | Model | Network

__all__ = ["analyze", "convert", "explain", "load", "train", "verify"]


def load(
    spec: Source,
    settings: Mapping[str, Any] | None = None,
    input_size: str | Sequence[int] | None = None,
    opaque: Sequence[str] = (),
    change_axes: bool = False,
    restrict: bool = False,
) -> Document | Model:
    """Read a spec, or a model that another program wrote.

    spec        a path, the name of a shipped architecture, YAML text, a mapping with the sections of a spec, or `-` for standard input;
                or the path of a Keras architecture (`.json`, `.keras`, `.h5`) or an ONNX graph (`.onnx`)
    settings    values for the parameters of a spec: `{"width": 0.5}`
    input_size  another input: `(160, 160, 3)` or "160x160x3"; it keeps its number of axes unless `change_axes` is true
    opaque      layers of a model that are kept for their shape alone
    restrict    read no file outside the folder of the spec that it names, such as in `extends` or `backbone`

    `.network` of the result is the network. Raises SpecError, whose text names every fault with its place, and UsageError.
    Warns with `cnncli.errors.SpecWarning` of what is probably a mistake (a forgotten flatten, channels first).
    """
    from . import sources

    document = sources.load(spec, settings, input_size, opaque, change_axes, restrict)
    _warn(document)
    return document


def analyze(spec: Loadable, *, batch: int = 1, dtype: str = "float32", optimizer: str = "adam") -> Report:
    """Count everything there is to count: shapes, parameters, work, receptive fields, memory.

    spec        what `load` returns, or what it takes
    batch       images at once, for memory; parameters and work are those of one image
    dtype       the type of all elements, for memory
    optimizer   for the memory of training

    The result prints as the table of `cnncli summarize`; `.totals`, `.rows`, `.to_dict()` and `.to_rows()` hold the figures.
    """
    from .render.report import Report

    return Report(_network(spec), batch, dtype, optimizer)


class Explanations(list["Explanation"]):
    """The workings of layers; printed as `cnncli explain` prints them."""

    def __str__(self) -> str:
        from .render.workings import render, sections

        return "".join(render(sections(self), "text"))


def explain(spec: Loadable, *layers: str, only: str | Sequence[str] | None = None, batch: int = 1, dtype: str = "float32") -> Explanations:
    """Work out the figures of layers: the formula, the numbers put in, the result.

    layers   names; `conv_*` stands for many; none for all
    only     some of shape, params, macs, receptive_field, memory

    Each explanation has a `node` and `workings`; print the result for the text. Raises UsageError for a name that is not there.
    """
    from .explain import TOPICS
    from .explain import explain as work_out

    only = [only] if isinstance(only, str) else only
    for topic in only or ():
        if topic not in TOPICS:
            raise UsageError(unknown_name("topic", topic, TOPICS))
    report = analyze(spec, batch=batch, dtype=dtype)
    return Explanations(work_out(report.network, layers, tuple(only or TOPICS), report.element_bytes, batch))


def convert(spec: Loadable, *, names: bool = False) -> str:
    """Write a network as the YAML text of a spec.

    What recurs becomes a block. `names`: keep the name of every layer; there are then no blocks and no repetitions.
    Raises UsageError where the notation cannot say a layer.
    """
    from .convert import spec_text
    from .errors import LayerError
    from .importers.model import Model
    from .network import Network

    document: Any = spec if isinstance(spec, Network) or hasattr(spec, "network") else load(spec)
    try:
        return spec_text(_network(document), keep_order=not isinstance(document, Model), names=names)
    except LayerError as error:
        raise UsageError(str(error)) from None


def verify(spec: Loadable, *, only: str | Sequence[str] | None = None) -> Certificate:
    """Compare the figures with those of the model that Keras builds (needs the extra `train`).

    only   some of shapes, weights, macs, receptive_field, memory

    The certificate's `mismatches` are empty when all figures agree; print it for the text.
    Raises UsageError where Keras is not installed, LayerError for a layer that Keras has not.
    """
    from .verify import QUANTITIES, certify, wake_keras

    only = [only] if isinstance(only, str) else only
    for quantity in only or ():
        if quantity not in QUANTITIES:
            raise UsageError(unknown_name("quantity", quantity, QUANTITIES))
    network = _network(spec)
    wake_keras("verify")
    return certify(network, tuple(only or QUANTITIES))


def train(
    spec: Source,
    *,
    output: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    device: str = "auto",
    deterministic: bool = False,
    quiet: bool = False,
    **recipe: Any,
) -> dict[str, Any]:
    """Train a network by the recipe of its spec (needs the extra `train`), as `cnncli train` does.

    output         the folder of the run; without it runs/NAME-1, -2 ...
    settings       values for the parameters of the spec
    data_dir       where the data lies
    device         auto, cpu or gpu
    deterministic  the same numbers every time, bit by bit
    quiet          no progress on standard error
    recipe         values of the recipe: `data="digits"`, `epochs=5`, `optimizer={"sgd": {"momentum": 0.9}}`

    Returns the result of the run, as in its result.json, and under "folder" the path of the run.
    Raises UsageError, SpecError or DataError where it cannot begin, RunError where it cannot go on.
    """
    from tempfile import TemporaryDirectory

    from .cli.calls import run_train
    from .sources import is_text
    from .spec.mapping import value_text, yaml_text

    words = [f"--set={name}={value_text(value)}" for name, value in (settings or {}).items()]
    words += [f"--recipe={name}={value_text(value)}" for name, value in recipe.items()]
    words += [f"--device={device}", *["--deterministic"] * deterministic]
    words += [f"--output={os.fspath(output)}"] if output is not None else []
    words += [f"--data-dir={os.fspath(data_dir)}"] if data_dir is not None else []
    if isinstance(spec, os.PathLike) or (isinstance(spec, str) and not is_text(spec)):
        return run_train([*words, "--", os.fspath(spec)], quiet)
    with TemporaryDirectory() as folder:
        path = os.path.join(folder, "network.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(spec if isinstance(spec, str) else yaml_text(spec))
        return run_train([*words, "--", path], quiet)


def _warn(document: Document | Model) -> None:
    """Warn of slips in a spec, at the line outside of cnncli that reads it."""
    import sys
    import warnings

    from .errors import SpecWarning
    from .lint import check
    from .spec import Document

    if not isinstance(document, Document):
        return
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(__package__):
        level, frame = level + 1, frame.f_back
    for finding in check(document.network, document.expect, document.marks):
        place = str(finding.place or document.path)
        warnings.warn(f"{place}: {finding.text}", SpecWarning, stacklevel=level)


def _network(spec: Any) -> Network:
    """The network of anything that has one or can be loaded."""
    from .network import Network

    if isinstance(spec, Network):
        return spec
    network = getattr(spec, "network", None)
    return network if isinstance(network, Network) else load(spec).network
