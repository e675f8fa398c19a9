"""keras.applications, all 40: what is read from their files is told as a spec, and is what Keras builds.

All of them take an hour: `pytest -m slow tests/test_applications.py`; a few run always.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from test_import_keras_live import APPLICATIONS

from cnncli.convert import spec_text
from cnncli.convert.graph import graph_of
from cnncli.importers import load_model
from cnncli.importers.keras.merging import scaled_add
from cnncli.importers.keras.use import Use
from cnncli.importers.keras.vocabulary import Fed
from cnncli.layers.merge import Add
from cnncli.layers.norm import Rescale
from cnncli.network import Network, Node
from cnncli.report import analyze
from cnncli.spec import loads, shipped
from cnncli.spec.source import NOT_SHIPPED, plain
from cnncli.verify import certify

pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore")]
NAMES = ("peak_memory_at", "peak_memory_tensors")  # totals that are names of layers
LEAST = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71, "NASNetLarge": 331, "NASNetMobile": 224}  # pixels; elsewhere 32


def model_of(name: str, tmp_path: Path, top: bool = True, **options: Any) -> Network:
    """An application, as it is read from its file."""
    keras = pytest.importorskip("keras", reason="compares with Keras")
    model = getattr(keras.applications, name)(weights=None, include_top=top, **options)
    path = tmp_path / f"{name}.json"
    path.write_text(model.to_json())
    size = "224x224x3" if None in model.input_shape[1:] else None
    keras.backend.clear_session()
    return load_model(str(path), input_size=size).network


def rows(nodes: list[Node]) -> list[Any]:
    """All that counts of each layer, in order."""
    return [(node.kind, node.output, node.facts.weights, node.facts.work, node.facts.windows) for node in nodes]


def stays_the_same(network: Network) -> str:
    """The spec of a network, which gives the same totals and, in the order in which it is told, the same rows."""
    text = spec_text(network, keep_order=False)
    told = loads(text).network
    assert rows(told.nodes) == rows(graph_of(network, keep_order=False).nodes)
    totals, again = analyze(network).totals, analyze(told).totals
    assert {key: again[key] for key in totals if key not in NAMES} == {key: totals[key] for key in totals if key not in NAMES}
    return text


def test_a_backbone_has_a_file_or_a_hint_for_each() -> None:
    """Every application ships here, under its name in our spelling, or is told how to get it from Keras, under its own."""
    ours = {plain(name) for name in shipped()}
    assert {name for name in APPLICATIONS if plain(name) not in ours} == set(NOT_SHIPPED)


@pytest.mark.slow
@pytest.mark.parametrize("top", [True, False], ids=["top", "no_top"])
@pytest.mark.parametrize("name", APPLICATIONS)
def test_all_are_told_in_specs(tmp_path: Path, name: str, top: bool) -> None:
    """With and without their classifiers, layer by layer, and in far fewer lines than layers."""
    network = model_of(name, tmp_path, top)
    lines = len(stays_the_same(network).splitlines())
    assert lines <= max(130, len(network.nodes) // 5) or name.startswith("NASNet")  # its cells read two outputs, so they are no blocks


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_all_are_what_keras_builds(tmp_path: Path, name: str) -> None:
    """Built again from what was read of them, on small images: shapes, weights, memory."""
    size = LEAST.get(name, 32)
    certificate = certify(model_of(name, tmp_path, top=False, input_shape=(size, size, 3)), ("shapes", "weights", "memory"))
    assert certificate.mismatches == []


@pytest.mark.parametrize(("name", "lines"), [("ConvNeXtTiny", 50), ("EfficientNetV2B0", 90), ("MobileNetV2", 55)])
def test_a_few_are_told_in_specs(tmp_path: Path, name: str, lines: int) -> None:
    """Preprocessing with figures for each channel, gates, residuals: in few lines."""
    assert len(stays_the_same(model_of(name, tmp_path)).splitlines()) <= lines


def test_one_is_what_keras_builds(tmp_path: Path) -> None:
    """Standardised by figures of the file, with scales and stochastic depth."""
    network = model_of("ConvNeXtTiny", tmp_path, top=False, input_shape=(32, 32, 3))
    assert network.nodes[1].layer == Rescale(scale=(1 / 58.395, 1 / 57.12, 1 / 57.375), offset=(-485 / 229, -456 / 224, -406 / 225))
    assert certify(network, ("shapes", "weights")).mismatches == []


def test_a_scaled_residual_is_rescaled_and_added() -> None:
    """Inception-ResNet's own layer: the addition, whose second input is rescaled first."""
    x = (8, 8, 4)
    assert scaled_add(Use("CustomScaleLayer", {"scale": 0.17}, (x, x))) == Fed(Add(), (None, Rescale(scale=0.17)))
