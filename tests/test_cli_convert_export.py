"""cnncli convert and cnncli export: what goes where, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from test_startup import HEAVY, woken

from cnncli import load
from cnncli.cli import main
from cnncli.cli.commands.export import FORMATS

FIXTURES = Path(__file__).parent / "fixtures" / "keras"


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, words, input=text)


@pytest.mark.parametrize(
    ("form", "begin"),
    [("keras-code", '"""LeNet-5'), ("torch-code", '"""LeNet-5'), ("dot", 'digraph "LeNet-5'), ("mermaid", "flowchart TB\n")],
)
def test_text_goes_to_standard_output_or_to_a_file(form: str, begin: str, tmp_path: Path) -> None:
    """The same text either way, and nothing else on standard output."""
    done, file = run("export", "lenet5", "--to", form), tmp_path / "out.txt"
    assert done.exit_code == 0
    assert done.stdout.startswith(begin)
    written = run("export", "lenet5", "--to", form, "-o", str(file))
    assert (written.exit_code, written.output) == (0, "")
    assert file.read_text(encoding="utf-8") == done.stdout
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("form", ["keras", "onnx"])
def test_what_is_no_text_needs_a_file(form: str) -> None:
    """Bytes are not printed."""
    done = run("export", "lenet5", "--to", form)
    assert done.exit_code == 2
    assert f"--to {form} writes a file; name it with -o" in done.output


@pytest.mark.parametrize("name", ["m.h5", "m.json", "m"])
def test_a_keras_archive_is_called_so(name: str) -> None:
    """Keras goes by the ending, and so does summarize."""
    done = run("export", "lenet5", "--to", "keras", "-o", name)
    assert (done.exit_code, Path(name).exists()) == (2, False)
    assert "which is read by this ending only; call it m.keras" in done.stderr


@pytest.mark.parametrize("words", [["export", "lenet5", "--to", "onnx"], ["export", "lenet5", "--to", "dot"], ["convert", "lenet5"]])
def test_a_dash_is_standard_output(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-o -` prints, bytes too, and makes no file of that name."""
    monkeypatch.chdir(tmp_path)
    printed = run(*words, "-o", "-").stdout_bytes
    assert run(*words, "-o", "file").stdout_bytes == b""
    assert printed == Path("file").read_bytes()
    assert [*tmp_path.iterdir()] == [tmp_path / "file"]


def test_onnx_file_can_be_read_again(tmp_path: Path) -> None:
    """What export writes, summarize reads."""
    file = str(tmp_path / "lenet5.onnx")
    assert run("export", "lenet5", "--to", "onnx", "-o", file).exit_code == 0
    assert run("get", file, "params").stdout == run("get", "lenet5", "params").stdout


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
def test_keras_file_can_be_read_again(tmp_path: Path) -> None:
    """So with a .keras file, which is named so only at its end."""
    pytest.importorskip("keras")
    file = str(tmp_path / "lenet5.keras")
    assert run("export", "lenet5", "--to", "keras", "-o", file).exit_code == 0
    assert run("get", file, "params").stdout == run("get", "lenet5", "params").stdout


def test_depth_is_for_drawings() -> None:
    """It folds blocks in them; with code it is refused."""
    assert "stage_1" in run("export", "resnet18", "--to", "dot", "--depth", "1").stdout
    assert run("export", "resnet18", "--to", "keras-code", "--depth", "1").exit_code == 2


def test_every_format_is_explained() -> None:
    """--help has a line for each."""
    told = run("export", "--help").stdout
    assert all(f"  {form} " in told for form in FORMATS)


def test_settings_and_input_hold() -> None:
    """--set and --input change what is exported and converted."""
    assert "(96, 96, 3)" in run("export", "resnet18", "--to", "keras-code", "--input", "96x96x3").stdout
    assert "input: [96, 96, 3]" in run("convert", "resnet18", "--input", "96x96x3").stdout
    assert "- dense: {units: 101" in run("convert", "c3d", "--set", "classes=101").stdout


