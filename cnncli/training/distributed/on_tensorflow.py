"""tf.distribute: several devices of this machine (MirroredStrategy), or of several (MultiWorkerMirroredStrategy).

The strategies reduce; variables stay plain ones, one set on each device, which the same gradients keep equal. (Keras 3.15 makes the
moving statistics of batch normalization such that a mirrored variable refuses to be changed by a replica.)
"""

# mypy: ignore-missing-imports
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from ..errors import RefusedError
from .cluster import Cluster
from .team import PULSE, Team, absent, await_all, patience, silent

Array = Any
MEAN, SUM = tf.distribute.ReduceOp.MEAN, tf.distribute.ReduceOp.SUM

GONE = (
    tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError, tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
)  # fmt: skip


class TensorFlowTeam(Team):
    """Replicas in a strategy."""

    def __init__(self, cluster: Cluster, strategy: Any) -> None:
        self.strategy, self.places = strategy, strategy.extended.worker_devices
        super().__init__(cluster, len(self.places))
        self._summed = tf.function(self._sum, autograph=False)

    def sum(self, values: Array) -> Array:
        if self.cluster.workers == 1:
            return values
        return self._summed(tf.constant(values, tf.float32)).numpy()

    def _sum(self, values: Array) -> Array:
        return self.strategy.experimental_local_results(self.strategy.run(self._part, args=(values,)))[0]

    def _part(self, values: Array) -> Array:
        first = self.number() % self.here == 0  # one device speaks for the process
        return reduced(SUM, [values if first else tf.zeros_like(values)])[0]

    def number(self) -> int:
        """Which device of all of them a replica is, while it is traced."""
        return int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group))

    @contextmanager
    def place(self, number: int) -> Iterator[None]:
        with tf.device(self.places[number]):
            yield

    def is_loss(self, error: Exception) -> bool:
        return isinstance(error, GONE) or "collective ops is aborted" in str(error).lower()

    def lost(self, error: Exception) -> list[int]:
        return silent(self.cluster, but=self.cluster.rank) or super().lost(error)


def reduced(how: Any, values: list[Array]) -> list[Array]:
    """All-reduce, among replicas. (A value that no operation of the replica made has no device, and would be refused.)"""
    return list(tf.distribute.get_replica_context().all_reduce(how, [tf.identity(one) for one in values]))


def assembled(cluster: Cluster) -> Team:
    """The strategy for what is here. Raises RefusedError."""
    if cluster.workers == 1:
        found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        return TensorFlowTeam(cluster, tf.distribute.MirroredStrategy([one.name for one in found])) if len(found) > 1 else Team(cluster)
    if len(cluster.addresses) < cluster.workers:
        raise RefusedError(
            "TensorFlow must know the address of every worker, and torchrun tells only the first: "
            "set TF_CONFIG, or give --distributed host1:4000,host2:4000 --rank 0"
        )
    return TensorFlowTeam(cluster, _over_machines(cluster))


def _over_machines(cluster: Cluster) -> Any:
    """The strategy over several processes; the first of them coordinates."""
    from tensorflow.python.distribute.collective_all_reduce_strategy import coordination_config_pb2 as protobuf
    from tensorflow.python.eager import context

    context.context().configure_coordination_service(
        service_type="standalone", service_leader="/job:worker/replica:0/task:0",
        coordinated_jobs=[protobuf.CoordinatedJob(name="worker", num_tasks=cluster.workers)],
        cluster_register_timeout_in_ms=round(1000 * patience()), heartbeat_timeout_in_ms=1000 * PULSE,
        shutdown_barrier_timeout_in_ms=1000 * PULSE,
    )  # fmt: skip
    spec = tf.train.ClusterSpec({"worker": list(cluster.addresses)})
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(spec, task_type="worker", task_id=cluster.rank, rpc_layer="grpc")
    if cluster.rank == 0:
        await_all(cluster)  # those who are there listen already, and wait for the first; TensorFlow itself would wait for ever
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
    except tf.errors.UnknownError as error:
        if "start gRPC server" not in str(error):
            raise
        raise RefusedError(
            f"{cluster.name(cluster.rank)} cannot listen there: its port is taken, or the address is of another machine"
        ) from None
    except (tf.errors.DeadlineExceededError, tf.errors.UnavailableError, tf.errors.AbortedError):
        raise absent(cluster) from None
