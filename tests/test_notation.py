"""The notation: what the forms of an item, blocks, parameters and the other sections mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnncli.errors import CnncliError, SpecError, UsageError
from cnncli.report import analyze
from cnncli.spec import Document, load, loads

HEAD = "input: [8, 8, 4]\n"


def names(document: Document) -> list[str]:
    """The names of all nodes but the input."""
    return [node.name for node in document.network.nodes[1:]]


def shapes(text: str) -> list[tuple[int, ...]]:
    """The output shapes of all nodes but the input, of a spec on 8 x 8 x 4."""
    return [node.output for node in loads(HEAD + text).network.nodes[1:]]


@pytest.mark.parametrize("item", ["max_pool: 2", "max_pool: {size: 2}", "max_pool: {size: '2'}", "max_pool: $(1 + 1)", "max_pool: [2, 2]"])
def test_three_forms_of_an_option(item: str) -> None:
    """A lone value is the option that must be given; a value may be quoted, an expression, or one for each axis."""
    assert shapes(f"layers: [{{{item}}}]") == [(4, 4, 4)]


@pytest.mark.parametrize("item", ["relu", "{relu: }", "{relu: {}}"])
def test_kind_without_options(item: str) -> None:
    """A kind without options stands alone, or with nothing behind its colon."""
    assert names(loads(f"{HEAD}layers: [{item}]")) == ["relu_1"]


def test_branches_and_from_say_the_same() -> None:
    """A merge with branches and the same merge with `from` give the same network; an empty branch is the identity."""
    branches = loads(HEAD + "layers: [{add: {main: [relu, {conv: {filters: 4, kernel: 1}}], shortcut: []}}]").network
    wired = loads(HEAD + "layers: [relu, {conv: {filters: 4, kernel: 1}}, {add: , from: [above, input]}]").network
    assert [(node.kind, node.inputs, node.output) for node in branches.nodes] == [(n.kind, n.inputs, n.output) for n in wired.nodes]


def test_repeat_places_in_a_row() -> None:
    """`repeat: 3` is three layers, each reading the one before; `repeat: 0` is none."""
    network = loads(HEAD + "layers: [{conv: {filters: 5, kernel: 3}, repeat: 3}, {relu: , repeat: 0}]").network
    apart = loads(HEAD + "layers: [{relu: , name: a}, {linear: , name: c}, {relu: , repeat: 0, from: a, name: b}, {add: , from: [c, b]}]")
    assert apart.network.nodes[-1].inputs == (2, 1)  # b is what it would have read, not the item above
    assert [node.inputs for node in network.nodes[1:]] == [(0,), (1,), (2,)]


def test_names_are_taken_before_numbers() -> None:
    """A name that a user gives is never given to another layer, wherever it stands."""
    assert names(loads(HEAD + "layers: [relu, {relu: , name: relu_1}, relu]")) == ["relu_2", "relu_1", "relu_3"]


def test_name_of_a_repeated_item_is_its_last() -> None:
    """`name` beside `repeat` names the last of the row."""
    assert names(loads(HEAD + "layers: [{relu: , repeat: 2, name: last}]")) == ["relu_1", "last"]


SIAMESE = """
input: {left: [8, 8, 1], right: [8, 8, 1]}
blocks:
  tower(filters):
    - conv: {filters: $filters, kernel: 3}
    - {relu: , repeat: 2}
    - add: {main: [{conv: {filters: $filters, kernel: 1}}], shortcut: []}
layers:
  - {tower: 4, from: left, name: one}
  - {tower: 4, from: right, name: two, weights: one}
  - {tower: 4, from: left, weights: two}
  - {add: , from: [one, two, above]}
  - {dense: 4, name: last}
  - {dense: 4, weights: last}
