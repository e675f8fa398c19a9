"""Receptive fields: figures worked out by hand, and random graphs against the definition, tap by tap."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from math import ceil, floor, lcm
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import UsageError
from cnncli.layers import KINDS, Layer
from cnncli.network import Input, Network
from cnncli.receptive_field import ReceptiveField, receptive_fields, trace
from cnncli.strand import LONGEST_TABLE


def make(kind: str, **options: object) -> Layer:
    """A layer as a file would make it, without a file."""
    return KINDS[kind](**options)


def conv(kernel: object = 3, **options: object) -> Layer:
    return make("conv", filters=1, kernel=kernel, **options)


def pool(size: object, **options: object) -> Layer:
    return make("max_pool", size=size, **options)


def chain(shape: tuple[int, ...], *layers: Layer) -> Network:
    """The layers in a row behind an input of `shape`."""
    network = Network()
    network.place(Input(shape=shape), ())
    for layer in layers:
        network.place(layer, (len(network.nodes) - 1,))
    return network


def last(network: Network) -> ReceptiveField:
    return receptive_fields(network)[-1]


def merge(shape: tuple[int, ...], *branches: list[Layer], kind: str = "add") -> Network:
    """Branches that start from the input and end in one merge; an empty branch is the input itself."""
    network = Network()
    network.place(Input(shape=shape), ())
    ends = []
    for branch in branches:
        end = 0
        for layer in branch:
            end = network.place(layer, (end,)).index
        ends.append(end)
    network.place(make(kind), tuple(ends))
    return network


LENET5 = [conv(5), pool(2), conv(5), pool(2), conv(5)]
VGG16 = [layer for count in (2, 2, 3, 3, 3) for layer in [conv(padding="same")] * count + [pool(2)]]
ALEXNET = [conv(11, stride=4, padding=2), pool(3, stride=2), conv(5, padding=2), pool(3, stride=2)]
ALEXNET += [conv(padding=1)] * 3 + [pool(3, stride=2)]
VALID_UNET = [conv(), conv(), pool(2)] * 4 + [conv()] * 2


@pytest.mark.parametrize(
    ("shape", "layers", "size", "stride", "start"),
    [
        ((32, 32, 1), LENET5[:1], (5, 5), (1, 1), (0, 0)),
        ((32, 32, 1), LENET5[:2], (6, 6), (2, 2), (0, 0)),
        ((32, 32, 1), LENET5[:3], (14, 14), (2, 2), (0, 0)),
        ((32, 32, 1), LENET5[:4], (16, 16), (4, 4), (0, 0)),
        ((32, 32, 1), LENET5, (32, 32), (4, 4), (0, 0)),
        # padding: a pixel for each convolution, times its stride: 2*1 + 2*2 + 3*4 + 3*8 + 3*16 = 90
        ((224, 224, 3), VGG16, (212, 212), (32, 32), (-90, -90)),
        ((224, 224, 3), ALEXNET[:-1], (163, 163), (16, 16), (-66, -66)),  # 2 + 2*8 + 3*16
        ((224, 224, 3), ALEXNET, (195, 195), (32, 32), (-66, -66)),
        ((572, 572, 1), VALID_UNET, (140, 140), (16, 16), (0, 0)),
        # dilation: 1 + 2 * 4
        ((20, 1), [conv(dilation=4)], (9,), (1,), (0,)),
        ((20, 1), [conv(dilation=4, padding="same")], (9,), (1,), (-4,)),
        # the odd pixel of `same` comes after: an even kernel sees half a pixel late
        ((20, 1), [conv(2, padding="same")], (2,), (1,), (0,)),
        ((20, 1), [conv(4, padding="same")], (4,), (1,), (-1,)),
        # `same` depends on the size: 8 pixels with stride 2 need 1 after, 9 need 1 before and 1 after
        ((8, 1), [conv(stride=2, padding="same")], (3,), (2,), (0,)),
        ((9, 1), [conv(stride=2, padding="same")], (3,), (2,), (-1,)),
        ((10, 12, 14, 2), [conv((1, 3, 5), stride=(1, 2, 3), padding=((0, 0), (2, 1), (1, 1)))], (1, 3, 5), (1, 2, 3), (0, -2, -1)),
        ((16, 8, 1), [conv((3, 1)), conv((1, 5))], (3, 5), (1, 1), (0, 0)),
        ((10, 1), [make("pad", padding=((2, 1),)), conv(3)], (3,), (1,), (-2,)),
        ((10, 1), [make("crop", cropping=3), conv(3)], (3,), (1,), (3,)),
        # transposed, kernel 2, stride 2: every output pixel has one input pixel
        ((8, 1), [make("conv_transpose", filters=1, kernel=2, stride=2)], (1,), (Fraction(1, 2),), (0,)),
        # kernel 3, stride 2: outputs 0, 2, 4 see two input pixels, those between see one
        ((8, 1), [make("conv_transpose", filters=1, kernel=3, stride=2)], (2,), (Fraction(1, 2),), (-1,)),
        ((8, 1), [make("upsample", factor=3)], (1,), (Fraction(1, 3),), (0,)),
        # ESPCN: 5 + 2 + 2 pixels, at a third of a pixel per position
        (
            (20, 20, 1),
            [conv(5), conv(3), make("conv", filters=9, kernel=3), make("depth_to_space", block=3)],
            (9, 9),
            (Fraction(1, 3),) * 2,
            (0, 0),
        ),
        ((8, 8, 1), [make("space_to_depth", block=2), conv(3)], (6, 6), (2, 2), (0, 0)),
        ((8, 8, 1), [make("space_to_depth", block=2), make("depth_to_space", block=2)], (2, 2), (1, 1), (0, 0)),
        ((8, 1), [make("upsample", factor=2, mode="bilinear")], (2,), (Fraction(1, 2),), (-1,)),
        # 3 wide on the enlarged map: 2 pixels of the input, whatever the phase
        ((8, 1), [make("upsample", factor=2), conv(3, padding="same")], (2,), (Fraction(1, 2),), (-1,)),
        # down and up again: pairs of outputs see the same 2 pixels; stride 1 on average
        ((8, 1), [pool(2), make("upsample", factor=2)], (2,), (1,), (0,)),
        # a third of a pixel per position, every third of them: whole pixels again
        ((9, 1), [make("upsample", factor=3), pool(3)], (1,), (1,), (0,)),
        ((5, 1), [make("adaptive_avg_pool", size=3)], (3,), (Fraction(5, 3),), (0,)),  # 0-1, 1-3, 3-4
    ],
)
def test_fields_worked_out_by_hand(
    shape: tuple[int, ...], layers: list[Layer], size: tuple[int, ...], stride: tuple[object, ...], start: tuple[int, ...]
) -> None:
    """Size adds (extent - 1) times the stride before, strides multiply, and the start falls by the padding times the stride."""
    field = last(chain(shape, *layers))
    assert (field.size, field.stride, field.start) == (size, stride, start)
    assert field.padding == tuple(-n for n in start)
    assert not field.sees_all
    assert field.aligned


def test_centre_and_end() -> None:
    """end = start + what position 0 sees - 1; the centre is half way, also between two pixels."""
    even, odd = last(chain((8, 1), conv(2))), last(chain((8, 1), conv(3, padding=1)))
    assert (even.start, even.end, even.centre) == ((0,), (1,), (0.5,))
    assert (odd.start, odd.end, odd.centre) == ((-1,), (1,), (0.0,))


REFERENCE = Path(__file__).parents[1] / ".." / "shared" / "reference.json"


@pytest.mark.parametrize(
    ("arch", "layers"),
    [
        *[(f"LeNet-5 {name}", LENET5[: i + 1]) for i, name in enumerate(("C1", "S2", "C3", "S4", "C5"))],
        ("VGG-16", VGG16),
        ("AlexNet torchvision conv5", ALEXNET[:-1]),
        ("AlexNet torchvision pool5", ALEXNET),
        ("U-Net bottleneck (valid conv)", VALID_UNET),
    ],
)
def test_fields_agree_with_the_reference(arch: str, layers: list[Layer]) -> None:
    """Size and stride are those of the collected references."""
    if not REFERENCE.exists():
        pytest.skip("the collection of reference figures is not beside this checkout")
    rows = {row["quantity"]: row["value"] for row in json.loads(REFERENCE.read_text()) if row["arch"] == arch}
    field = last(chain((572, 572, 1), *layers))
    assert field.size == (rows["receptive_field"],) * 2
    assert field.stride == (rows["effective_stride"],) * 2


def test_residual_block_is_as_wide_as_its_longest_path() -> None:
    """An identity shortcut changes nothing: two 3x3 convolutions see 5."""
    field = last(merge((8, 8, 1), [conv(padding="same"), make("relu"), conv(padding="same")], []))
    assert (field.size, field.stride, field.start, field.aligned) == ((5, 5), (1, 1), (-2, -2), True)


def test_misaligned_shortcut_is_said() -> None:
    """On an even size, 3x3 with stride 2 and `same` is centred on pixel 1, a 1x1 with stride 2 on pixel 0: one pixel apart."""
    network = merge((8, 8, 1), [conv(stride=2, padding="same")], [conv(1, stride=2)])
    network.place(conv(), (3,))
    for field in receptive_fields(network)[3:]:
        assert (field.stride, field.aligned, field.note) == ((2, 2), False, "paths with centres 1 pixel apart")
    assert receptive_fields(network)[3].size == (3, 3)


@pytest.mark.parametrize(
    ("branches", "words"),
    [
        ([[conv(2, padding="same")], []], "1/2 pixel"),
        ([[conv(4, padding="same"), conv(2, padding="same"), conv(2, padding="same")], []], "3/2 pixels"),
        ([[conv(1, padding=((2, 0),)), make("crop", cropping=((0, 2),))], []], "2 pixels"),
        ([[conv(2, padding="same")], [conv(2, padding=((1, 0),))], []], "1 pixel"),
    ],
)
def test_distance_of_centres_in_words(branches: list[list[Layer]], words: str) -> None:
    """The note tells the distance of the two outermost centres, in half pixels."""
    assert last(merge((8, 1), *branches)).note == f"paths with centres {words} apart"


def test_distance_of_centres_is_the_largest_of_all_merges() -> None:
    """It is that between the inputs of a merge, here or before: 3/2 pixels, then 1/2, then three inputs of which two are 1 apart."""
    network = merge((8, 1), [conv(4, padding=((0, 3),))], [])
    network.place(conv(2, padding="same"), (2,))
    network.place(make("add"), (3, 2))
    assert last(network).note == "paths with centres 3/2 pixels apart"
    assert last(merge((8, 1), [conv(3, padding=((0, 2),))], [conv(2, padding="same")], [])).note == "paths with centres 1 pixel apart"


def test_paths_of_different_rates() -> None:
    """Where strides differ, the union of both is taken at each position: position o of 6 sees 2 o and 4 o to 4 o + 3."""
    network = merge((24, 1), [pool(4)], [make("crop", cropping=((0, 12),)), conv(1, stride=2)], kind="concat")
    field = last(network)
    assert field.stride is None
    assert field.aligned is False
    assert field.note == "paths with strides 2 and 4"
    assert [field.at((o,)) for o in range(3)] == [((0, 3),), ((2, 7),), ((4, 11),)]
    assert field.size == (2 * 5 + 4,)
    assert (field.start, field.end) == ((0,), (3,))


def gate(shape: tuple[int, ...], *squeeze: Layer) -> Network:
    """Features of one convolution, multiplied by a gate that is squeezed from them."""
    network = chain(shape, conv(padding="same"))
    end = 1
    for layer in squeeze:
        end = network.place(layer, (end,)).index
    network.place(make("multiply"), (1, end))
    return network


@pytest.mark.parametrize(
    "squeeze",
    [
        [make("global_avg_pool", keep_axes=True), conv(1), make("sigmoid")],
        [make("global_avg_pool"), make("dense", units=1), make("reshape", shape=(1, 1, 1))],
        [conv(8), make("sigmoid")],  # its one pixel is spread over the map
    ],
)
def test_gate_sees_all_beside_the_finite_field(squeeze: list[Layer]) -> None:
    """Squeeze-and-excitation sees the whole map; the finite field is that of the features."""
    network = gate((8, 8, 1), *squeeze)
    fields = receptive_fields(network)
    assert fields[-1].sees_all
    assert (fields[-1].size, fields[-1].start, fields[-1].aligned, fields[-1].note) == ((3, 3), (-1, -1), True, "")


def test_whole_map_leaves_no_finite_field() -> None:
    """Behind global pooling or flattening every path sees all: no figure is finite, also when the vector becomes a map again."""
    network = chain((4, 4, 2), conv(), make("flatten"), make("dense", units=4), make("reshape", shape=(2, 2, 1)), conv(2))
    for field in receptive_fields(network)[2:]:
        assert field.sees_all
        assert (field.size, field.stride, field.start, field.end, field.centre, field.padding, field.aligned) == (None,) * 7


def test_vectors_have_no_field() -> None:
    """A vector has no positions: no figures, and the note says why; the first dense layer sees all of it."""
    before, behind = receptive_fields(chain((5,), make("dense", units=3)))
    assert (before.size, before.sees_all, before.note) == (None, False, "the input is a vector")
    assert (behind.size, behind.sees_all) == (None, True)


def test_other_inputs_are_not_seen() -> None:
    """A node that does not depend on the source has no field; a merge has that of its other input."""
    network = Network()
    left, right = (network.place(Input(shape=(8, 1)), (), name=name).index for name in ("left", "right"))
    network.place(make("global_avg_pool"), (left,))
    far = network.place(conv(5, padding="same"), (right,)).index
    network.place(make("add"), (left, far))
    assert [field.size for field in receptive_fields(network, left)] == [(1,), None, None, None, (1,)]
    assert [field.size for field in receptive_fields(network, right)] == [None, (1,), None, (5,), (5,)]
    assert not receptive_fields(network, right)[2].sees_all
    assert receptive_fields(network, right)[2].note == "sees nothing of this input"
    with pytest.raises(UsageError, match="no node 5"):
        receptive_fields(network, 5)


def test_any_node_can_be_the_source() -> None:
    """The field with respect to a layer inside is that of the layers behind it."""
    assert receptive_fields(chain((16, 1), *[conv()] * 4), source=2)[-1].size == (5,)


def test_holes_of_a_transposed_convolution() -> None:
    """With a stride of 3 and a kernel of 1 two of three outputs see nothing; a 3-wide window over them sees one input pixel."""
    holes = make("conv_transpose", filters=1, kernel=1, stride=3)
    fields = receptive_fields(chain((4, 1), holes, conv(padding=1), conv(1, stride=3, padding=1)))
    assert [fields[1].at((o,)) for o in range(4)] == [((0, 0),), None, None, ((1, 1),)]
    assert [fields[2].at((o,)) for o in range(4)] == [((0, 0),), ((0, 0),), ((1, 1),), ((1, 1),)]
    assert (fields[3].size, fields[3].stride) == ((1,), (1,))
    beside = last(merge((8, 1), [pool(4), make("conv_transpose", filters=1, kernel=1, stride=4, padding="same")], []))
    assert [beside.at((o,)) for o in range(3)] == [((0, 3),), ((1, 1),), ((2, 2),)]
    blind = receptive_fields(chain((4, 1), holes, conv(1, stride=3, padding=1)))
    assert blind[1].size == (1,)
    assert (blind[2].size, blind[2].note) == (None, "sees nothing of this input")


def test_dilation_steps_over_holes() -> None:
    """Taps two apart meet only holes at the odd positions; five taps side by side have the same extent and do not."""
    holes = make("conv_transpose", filters=1, kernel=1, stride=2)
    field = last(chain((4, 4, 1), holes, conv((3, 5), dilation=(2, 1))))
    assert [field.at((o, o)) for o in range(3)] == [((0, 2), (0, 2)), None, ((1, 3), (1, 3))]
    assert field.at((0, 1)) == ((0, 2), (1, 2))
    stamps = last(chain((4, 1), make("conv_transpose", filters=1, kernel=2, stride=2, dilation=2)))
    assert [stamps.at((o,)) for o in range(4)] == [((-1, 0),), None, ((0, 1),), None]


def test_size_is_that_of_positions_on_the_map() -> None:
    """Behind a transposed convolution even positions see two pixels, odd ones one: a map cut to one odd position has a size of one."""
    up = make("conv_transpose", filters=1, kernel=3, stride=2)
    assert last(chain((4, 1), up, make("crop", cropping=((1, 7),)))).size == (1,)
    assert last(chain((4, 1), up, make("crop", cropping=((2, 6),)))).size == (2,)


def test_elementwise_layers_share_the_field() -> None:
    """A layer that looks at each position by itself has the very field of its input."""
    fields = receptive_fields(chain((8, 8, 1), conv(), make("batch_norm"), make("relu"), make("dropout", rate=0.5), make("dense", units=2)))
    assert all(field is fields[1] for field in fields[1:])


def test_unet_comes_back_to_one_entry() -> None:
    """Four times down, four times up: stride 1 again, in the shortest table.

    What comes up sees the same pixels from two neighbours, so that its centre is half a pixel from that of a skip of the first level.
    """
    network = Network()
    end = network.place(Input(shape=(64, 64, 1)), ()).index
    skips = []
    for _ in range(4):
        skips.append(network.place(conv(padding="same"), (end,)).index)
        end = network.place(pool(2), (skips[-1],)).index
    for skip in reversed(skips):
        end = network.place(make("conv_transpose", filters=1, kernel=2, stride=2), (end,)).index
        end = network.place(make("concat"), (skip, end)).index
        end = network.place(conv(padding="same"), (end,)).index
    field = last(network)
    assert field.stride == (1, 1)
    assert all(len(strand.spans) <= 16 for axis in field.axes for strand in axis)


def test_tables_are_as_short_as_they_can_be() -> None:
    """A table ends where the fields repeat: behind a layer, and where paths make good for each other at a merge."""
    up = make("upsample", factor=2)

    def entries(network: Network) -> list[int]:
        return [len(field.axes[0][0].spans) for field in receptive_fields(network)]

    assert entries(chain((64, 1), pool(4), make("upsample", factor=4), pool(4))) == [1, 1, 4, 1]
    uneven = chain((24, 1), pool(2), make("upsample", factor=3), conv(4, stride=2, dilation=2, padding="same"), up, pool(4, stride=3))
    assert entries(uneven)[-2:] == [6, 1]
    assert entries(merge((8, 1), [pool(2), up], [conv(5, padding="same")]))[-1] == 1  # -2 to 2 covers 0 to 1, and -1 to 3 too
    halves = merge((8, 1), [pool(2), up], [])
    assert last(halves).note == "paths with centres 1/2 pixel apart"
    assert entries(halves)[-1] == 2


def test_too_irregular_fields_are_given_up_and_said() -> None:
    """Tables are bounded: one position more than they may hold, and the field is given up, in words, with all behind it."""
    for factor, lost in ((LONGEST_TABLE, False), (LONGEST_TABLE + 1, True)):
        network = merge((factor, 1), [make("crop", cropping=((0, factor - 1),)), make("upsample", factor=factor), conv(1)], [])
        for field in receptive_fields(network)[2:]:
            assert (field.size is None, field.aligned is None) == (lost, lost)
            assert ("more ways than are tabulated" in field.note) is lost
            assert not field.sees_all


@pytest.mark.parametrize(("strides", "lost"), [(range(1, 17), False), (range(1, 18), True)])
def test_too_many_rates_are_given_up_and_said(strides: range, lost: bool) -> None:
    """Sixteen strides may meet at a merge; one more, and the field is given up."""
    branches = [[conv(1, stride=stride), make("crop", cropping=((0, (20 - 1) // stride),))] for stride in strides]
    field = last(merge((20, 1), *branches))
    assert (field.size is None) is lost
    assert ("more different strides" in field.note) is lost


def test_tables_that_repeat_too_seldom_together_are_given_up() -> None:
    """Tables of 63 and 65 entries repeat together after 4095 positions, those of 64 and 65 after 4160: too many."""
    for factor, lost in ((63, False), (64, True)):
        cut = make("crop", cropping=((0, 65 - factor),))
        field = last(merge((1, 1), [make("upsample", factor=factor)], [make("upsample", factor=65), cut]))
        assert (field.size is None) is lost
        assert ("more different strides" in field.note) is lost


def test_strides_larger_than_any_map_are_given_up_and_said() -> None:
    """On a map of one pixel strides may multiply without end; their product is bounded, so that a deep network stays fast."""
    field = last(chain((1, 1), *[conv(1, stride=2**31 - 1, padding="same")] * 1000))
    assert (field.size, field.note) == (None, "the stride is larger than any map")


def test_many_tables_are_bounded() -> None:
    """A deep network whose every layer needs a long table is given up after a bounded number of entries."""
    fields = receptive_fields(chain((1, 1), make("upsample", factor=LONGEST_TABLE), *[conv(padding="same")] * 200))
    assert fields[20].size == (2,)
    assert fields[-1].size is None
    holes = chain((2, 1), make("conv_transpose", filters=1, kernel=1, stride=LONGEST_TABLE), *[conv(3, padding="same")] * 2000)
    assert last(holes).size is None
    merges = merge((1, 1), [make("upsample", factor=2048)], [make("upsample", factor=2048, mode="bilinear")])
    for index in range(3, 203):
        merges.place(make("add"), (index, 1))
    assert [receptive_fields(merges)[index].size for index in (20, 203)] == [(2,), None]


def test_deep_networks_need_no_recursion() -> None:
    """Ten times the recursion limit of layers, with a kilobyte for each."""
    depth = 10 * sys.getrecursionlimit()
    network = chain((8, 8, 1), *[conv(padding="same")] * depth)
    tracemalloc.start()
    try:
        fields = receptive_fields(network)
        assert tracemalloc.get_traced_memory()[1] < 1000 * depth
    finally:
        tracemalloc.stop()
    assert fields[-1].size == (2 * depth + 1,) * 2
    assert trace(network, depth, (0, 0)) == ((0, 7), (0, 7))


def test_trace_cuts_at_every_edge() -> None:
    """Padding sees nothing deeper: behind `pad` the corner pixel of a 1x1 sees nothing, of a 3x3 one pixel."""
    network = chain((4, 4, 1), make("pad", padding=1), conv())
    assert trace(network, 1, (0, 3)) is None
    assert trace(network, 1, (1, 4)) == ((0, 0), (3, 3))
    assert trace(network, 2, (0, 1)) == ((0, 1), (0, 2))
    assert trace(chain((8, 1), conv(dilation=3, padding="same")), 1, (0,)) == ((0, 3),)
    assert trace(chain((8, 1), conv(2, dilation=3, padding=2)), 1, (0,)) == ((1, 1),)


def test_trace_through_whole_maps_and_gates() -> None:
    """A pooled vector sees the whole map; a gate adds what its one pixel sees; a vector source is seen without axes."""
    network = gate((8, 8, 1), make("global_avg_pool", keep_axes=True))
    assert trace(network, 3, (0, 0)) == ((0, 7), (0, 7))
    assert trace(network, 3, (0, 0), source=1) == ((0, 7), (0, 7))
    assert trace(gate((8, 8, 1), make("crop", cropping=((3, 4), (0, 7)))), 3, (0, 0)) == ((0, 4), (0, 1))
    assert trace(chain((5,), make("dense", units=3)), 1, ()) == ()
    assert trace(chain((4, 1), make("flatten")), 1, ()) == ((0, 3),)
    assert trace(chain((4, 1), conv()), 0, (2,), source=1) is None


def test_trace_keeps_boxes_apart() -> None:
    """Two branches each see a corner that is padding; the other two corners are not seen by either, though their rows and columns are."""
    network = chain((2, 2, 1), make("pad", padding=1))
    for rows, columns in (((0, 3), (1, 2)), ((1, 2), (0, 3))):
        network.place(make("crop", cropping=(rows, columns)), (1,))
    network.place(make("add"), (2, 3))
    assert trace(network, 4, (0, 0)) is None


@pytest.mark.parametrize(("node", "position"), [(2, (0,)), (-1, (0,)), (1, (6,)), (1, (-1,)), (1, (0, 0)), (1, ())])
def test_trace_refuses_what_is_not_there(node: int, position: tuple[int, ...]) -> None:
    """A node or a position outside is a wrong question, not an empty answer."""
    with pytest.raises(UsageError, match="has no"):
        trace(chain((8, 1), conv()), node, position)


# Random graphs, against the definition: sets of positions, propagated tap by tap from the options alone.

Taps = Callable[[int, int], set[int]]  # (axis, output position) -> input positions, on an infinite map


def sliding(layer: Layer, size: tuple[int, ...], kernel: int, stride: int, dilation: int, padding: object) -> Taps:
    """Where a kernel's taps lie; `same` as TensorFlow states it."""
    before = []
    for n in size:
        total = max((ceil(n / stride) - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
        before.append({"valid": 0, "same": total // 2}.get(padding, padding))  # type: ignore[call-overload]
    return lambda axis, o: {o * stride + tap * dilation - before[axis] for tap in range(kernel)}


def stamping(kernel: int, stride: int, dilation: int, padding: object) -> Taps:
    """Which input pixels stamp their kernel on an output pixel."""
    cut = {"valid": 0, "same": max((kernel - 1) * dilation + 1 - stride, 0) // 2}.get(padding, padding)  # type: ignore[call-overload]
    return lambda _, o: {(o + cut - tap * dilation) // stride for tap in range(kernel) if (o + cut - tap * dilation) % stride == 0}


def blending(factor: int) -> Taps:
    """The pixels with a weight above 0 at the place of an output pixel."""

    def taps(_: int, o: int) -> set[int]:
        place = Fraction(2 * o + 1, 2 * factor) - Fraction(1, 2)
        return {floor(place), ceil(place)}

    return taps


@st.composite
def layers(draw: st.DrawFn, size: tuple[int, ...], up: bool, holes: bool) -> tuple[Layer, Taps]:
    """A layer that fits a map of `size`, and the taps of its definition."""
    kinds = ["conv", "pool", "pad", "crop", "relu"] + ["conv_transpose", "nearest", "bilinear", "adaptive"] * up
    kind = draw(st.sampled_from(kinds))
    kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dilation = draw(st.integers(1, 2)) if holes else 1
    padding = draw(st.sampled_from(["valid", "same", 0, 1, 2]))
    if kind == "conv" or (kind == "pool" and padding in (1, 2)):
        if (kernel - 1) * dilation + 1 > min(size):
            padding = "same"
        layer = conv(kernel, stride=stride, dilation=dilation, padding=padding)
        return layer, sliding(layer, size, kernel, stride, dilation, padding)
    if kind == "pool" and kernel <= min(size):
        layer = pool(kernel, stride=stride, padding=padding)
        return layer, sliding(layer, size, kernel, stride, 1, padding)
    if kind == "conv_transpose":
        kernel = kernel if holes else max(kernel, stride)
        padding = padding if padding != 2 and kernel > 2 else "same"
        layer = make("conv_transpose", filters=1, kernel=kernel, stride=stride, dilation=dilation, padding=padding)
        return layer, stamping(kernel, stride, dilation, padding)
    if kind == "nearest":
        return make("upsample", factor=stride), lambda _, o: {o // stride}
    if kind == "bilinear":
        return make("upsample", factor=stride, mode="bilinear"), blending(stride)
    if kind == "adaptive":
        bins = draw(st.integers(1, 6))
        return make("adaptive_avg_pool", size=bins), lambda axis, o: set(
            range(floor(Fraction(o * size[axis], bins)), ceil(Fraction((o + 1) * size[axis], bins)))
        )
    if kind == "pad":
        sides = tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in size)
        return make("pad", padding=sides), lambda axis, o: {o - sides[axis][0]}
    if kind == "crop" and min(size) > 1:
        cut = draw(st.integers(0, min(min(size) - 1, 2)))
        return make("crop", cropping=((cut, 0),) * len(size)), lambda _, o: {o + cut}
    return make("relu"), lambda _, o: {o}


class Drawn:
    """A random graph with one input, and the taps of each of its layers."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.network = Network()
        self.network.place(Input(shape=shape), ())
        self.taps: list[Taps] = [lambda _, o: {o}]

    def place(self, layer: Layer, inputs: tuple[int, ...], taps: Taps) -> int:
        self.taps.append(taps)
        return self.network.place(layer, inputs).index

    def seen(self, cut: bool) -> Callable[[int, tuple[int, ...]], frozenset[tuple[int, ...]]]:
        """The input pixels that a position of a node sees; `cut`: padding sees nothing deeper."""

        @cache
        def look(index: int, position: tuple[int, ...]) -> frozenset[tuple[int, ...]]:
            node = self.network.nodes[index]
            if cut and not all(0 <= o < n for o, n in zip(position, node.output, strict=False)):
                return frozenset()
            if not node.inputs:
                return frozenset([position])
            places = list(product(*(self.taps[index](axis, o) for axis, o in enumerate(position))))
            return frozenset().union(*(look(origin, place) for origin in node.inputs for place in places))

        return look


@st.composite
def graphs(draw: st.DrawFn, axes: int, up: bool = True, holes: bool = True) -> Drawn:
    """Up to six layers, each on any node before it; now and then two nodes are cut to one size and merged."""
    drawn = Drawn((*draw(st.tuples(*[st.integers(4, 9)] * axes)), 1))
    for _ in range(draw(st.integers(2, 6))):
        nodes = drawn.network.nodes
        recent = st.integers(max(len(nodes) - 3, 0), len(nodes) - 1)
        end = draw(recent)
        if draw(st.integers(0, 2)):
            end = drawn.place(*with_input(draw(layers(nodes[end].output[:-1], up, holes)), end))
        else:
            ends = [end, draw(recent), draw(recent)][: draw(st.integers(2, 3))]
            size = [min(lengths) for lengths in zip(*(nodes[index].output[:-1] for index in ends), strict=True)]
            drawn.place(make("concat"), tuple(cut_to(drawn, index, size) for index in ends), lambda _, o: {o})
        if max(nodes[-1].output) > 60:
            break
    return drawn


def with_input(made: tuple[Layer, Taps], index: int) -> tuple[Layer, tuple[int, ...], Taps]:
    return made[0], (index,), made[1]


def cut_to(drawn: Drawn, index: int, size: list[int]) -> int:
    """The node itself, or a crop of it behind which it has that size: half of the rest goes before."""
    rest = [n - m for n, m in zip(drawn.network.nodes[index].output[:-1], size, strict=True)]
    if not any(rest):
        return index
    before = [r // 2 for r in rest]
    crop = make("crop", cropping=tuple((b, r - b) for b, r in zip(before, rest, strict=True)))
    return drawn.place(crop, (index,), lambda axis, o: {o + before[axis]})


def hull(pixels: frozenset[tuple[int, ...]]) -> tuple[tuple[int, int], ...] | None:
    """The first and the last pixel along each axis."""
    return tuple((min(axis), max(axis)) for axis in zip(*pixels, strict=True)) if pixels else None


def check(drawn: Drawn, margin: int) -> None:
    """Every node's field, at every position of its map and `margin` beyond, and the trace of every position."""
    infinite, visible = drawn.seen(cut=False), drawn.seen(cut=True)
    for node, field in zip(drawn.network.nodes, receptive_fields(drawn.network), strict=True):
        size = node.output[:-1]
        for position in product(*(range(-margin, n + margin) for n in size)):
            assert field.at(position) == hull(infinite(node.index, position)), (node.name, position)
        inside = list(product(*map(range, size)))
        for position in inside:
            assert trace(drawn.network, node.index, position) == hull(visible(node.index, position)), (node.name, position)
        if field.size is not None:
            widths = [[b - a + 1 for a, b in found] for position in inside if (found := field.at(position))]
            assert field.size == tuple(map(max, zip(*widths, strict=True))) or not widths


@settings(deadline=None, max_examples=500)
@given(graphs(1))
def test_random_graphs_of_one_axis(drawn: Drawn) -> None:
    """Fields and traces are the hulls of the pixels found tap by tap: any merge, up-sampling, holes, dilation."""
    check(drawn, margin=7)


@settings(deadline=None, max_examples=25)
@given(graphs(2, holes=False))
def test_random_graphs_of_two_axes(drawn: Drawn) -> None:
    """The same on maps, the pixels of the definition being pairs."""
    check(drawn, margin=1)


@settings(deadline=None, max_examples=300)
@given(graphs(1))
def test_alignment_of_random_graphs(drawn: Drawn) -> None:
    """Aligned means: wherever paths met, here or before, they had the same centre at every position; the note tells how far apart.

    Where paths have different strides, that is told, and their centres are not compared.
    """
    fields, infinite = receptive_fields(drawn.network), drawn.seen(cut=False)
    halves: list[int | None] = []
    for node, field in zip(drawn.network.nodes, fields, strict=True):
        before = [halves[index] for index in node.inputs]
        if field.stride is None or None in before:
            assert "paths with strides" in field.note or field.size is None or None in before
            halves.append(None)
            continue
        turn = lcm(*[len(strand.spans) for index in node.inputs for axis in fields[index].axes for strand in axis])
        met = [[hull(infinite(index, (o,))) for index in node.inputs] for o in range(turn)]
        centres = [[sum(span[0]) for span in spans if span] for spans in met]
        apart = max([max(sums) - min(sums) for sums in centres if sums] + before, default=0)
        halves.append(apart)
        told = f"paths with centres {Fraction(apart, 2)} pixel{'s' * (apart > 2)} apart" if apart else ""
        assert (field.note, field.aligned) == (told, not told)
