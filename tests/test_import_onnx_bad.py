"""ONNX files that are broken, hostile or beyond what is read: refused with the file, the node and the reason, and never a traceback."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from onnx_graphs import model, node, numpy, onnx, saved

from cnncli import analyze
from cnncli.errors import CnncliError, SpecError, UsageError
from cnncli.importers import load_model
from cnncli.importers.onnx.wire import Malformed, Span, fields

pytestmark = pytest.mark.onnx
FOLDER = Path(__file__).parent / "fixtures" / "onnx"
MAP = ["N", 6, 8, 10]


def conv(**more: Any) -> Any:
    """A model of one convolution, with another kernel, attribute or declaration."""
    shape = more.pop("kernel", (4, 6, 3, 3))
    declared = more.pop("declared", None)
    return model([node("Conv", "x w b", "y", "stem", **more)], {"x": MAP}, arrays={"w": shape, "b": (4,)}, declared=declared)


def lying(change: Callable[[Any], None]) -> Any:
    """The same convolution after a change to the file's own words."""
    made = conv()
    change(made)
    return made


_CHOICE = "choice: If holds graphs that run or not, or often, as the data say; cnncli reads networks whose layers all run once"


def branches() -> Any:
    graph = onnx.helper.make_graph([node("Relu", "x", "t")], "then", [], [onnx.helper.make_tensor_value_info("t", 1, None)])
    return model([node("If", "c", "y", "choice", then_branch=graph, else_branch=graph)], {"x": MAP, "c": [1]})


def two_opsets() -> Any:
    made = model([node("FusedConv", "x w", "y", "fused", domain="com.microsoft")], {"x": MAP}, arrays={"w": (4, 6, 3, 3)})
    made.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    return made


def own_function() -> Any:
    made = model([node("Block", "x", "y", "first", domain="mine")], {"x": MAP})
    made.functions.append(onnx.helper.make_function("mine", "Block", ["a"], ["b"], [node("Relu", "a", "b")], []))
    return made


def dims(*lengths: int) -> Callable[[Any], None]:
    def change(made: Any) -> None:
        del made.graph.initializer[0].dims[:]
        made.graph.initializer[0].dims.extend(lengths)

    return change


def external(made: Any) -> None:
    for each in made.graph.initializer:
        each.ClearField("raw_data")
        each.data_location = onnx.TensorProto.EXTERNAL
        each.external_data.add(key="location", value="/etc/passwd")


def reshape(*shape: int) -> Any:
    return model([node("Reshape", "x s", "y", "lay")], {"x": MAP}, arrays={"s": list(shape)})


