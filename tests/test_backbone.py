"""Networks that go on from another one: which layers they take over, what is frozen, and that nothing else is different."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnncli import analyze
from cnncli.errors import SpecError
from cnncli.layers import Layer
from cnncli.spec import Document, load, loads
from cnncli.spec.schema import schema

HEAD = "layers: [global_avg_pool, {dense: {units: 5, activation: softmax}}]"

SKIP = """
backbone: {model: lenet, until: conv_2}
layers:
  - upsample: 2
    name: up
  - crop: 4
    from: conv_1
  - concat:
    from: [above, up]
"""


def grafted(backbone: str, more: str = "") -> Document:
    return loads(f"backbone: {backbone}\n{more}\n{HEAD}\n")


@pytest.mark.parametrize(
    ("model", "params"),
    [  # keras.applications with include_top=False, built and counted; ConvNeXt without the norm that Keras puts behind its last map
        ("MobileNetV2", 2_257_984),
        ("MobileNetV3Small", 939_120),
        ("mobilenet", 3_228_864),
        ("ResNet50", 23_587_712),
        ("EfficientNetB0", 4_049_571),
        ("VGG16", 14_714_688),
        ("InceptionV3", 21_802_784),
        ("DenseNet121", 7_037_504),
        ("Xception", 20_861_480),
        ("ConvNeXtTiny", 27_820_128 - 2 * 768),
    ],
)
def test_a_backbone_ends_where_keras_ends_it(model: str, params: int) -> None:
    """Without its head a network has the parameters of Keras' include_top=False, whichever way its name is spelled."""
    document = grafted(model)
    assert document.backbone is not None
    of = document.network.nodes[document.backbone.layers[-1]]
    assert len(of.output) == 3
    assert analyze(document).totals["params"] == params + 5 * (of.output[-1] + 1)


def test_the_layers_are_those_of_the_backbone() -> None:
    """Layer by layer shapes, figures and fields are those of the network that is gone on from; only the scope is one deeper."""
    ours, theirs = analyze(grafted("resnet50")), analyze(load("resnet50"))
    assert ours.network.nodes[0].output == (224, 224, 3)
    for row, other in zip(ours.rows[:-2], theirs.rows, strict=False):
        assert (row.name, row.output_shape, row.figures) == (other.name, other.output_shape, other.figures)
    assert [(one.size, one.stride) for one in ours.fields[:-2]] == [(one.size, one.stride) for one in theirs.fields[: len(ours.fields) - 2]]
    assert [(row.name, row.figures.params) for row in ours.folded(1)][1] == ("resnet50", 23_587_712)
    assert len({row.name for row in ours.rows}) == len(ours.rows)


def test_another_input_goes_through() -> None:
    """The input of the file, or --input, is the backbone's."""
    assert grafted("mobilenet_v2", "input: [96, 64, 3]").network.nodes[-3].output == (3, 2, 1280)
    assert grafted("lenet", "input: [28, 28, 3]").network.nodes[0].output == (28, 28, 3)


def test_input_on_the_command_line(tmp_path: Path) -> None:
    """--input takes the place of the backbone's own input."""
    (tmp_path / "net.yaml").write_text(f"backbone: mobilenet_v2\n{HEAD}\n", encoding="utf-8")
    assert load(str(tmp_path / "net.yaml"), input_size="64x64x3").network.nodes[-3].output == (2, 2, 1280)


def trainable(layer: Layer, *shapes: tuple[int, ...]) -> bool:
    return any(weight.trainable for weight in layer.weights(*shapes))


@pytest.mark.parametrize(("freeze", "first"), [("0", "conv_1"), ("1", "conv_2"), ("2", "conv_2"), ("3", "dense_1"), ("all", "dense_1")])
def test_freeze_counts_layers_from_the_input_on(freeze: str, first: str) -> None:
    """lenet is conv, max_pool, conv, max_pool: the first layer that learns stands behind those that are frozen."""
    network = grafted(f"{{model: lenet, freeze: {freeze}}}").network
    assert next(node.name for node in network.nodes if trainable(node.layer, *node.facts.shapes)) == first
    assert analyze(network).totals["params"] == analyze(grafted("lenet")).totals["params"]


