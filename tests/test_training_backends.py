"""One run on every backend that is installed: the same seed gives the same batches, and from the same weights the same losses."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.keras

INSTALLED = [name for name in ("tensorflow", "jax", "torch") if importlib.util.find_spec(name) and importlib.util.find_spec("keras")]
STEPS = """
import json, os, sys
import numpy as np
from cnncli import spec
from cnncli.training import machine
from cnncli.training.machine import Machine
from cnncli.training.prepare import Request, prepare
from cnncli.training.run import awake, plan_of

if "COMPILED" in os.environ:  # as on a GPU: steps, or loops of them, go through XLA
    machine.gpu_count = lambda: 1
document = spec.load("net.yaml")
prepared = prepare(Request(document, document.recipe, None, Machine("cpu")))
engine, _ = awake(prepared)
import keras
weights = [one for one in engine.model.weights]
assert all("float64" in str(one.value.dtype) for one in weights if "seed" not in one.path)
if os.path.exists("weights.npz"):
    with np.load("weights.npz") as file:
        for n, one in enumerate(weights):
            one.assign(file[f"w{n}"])
    for mean, one in zip(engine.averages, engine.averaged_ones()):
        mean.assign(one)
else:
    np.savez("weights.npz", **{f"w{n}": keras.ops.convert_to_numpy(one) for n, one in enumerate(weights)})
plan = plan_of(prepared, engine)
losses = []
for epoch in range(2):
    order, chances = plan.order(epoch), plan.chances(epoch)
    found, right = engine.steps(order[:10], tuple(one[:10] for one in chances), np.full(10, 0.01, np.float32))
    losses += found.tolist()
outputs = engine.outputs(prepared.data.test.x)
averages = [float(np.abs(value).sum()) for name, value in engine.state().items() if name.startswith("average")]
arrays = {one.path: keras.ops.convert_to_numpy(one) for one in weights}
kernels = [value for path, value in arrays.items() if "kernel" in path]
norms = [float(np.sqrt(np.square(value).sum(axis=tuple(range(value.ndim - 1)))).max()) for value in kernels]
still = [float(np.abs(value - 1).max()) for path, value in arrays.items() if path.endswith("gamma")]
print(json.dumps({"norms": norms, "still": still, "losses": losses, "outputs": np.abs(outputs).sum(axis=1).tolist(), "averages": averages}))
"""
NET = """
input: [16, 16, 1]
layers:
  - conv: {filters: 4, kernel: 3, activation: relu, l2: 0.01, max_norm: 0.5}
  - batch_norm:
    freeze: gamma
  - max_pool: 2
  - flatten
  - dense: {units: 10, activation: softmax, l1: 0.001, max_norm: 1.2}
train:
  data: digits
  resize: 16
  augment: [random_rotation, random_flip: horizontal, random_contrast, {random_crop: {padding: 2}}]
  optimizer: {sgd: {momentum: 0.9}}
  weight_decay: 0.01
  label_smoothing: 0.1
  batch: 64
  precision: float64  # in float32, 20 steps make up to 1 % of what is rounding at first
  ema: 0.9
"""
PACED = NET.replace("random_rotation, random_flip: horizontal, random_contrast", "random_flip: {alternate: true}").replace(
    "ema: 0.9", "lookahead: {every: 3, power: 1}\n  lr_scale: {batch_norm.beta: 2}\n  freeze_after: {conv_1: 0.3}"
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder with each network."""
    found = {net: tmp_path_factory.mktemp("net") for net in (NET, PACED)}
    for net, folder in found.items():
        (folder / "net.yaml").write_text(net, encoding="utf-8")
    return found


@pytest.mark.skipif(len(INSTALLED) < 2, reason=f"needs two backends; there is {', '.join(INSTALLED) or 'none'}")
@pytest.mark.parametrize("net", [NET, pytest.param(PACED, marks=pytest.mark.slow)])
def test_backends_agree(net: str, folders: dict[str, Path]) -> None:
    """From the same weights, losses of 20 steps, outputs and averages agree on all backends, whatever is augmented and averaged."""
    found = {name: steps(name, folders[net]) for name in INSTALLED}
    first = found[INSTALLED[0]]
    for name in INSTALLED[1:]:
        for figure, values in first.items():
            assert found[name][figure] == pytest.approx(values, rel=1e-4, abs=1e-4), (name, figure)
    assert first["losses"][-1] < 0.8 * first["losses"][0]
    for figures in found.values():
        part = [norm / most for norm, most in zip(figures["norms"], (0.5, 1.2), strict=True)]
        assert (max(part), figures["still"]) == (pytest.approx(1.0, rel=1e-4), [0.0])  # as large as it may be; frozen
        assert net == PACED or min(part) == pytest.approx(1.0, rel=1e-4)  # between two averages a norm may be smaller


@pytest.mark.parametrize("backend", [name for name in INSTALLED if name != "torch"])
def test_compiled_steps_are_the_same_steps(backend: str, folders: dict[str, Path]) -> None:
    """What a GPU is given, compiled by XLA, is what a processor does, up to rounding."""
    plain, compiled = steps(backend, folders[NET]), steps(backend, folders[NET], COMPILED="1")
    for figure, values in plain.items():
        assert compiled[figure] == pytest.approx(values, rel=1e-4, abs=1e-4), figure


@cache
def steps(backend: str, folder: Path, **more: str) -> dict[str, list[float]]:
    """What 20 steps give on a backend, from the weights that the first of all backends had; asked once."""
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "-1", **more}
    done = subprocess.run([sys.executable, "-c", STEPS], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found