REFUSALS: dict[str, tuple[Callable[[], Any], str]] = {
    "other bytes": (lambda: b"PK\x03\x04 this is a zip", "no whole ONNX file: "),
    "nothing": (lambda: b"", "the file is empty"),
    "no model": (lambda: onnx.ModelProto(ir_version=8), "no ONNX model: it has no graph, or does not say which opset it is written in"),
    "old opset": (lambda: model([node("Relu", "x")], {"x": MAP}, opset=6), "it is written in opset 6; 7 to 28 are read"),
    "opset to come": (lambda: model([node("Relu", "x")], {"x": MAP}, opset=99), "it is written in opset 99; 7 to 28 are read"),
    "words that move the cursor": (
        lambda: model([node("Relu", "z", "y", "\x1b[31mlost\n")], {"x": MAP}), "\\x1b[31mlost\\n (Relu) needs z, which nothing makes",
    ),
    "unknown": (
        lambda: model([node("TopK", "x k", "t u", "best"), node("Det", "t", "y", "d")], {"x": MAP}, arrays={"k": [3]}),
        "best: TopK is an operator that cnncli does not know; summarize --opaque TopK keeps it for its shape alone",
    ),
    "another domain": (two_opsets, "fused: FusedConv is an operator of com.microsoft; cnncli reads those of ONNX itself"),
    "own function": (own_function, "first calls Block, a function of the file; lay it open first, with onnx.inliner"),
    "choice": (branches, _CHOICE),
    "quantized": (
        lambda: model([node("QuantizeLinear", "x s z", "y", "q")], {"x": MAP}, arrays={"s": 0.1, "z": [0]}),
        "q: QuantizeLinear is of a quantized model; read the model as it was before",
    ),
    "cycle": (
        lambda: model([node("Add", "x b", "a", "one"), node("Relu", "a", "b", "two"), node("Tanh", "b", "y")], {"x": MAP}),
        "one (Add) waits for what depends on it: the graph has a cycle",
    ),
    "read, never made": (lambda: model([node("Relu", "z", "y", "lost")], {"x": MAP}), "lost (Relu) needs z, which nothing makes"),
    "output never made": (lambda: model([node("Relu", "x")], {"x": MAP}, outputs=["z"]), "the output needs z, which nothing makes"),
    "made twice": (
        lambda: model([node("Relu", "x", "y", "one"), node("Tanh", "x", "y", "two")], {"x": MAP}), "y is made twice: by two, and by one",
    ),
    "kernel for other channels": (
        lambda: conv(kernel=(4, 5, 3, 3)), "stem (Conv): its kernel is (4, 5, 3, 3), with 1 groups for 5 channels; 6 come in",
    ),
    "kernel of other size": (lambda: conv(kernel_shape=[5, 5]), "stem (Conv): kernel_shape is [5, 5], but its kernel is (4, 6, 3, 3)"),
    "bias of other length": (lambda: conv(kernel=(7, 6, 3, 3)), "stem (Conv): its bias is (4,); 7 numbers are needed, (7,)"),
    "stride": (lambda: conv(strides=[0, 1]), "stem (Conv): strides is [0, 1]; expected 2 whole numbers from 1"),
    "stride of another kind": (lambda: conv(strides=2.5), "stem (Conv): strides is 2.5; expected 2 whole numbers from 1"),
    "padding below 0": (lambda: conv(pads=[0, -1, 0, 0]), "stem (Conv): pads is [0, -1, 0, 0]; expected 4 whole numbers from 0"),
    "groups": (lambda: conv(group=2**40), "stem (Conv): group is 1099511627776; expected a whole number from 1 to 2147483647"),
    "padding beyond bounds": (lambda: conv(pads=[2**62] * 4), "stem (Conv): padding of conv is 4611686018427387904; expected "),
    "window that does not fit": (lambda: conv(dilations=[9, 1]), "stem (Conv): a window of 19 does not fit in 8 pixels"),
    "declared otherwise": (
        lambda: conv(declared={"y": ["N", 4, 6, 9]}), "stem (Conv): (1, 4, 6, 8) comes out; the file says ('N', 4, 6, 9)",
    ),
    "bytes of another shape": (lambda: lying(dims(4, 6, 3, 4)), "w is (4, 6, 3, 4) of float32, 1152 bytes; the file has 864"),
    "negative length": (lambda: lying(dims(-4, 6, 3, 3)), "the shape of w is [-4, 6, 3, 3]; expected at most 16 lengths from 0 to "),
    "absurd length": (lambda: lying(dims(2**62, 6, 3, 3)), "the shape of w is [4611686018427387904, 6, 3, 3]; expected"),
    "shape elsewhere": (
        lambda: lying_shape(), "lay (Reshape): its shape is needed; (2,) numbers stand outside the file, or are too many to follow",
    ),
    "input without a shape": (
        lambda: model([node("Relu", "x")], {"x": None}),  # type: ignore[dict-item]
        "x: the file gives it no shape; expected the batch, then 1 to 8 lengths",
    ),
    "input of no length": (lambda: model([node("Relu", "x")], {"x": ["N", 0, 8]}), "x: the file gives it the shape ('N', 0, 8)"),
    "reshape that does not fill": (
        lambda: reshape(1, 7, -1), "lay (Reshape): 480 numbers, (1, 6, 8, 10), do not fill the shape [1, 7, -1]",
    ),
    "zeros that are zeros": (
        lambda: model([node("Reshape", "x s", "y", "lay", allowzero=1)], {"x": MAP}, arrays={"s": [1, 0, 80]}),
        "lay (Reshape): 480 numbers, (1, 6, 8, 10), do not fill the shape [1, 0, 80]",
    ),
    "softmax over several axes": (
        lambda: model([node("Softmax", "x", "y", "shares")], {"x": MAP}, opset=11),
        "shares (Softmax): is over axis 1 of (1, 6, 8, 10) and those behind it; cnncli reads it over one axis",
    ),
    "reshape of the batch": (lambda: reshape(2, 240), "the output y: the batch, its first axis, is mixed with other axes in (2, 240)"),
    "map to the batch": (
        lambda: model([node("Reshape", "x s", "t"), node("Relu", "t", "r"), node("MaxPool", "r", "y", "p", kernel_shape=[1, 1])],
                      {"x": MAP}, arrays={"s": [6, 1, 8, 10]}),
        "p (MaxPool): the batch, its first axis, is mixed with other axes in (6, 1, 8, 10); cnncli follows single images",
    ),
    "no output": (lambda: model([node("Relu", "x")], {"x": MAP}, outputs=[]), "it names no output"),
    "output that no input reaches": (
        lambda: model([node("Abs", "a")], {"x": MAP}, arrays={"a": [1]}), "the output y does not depend on the input",
    ),
    "mask as an output": (
        lambda: model([node("Dropout", "x", "y m", "drop")], {"x": MAP}, outputs=["y", "m"]), "drop (Dropout): its output m is read",
    ),
    "axis": (
        lambda: model([node("Concat", "x x", "y", "both", axis=7)], {"x": MAP}), "both (Concat): axis 7 is named; there are 4",
    ),
    "nothing to join": (lambda: model([node("Concat", "", "y", "none", axis=0)], {"x": MAP}), "none (Concat): reads nothing"),
    "nothing to add": (lambda: model([node("Add", "", "y", "none")], {"x": MAP}), "none (Add): reads nothing"),
    "arrays that do not go together": (
        lambda: model([node("Concat", "a b", "s", "both", axis=0), node("Reshape", "x s")], {"x": MAP}, arrays={"a": [1], "b": 2.0}),
        "both (Concat): its inputs have shapes that do not go together",
    ),
    "range without end": (lambda: ranged(-(2**63), 2**63 - 1, 1), "count (Range): makes 18446744073709551615 numbers; 256 are the most"),
    "range in fractions": (lambda: ranged(0.0, 480.0, 1.5), "count (Range): its limit is [1.5]; expected whole numbers"),
    "resize of a part": (
        lambda: model([node("Resize", "x r s", "y", "zoom", coordinate_transformation_mode="tf_crop_and_resize")], {"x": MAP},
                      arrays={"r": [0.0, 0.0, 0.2, 0.2, 1.0, 1.0, 0.7, 0.7], "s": [1.0, 1.0, 2.0, 2.0]}),
        "zoom (Resize): coordinate_transformation_mode is 'tf_crop_and_resize'; expected one of half_pixel, ",
    ),
    "shapes that disagree": (
        lambda: model([node("Conv", "x w", "c", "c"), node("Add", "c x", "y", "sum")], {"x": MAP}, arrays={"w": (6, 6, 3, 3)}),
        "sum (Add): add needs shapes that are equal, or 1 where they differ; c gives (1, 6, 6, 8) and x gives (1, 6, 8, 10)",
    ),
    "two computed factors": (
        lambda: model([node("MatMul", "x x", "y", "scores")], {"x": ["N", 6, 8, 8]}), "scores (MatMul): multiplies two computed tensors",
    ),
    "output that is not followed": (
        lambda: model([node("MaxPool", "x", "p i", "pool", kernel_shape=[2, 2]), node("Relu", "i", "y")], {"x": MAP}),
        "pool (MaxPool): its output i is read; cnncli follows the first alone",
    ),
}  # fmt: skip