"""


def test_weights_are_shared_with_an_item_above() -> None:
    """`weights` names an item that is the same: layer by layer its weights are used, and count where they first stand."""
    network = loads(SIAMESE).network
    first = {node.name: None if node.shared is None else network.nodes[node.shared].name for node in network.nodes if node.kind == "conv"}
    assert first == {"conv_1": None, "conv_2": None, "conv_3": "conv_1", "conv_4": "conv_2", "conv_5": "conv_1", "conv_6": "conv_2"}
    assert [node.shared for node in network.nodes[-2:]] == [None, network.nodes[-2].index]
    assert all(node.shared is None for node in network.nodes if node.kind in ("relu", "add"))
    totals = analyze(network).totals
    assert totals["params"] == (9 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 4
    assert totals["macs"] == 3 * (36 * 9 * 4 + 36 * 4 * 4) + 2 * 36 * 4 * 4


def test_names_inside_a_block_are_its_own() -> None:
    """A block used twice may name an output inside; outside, that name is not known."""
    block = "blocks:\n  b:\n    - relu:\n      name: skip\n    - tanh\n    - add:\n      from: [above, skip]\n"
    network = loads(f"{HEAD}{block}layers: [b, b]").network
    assert [node.inputs for node in network.nodes if node.kind == "add"] == [(2, 1), (5, 4)]
    with pytest.raises(SpecError, match="no output above is called 'skip'"):
        loads(f"{HEAD}{block}layers: [b, {{relu: , from: skip}}]")


def test_blocks_have_parameters_with_defaults() -> None:
    """A default may use the parameters before it; a lone value is the one that must be given."""
    block = "blocks:\n  b(filters, wide=$(2 * filters), kernel=1):\n    - conv: {filters: $wide, kernel: $kernel}\n"
    assert shapes(block + "layers: [{b: 3}, {b: {filters: 3, wide: 7, kernel: [3, 1]}}]") == [(8, 8, 6), (6, 8, 7)]


def test_a_block_sees_nothing_from_outside() -> None:
    """Neither the file's parameters nor the caller's: a block means the same wherever it is used."""
    with pytest.raises(SpecError, match="no parameter is called 'width'"):
        loads(HEAD + "parameters: {width: 3}\nblocks:\n  b:\n    - dense: $width\nlayers: [b]")


def test_in_channels_is_what_enters_the_block() -> None:
    """`$in_channels` follows the use, also where the same block is used with the same arguments."""
    block = "blocks:\n  grow:\n    - conv: {filters: $(2 * in_channels), kernel: 1}\n"
    assert shapes(block + "layers: [{grow: , repeat: 3}]") == [(8, 8, 8), (8, 8, 16), (8, 8, 32)]


def test_words_and_lists_are_passed_to_blocks() -> None:
    """A parameter may be a word, a list, or an activation with its option."""
    block = "blocks:\n  b(kernel, act):\n    - conv: {filters: 2, kernel: $kernel, padding: same, activation: $act}\n"
    network = loads(f"{HEAD}{block}layers: [{{b: {{kernel: [1, 3], act: {{leaky_relu: 0.2}}}}}}]").network
    layer = network.nodes[1].layer
    assert (layer.kernel, layer.activation.slope) == ((1, 3), 0.2)  # type: ignore[attr-defined]


def test_defaults_hold_everywhere_in_the_file_and_give_way() -> None:
    """`defaults` fill the options that an item leaves out, in blocks too; what an item says wins."""
    text = "defaults:\n  conv: {padding: same, kernel: 3}\nblocks:\n  b: [{conv: 2}]\nlayers: [b, {conv: {filters: 2, padding: valid}}]"
    assert shapes(text) == [(8, 8, 2), (6, 6, 2)]


def test_parameters_are_overridden_by_settings(tmp_path: Path) -> None:
    """`--set width=0.5` replaces the file's value, and sets its expectations aside."""
    file = tmp_path / "wide.yaml"
    file.write_text(HEAD + "parameters: {width: 1.0}\nlayers: [{dense: $(10 * width)}]\nexpect: {params: 50}")
    assert load(str(file)).network.nodes[-1].output == (8, 8, 10)
    assert len(load(str(file)).expect) == 1
    narrow = load(str(file), {"width": "0.5"})
    assert narrow.network.nodes[-1].output == (8, 8, 5)
    assert narrow.expect == ()
    with pytest.raises(UsageError, match="did you mean 'width'"):
        load(str(file), {"widht": "2"})