def test_convert_writes_a_spec_that_is_its_own_test(tmp_path: Path) -> None:
    """What it writes is read, and is as it expects of itself."""
    file = tmp_path / "mine.yaml"
    assert run("convert", "resnet50", "-o", str(file)).output == ""
    assert run("validate", str(file)).stdout == f"{file}: 177 layers, 25,636,712 parameters; as expected: params, macs\n"


def test_convert_reads_models_of_others(tmp_path: Path) -> None:
    """A Keras model as JSON; its layers are told branch by branch, with --names all by their names."""
    file = str(FIXTURES / "solid.json")
    spec = tmp_path / "solid.yaml"
    spec.write_text(run("convert", file).stdout, encoding="utf-8")
    assert run("get", str(spec), "params", "macs").stdout == run("get", file, "params", "macs").stdout
    named = tmp_path / "named.yaml"
    named.write_text(run("convert", file, "--names").stdout, encoding="utf-8")
    assert {node.name for node in load(str(named)).network.nodes[1:]} <= {node.name for node in load(file).network.nodes}


def test_frozen_layers_stay_frozen(tmp_path: Path) -> None:
    """What a model has frozen is frozen in its spec."""
    tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": ["x", 0, 0]}}
    reads = [{"args": [tensor], "kwargs": {}}]
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [None, 4]}, "name": "x", "inbound_nodes": []},
        {"class_name": "Dense", "config": {"name": "d", "units": 2, "trainable": False}, "name": "d", "inbound_nodes": reads},
    ]
    config = {"name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["d", 0, 0]]}
    file = tmp_path / "m.json"
    file.write_text(json.dumps({"class_name": "Functional", "config": config}), encoding="utf-8")
    done = run("convert", str(file))
    assert done.exit_code == 0
    assert "  - dense: 2\n    freeze: true\n" in done.stdout


@pytest.mark.parametrize("form", ["torch-code", "keras-code"])
def test_weights_that_are_shared_are_refused_in_code(form: str) -> None:
    """By the layer, the one whose weights it uses, and what can hold it; a spec can."""
    done = run("export", "--to", form, str(FIXTURES / "shared.json"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "conv:2 uses the weights of conv; code is written for layers that are used once, --to keras for all" in done.stderr
    assert "weights: conv" in run("convert", str(FIXTURES / "shared.json")).stdout


@pytest.mark.parametrize("command", [["convert"], ["export", "--to", "torch-code"], ["export", "--to", "keras-code"]])
def test_what_cannot_be_told_is_refused_with_file_and_layer(command: list[str]) -> None:
    """Exit code 2, the file, the layer, the reason; nothing on standard output."""
    file = str(FIXTURES / "operations.json")
    done = run(*command, file)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert f"{file}: power is a square that the notation has no word for" in done.stderr


@pytest.mark.parametrize(
    "words", [["convert", "vgg16"], *(["export", "vgg16", "--to", form] for form in FORMATS if form not in ("keras", "onnx"))]
)
def test_text_wakes_no_framework(words: list[str]) -> None:
    """Code for a framework is written without it."""
    assert woken(*words) & HEAVY == set()


def test_augmentations_that_torch_code_leaves_out_are_told(tmp_path: Path) -> None:
    """PyTorch has no layers for them; the other formats have, or are for inference."""
    spec = tmp_path / "net.yaml"
    spec.write_text("input: [8, 8, 3]\nlayers: [random_flip, {random_crop: 1}, random_flip, {random_rotation: 5}, relu]\n")
    words = "random_flip_1, random_crop_1, random_flip_2 and 1 more are left out"
    told = f"note: {words}: PyTorch augments images in the data loader, with torchvision.transforms\n"
    assert run("export", str(spec), "--to", "torch-code").stderr == told
    assert run("export", str(spec), "--to", "keras-code").stderr == ""
    spec.write_text("input: [8, 8, 3]\nlayers: [random_flip, relu]\n")
    assert run("export", str(spec), "--to", "torch-code").stderr.startswith("note: random_flip_1 is left out: PyTorch")
