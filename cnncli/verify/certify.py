"""Building and verifying: one network, or a random one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from ..errors import CnncliError
from ..network import Network
from ..random_networks import Draft, random_draft, shrunk
from ..spec import loads
from .certificate import Certificate, Mismatch
from .check import verify


def certify(network: Network, only: Sequence[str], progress: Callable[[str], object] = str) -> Certificate:
    """Build a network in Keras, compare, and leave nothing of it behind. What the framework refuses is a mismatch, too."""
    import keras

    from ..keras_model import UnbuiltError, build

    progress("build")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a softmax over one channel and the like
        try:
            return verify(network, build(network), only, progress)
        except CnncliError:
            raise
        except UnbuiltError as refusal:
            node = refusal.node
            return Certificate(network.name, {}, [Mismatch(node.place, node.name, "layer", "one that can be built", told(refusal.error))])
        except Exception as error:  # whatever a framework may raise
            return Certificate(network.name, {}, [Mismatch(None, network.name, "model", "one that can be built and run", told(error))])
        finally:
            keras.utils.clear_session()


def told(error: Exception) -> str:
    """The kind of an error, and the first line of what it says."""
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0]}"


class RandomFailure(NamedTuple):
    """A random network that does not agree: how to draw it again, the smallest spec that was found, and its mismatches."""

    seed: int
    spec: str
    certificate: Certificate


def certify_random(seed: int, only: Sequence[str]) -> tuple[Certificate, RandomFailure | None]:
    """Verify the network that this seed draws; one that fails is shrunk."""
    draft = random_draft(Random(seed))
    found = certify(named(draft), only)
    if not found.mismatches:
        return found, None
    quantities = {mismatch.quantity.split()[0] for mismatch in found.mismatches}

    def fails(candidate: Draft) -> bool:
        try:
            again = certify(named(candidate), only)
        except CnncliError:  # no legal network any more
            return False
        return any(mismatch.quantity.split()[0] in quantities for mismatch in again.mismatches)

    smallest = shrunk(draft, fails)
    return found, RandomFailure(seed, smallest.text(), certify(named(smallest), only))


def named(draft: Draft) -> Network:
    """The network of a draft, read from its text as any spec is."""
    return loads(draft.text(), "random.yaml").network
