"""What the processes of a run do together besides the steps: agree, tell, compare, evaluate; and how they part."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LostError, RefusedError
from .cluster import Cluster

if TYPE_CHECKING:
    from ..engine import Engine

Array = Any
PATIENCE = 120.0  # seconds that workers wait for one another at the start; CNNCLI_WAIT has another figure
PULSE = 10  # seconds without a sign of life after which an engine takes a worker for lost
PIECE = 1 << 20  # bytes that are told at once


class Team:
    """This process and those it trains with. Without others, as here, what is asked of all is asked of this one."""

    batch_norm = "over the whole batch"
    mourning = 3.0  # seconds that this process still answers when another is lost, so that all tell the same one

    def __init__(self, cluster: Cluster | None = None, here: int = 1) -> None:
        self.cluster, self.here = cluster or Cluster(), here
        self.devices = here * self.cluster.workers  # in all
        self.models = here  # in this process

    @property
    def chief(self) -> bool:
        """Whether this process writes and speaks."""
        return self.cluster.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is one device, and nobody else."""
        return self.devices == 1

    def sum(self, values: Array) -> Array:
        """The sum of the float32 `values` of all workers."""
        return values

    @contextmanager
    def place(self, number: int) -> Iterator[None]:
        """What is made here lies on the device `number` of this process."""
        yield

    def is_loss(self, error: Exception) -> bool:
        """Whether an engine says, in its words, that a worker is gone."""
        return False

    def lost(self, error: Exception) -> list[int]:
        """The workers that are gone, as far as can be told."""
        others = [rank for rank in range(self.cluster.workers) if rank != self.cluster.rank]
        return others if len(others) == 1 else []

    def agree(self, stop: bool, chunk: int) -> tuple[bool, int]:
        """Whether anyone wants to stop; how many steps the chief wants to do at once."""
        found = self.sum(np.array([stop, chunk if self.chief else 0], np.float32))
        return bool(found[0]), int(found[1])

    def tell(self, words: bytes) -> bytes:
        """The chief's words, to all. (A byte as a number, to which the others add nothing: exact on every engine.)"""
        if self.cluster.workers == 1:
            return words
        count = int(self.sum(np.array([len(words) // PIECE, len(words) % PIECE], np.float32) * self.chief) @ [PIECE, 1])
        heard = []
        for start in range(0, count, PIECE):
            piece: Array = np.zeros(PIECE, np.float32)
            if self.chief:
                mine = words[start : start + PIECE]
                piece[: len(mine)] = np.frombuffer(mine, np.uint8)
            heard.append(self.sum(piece).astype(np.uint8).tobytes())
        return b"".join(heard)[:count]

    def compare(self, identity: dict[str, str]) -> None:
        """Refuse to train where a worker has something else than the chief. `identity` has fingerprints, in hexadecimal."""
        cluster = self.cluster
        table: Array = np.zeros((cluster.workers, len(identity), 32), np.float32)
        for number, digest in enumerate(identity.values()):
            table[cluster.rank, number] = np.frombuffer(bytes.fromhex(digest), np.uint8)
        table = self.sum(table.ravel()).reshape(table.shape)
        for rank in range(1, cluster.workers):
            differing = [what for what, one, other in zip(identity, table[0], table[rank], strict=True) if (one != other).any()]
            if differing:
                raise RefusedError(
                    f"{cluster.name(rank)} has another {' and another '.join(differing)} than {cluster.name(0)}; "
                    "give all the same spec, options and data"
                )

    def outputs(self, engine: Engine, images: Array) -> Array:
        """(n, classes): what the network gives, each worker asked for its part of the images."""
        cluster = self.cluster
        if cluster.workers == 1:
            return engine.outputs(images)
        found = np.zeros((len(images), engine.model.output_shape[-1]), np.float32)
        if len(images) > cluster.rank:
            found[cluster.rank :: cluster.workers] = engine.outputs(images[cluster.rank :: cluster.workers])
        return self.sum(found.ravel()).reshape(found.shape)

    def explained(self, error: Exception, saved: str) -> LostError | None:
        """What is told when a worker is gone; None for an error of another kind. `saved`: how to go on."""
        if self.cluster.workers == 1 or not self.is_loss(error):
            return None
        gone = self.lost(error)
        time.sleep(self.mourning)
        who = " and ".join(self.cluster.name(rank) for rank in gone) or "one of the other workers"
        return LostError(f"lost {who} (killed, unreachable, or ended by an error of its own); {saved}")


def patience() -> float:
    """How long to wait for the others, in seconds."""
    try:
        return max(1.0, float(os.environ.get("CNNCLI_WAIT", PATIENCE)))
    except ValueError:
        raise RefusedError(f"CNNCLI_WAIT is {os.environ['CNNCLI_WAIT']}; expected seconds") from None


def silent(cluster: Cluster, but: int) -> list[int]:
    """The workers, but for one, at whose address nobody listens."""
    found = []
    for rank, address in enumerate(cluster.addresses):
        if rank == but:
            continue
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=2.0).close()
        except OSError:
            found.append(rank)
    return found


def await_all(cluster: Cluster) -> None:
    """Wait until all others listen at their addresses. Raises RefusedError when that takes too long."""
    end = time.monotonic() + patience()
    while silent(cluster, but=cluster.rank):
        if time.monotonic() > end:
            raise absent(cluster)
        time.sleep(0.2)


def absent(cluster: Cluster, listening: tuple[int, ...] | None = None) -> RefusedError:
    """What is said when the others do not come. `listening`: those whose silence means something; without it, all."""
    others = [rank for rank in range(cluster.workers) if rank != cluster.rank]
    asked = [rank for rank in others if listening is None or rank in listening]
    missing = [rank for rank in silent(cluster, but=cluster.rank) if rank in asked] or (others if len(others) == 1 else [])
    who = " and ".join(map(cluster.name, missing)) or "some of the other workers"
    return RefusedError(
        f"{who} did not come within {patience():g} seconds; start the same command on every machine, each with its --rank, "
        "and see that their ports can be reached (CNNCLI_WAIT=300 waits longer)"
    )


def muffle() -> None:
    """Let only Python speak on standard output and error: engines write greetings there, and pages when a worker is lost."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        stream.flush()
        number = stream.fileno()
        kept = os.fdopen(os.dup(number), "w", encoding=stream.encoding, errors="backslashreplace", buffering=1)
        os.dup2(nowhere, number)
        setattr(sys, name, kept)
    os.close(nowhere)


@cache
def assemble(cluster: Cluster, backend: str) -> Team:
    """Meet the others, once in a process, before anything is computed. Raises RefusedError where they do not come."""
    if cluster.workers > 1:
        muffle()
    if backend == "jax":
        from .on_jax import assembled
    elif backend == "torch":
        from .on_torch import assembled
    elif backend == "tensorflow":
        from .on_tensorflow import assembled
    else:
        raise NotImplementedError(backend)
    return assembled(cluster)
