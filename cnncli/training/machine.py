"""The machine that a run is made on: its backend, devices, threads and arithmetic. Here Keras is woken, and not before."""

# mypy: ignore-missing-imports
from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..waking import choose_backend, configure_tensorflow, hushed
from .errors import RefusedError

if TYPE_CHECKING:
    from .distributed.cluster import Cluster
    from .distributed.team import Team

PACKAGES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


class Machine(NamedTuple):
    """What the user asks of the machine."""

    device: str = "auto"  # auto, cpu or gpu
    threads: int = 0  # 0: as many as the backend likes
    deterministic: bool = False


def backend_name() -> str:
    """The backend that Keras will take. Raises RefusedError where there is none."""
    asked, source = choose_backend()
    if asked not in PACKAGES:
        raise RefusedError(f"{source} says {asked}; cnncli trains on {', '.join(PACKAGES)}")
    for package in ("numpy", "keras", PACKAGES[asked]):
        if importlib.util.find_spec(package) is None:
            wanted = package if package in ("jax", "torch") else "'cnncli[train]'"
            other = f", or KERAS_BACKEND=tensorflow ({source} names {asked})" if package in ("jax", "torch") else ""
            raise RefusedError(f"{package} is not installed, and training needs it: pip install {wanted}{other}")
    return asked


def wake(machine: Machine, precision: str, seed: int, cluster: Cluster | None = None) -> Team:
    """Import Keras, set up as asked; returns who trains. Raises RefusedError where the machine lacks what is asked for."""
    name = backend_name()
    configure_tensorflow(training=True)
    if machine.threads and "tensorflow" not in sys.modules:
        os.environ["OMP_NUM_THREADS"] = str(machine.threads)
    again = "keras" in sys.modules
    with hushed():
        {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[name](machine)
    from .distributed.team import Team, assemble  # with NumPy, which need not be there for this module to say so

    team = assemble(cluster, name) if cluster is not None else Team()
    with hushed():
        import keras

    gpus = gpu_count()
    if machine.device == "gpu" and not gpus:
        raise RefusedError(f"no GPU is visible to {name}; train on the processor with --device cpu, or see cnncli doctor")
    if precision == "mixed_bfloat16" and not gpus and not has_bfloat16():
        raise RefusedError("this processor has no bfloat16 arithmetic and would imitate it slowly; train with --precision float32")
    if precision == "mixed_float16" and not gpus:
        raise RefusedError("processors have no float16 arithmetic and would imitate it slowly; train with --precision float32")
    if again:
        keras.utils.clear_session()
    if name == "jax" and precision == "float64":  # else JAX computes in float32, without a word
        sys.modules["jax"].config.update("jax_enable_x64", True)
    keras.config.set_dtype_policy(precision)
    with hushed():  # Keras wakes TensorFlow to seed it, whatever its backend
        keras.utils.set_random_seed(seed)
    return team


def _tensorflow(machine: Machine) -> None:
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    if machine.device == "cpu":
        tf.config.set_visible_devices([], "GPU")
    try:
        if machine.threads:
            tf.config.threading.set_intra_op_parallelism_threads(machine.threads)
            tf.config.threading.set_inter_op_parallelism_threads(max(1, min(machine.threads, 2)))
    except RuntimeError:  # a second run of this process: the threads are there already
        pass
    if machine.deterministic:
        tf.config.experimental.enable_op_determinism()


def _jax(machine: Machine) -> None:
    if machine.device == "cpu":
        os.environ["JAX_PLATFORMS"] = "cpu"
    if machine.deterministic:
        os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_gpu_deterministic_ops=true"


def _torch(machine: Machine) -> None:
    if machine.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import torch

    if machine.threads:
        torch.set_num_threads(machine.threads)
    if machine.deterministic:
        torch.use_deterministic_algorithms(True)


def devices() -> list[str]:
    """What the backend sees, such as cpu:0 and gpu:0."""
    import keras

    if keras.backend.backend() == "torch":
        import torch

        return ["cpu:0", *(f"gpu:{n}" for n in range(torch.cuda.device_count()))]
    return [str(one).lower() for one in keras.distribution.list_devices()]


def gpu_count() -> int:
    """How many GPUs the backend sees."""
    return len([one for one in devices() if one.startswith(("gpu", "cuda"))])


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def peak_memory() -> int | None:
    """The most memory that this process ever held, in bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def environment(machine: Machine) -> dict[str, Any]:
    """What a run was made with."""
    import importlib.metadata as metadata

    import keras

    from .. import __version__

    backend = keras.backend.backend()
    version = {name: metadata.version(name) for name in ("keras", "numpy")}
    return {
        "cnncli": __version__, "python": platform.python_version(), "system": platform.platform(), **version,
        "backend": backend, backend: sys.modules[PACKAGES[backend]].__version__,
        "processor": processor(), "cores": os.cpu_count(), "devices": devices(),
        "threads": machine.threads or None, "deterministic": machine.deterministic,
        "git_commit": git_commit(), "command": sys.argv,
    }  # fmt: skip


def git_commit() -> str | None:
    """The commit of the folder that the user stands in, `+` where it has changes; None outside of git."""
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=True).stdout.strip()
        changes = subprocess.run(["git", "status", "--porcelain", "-uno"], capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return found + ("+" if changes else "")