def test_a_file_extends_another_beside_it(tmp_path: Path) -> None:
    """The parameters of the extended file are overridden, its layers stay, and its expectations are not inherited."""
    (tmp_path / "base.yaml").write_text(HEAD + "source: s\nparameters: {units: 3}\nlayers: [{dense: $units}]\nexpect: {params: 15}")
    (tmp_path / "wide.yaml").write_text("name: wide\nextends: base.yaml\nparameters: {units: 5}")
    wide = load(str(tmp_path / "wide.yaml"))
    assert (wide.name, wide.source, wide.network.nodes[-1].output, wide.expect) == ("wide", "s", (8, 8, 5), ())
    assert str(wide.network.nodes[-1].place).startswith(str(tmp_path / "base.yaml"))


def test_a_shipped_file_extends_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the working directory does not slip under a shipped architecture that extends one of that name."""
    (tmp_path / "alexnet.yaml").write_text(HEAD + "parameters: {groups: 1}\nlayers: [relu]")
    monkeypatch.chdir(tmp_path)
    assert len(load("alexnet_groups").network.nodes) > 10
    assert len(load("alexnet").network.nodes) == 2


def test_input_size_replaces_the_input(tmp_path: Path) -> None:
    """`--input 16x16x3` stands for the file's input."""
    file = tmp_path / "a.yaml"
    file.write_text(HEAD + "layers: [relu]")
    assert load(str(file), input_size="16x16x3").network.nodes[0].output == (16, 16, 3)
    for wrong in ("16x", "ax3", "0x3", "-1x3x3"):
        with pytest.raises(CnncliError):
            load(str(file), input_size=wrong)


def test_several_inputs_are_named() -> None:
    """Named inputs are read by `from`; the first is what the first layer reads."""
    network = loads("input: {left: [4, 4, 1], right: [4, 4, 2]}\nlayers: [relu, {concat: , from: [above, right]}]").network
    assert [(node.name, node.output) for node in network.nodes] == [
        ("left", (4, 4, 1)), ("right", (4, 4, 2)), ("relu_1", (4, 4, 1)), ("concat_1", (4, 4, 3)),
    ]  # fmt: skip


def test_outputs_are_those_named() -> None:
    """Without `outputs` the last item is the output; with it, those named, in that order."""
    assert loads(HEAD + "layers: [relu, tanh]").network.outputs == (2,)
    two = loads(HEAD + "layers: [{relu: , name: a}, tanh, {gelu: , name: b}]\noutputs: [b, a]").network
    assert two.outputs == (3, 1)


def test_every_node_knows_its_line() -> None:
    """A node's place is that of its kind in the file, inside blocks too."""
    document = loads(HEAD + "blocks:\n  b:\n    - relu\nlayers:\n  - b\n  - tanh\n", "a.yaml")
    assert [str(node.place) for node in document.network.nodes] == ["a.yaml:1:8", "a.yaml:4:7", "a.yaml:7:5"]
    assert [node.scope.name if node.scope else "" for node in document.network.nodes] == ["", "b_1", ""]


def nested_blocks(depth: int) -> str:
    """A chain of blocks, each inside the one before."""
    chain = "".join(f"  b{i}: [b{i + 1}]\n" for i in range(1, depth))
    return f"{HEAD}blocks:\n{chain}  b{depth}: [relu]\nlayers: [b1]"


