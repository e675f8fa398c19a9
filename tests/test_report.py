"""The report: rows, their sums, blocks folded, totals."""

from __future__ import annotations

import pytest

from cnncli import analyze
from cnncli.errors import UsageError
from cnncli.memory import activation_bytes
from cnncli.network import Network, Scope
from cnncli.report import ELEMENT_BYTES, Figures
from cnncli.spec import Document, load, loads

BLOCKS = """
name: folded
input: [8, 8, 3]
blocks:
  unit(filters):
    - conv: {filters: $filters, kernel: 3, padding: same}
    - batch_norm
    - relu
  stage(filters):
    - unit: $filters
      repeat: 2
    - max_pool: 2
layers:
  - stage: 4
  - stage: 8
  - global_avg_pool
  - dense: 2
"""


@pytest.fixture(scope="module")
def blocks() -> Document:
    return loads(BLOCKS)


@pytest.fixture
def by_hand() -> Network:
    """A convolution of 2 filters of 3 x 3 on (6, 6, 1), batch norm, and a dense layer of 3: worked out on paper below."""
    return loads("input: [6, 6, 1]\nlayers: [{conv: {filters: 2, kernel: 3, activation: relu}}, batch_norm, flatten, {dense: 3}]").network


def test_figures_by_hand(by_hand: Network) -> None:
    """(3*3*1 + 1) * 2 = 20 and (32 + 1) * 3 = 99 parameters, 4 per channel of batch norm, of which 2 are trained.

    MACs 4*4*2 * 9 = 288 and 32 * 3 = 96; relu compares once for each of 32 elements.
    """
    rows = {row.name: row.figures for row in analyze(by_hand).rows}
    assert rows["conv_1"].params == 20
    assert rows["conv_1"].params_without_bias == 18
    assert rows["conv_1"].macs == 288
    assert rows["conv_1"].flops == 576
    assert rows["conv_1"].compare == 32
    assert rows["conv_1"].add == 32
    assert (rows["batch_norm_1"].params, rows["batch_norm_1"].trainable_params, rows["batch_norm_1"].non_trainable_params) == (8, 4, 4)
    assert (rows["dense_1"].params, rows["dense_1"].params_without_bias, rows["dense_1"].macs) == (99, 96, 96)
    assert rows["input"] == Figures(activation_bytes=36 * 4)
    assert rows["flatten_1"] == Figures()


def test_totals_by_hand(by_hand: Network) -> None:
    """Totals are the sums of the rows; the field is that of the last map; five layers, the input among them."""
    totals = analyze(by_hand).totals
    assert totals["layers"] == 5
    assert totals["params"] == 20 + 8 + 99
    assert totals["trainable_params"] == 20 + 4 + 99
    assert totals["non_trainable_params"] == 4
    assert totals["macs"] == 288 + 96
    assert totals["flops"] == 2 * (288 + 96)
    assert totals["output_shape"] == (3,)
    assert totals["receptive_field"] == 3
    assert totals["effective_stride"] == 1
    assert totals["param_bytes"] == 4 * 127


@pytest.mark.parametrize("name", ["lenet5", "resnet50", "seresnet50", "unet", "googlenet_aux", "c3d", "shufflenet_v2"])
def test_columns_sum_to_totals(name: str) -> None:
    """The figures of the rows, at any depth of folding, sum to those of the network; so do bytes and those of the memory room."""
    report = analyze(load(name), batch=3, dtype="float16")
    for rows in (report.rows, report.folded(0), report.folded(1), report.folded(2)):
        assert Figures(*map(sum, zip(*(row.figures for row in rows), strict=True))) == report.figures
    for key, value in report.figures._asdict().items():
        assert report.totals[key] == value
    assert report.figures.activation_bytes == activation_bytes(report.network, 2, 3)
    assert report.totals["param_bytes"] == 2 * report.totals["params"] == report.training.weights


def test_work_is_of_one_image_and_memory_of_the_batch(by_hand: Network) -> None:
    """Parameters and work do not change with the batch; what activations take does, and what weights take does not."""
    one, ten = analyze(by_hand).totals, analyze(by_hand, batch=10).totals
    for key in ("params", "macs", "flops", "element_wise", "param_bytes", "training_gradient_bytes", "training_optimizer_bytes"):
        assert ten[key] == one[key]
    for key in ("activation_bytes", "peak_memory_bytes", "training_activation_bytes"):
        assert ten[key] == 10 * one[key]


@pytest.mark.parametrize("dtype", ELEMENT_BYTES)
def test_bytes_scale_with_the_element(by_hand: Network, dtype: str) -> None:
    """Every figure in bytes is that of int8 times the bytes of an element; nothing else changes."""
    least, totals = analyze(by_hand, dtype="int8").totals, analyze(by_hand, dtype=dtype).totals
    for key, value in totals.items():
        assert value == (least[key] * ELEMENT_BYTES[dtype] if key.endswith("_bytes") else least[key])


SLOTS = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2, "adamw": 2, "lion": 1}  # muon: in test_optimizers


