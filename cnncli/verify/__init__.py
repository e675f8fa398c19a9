"""A network's predicted figures against those of the Keras model that was built from it.

    model = cnncli.keras_model.build(network)
    certificate = verify(network, model)
    certificate.mismatches                      nothing, when all is well

What is compared with what: `facts` (shapes, weights, MACs, bytes), `counter` (MACs as the framework counts them), `support`
(receptive fields, as the reach of gradients).
"""

from __future__ import annotations

from .certificate import QUANTITIES, Certificate, Mismatch
from .check import verify

__all__ = ["QUANTITIES", "Certificate", "Mismatch", "verify"]