def ranged(*limits: float) -> Any:
    """A reshape to what Range makes."""
    made = model([node("Range", "a b c", "s", "count"), node("Reshape", "x s", "y", "lay")], {"x": MAP})
    for name, limit in zip("abc", limits, strict=True):
        made.graph.initializer.append(onnx.numpy_helper.from_array(numpy.array(limit), name))
    return made


def lying_shape() -> Any:
    made = reshape(1, 480)
    external(made)
    return made


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case: str, tmp_path: Path) -> None:
    """What cannot be read is refused with the file, the node and the reason."""
    make, reason = REFUSALS[case]
    path = saved(tmp_path, make())
    with pytest.raises(SpecError) as refusal:
        load_model(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert reason in str(refusal.value).removeprefix(f"{path}: ")


def test_independent_faults_are_told_together(tmp_path: Path) -> None:
    """Every unknown operator and every fault is told; what depends on one of them is passed over in silence."""
    nodes = [
        node("TopK", "x k", "t u", "first"), node("Relu", "t", "r"), node("TopK", "x k", "v w", "second"),
        node("Conv", "x big", "c", "wide"), node("Sum", "r v c", "y", "sum"),
    ]  # fmt: skip
    with pytest.raises(SpecError) as refusal:
        load_model(saved(tmp_path, model(nodes, {"x": MAP}, arrays={"k": [3], "big": (4, 6, 9, 9)})))
    assert [str(fault).split(": ", 1)[1].split(": ")[0] for fault in refusal.value.faults] == ["first, second", "wide (Conv)"]


def test_weights_elsewhere_are_not_needed(tmp_path: Path) -> None:
    """Arrays that stand in another file are read by their shape alone; that file is never opened, wherever it is said to be."""
    network = load_model(saved(tmp_path, lying(external))).network
    assert analyze(network).totals["params"] == 4 * 6 * 9 + 4


def test_weights_left_out_are_not_needed(tmp_path: Path) -> None:
    """A file stripped of its weights is read as one that has them."""
    made = conv()
    made.graph.initializer[0].ClearField("raw_data")
    assert analyze(load_model(saved(tmp_path, made)).network).totals["params"] == 4 * 6 * 9 + 4


def test_weights_are_not_read(tmp_path: Path) -> None:
    """The memory that reading takes does not grow with the weights."""
    import tracemalloc

    large = numpy.zeros((4096, 4096), dtype=numpy.float32)
    made = model([node("Gemm", "x w")], {"x": ["N", 4096]})
    made.graph.initializer.append(onnx.numpy_helper.from_array(large, "w"))
    path = saved(tmp_path, made)
    del made, large
    tracemalloc.start()
    load_model(path)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_no_such_file_and_no_such_layer(tmp_path: Path) -> None:
    """A file that is not there, a directory, an input of another form, and layers that --opaque names in vain."""
    path = saved(tmp_path, conv())
    (tmp_path / "folder.onnx").mkdir()
    with pytest.raises(UsageError, match="no such file"):
        load_model(str(tmp_path / "none.onnx"))
    with pytest.raises(SpecError, match=r"folder.onnx: this is a directory; a model is one file"):
        load_model(str(tmp_path / "folder.onnx"))
    with pytest.raises(UsageError, match=r"--input 8x10x6: in this file the channels come first; write 6x8x10"):
        load_model(path, input_size="8x10x6")
    with pytest.raises(UsageError, match=r"--input 6x8: x has 3 lengths, 6x8x10"):
        load_model(path, input_size="6x8")
    with pytest.raises(UsageError, match=r"--opaque stme: .* has no layer or class of that name; did you mean 'stem'"):
        load_model(path, ["stme"])


def test_every_beginning_of_a_file_is_refused(tmp_path: Path) -> None:
    """A file that breaks off anywhere is refused, or what is left of it is whole."""
    data = conv(kernel=(4, 6, 1, 1)).SerializeToString()
    whole = 0
    for end in range(len(data)):
        path = saved(tmp_path, data[:end])
        try:
            load_model(path)
        except CnncliError:
            continue
        whole += 1
    assert whole <= 1  # the opset, which ends a file, may lack its last byte and mean another version


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x08\xff", "it breaks off within a number"),
        (b"\x08" + b"\xff" * 11, "more than 64 bits"),
        (b"\x12\x05ab", "it breaks off: at byte 2 there should be 5 more, there are 2"),
        (b"\x0b\x0c", "byte 1 begins no field"),
        (b"\x00\x01", "byte 1 begins no field"),
    ],
)
def test_bytes_that_are_no_message(data: bytes, reason: str) -> None:
    """Numbers without an end, lengths beyond the end, wire types and field numbers that there are not."""
    with pytest.raises(Malformed) as refusal:
        list(fields(Span(data, 0, len(data))))
    assert reason in str(refusal.value)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few of them changed, left out, doubled or cut off."""
    made = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 8])):
        at = chance.randrange(len(made) or 1)
        match chance.randrange(5):
            case 0:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                made[at : at + 1] = bytes([made[at] ^ 1 << chance.randrange(8)]) if made else b""
            case 2:
                del made[at : at + chance.randrange(1, 9)]
            case 3:
                made[at:at] = chance.randbytes(chance.randrange(1, 9))
            case _:
                source = chance.randrange(len(made) or 1)
                made[at : at + 20] = made[source : source + chance.randrange(1, 40)]
    return bytes(made)


def fuzz(folder: Path, name: str, count: int, seed: int) -> None:
    """Mutated files are read or refused; what is read can be counted."""
    data = gzip.decompress((FOLDER / f"{name}.onnx.gz").read_bytes())
    chance = random.Random(seed)
    path = folder / "mutated.onnx"
    for _ in range(count):
        path.write_bytes(mutated(data, chance))
        with suppress(CnncliError):
            report = analyze(load_model(str(path)).network)
            assert report.totals["params"] >= 0
            assert report.totals["macs"] >= 0


NAMES = ["odd_opset13", "attention_dynamo_open", "shufflenet_opset17", "convnext_opset13", "norms_opset17", "pyramid_opset17"]


@pytest.mark.parametrize("name", NAMES)
def test_mutated_files(name: str, tmp_path: Path) -> None:
    """A hundred mutations of each of a few files: no traceback."""
    fuzz(tmp_path, name, 100, 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name.removesuffix(".onnx.gz") for path in FOLDER.glob("*.gz")))
def test_many_mutated_files(name: str, tmp_path: Path) -> None:
    """A thousand mutations of each file: no traceback."""
    fuzz(tmp_path, name, 1000, 2)
