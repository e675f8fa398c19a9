"""jax.distributed: one program over all devices of all processes, the batch split among them (keras.distribution.DataParallel)."""

# mypy: ignore-missing-imports
from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from .cluster import Cluster
from .team import PULSE, Team, absent, patience

if TYPE_CHECKING:
    from ..engine import Engine

Array = Any
GONE = ("unavailable", "gloo", "nccl", "connection", "heartbeat", "socket", "deadline", "aborted", "broken pipe")


class JaxTeam(Team):
    """Variables lie whole on every device; XLA derives from the split batch what must travel."""

    mourning = 0.0  # JAX ends this process itself a few seconds after another is gone

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster, jax.local_device_count())
        self.models = 1
        mesh = Mesh(np.array(jax.devices()), ("batch",))
        self.whole, self.split = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("batch"))
        self._summed = jax.jit(lambda rows: rows.sum(0), out_shardings=self.whole)

    @contextmanager
    def place(self, number: int) -> Iterator[None]:
        """From here on, until Keras is woken anew, variables lie on all devices."""
        import keras

        mesh = keras.distribution.DeviceMesh((self.devices,), ["batch"], jax.devices())
        keras.distribution.set_distribution(keras.distribution.DataParallel(device_mesh=mesh, auto_shard_dataset=False))
        yield

    def sum(self, values: Array) -> Array:
        if self.cluster.workers == 1:
            return values
        rows: Array = np.zeros((self.here, *values.shape), np.float32)
        rows[0] = values
        return np.asarray(self._summed(jax.make_array_from_process_local_data(self.split, rows)))

    def outputs(self, engine: Engine, images: Array) -> Array:
        return engine.outputs(images, 500 * self.devices)

    def is_loss(self, error: Exception) -> bool:
        return isinstance(error, (RuntimeError, ValueError)) and any(word in str(error).lower() for word in GONE)


def assembled(cluster: Cluster) -> Team:
    """What is here, or meets. Ends the process where the others do not come, for JAX would end it too, with a trace of its own."""
    if cluster.workers > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        waiting = threading.Timer(patience(), give_up, [cluster])
        waiting.daemon = True
        waiting.start()
        jax.distributed.initialize(
            cluster.addresses[0], cluster.workers, cluster.rank, initialization_timeout=round(patience()) + 60,
            heartbeat_timeout_seconds=PULSE, shutdown_timeout_seconds=PULSE,
        )  # fmt: skip
        waiting.cancel()
    return JaxTeam(cluster) if jax.device_count() > 1 else Team(cluster)


def give_up(cluster: Cluster) -> None:
    """Say who did not come, and end."""
    error = absent(cluster, listening=(0,))
    print(f"Error: {error}", file=sys.stderr, flush=True)
    os._exit(error.exit_code)
