"""Graphs that PyTorch exports here and now, with both of its exporters: read, they are what PyTorch says of the modules.

Runs where PyTorch is: pip install torch onnx onnxscript, then pytest -m "onnx and slow" tests/test_import_onnx_live.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnncli import analyze
from cnncli.errors import SpecError
from cnncli.importers import load_model

pytestmark = [pytest.mark.onnx, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # PyTorch warns of itself

NAMES = """
    vgg resnet mobilenet_v2 mobilenet_v3 efficientnet densenet googlenet unet_t unet_n unet_b unet_a shufflenet convnext activations norms
    odd attention pyramid tied option_a signal volume dense two
"""
EXPORTERS = "opset7 opset9 opset13 opset17 trained dynamo dynamo_open"


@pytest.fixture(scope="module")
def maker() -> Any:
    """The script that makes the fixtures, which exports."""
    for needed in ("torch", "onnx", "onnxscript"):
        pytest.importorskip(needed, reason="exports with PyTorch: pip install torch onnx onnxscript")
    import make_onnx_fixtures

    return make_onnx_fixtures


def test_every_module_is_tried(maker: Any) -> None:
    """The names here are those of the zoo and of the ways to export."""
    from onnx_zoo import ZOO

    assert sorted(NAMES.split()) == sorted(ZOO)
    assert sorted(EXPORTERS.split()) == sorted(maker.EXPORTERS)


@pytest.mark.parametrize("name", NAMES.split())
@pytest.mark.parametrize("exporter", EXPORTERS.split())
def test_exported_here_and_now(name: str, exporter: str, maker: Any, tmp_path: Path) -> None:
    """Output shapes, parameters and MACs are those of the module, whichever exporter and opset wrote it."""
    try:
        made, facts = maker.exported(name, exporter)
    except Exception as error:  # whatever PyTorch says of what its exporter or an opset lacks
        pytest.skip(f"PyTorch does not export it so: {type(error).__name__}")
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    if any(node.op_type in ("SequenceAt", "SplitToSequence") for node in made.graph.node):
        with pytest.raises(SpecError):
            load_model(str(path))
        return
    report = analyze(load_model(str(path)).network)
    assert [list(shape) for shape in report.outputs.values()] == facts["outputs"]
    assert report.totals["macs"] == facts["macs"]
    if name != "norms":  # its file also has ones and zeros that PyTorch put in where a norm has no weights
        assert report.totals["params"] == facts["params"]
    if exporter == "trained":
        assert report.totals["trainable_params"] == facts["trained"]
