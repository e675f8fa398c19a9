"""What we count of the architectures that ship agrees with what others published, or what their programs count."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cnncli.errors import CnncliError
from cnncli.report import Report, analyze
from cnncli.spec import load


class Ours(NamedTuple):
    """What of ours a published figure speaks of: a file, settings of its parameters, perhaps one layer."""

    file: str
    settings: tuple[tuple[str, str], ...] = ()
    layer: str | None = None


def ours(file: str, layer: str | None = None, **settings: object) -> Ours:
    return Ours(file, tuple((name, str(value)) for name, value in settings.items()), layer)


KERAS = {
    "VGG16": ours("vgg16"),
    "VGG19": ours("vgg19"),
    "ResNet50": ours("resnet50"),
    "ResNet101": ours("resnet101"),
    "ResNet152": ours("resnet152"),
    "InceptionV3": ours("inception_v3"),
    "Xception": ours("xception"),
    "MobileNet": ours("mobilenet"),
    "MobileNetV2": ours("mobilenet_v2"),
    "MobileNetV3Small": ours("mobilenet_v3_small"),
    "MobileNetV3Large": ours("mobilenet_v3_large"),
    "ConvNeXtTiny": ours("convnext_tiny"),
    **{f"DenseNet{depth}": ours(f"densenet{depth}") for depth in (121, 169, 201)},
    **{f"EfficientNetB{number}": ours(f"efficientnet_b{number}") for number in range(8)},
}
TORCHVISION = {
    **{f"VGG{depth}": ours(f"vgg{depth}") for depth in (11, 13, 16, 19)},
    **{f"DenseNet{depth}": ours(f"densenet{depth}") for depth in (121, 169, 201)},
    **{f"EfficientNet_B{number}": ours(f"efficientnet_b{number}") for number in range(8)},
    "EfficientNet_B2": ours("efficientnet_b2", resolution=288),
    "ConvNeXt_Tiny": ours("convnext_tiny"),
    "Inception_V3": ours("inception_v3"),
    "MobileNet_V2": ours("mobilenet_v2"),
    "MobileNet_V3_Small": ours("mobilenet_v3_small"),
    "MobileNet_V3_Large": ours("mobilenet_v3_large"),
    "ResNet18": ours("resnet18"),
    "ResNet34": ours("resnet34"),
    "ResNet50": ours("resnet50_torchvision"),
    "ResNeXt50_32X4D": ours("resnext50"),
    "Wide_ResNet50_2": ours("wide_resnet50_2"),
    "ShuffleNet_V2_X0_5": ours("shufflenet_v2", stage2=48),
    "ShuffleNet_V2_X1_0": ours("shufflenet_v2"),
    "ShuffleNet_V2_X1_5": ours("shufflenet_v2", stage2=176),
    "ShuffleNet_V2_X2_0": ours("shufflenet_v2", stage2=244, conv5=2048),
    "SqueezeNet1_0": ours("squeezenet"),
    "SqueezeNet1_1": ours("squeezenet1_1"),
}
ELSEWHERE = {
    "AlexNet": ours("alexnet"),
    "AlexNet (2012)": ours("alexnet_groups"),
    "AlexNet torchvision conv5": ours("alexnet", "conv_5"),
    "AlexNet torchvision pool5": ours("alexnet", "max_pool_3"),
    "GoogLeNet (5x5 branch) inception5b": ours("googlenet"),
    "SqueezeNet1.0 conv10 (fire9)": ours("squeezenet"),
    "SqueezeNet1.1 conv10 (fire9)": ours("squeezenet1_1"),
    "InceptionV3 (Keras)": ours("inception_v3", "conv_86"),  # their conv2d_85: they count from 0
    "LeNet-5": ours("lenet5"),
    "LeNet-5 C1": ours("lenet5", "conv_1"),
    "LeNet-5 S2": ours("lenet5", "avg_pool_1"),
    "LeNet-5 C3": ours("lenet5", "conv_2"),
    "LeNet-5 S4": ours("lenet5", "avg_pool_2"),
    "U-Net (2015)": ours("unet"),
    "U-Net bottleneck (valid conv)": ours("unet", "bottom"),
    "VGG16 features": ours("vgg16"),
    "ResNet-18": ours("resnet18"),
    "ResNet-34": ours("resnet34"),
    "ResNet-50": ours("resnet50_torchvision"),
    "ResNet-50 stride@1x1": ours("resnet50"),
    "ResNet-50 stride@3x3": ours("resnet50_torchvision"),
    "ResNet-101 stride@1x1": ours("resnet101"),
    "ResNet-152 stride@1x1": ours("resnet152"),
    "ResNet-200 stride@1x1": ours("resnet50", conv3_x=24, conv4_x=36),
    "CIFAR ResNet-1202": ours("cifar_resnet20", n=200),
    **{f"CIFAR ResNet-{depth}": ours(f"cifar_resnet{depth}") for depth in (20, 32, 44, 56, 110)},
    **{f"VGG-{depth}": ours(f"vgg{depth}") for depth in (11, 13, 16, 19)},
}
NOT_SHIPPED = """
    VGG*_BN ResNet*V2 InceptionResNetV2 NASNet* EfficientNetV2* EfficientNet_V2_* ConvNeXtSmall ConvNeXtBase ConvNeXt_Small
    ConvNeXt_Base ConvNeXt_Large DenseNet161 MNASNet* RegNet_* ResNeXt101_* Wide_ResNet101_2
