"""A network's predicted figures against those of the Keras model that was built from it.

`verify(network, model)` gives a Certificate, whose `mismatches` are empty when all is well; `certify` builds the model, too.
What is compared with what: `facts` (shapes, weights, MACs, bytes), `counter` (MACs as the framework counts them), `support`
(receptive fields, as the reach of gradients).
"""

from __future__ import annotations

from ..waking import wake_keras
from .certificate import QUANTITIES, Certificate, Mismatch, versions
from .certify import RandomFailure, certify, certify_random
from .check import verify

__all__ = ["QUANTITIES", "Certificate", "Mismatch", "RandomFailure", "certify", "certify_random", "verify", "versions", "wake_keras"]
