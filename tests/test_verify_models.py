"""Verification of models that were read from files: what Keras builds from them agrees, whatever program wrote them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnncli.importers import load_model
from cnncli.verify import QUANTITIES, certify

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]

FIXTURES = Path(__file__).parent / "fixtures" / "keras"


@pytest.fixture(scope="module", autouse=True)
def keras() -> Any:
    pytest.importorskip("keras", reason="compares with Keras; pip install 'cnncli[train]'")
    from cnncli.verify import wake_keras

    wake_keras("this test")


@pytest.mark.parametrize("name", ["shared", "nested", "solid", "flat"])
def test_models_of_keras_agree(name: str) -> None:
    """Also where one layer, or a model within the model, is used several times: its weights count where it is first used."""
    network = load_model(str(FIXTURES / f"{name}.json")).network
    certificate = certify(network, QUANTITIES)
    assert certificate.mismatches == []
    assert certificate.compared["weights"] >= sum(bool(node.facts.weights) for node in network.nodes) > 0