"""
NOT_COMPARED = {  # "network | variant | quantity" -> why
    "* | * | num_layers": "Keras counts its objects: activations are options of ours, or layers of their own",
    "* | * | min_useful_input_resolution": "a judgement, not a figure of the network",
    "AlexNet | torchvision; * | *": "Krizhevsky 2014: other filters than the network of 2012",
    "GoogLeNet | torchvision; * | *": "batch norm, and 3x3 where the paper has 5x5",
    "GoogLeNet torchvision (3x3 * | *": "batch norm, and 3x3 where the paper has 5x5",
    "ResNet101 | torchvision; * | *": "stride in the 3x3, no biases: ships for 50 layers only",
    "ResNet152 | torchvision; * | *": "stride in the 3x3, no biases: ships for 50 layers only",
    "ResNet-*01 stride@3x3 | *": "stride in the 3x3: ships for 50 layers only",
    "ResNet-152 stride@3x3 | *": "stride in the 3x3: ships for 50 layers only",
    "ResNet-200 stride@3x3 | *": "stride in the 3x3: ships for 50 layers only",
    "ResNet-* stride@last | *": "no such variant ships",
    "ResNet-50 | Caffe* | *": "no biases in the parameters, small extras in the MACs",
    "ResNet-50 | fp32 batch 1; * | peak_activation_memory": "the peak of one block, not of the network",
    "Xception | keras.applications include_top=False* | macs": "the profiler's operations, halved: more than kernels",
    "LeNet-5 C5 | *": "C5 is a dense layer here; it sees the whole image",
    "stem conv7/2+pool3/2+avg3/2 | *": "no network that ships",
    **{f"{name} | *": "does not ship" for name in NOT_SHIPPED.split()},
}
TOTALS = {  # published quantity -> total of ours
    "params_total": "params",
    "params_trainable": "trainable_params",
    "params_non_trainable": "non_trainable_params",
    "macs": "macs",
    "receptive_field": "receptive_field",
    "receptive_field_max": "receptive_field",
    "effective_stride": "effective_stride",
}
DIFFERENT = {  # (network, quantity) -> our figure, and why it is another
    ("Inception_V3", "params_trainable"): (23_817_352, "torchvision's has the auxiliary classifier, and scales in batch norm"),
}


def published() -> list[dict[str, Any]]:
    path = Path(__file__).parents[2] / "shared" / "reference.json"
    return json.loads(path.read_text()) if path.exists() else []


def counterpart(row: dict[str, Any]) -> Ours | None:
    """What of ours a published figure is compared with."""
    arch, variant = row["arch"], row["variant"]
    if variant.startswith("torchvision; "):
        return TORCHVISION.get(arch)
    if variant.startswith("keras.applications"):
        return KERAS.get(arch)
    if arch == "MobileNet_v1":
        settings = dict(re.findall(r"(width|input) ([\d.]+)", variant))
        return ours("mobilenet", width=settings["width"], resolution=settings.get("input", "224"))
    return ELSEWHERE.get(arch)


def reason(row: dict[str, Any]) -> str | None:
    """Why a published figure is not compared."""
    title = f"{row['arch']} | {row['variant']} | {row['quantity']}"
    return next((why for pattern, why in NOT_COMPARED.items() if fnmatchcase(title, pattern)), None)


@cache
def report(file: str, settings: tuple[tuple[str, str], ...] = ()) -> Report:
    return analyze(load(file, dict(settings)).network)


def figure(quantity: str, of: Ours) -> Any:
    """Our figure for a published quantity: of one layer, of the last map, or in total."""
    whole = report(of.file, of.settings)
    if of.layer is None and quantity in TOTALS:
        return whole.totals[TOTALS[quantity]]
    maps = [row for row in whole.rows if len(row.output_shape) > 1 and row.receptive_field.size]
    row = maps[-1] if of.layer is None else next(row for row in maps if row.name == of.layer)
    field = row.receptive_field
    assert field.size is not None
    assert field.stride is not None
    assert field.padding is not None
    local = {"receptive_field": field.size[0], "effective_stride": field.stride[0], "effective_padding": field.padding[0]}
    return {**local, "feature_map_shape_hwc": list(row.output_shape)}[quantity]


SPOKEN_OF = [row for row in published() if reason(row) is None]
SMALLEST = [row for row in SPOKEN_OF if row["quantity"] == "min_input_size"]
COMPARED = [row for row in SPOKEN_OF if row not in SMALLEST]


@pytest.mark.skipif(not published(), reason="the reference figures lie outside the repository, and are not there")
@pytest.mark.parametrize("row", COMPARED, ids=lambda row: f"{row['arch']}-{row['quantity']}-{row['unit'][:4]}".replace(" ", "_"))
def test_agrees_with_published_figures(row: dict[str, Any]) -> None:
    """Each published figure of a network that ships is ours, exactly; thousandths of GMACs after rounding."""
    of = counterpart(row)
    assert of is not None, f"{row['arch']} ({row['variant']}) has no counterpart and no reason"
    mine = figure(row["quantity"], of)
    if (row["arch"], row["quantity"]) in DIFFERENT:
        expected = DIFFERENT[row["arch"], row["quantity"]][0]
        assert expected != row["value"]
    else:
        expected = row["value"]
    if row["unit"].startswith("GMAC") and isinstance(expected, float):
        mine = round(mine / 1e9, 3)
    assert mine == expected


@pytest.mark.skipif(not published(), reason="the reference figures lie outside the repository, and are not there")
def test_most_published_figures_are_compared() -> None:
    """The comparison cannot shrink unseen: of 600 figures, those of networks that ship are compared, and every reason is in use."""
    titles = [f"{row['arch']} | {row['variant']} | {row['quantity']}" for row in published()]
    assert len(COMPARED) >= 350
    assert [pattern for pattern in NOT_COMPARED if not any(fnmatchcase(title, pattern) for title in titles)] == []


@pytest.mark.parametrize("row", SMALLEST, ids=lambda row: row["arch"])
def test_smallest_input(row: dict[str, Any]) -> None:
    """The smallest input that torchvision accepts is the smallest that we accept."""
    of, size = counterpart(row), row["value"][0]
    assert of is not None
    assert load(of.file, input_size=f"{size}x{size}x3").network.nodes
    with pytest.raises(CnncliError, match="does not fit"):
        load(of.file, input_size=f"{size - 1}x{size - 1}x3")


@pytest.mark.parametrize(
    ("file", "size", "settings", "billions"),
    [
        ("darknet19", 224, {}, 5.58),  # section 3 of arXiv:1612.08242
        ("darknet19", 256, {}, 7.29),  # this and the next: pjreddie.com/darknet/imagenet
        ("darknet19", 448, {}, 22.33),
        ("yolov2", 416, {"narrow": "0"}, 34.90),  # this and the rest: pjreddie.com/darknet/yolov2; of VOC
        ("yolov2", 544, {"narrow": "0"}, 59.68),
        ("yolov2", 608, {"classes": "80"}, 62.94),  # of COCO
    ],
)
def test_operations_are_those_of_darknet(file: str, size: int, settings: dict[str, str], billions: float) -> None:
    """The program of these networks' authors counts two operations for each MAC; they publish billions, with two decimals."""
    network = load(file, settings, f"{size}x{size}x3").network
    assert round(analyze(network).totals["flops"] / 1e9, 2) == billions
