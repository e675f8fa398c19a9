"""Models from other programs' files, read without those programs.

What they have is said in the layers of the vocabulary where one has the same semantics, else in layers that only this room has:
`type(layer) is KINDS.get(layer.kind)` tells whether a layer could stand in a spec as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..errors import UsageError
from .model import Model

KERAS = (".json", ".keras", ".h5", ".hdf5")
SUFFIXES = (*KERAS, ".onnx")
TORCH = "torch.onnx.export(model, inputs, 'model.onnx')"
ELSEWHERE = {  # models that are code to be run, or weights without their layers: what writes their graph
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".safetensors"), TORCH),
    **dict.fromkeys((".pb", ".tflite"), "tf2onnx"),
}


def load_model(path: str, opaque: Iterable[str] = (), input_size: str | None = None) -> Model:
    """Read a model: a Keras architecture (`.json`, `.keras`, `.h5`) or an ONNX graph (`.onnx`).

    `opaque` names layers, by name or class, that are kept for their shape alone: `NAME`, `NAME=56x56x64` (what comes out of it), or
    `NAME=same`; every total misses what they hold (`network.partial`). `input_size` (such as "160x160x3") sets the input.
    Raises SpecError, whose text names the file, the layers and the reasons; UsageError where the file or a layer is not there.
    """
    suffix = os.path.splitext(path)[1].lower()
    try:
        if suffix in KERAS:
            from . import keras

            return keras.load(path, opaque, input_size)
        if suffix == ".onnx":
            from . import onnx

            return onnx.load(path, opaque, input_size)
    except OSError as error:  # a disk that fails while the file is read names no file
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    way = f"; {ELSEWHERE[suffix]} writes one" if suffix in ELSEWHERE else ""
    raise UsageError(f"{path}: a model's file ends in one of {', '.join(SUFFIXES)}{way}")


def is_model(path: str) -> bool:
    """Whether a file's name says that it is a model, not a spec."""
    return os.path.splitext(path)[1].lower() in (*SUFFIXES, *ELSEWHERE)


def is_keras(path: str) -> bool:
    """Whether a file's name says that Keras wrote it."""
    return os.path.splitext(path)[1].lower() in KERAS
