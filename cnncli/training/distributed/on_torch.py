"""torch.distributed: a process for each device, as torchrun starts them; what they share is summed over Gloo, or NCCL on GPUs."""

# mypy: ignore-missing-imports
from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from ..errors import RefusedError
from .cluster import Cluster
from .team import Team, absent, patience

Array = Any
GONE = ("gloo", "nccl", "connection", "peer", "socket", "timed out")


class TorchTeam(Team):
    """Each has a model of its own, which the same gradients keep equal."""

    def sum(self, values: Array) -> Array:
        total = torch.tensor(values, dtype=torch.float32)
        dist.all_reduce(total)
        return np.asarray(total)

    def is_loss(self, error: Exception) -> bool:
        return isinstance(error, RuntimeError) and any(word in str(error).lower() for word in GONE)


def assembled(cluster: Cluster) -> Team:
    """Meet the others; this process takes one device. Raises RefusedError."""
    gpus = torch.cuda.device_count()
    if cluster.workers == 1:
        if gpus > 1:
            raise RefusedError(
                f"PyTorch has a process for each device, and {gpus} are here: "
                f"torchrun --nproc-per-node {gpus} --no-python cnncli train SPEC --distributed"
            )
        return Team(cluster)
    if gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", 0)) % gpus)
    known = len(cluster.addresses) == cluster.workers
    where = f"tcp://{cluster.addresses[0]}?rank={cluster.rank}&world_size={cluster.workers}" if known else "env://"
    try:
        store, rank, size = next(rendezvous(where, timeout=timedelta(seconds=patience())))
        dist.init_process_group(store=dist.PrefixStore("cnncli", store), rank=rank, world_size=size)
    except (dist.DistError, RuntimeError) as error:
        if "EADDRINUSE" in str(error):
            raise RefusedError(f"{cluster.name(cluster.rank)} cannot listen there: its port is taken") from None
        raise absent(cluster, listening=(0,)) from None
    return TorchTeam(cluster)
