"""What training finds on this machine."""

# mypy: ignore-missing-imports
from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

from ..errors import CnncliError
from ..spec.recipe import DATA_SETS
from . import machine
from .free_memory import free_bytes

PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "pillow", "matplotlib", "tensorboard")
SIDE = 1024  # of the matrices whose product measures the machine


def examined(data_dir: str | None, measure: bool) -> dict[str, Any]:
    """Packages, machine and data, in words; and advice."""
    found: dict[str, Any] = {"packages": {name: version(name) or "-" for name in PACKAGES}, "machine": {}, "data": {}, "advice": []}
    advice = found["advice"]
    found["machine"] = {"system": platform.platform(), "python": platform.python_version(), "processor": machine.processor()}
    found["machine"] |= {"cores": os.cpu_count(), "memory free": _gigabytes(free_bytes())}
    found["machine"]["bfloat16"] = "yes: --precision mixed_bfloat16 pays" if machine.has_bfloat16() else "no: stay with float32"
    try:
        found["machine"]["backend"] = machine.backend_name()
        machine.wake(machine.Machine(), "float32", 0)
        found["machine"]["devices"] = ", ".join(machine.devices())
        if measure:
            found["machine"]["speed"] = f"{peak() / 1e9:,.0f} GFLOP/s (float32, product of two {SIDE}×{SIDE} matrices)"
        if not machine.gpu_count():
            advice.append("no GPU is visible; with one, pip install 'cnncli[gpu]' (TensorFlow with CUDA)")
    except CnncliError as error:
        advice.append(str(error))
    if data_dir and not Path(data_dir).is_dir():
        advice.append(f"{data_dir} is no folder; --data-dir or CNNCLI_DATA names the folder that holds the data")
    found["data"] = {name: _where(name, data_dir) for name in DATA_SETS}
    for package, what in (("pillow", "to read images"), ("matplotlib", "to draw curves")):
        if version(package) is None:
            advice.append(f"pip install {package} {what}")
    if any(text.startswith("not here") for text in found["data"].values()):
        advice.append("data that is not here is downloaded when it is first trained on, or is read from --data-dir or CNNCLI_DATA")
    return found


def version(package: str) -> str | None:
    """The installed version; None where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def peak(seconds: float = 0.5) -> float:
    """Floating-point operations a second in a product of matrices, on the device that the backend takes."""
    import keras
    import numpy as np

    one = keras.ops.convert_to_tensor(np.random.default_rng(0).random((SIDE, SIDE), np.float32))
    keras.ops.convert_to_numpy(keras.ops.matmul(one, one))
    best, begun = 0.0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        product = one
        for _ in range(4):
            product = keras.ops.matmul(product, one)
        keras.ops.convert_to_numpy(product[0, 0])
        best = max(best, 4 * 2 * SIDE**3 / (time.perf_counter() - start))
    return best


def _where(name: str, folder: str | None) -> str:
    """Where a data set is read from, if that needs no download."""
    if name == "digits":
        return "comes with cnncli"
    try:
        from .data.download import keras_cache
        from .data.search import found
    except ModuleNotFoundError as error:
        return f"not looked for, without {error.name}"

    for place in [*([Path(folder)] if folder else []), keras_cache()]:
        try:
            data = found(name, place)
        except CnncliError as error:
            return f"damaged: {error}"
        if data is not None:
            return data.source
    return "not here"


def _gigabytes(count: int | None) -> str:
    return "unknown" if count is None else f"{count / 1e9:.1f} GB"