@pytest.mark.parametrize(("optimizer", "slots"), [*SLOTS.items()])
def test_optimizers_keep_arrays(by_hand: Network, optimizer: str, slots: int) -> None:
    """An optimizer keeps so many numbers for each trainable parameter, and training holds them with all the rest."""
    totals = analyze(by_hand, optimizer=optimizer).totals
    assert totals["training_optimizer_bytes"] == slots * 4 * totals["trainable_params"]
    parts = ("param_bytes", "training_gradient_bytes", "training_optimizer_bytes", "training_activation_bytes")
    assert totals["training_memory_bytes"] == sum(totals[part] for part in parts)


def test_peak_names_what_is_alive(by_hand: Network) -> None:
    """At the peak the convolution runs: its input of 36 and its output of 32 elements are alive."""
    totals = analyze(by_hand).totals
    assert totals["peak_memory_bytes"] == (36 + 32) * 4
    assert totals["peak_memory_at"] == "conv_1"
    assert totals["peak_memory_tensors"] == ("input", "conv_1")


def test_folding(blocks: Document) -> None:
    """A use of a block becomes one row, called by the way to it, as deep as is asked; its shape and field are those of its last layer."""
    report = analyze(blocks)
    assert [row.name for row in report.folded(1)] == ["input", "stage_1", "stage_2", "global_avg_pool_1", "dense_1"]
    assert [row.name for row in report.folded(2)][1:4] == ["stage_1/unit_1", "stage_1/unit_2", "max_pool_1"]
    assert [row.name for row in report.folded(3)] == [row.name for row in report.rows]
    stage = report.folded(1)[2]
    assert (stage.kind, stage.output_shape, stage.inputs, len(stage.nodes)) == ("block", (2, 2, 8), ("max_pool_1",), 7)
    assert stage.receptive_field.size == report.rows[stage.nodes[-1].index].receptive_field.size == (16, 16)
    assert stage.figures.params == (9 * 4 * 8 + 8) + (9 * 8 * 8 + 8) + 2 * 4 * 8
    assert report.folded(2)[1].scope == "stage_1"
    assert report.rows[1].scope == "stage_1/unit_1"


def test_whole_network_is_a_row(blocks: Document) -> None:
    """At depth 0 a network is one row: its output, its sums, and the field of the last map rather than of the last layer."""
    report = analyze(blocks)
    (row,) = report.folded(0)
    assert (row.name, row.kind, row.output_shape, row.inputs) == ("folded", "network", (2,), ())
    assert row.figures == report.figures
    assert row.receptive_field.size == (16, 16)


def test_blocks_of_one_layer_and_neighbours_stay_apart() -> None:
    """Two uses of a block side by side are two rows, even where they are one layer each."""
    network = Network()
    from cnncli.layers import KINDS
    from cnncli.network import Input

    last = network.place(Input(shape=(4, 4, 1)), ()).index
    for number in (1, 2):
        last = network.place(KINDS["relu"](), (last,), scope=Scope(f"unit_{number}", None)).index
    assert [(row.name, row.kind) for row in analyze(network).folded(1)] == [("input_1", "input"), ("unit_1", "block"), ("unit_2", "block")]


def test_several_inputs_and_outputs() -> None:
    """Inputs and outputs are known by name; the first output is the one whose shape counts."""
    document = loads(
        "input: {left: [4, 4, 1], right: [4, 4, 2]}\n"
        "layers: [{concat: , from: [left, right]}, {flatten: , name: flat}, {dense: 3, name: head}]\noutputs: [head, flat]"
    )
    report = analyze(document)
    assert report.inputs == {"left": (4, 4, 1), "right": (4, 4, 2)}
    assert list(report.outputs.items()) == [("head", (3,)), ("flat", (48,))]
    assert report.totals["output_shape"] == (3,)


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        ("{conv: {filters: 1, kernel: [3, 5]}}", (3, 5), 1),
        ("flatten, {dense: 2}", None, None),
        ("{upsample: 2}", 1, "1/2"),
        ("{conv: {filters: 1, kernel: 3}}, global_avg_pool, {dense: 2}", 3, 1),
    ],
)
def test_field_of_the_network(layers: str, size: object, stride: object) -> None:
    """It is that of the last map with a finite one: a number where the axes agree, none where no layer gives such a map."""
    totals = analyze(loads(f"input: [8, 8, 1]\nlayers: [{layers}]")).totals
    assert totals["receptive_field"] == size
    assert (str(totals["effective_stride"]) if isinstance(stride, str) else totals["effective_stride"]) == stride


def test_totals_are_a_mapping(by_hand: Network) -> None:
    """Totals are listed by name, and a name that is not there is a KeyError."""
    totals = analyze(by_hand).totals
    assert len(totals) == len(list(totals)) == len(dict(totals))
    with pytest.raises(KeyError):
        totals["parms"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [({"dtype": "float8"}, "float16"), ({"optimizer": "adamm"}, "did you mean 'adam'"), ({"batch": 0}, "a batch of 0 has no images")],
)
def test_what_cannot_be_counted_for_is_refused(by_hand: Network, asked: dict[str, object], message: str) -> None:
    """An unknown type or optimizer, or a batch of nothing, is refused with what there is."""
    with pytest.raises(UsageError, match=message):
        analyze(by_hand, **asked)  # type: ignore[arg-type]
