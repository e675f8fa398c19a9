"""The architectures that ship: every file is complete, loads, and is what it expects of itself."""

from __future__ import annotations

import pytest

from cnncli.expectation import misses
from cnncli.report import analyze
from cnncli.spec import load, shipped

NAMES = """
    lenet5 lenet mlp_mnist mlp_cifar10 cifar10_cnn cifar10_cnn_bn mnist_tiny exercise_6x6 traffic_sign_cnn devanagari_cnn m5_audio c3d
    alexnet alexnet_groups zfnet vgg11 vgg13 vgg16 vgg19 googlenet googlenet_aux inception_v3 inception_v4 xception
    squeezenet squeezenet1_1 unet yolo_v1 darknet19 yolov2 espcn
    resnet18 resnet34 plain34 resnet50 resnet50_torchvision resnet101 resnet152
    cifar_resnet20 cifar_resnet32 cifar_resnet44 cifar_resnet56 cifar_resnet110 resnet1001 resnext50 wide_resnet50_2 seresnet50
    densenet121 densenet169 densenet201 mobilenet mobilenet_v2 mobilenet_v3_small mobilenet_v3_large shufflenet_v2
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
    convnext_tiny airbench94 mobilenet_v2_transfer
"""
PROMISED = NAMES.split()


@pytest.mark.parametrize("name", sorted({*shipped(), *PROMISED}))
def test_file_is_complete_and_holds(name: str) -> None:
    """Every shipped file loads, names its source, expects at least its parameters, and is as it expects."""
    document = load(name)
    assert document.name
    assert document.source
    assert "params" in {one.key for one in document.expect}
    assert misses(document.expect, analyze(document.network).totals) == []


def test_what_is_promised_ships() -> None:
    """The names that scripts use are those of the files."""
    assert sorted(set(PROMISED) - set(shipped())) == []


@pytest.mark.parametrize(
    "name", ["lenet", "mnist_tiny", "mlp_mnist", "cifar10_cnn", "cifar10_cnn_bn", "airbench94", "mobilenet_v2_transfer"]
)
def test_small_networks_know_how_to_be_trained(name: str) -> None:
    """The networks for MNIST and CIFAR-10 carry a recipe."""
    assert load(name).recipe is not None


@pytest.mark.parametrize(
    ("file", "settings", "params"),
    [
        ("c3d", {"classes": "101"}, 78_409_573),  # as counted by implementations for UCF101
        ("alexnet", {"groups": "2"}, 60_965_224),
        ("alexnet_groups", {"groups": "1"}, 62_378_344),
        ("yolov2", {"classes": "80"}, 50_983_561),  # the numbers in yolov2.weights, which are of COCO
        ("espcn", {"upscale": "2"}, 1_664 + 18_464 + 4 * 289),
        ("espcn", {"upscale": "4"}, 1_664 + 18_464 + 16 * 289),
    ],
)
def test_settings_give_the_other_published_variant(file: str, settings: dict[str, str], params: int) -> None:
    """A parameter of the file is the difference between two published networks."""
    assert analyze(load(file, settings).network).totals["params"] == params


def test_transfer_begins_with_the_head_and_goes_on_with_three_bottlenecks() -> None:
    """At first the head alone learns; the layers that are tuned then begin where a bottleneck of 160 channels does."""
    document = load("mobilenet_v2_transfer")
    body, recipe = document.backbone, document.recipe
    assert body is not None
    assert recipe is not None
    assert (body.options.weights, body.still) == ("imagenet", len(body.layers))
    nodes = document.network.nodes
    tuned = [nodes[index] for index in body.layers[-recipe.fine_tune.layers :]]
    assert [nodes[tuned[0].inputs[0]].output[-1], *[node.output[-1] for node in tuned if node.kind == "conv"]] == [
        *[160, 960, 160, 960, 160, 960, 320],
        1280,
    ]


def test_squeezenet_has_the_sizes_of_the_paper_at_227() -> None:
    """At 227 pixels the maps after conv1 and the three poolings are those of table 1."""
    rows = analyze(load("squeezenet", input_size="227x227x3").network).rows
    sizes = [row.output_shape[0] for row in rows if row.kind == "max_pool" or row.name == "conv_1"]
    assert sizes == [111, 55, 27, 13]
