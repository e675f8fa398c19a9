"""What `cnncli export` exports: a spec, a model in a file, or a run, and where the weights of it are."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..printable import list_names
from .loading import load

if TYPE_CHECKING:
    from ..keras_model.saved import Loaded
    from ..network import Network

WITH_WEIGHTS = (".keras", ".h5", ".hdf5")
FILES, CODE = ("keras", "onnx"), ("keras-code", "torch-code")
RANDOM = "the exported weights are random (seed 0)"
LAYOUT = "float32 images (N, C, *size), channels first"


class Source(NamedTuple):
    """A network to export, and its weights: in the model file `weights`, or in that of the run `folder`; else it has none."""

    name: str
    network: Network
    weights: str = ""
    folder: Any = None
    notes: Mapping[str, Any] = {}  # of a run or its model: what the model takes and gives
    untrained: str = ""  # why the exported weights are random

    def read_weights(self) -> Loaded:
        """The model with the weights, in Keras. Raises CnncliError."""
        from ..waking import hushed, wake_keras

        if self.folder is not None:
            from ..training import saved_model

            saved_model.check(self.folder)  # before Keras is imported
        elif self.weights.endswith(".keras"):
            from ..importers.keras.archive import check_archive

            check_archive(self.weights)
        wake_keras(f"export with the weights of {self.name}")
        with hushed():
            from ..keras_model import keras_names, saved

            if self.folder is None:
                return saved.named(saved.read_model(self.weights), self.network)
            return saved.Loaded(saved_model.load(self.folder)[0], self.network, keras_names(self.network))

    def metadata(self) -> dict[str, str]:
        """What the notes say, for ONNX."""
        if not self.notes:
            return {}
        return {
            "class_names": json.dumps(self.notes["class_names"], ensure_ascii=False),
            "input": f"raw images as read from disk, {LAYOUT}, values from 0 to 255; the model scales them itself",
            "output": self.notes["output"],
        }


def open_source(name: str, settings: Mapping[str, str], input_size: str | None) -> Source:
    """The network of a spec, of a model file, or of a run: RUN or RUN/model.keras. Raises CnncliError."""
    folder = _run_of(name)
    if folder is not None:
        return _of_run(name, folder, settings, input_size)
    network = load(name, settings, input_size).network
    suffix = os.path.splitext(name)[1].lower()
    if suffix in WITH_WEIGHTS:
        from ..importers.keras.archive import read_notes

        return Source(name, network, weights=name, notes=read_notes(name) if suffix == ".keras" else {})
    if suffix == ".onnx":
        return Source(name, network, untrained=f"the weights of {name} are not carried over; {RANDOM}")
    return Source(name, network, untrained=f"{name} has no trained weights; {RANDOM}")


def _run_of(name: str) -> Path | None:
    """The directory of the run that is named, itself or by its model."""
    path = Path(name)
    if path.is_dir():
        return path
    inside = path.name == "model.keras" and all((path.parent / file).is_file() for file in ("recipe.json", "spec.yaml"))
    return path.parent if inside else None


def _of_run(name: str, path: Path, settings: Mapping[str, str], input_size: str | None) -> Source:
    if settings:
        raise UsageError(f"--set {next(iter(settings))}: {name} is a trained run; its settings are those it was trained with")
    from ..spec import load as load_spec
    from ..training import saved_model
    from ..training.folder import existing

    folder = existing(str(path))
    saved_model.check(folder)
    result = folder.read_json("result.json", "data.classes", "input.scale", "input.offset")
    kept = folder.read_json("recipe.json", "settings", "train.loss")
    network = load_spec(str(folder.path / "spec.yaml"), kept["settings"], input_size).network
    network.name = result.get("name", network.name)
    loss, classes = kept["train"]["loss"], result["data"]["classes"]
    scale, offset = ([float(number) for number in result["input"][figures]] for figures in ("scale", "offset"))
    if {len(scale), len(offset)} != {network.nodes[0].output[-1]}:
        raise UsageError(f"{folder.path / 'result.json'} is of another network than spec.yaml; put back a copy of both")
    whole = saved_model.complete(network, scale, offset, loss)
    return Source(name, whole, folder=folder, notes=saved_model.notes(classes, network, loss))


def export_keras(source: Source, output: str) -> None:
    """Write a .keras file with the weights of the source. Raises CnncliError."""
    from ..export.keras_file import save_keras
    from ..waking import hushed, wake_keras
    from .files import replacing

    loaded = None if source.untrained else source.read_weights()
    wake_keras("export --to keras")

    def fill(network: Network, model: Any) -> None:
        from ..keras_model.saved import copy_weights

        assert loaded is not None
        copy_weights(loaded, network, model)

    with replacing(output, ".keras") as path, hushed():
        save_keras(source.network, path, None if loaded is None else fill, source.notes)


def export_onnx(source: Source, output: str) -> None:
    """Write an ONNX file with the weights of the source. Raises CnncliError."""
    from ..export.onnx import export
    from ..export.onnx.keras_layout import onnx_arrays
    from .files import write

    if source.untrained:
        write(output, export(source.network))
        return
    loaded, metadata = source.read_weights(), source.metadata()
    doc = f"{source.network.name}, trained by cnncli. Input: {metadata['input']}. Output: {metadata['output']}." if metadata else ""
    write(output, export(source.network, lambda node: onnx_arrays(node, loaded.arrays(node.index)), doc, metadata))


def left_out(source: Source, form: str) -> str:
    """What to say of layers that the output does not have: PyTorch augments images where it loads them."""
    from ..layers.augment import Augmentation

    names = [node.name for node in source.network.nodes if isinstance(node.layer, Augmentation)] if form == "torch-code" else []
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    shown = list_names(names, 3)
    return f"note: {shown} {verb} left out: PyTorch augments images in the data loader, with torchvision.transforms"


def remark(source: Source, form: str) -> str:
    """What to say on standard error of what is exported; nothing of drawings."""
    if form in CODE:
        if source.untrained and not source.name.endswith(".onnx"):
            return ""
        elsewhere = "" if source.untrained else "; --to keras and --to onnx carry them"
        return f"note: the weights of {source.name} are not in the output, which is code{elsewhere}"
    if form in FILES and source.untrained:
        return f"note: {source.untrained}"
    if form not in FILES or not source.notes:
        return ""
    axes = {"onnx": "(N, C, *size), channels first", "keras": "(N, *size, C), channels last"}[form]
    shape = source.network.nodes[0].output
    return f"note: the model takes raw images of {'x'.join(map(str, shape))} from 0 to 255, {axes}; it gives {source.notes['output']}"