def test_a_frozen_backbone_holds_little_in_training() -> None:
    """Weights, and for the head alone gradients, two slots of Adam and activations: its input, the five outputs."""
    report = analyze(grafted("{model: mobilenet_v2, freeze: all}"), batch=8)
    head = 5 * 1281
    assert report.totals["trainable_params"] == head
    assert report.training == (4 * (2_257_984 + head), 4 * head, 8 * head, 4 * 8 * (1280 + 5))


def test_from_reads_a_layer_of_the_backbone() -> None:
    """The names of its layers can be read, such as for the skips of a U-Net."""
    network = loads(SKIP).network
    assert network.nodes[-1].output == (16, 16, 6 + 16)


@pytest.mark.parametrize("until", ["max_pool_1", "conv_1"])
def test_until_names_another_end(until: str) -> None:
    """The backbone ends with the layer that `until` names."""
    document = grafted(f"{{model: lenet, until: {until}}}")
    assert document.backbone is not None
    assert document.network.nodes[document.backbone.layers[-1]].name == until


def test_a_file_beside_the_file(tmp_path: Path) -> None:
    """A path is seen from the file that says it; a spec of one's own, with blocks and names, is taken over whole where it has no head."""
    (tmp_path / "body.yaml").write_text(
        "input: [8, 8, 3]\nblocks:\n  pair(n):\n    - conv: {filters: $n, kernel: 1}\n    - relu\nlayers:\n  - pair: 4\n  - pair: 5\n",
        encoding="utf-8",
    )
    (tmp_path / "net.yaml").write_text("backbone: body.yaml\nlayers: [{conv: {filters: 2, kernel: 1}}]\n", encoding="utf-8")
    report = analyze(load(str(tmp_path / "net.yaml")))
    assert [row.name for row in report.rows] == ["input", "conv_1", "relu_1", "conv_2", "relu_2", "conv_3"]
    assert [row.name for row in report.folded(2)] == ["input", "body/pair_1", "body/pair_2", "conv_3"]


@pytest.mark.parametrize("name", ["flat", "shared"])
def test_a_model_of_keras_is_a_backbone(name: str) -> None:
    """A model's file is read without Keras; layers that are shared there stay shared, and its names stay."""
    path = Path(__file__).parent / "fixtures" / "keras" / f"{name}.json"
    import cnncli

    theirs = analyze(cnncli.load(str(path)))
    end = theirs.rows[-1].name
    report = analyze(loads(f"backbone: {{model: '{path}', until: '{end}'}}\nlayers: [linear]\n"))
    kept = report.rows[1:-1]
    by_name = {row.name: row for row in theirs.rows}
    assert kept
    assert all((row.output_shape, row.figures.macs) == (by_name[row.name].output_shape, by_name[row.name].figures.macs) for row in kept)
    assert 0 < report.totals["params"] <= theirs.totals["params"]


@pytest.mark.parametrize("weights", ["random", "imagenet", "body.keras", "./flowers-1", "runs/flowers-1", "'runs\\flowers-1'"])
def test_weights_are_a_word_or_a_path(weights: str) -> None:
    """Both words are read, and whatever has a slash or an ending: whether that is there is asked when it is needed."""
    body = grafted(f"{{model: mobilenet_v2, weights: {weights}}}").backbone
    assert body is not None
    assert body.options.source == weights.strip("'")


@pytest.mark.parametrize(
    ("weights", "hint"),
    [
        ("ImageNet", "; did you mean 'imagenet'?"),
        ("imagent", "; did you mean 'imagenet'?"),
        ("rnadom", "; did you mean 'random'?"),
        ("flowers-1", "; a run or file of that name is ./flowers-1"),
        ("[imagenet]", ""),
        ("''", "; leave it out"),
    ],
)
def test_what_is_neither_is_refused_at_reading(weights: str, hint: str) -> None:
    """A slip in a word is not taken for a file; what may be a run is told how a path is spelled."""
    with pytest.raises(SpecError) as refused:
        grafted(f"{{model: mobilenet_v2, weights: {weights}}}")
    first = str(refused.value).splitlines()[0]
    assert first.endswith(f"; expected random, imagenet, or a path, with a slash or an ending{hint}")
    assert ":1:42: weights is " in first


def test_the_schema_knows_it() -> None:
    """The JSON Schema describes the section, and is text."""
    properties = schema()["properties"]["backbone"]["anyOf"][1]["properties"]
    assert set(properties) == {"model", "weights", "preprocess", "freeze", "until"}
    assert json.dumps(schema())