def test_blocks_nest_to_a_documented_depth() -> None:
    """200 blocks may stand one inside another; more are refused, also far more, at their place."""
    assert names(loads(nested_blocks(200))) == ["relu_1"]
    for depth in (201, 20_000):
        with pytest.raises(SpecError, match="nested more than 200 deep") as refused:
            loads(nested_blocks(depth))
        assert str(refused.value).startswith("text:202:")


FREEZING = """
input: [8, 8, 3]
parameters: {still: true}
blocks:
  pair(n):
    - conv: {filters: $n, kernel: 1}
    - batch_norm
layers:
  - pair: 4
    freeze: $still
    repeat: 2
  - add:
      main: [{conv: {filters: 4, kernel: 1}}, prelu]
      shortcut: []
    freeze: [kernel, alpha]
  - dense: 2
    freeze: false
"""


def test_what_an_item_freezes() -> None:
    """All weights of its layers, those in its block and its branches too, or those of the names; `repeat` freezes each."""
    network = loads(FREEZING).network
    learns = {node.name: [weight.name for weight in node.facts.weights if weight.trainable] for node in network.nodes if node.facts.weights}
    assert learns == {
        "conv_1": [], "batch_norm_1": [], "conv_2": [], "batch_norm_2": [], "conv_3": ["bias"], "prelu_1": [],
        "dense_1": ["kernel", "bias"],
    }  # fmt: skip


def test_a_parameter_freezes(tmp_path: Path) -> None:
    """`freeze: $still` is set from outside; counts follow."""
    file = tmp_path / "net.yaml"
    file.write_text(FREEZING)
    totals = [analyze(load(str(file), {"still": still}).network).totals["trainable_params"] for still in ("true", "false")]
    assert totals == [4 + 10, 4 + 10 + (16 + 8) + (20 + 8)]


@pytest.mark.parametrize("name", ["ResNet50", "resnet-50", "RESNET_50", "resnet50.yaml"])
def test_architectures_are_found_as_people_write_them(name: str) -> None:
    """Capitals, hyphens and underscores do not matter, for a spec, a base and a backbone alike."""
    assert load(name).path == "resnet50.yaml"
    assert loads(f"extends: {name}\n").network.name == load("resnet50").network.name
    assert loads(f"backbone: {name}\nlayers: [global_avg_pool]\n").backbone is not None


def test_an_architecture_that_only_keras_has_is_told_how_to_save() -> None:
    with pytest.raises(UsageError, match=r"'NASNet-Mobile' does not ship; .*keras\.applications\.NASNetMobile"):
        load("NASNet-Mobile")


def test_words_as_values_may_have_capitals() -> None:
    """Relu, ReLU, LeakyReLU, SAME and HeNormal are what Keras and PyTorch write."""
    written = loads(
        "input: [8, 8, 3]\nlayers:\n"
        "  - conv: {filters: 4, kernel: 3, padding: SAME, activation: ReLU, initializer: HeNormal}\n"
        "  - conv: {filters: 4, kernel: 3, padding: Valid, activation: {LeakyReLU: 0.1}}\n"
        "  - conv: {filters: 4, kernel: 3, activation: Linear}\n"
        "train: {data: digits, optimizer: AdamW, schedule: OneCycle}\n"
    )
    plain = loads(
        "input: [8, 8, 3]\nlayers:\n"
        "  - conv: {filters: 4, kernel: 3, padding: same, activation: relu, initializer: he_normal}\n"
        "  - conv: {filters: 4, kernel: 3, padding: valid, activation: {leaky_relu: 0.1}}\n"
        "  - conv: {filters: 4, kernel: 3}\n"
        "train: {data: digits, optimizer: adamw, schedule: one_cycle}\n"
    )
    assert [node.layer for node in written.network.nodes] == [node.layer for node in plain.network.nodes]
    assert written.recipe == plain.recipe
    with pytest.raises(SpecError, match=r"activation is 'Swish'; expected .*; here it is called 'silu'"):
        loads("input: [8, 8, 3]\nlayers:\n  - conv: {filters: 4, kernel: 3, activation: Swish}\n")
