"""Write tests/fixtures/onnx: graphs as PyTorch exports them, stripped of their weights, each with what PyTorch says of the module.

    python tests/make_onnx_fixtures.py          (needs torch, onnx and onnxscript)

The tests read the files; nothing but this script needs PyTorch. Arrays of more than 16 numbers are marked as standing in another
file, which is not there: their shapes suffice. The facts of a file: `outputs`, without the batch; `params`, the numbers in its
floating-point arrays that have axes (those that are scales of a resize apart); `trained`, how many parameters the module has;
`macs`, half of what PyTorch's counter of FLOPs counts.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy
import onnx
import torch
from onnx import numpy_helper
from onnx_zoo import Calls, build
from torch.utils.flop_counter import FlopCounterMode

FOLDER = Path(__file__).parent / "fixtures" / "onnx"
_OLD = {"dynamo": False}
_TRAINED = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}  # batch normalisation is not folded away
EXPORTERS: dict[str, dict[str, Any]] = {
    "opset7": {**_OLD, "opset_version": 7},
    "opset9": {**_OLD, "opset_version": 9},
    "opset13": {**_OLD, "opset_version": 13},
    "opset17": {**_OLD, "opset_version": 17, "dynamic_axes": {"x0": {0: "batch"}}},
    "trained": {**_OLD, "opset_version": 17, **_TRAINED},
    "dynamo": {"dynamo": True},
    "dynamo_open": {"dynamo": True, "opset_version": 20, "dynamic_shapes": True},
}
FIXTURES = {
    "opset7": "vgg dense",
    "opset9": "resnet unet_t signal",
    "opset13": "efficientnet googlenet unet_a convnext activations odd option_a",
    "opset17": "densenet unet_b shufflenet norms attention pyramid",
    "trained": "resnet mobilenet_v3 norms tied volume",
    "dynamo": "vgg googlenet unet_n shufflenet convnext odd two",
    "dynamo_open": "attention",
}


def exported(name: str, exporter: str) -> tuple[onnx.ModelProto, dict[str, Any]]:
    """The file that PyTorch writes of a module, and what it says of the module."""
    module, images = build(name)
    options = {"input_names": [f"x{at}" for at in range(len(images))], **EXPORTERS[exporter]}
    if options.get("dynamic_shapes"):
        each = tuple([{0: torch.export.Dim("batch")} for _ in images])
        options["dynamic_shapes"] = (each,) if isinstance(module, Calls) else each  # its forward takes *xs
        images = tuple(torch.cat([image, image]) for image in images)
    if options["dynamo"]:
        options |= {"verbose": False, "external_data": False}
    quiet = io.StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        warnings.catch_warnings(),
        contextlib.redirect_stdout(quiet),
        contextlib.redirect_stderr(quiet),
    ):
        warnings.simplefilter("ignore")
        torch.onnx.export(module, images, f"{folder}/model.onnx", **options)
        model = onnx.load(f"{folder}/model.onnx")
    return model, facts(module, images, model)


def facts(module: torch.nn.Module, images: tuple[torch.Tensor, ...], model: onnx.ModelProto) -> dict[str, Any]:
    """What PyTorch says of a module, and the count of the numbers in its file."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        made = module(*[image[:1] for image in images])
    outputs = made if isinstance(made, tuple) else (made,)
    read = {name for node in model.graph.node if node.op_type != "Resize" for name in node.input}  # whose scales are no weights
    arrays = [numpy_helper.to_array(each) for each in model.graph.initializer if each.name in read]
    return {
        "outputs": [list(output.shape[1:]) for output in outputs],
        "params": sum(array.size for array in arrays if array.dtype == numpy.float32 and array.ndim),
        "trained": sum(parameter.numel() for parameter in module.parameters()),
        "macs": counter.get_total_flops() // 2,
    }


def stripped(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph without weights, remarks, or the stack of each node."""
    for array in model.graph.initializer:
        if len(array.raw_data) > 64:
            array.ClearField("raw_data")
            array.data_location = onnx.TensorProto.EXTERNAL
            array.external_data.add(key="location", value="elsewhere.bin")
    for node in model.graph.node:
        node.ClearField("doc_string")
        for each in [each for each in node.metadata_props if not each.key.endswith("name_scopes")]:
            node.metadata_props.remove(each)
    for declared in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        declared.ClearField("metadata_props")
    for one in (model, model.graph):
        one.ClearField("metadata_props")
    return model


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = {}
    for exporter, names in FIXTURES.items():
        for name in names.split():
            model, known[f"{name}_{exporter}"] = exported(name, exporter)
            packed = gzip.compress(stripped(model).SerializeToString(deterministic=True), mtime=0)
            (FOLDER / f"{name}_{exporter}.onnx.gz").write_bytes(packed)
    (FOLDER / "facts.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
