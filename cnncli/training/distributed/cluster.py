"""Who takes part in a run, and which of them this process is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import NamedTuple

from ...errors import UsageError

HERE = "here"  # what --distributed means without addresses, where no launcher says more
TORCHRUN = ("MASTER_ADDR", "MASTER_PORT", "WORLD_SIZE", "RANK")


class Cluster(NamedTuple):
    """The processes of a run. `addresses` are HOST:PORT of each, the chief's first; torchrun tells only that one."""

    addresses: tuple[str, ...] = ()
    workers: int = 1
    rank: int = 0

    def name(self, rank: int) -> str:
        """worker 1 (host2:4000)"""
        return f"worker {rank}" + (f" ({self.addresses[rank]})" if rank < len(self.addresses) else "")

    def option(self, rank: int) -> str:
        """What a user types to start one of them."""
        return f"--distributed {','.join(self.addresses)} --rank {rank}" if self.workers == len(self.addresses) > 1 else "--distributed"


def cluster(asked: str, rank: int | None, environment: Mapping[str, str] = os.environ) -> Cluster:
    """What --distributed and --rank say, or else TF_CONFIG, or what torchrun sets, or else this machine alone. Raises UsageError."""
    if asked != HERE:
        return _ranked(_addresses(asked.split(","), "--distributed"), rank, "--rank")
    if rank is not None:
        raise UsageError("--rank goes with the addresses of all workers: --distributed host1:4000,host2:4000 --rank 0")
    if environment.get("TF_CONFIG"):
        return _from_tf_config(environment["TF_CONFIG"])
    if any(name in environment for name in TORCHRUN[2:]):
        return _from_torchrun(environment)
    return Cluster()


def _addresses(texts: list[str], where: str) -> tuple[str, ...]:
    found = tuple(text.strip() for text in texts)
    for text in found:
        host, colon, port = text.rpartition(":")
        if not (colon and host and port.isdigit() and 0 < int(port) < 65536):
            raise UsageError(f"{where}: {text or 'nothing'} is no address; expected HOST:PORT for each worker, as in host1:4000,host2:4000")
    for text in found:
        if found.count(text) > 1:
            raise UsageError(f"{where} names {text} twice; every worker needs an address of its own")
    return found


def _ranked(addresses: tuple[str, ...], rank: int | None, where: str) -> Cluster:
    last = len(addresses) - 1
    if rank is None and last:
        raise UsageError(f"which of the {last + 1} workers is this one? --rank 0 for {addresses[0]}, to --rank {last} for {addresses[-1]}")
    if not 0 <= (rank or 0) <= last:
        raise UsageError(f"{where} is {rank}; expected 0 to {last}, the place of this worker among the {last + 1} addresses")
    return Cluster(addresses, last + 1, rank or 0)


def _from_tf_config(text: str) -> Cluster:
    """As TensorFlow has it: {"cluster": {"worker": ["host1:4000", ...]}, "task": {"type": "worker", "index": 0}}; there may be a chief."""
    try:
        told = json.loads(text)
        jobs, kind, place = told["cluster"], told["task"]["type"], int(told["task"]["index"])
        chiefs, workers = list(jobs.get("chief", [])), list(jobs.get("worker", []))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"TF_CONFIG cannot be read ({type(error).__name__}: {error}); expected a cluster and a task, as JSON") from None
    if kind not in ("chief", "worker"):
        raise UsageError(f"TF_CONFIG makes this process a {kind}; cnncli trains with workers, and a chief, alone")
    return _ranked(_addresses([*chiefs, *workers], "TF_CONFIG"), place + (len(chiefs) if kind == "worker" else 0), "the task of TF_CONFIG")


def _from_torchrun(environment: Mapping[str, str]) -> Cluster:
    missing = [name for name in TORCHRUN if name not in environment]
    if missing:
        raise UsageError(f"{' and '.join(missing)} not set, beside those that torchrun sets; give --distributed the addresses instead")
    host, port, workers, rank = (environment[name] for name in TORCHRUN)
    if not (workers.isdigit() and rank.isdigit() and int(rank) < int(workers)):
        raise UsageError(f"RANK is {rank} and WORLD_SIZE {workers}; expected a number below the size")
    return Cluster(_addresses([f"{host}:{port}"], "MASTER_ADDR and MASTER_PORT"), int(workers), int(rank))
