"""Damaged files of a run, and of data: refused in one message wherever they are read, and never a reason to fill the memory."""

from __future__ import annotations

import copy
import io
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("tensorflow", reason="needs the extra train")
np = pytest.importorskip("numpy")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]

from cnncli.cli import main  # noqa: E402
from cnncli.errors import CnncliError, DataError, UsageError  # noqa: E402
from cnncli.training import checkpoint, records  # noqa: E402
from cnncli.training.data.npz import npz_file  # noqa: E402
from cnncli.training.errors import RefusedError  # noqa: E402
from cnncli.training.extension import is_finished, needs_extension  # noqa: E402
from cnncli.training.folder import existing  # noqa: E402
from cnncli.training.predict import array  # noqa: E402
from cnncli.training.prepare import prepare  # noqa: E402
from cnncli.training.reopen import request_of  # noqa: E402

NET = """
input: [8, 8, 1]
layers: [conv: {filters: 4, kernel: 3}, relu, flatten, dense: {units: 10, activation: softmax}]
train:
  data: digits
  epochs: 2
  batch: 128
  validation: 0.2
  ema: 0.9
  early_stopping: 5
  augment: [{random_translation: {pixels: 1}}]
  schedule: {cosine: {warmup: 0.1}}
  lr_scale: {dense: 2}
"""
TUNED = "backbone: {{model: {0}/spec.yaml, weights: {0}, freeze: all}}\nlayers: [flatten, dense: 10]\ntrain: {{data: digits, epochs: 1}}\n"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    (folder / "net.yaml").write_text(NET, encoding="utf-8")
    done = cnncli("train", str(folder / "net.yaml"), "-o", str(folder / "run"), "--checkpoint-every", "0")
    assert done.exit_code == 0, done.stderr
    return folder / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy, to be damaged."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def cnncli(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def refused(*words: str, line: int = -1) -> str:
    """A line of the message with which a command refuses, the last one."""
    done = cnncli(*words)
    assert done.exit_code == 2, (done.exit_code, done.stderr, done.exception)
    assert isinstance(done.exception, SystemExit)
    return done.stderr.splitlines()[line]


WRONG: list[Any] = [None, True, -1, 0.5, float("inf"), "x", "", [], {}, [[]], [None], 10**30, {"a": None}, [1, 2, 3]]


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value; of lists the first two."""
    yield place
    inside = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, item in inside:
        yield from places(item, (*place, name))


def changed(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """A JSON value with another value at a place; without it where that is `...`."""
    if not place:
        return new
    whole = copy.deepcopy(value)
    inner = whole
    for name in place[:-1]:
        inner = inner[name]
    if new is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = new
    return whole


@pytest.mark.parametrize("name", ["recipe.json", "result.json"])
def test_json_of_another_form_is_refused_or_read(name: str, run: Path) -> None:
    """At every place every kind of wrong value, and nothing: what reads a run refuses it or does without, and raises nothing else."""
    whole = json.loads((run / name).read_text(encoding="utf-8"))
    tried = 0
    for place in places(whole):
        for wrong in [*WRONG, *([...] if place else [])]:
            (run / name).write_text(json.dumps(changed(whole, place, wrong)), encoding="utf-8")
            tried += 1
            try:
                folder = existing(str(run))
                is_finished(folder)
                needs_extension(folder, 99.0)
                prepare(request_of(folder, None))
            except CnncliError:
                pass
    assert tried > 500


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("recipe.json", "[]", "recipe.json is damaged: it has no"),
        ("recipe.json", '{"settings": {"width": 3}}', "recipe.json is damaged: settings.width is 3; expected text"),
        ("recipe.json", "[" * 100_000, "recipe.json is damaged: it is nested too deeply"),
        ("recipe.json", '{"settings"', "recipe.json is damaged: "),
        ("result.json", '{"epochs": "two"}', "result.json is damaged: epochs is 'two'; expected a number from 0"),
        ("result.json", '{"extensions": -1}', "result.json is damaged: extensions is -1; expected a whole number from 0"),
        ("spec.yaml", "\x00", "spec.yaml"),
    ],
)
def test_a_damaged_text_file_is_named(name: str, text: str, words: str, run: Path) -> None:
    """The file, the entry, what is there and what was expected; by every command that reads it."""
    (run / name).write_text(text, encoding="utf-8")
    if text == "[]":
        words = "recipe.json is damaged: "
    resume, evaluate, predict = ["train", "--resume", str(run), "--epochs", "9"], ["evaluate", str(run)], ["predict", str(run), "x.png"]
    readers = {"recipe.json": [resume, evaluate, predict], "result.json": [resume], "spec.yaml": [evaluate, resume]}
    for command in readers[name]:
        assert words in refused(*command, line=0), command


def test_a_result_of_another_network_is_refused(run: Path) -> None:
    """Fewer classes than the model has outputs, or another number of channels: predict names the file."""
    whole = json.loads((run / "result.json").read_text(encoding="utf-8"))
    for place, wrong in ((("data", "classes"), ["0"]), (("input", "scale"), [1.0, 2.0])):
        (run / "result.json").write_text(json.dumps(changed(whole, place, wrong)), encoding="utf-8")
        assert "result.json is of another network than model.keras" in refused("predict", str(run), "x.png")


@pytest.mark.parametrize("name", ["recipe.json", "result.json"])
def test_the_weights_of_a_damaged_run_are_refused(name: str, run: Path, tmp_path: Path) -> None:
    """A backbone that takes the weights of a run reads the same files."""
    (tmp_path / "tuned.yaml").write_text(TUNED.format(run), encoding="utf-8")
    (run / name).write_text("{}", encoding="utf-8")
    assert f"{name} is damaged: it has no " in refused("train", str(tmp_path / "tuned.yaml"), "-o", str(tmp_path / "tuned"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "seeds.json is damaged: it is []; expected an object"),
        ("{}", "seeds.json is damaged: it has no seeds"),
        ('{"seeds": [-1]}', "seeds.json is damaged: seeds[0] is -1; expected a whole number from 0"),
        ('{"seeds": [0]}', "no such run"),
    ],
)
def test_a_damaged_list_of_seeds_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """Also one that names a run that is not there."""
    (tmp_path / "seeds.json").write_text(text, encoding="utf-8")
    assert words in refused("train", "--resume", str(tmp_path))
    assert words in refused("train", "--resume", str(tmp_path), "--epochs", "9")
    assert not (tmp_path / "run.lock").exists()


def test_a_record_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of any length is not read to its end, and a directory is no file."""
    monkeypatch.setattr(records, "LARGEST", 100)
    (tmp_path / "result.json").write_bytes(b" " * 200)
    with pytest.raises(UsageError, match="has more than"):
        records.read(tmp_path / "result.json")
    (tmp_path / "recipe.json").mkdir()
    with pytest.raises(UsageError, match="there is no such file"):
        records.read(tmp_path / "recipe.json")


def test_checkpoints_with_any_damage_are_refused(run: Path) -> None:
    """Cut short, with flipped bits, with other bytes: refused, or read as they were; the same each time."""
    path = run / "checkpoints" / "last.npz"
    data, whole = path.read_bytes(), checkpoint.load(path)
    chance = random.Random(0)
    refusals = 0
    for number in range(400):
        harmed = bytearray(data)
        place = chance.randrange(len(data))
        if number % 4 == 0:
            del harmed[place:]
        elif number % 4 == 1:
            harmed[place] ^= 1 << chance.randrange(8)
        elif number % 4 == 2:
            harmed[place : place + 50] = chance.randbytes(50)
        else:
            harmed[len(data) - chance.randrange(1, 2000)] = chance.randrange(256)  # the directory of the archive
        path.write_bytes(harmed)
        try:
            found = checkpoint.load(path)
        except RefusedError:
            refusals += 1
        else:
            assert checkpoint.digest(found.arrays) == checkpoint.digest(whole.arrays)
    assert refusals > 300


@pytest.mark.parametrize(
    ("name", "value"),
    [("step", "x"), ("step", -1), ("losses", [None]), ("history", [{}]), ("ended", 1), ("plateau", [1.0]), ("patience", 3), ("phase", [])],
)
def test_counters_of_another_form_are_refused(name: str, value: Any, run: Path) -> None:
    """A checkpoint whose arrays are whole and whose counters are not."""
    path = run / "checkpoints" / "last.npz"
    whole = checkpoint.load(path)
    checkpoint.save(path, checkpoint.Checkpoint(whole.arrays, {**whole.about, name: value}))
    with pytest.raises(RefusedError, match=r"last\.npz is damaged"):
        checkpoint.load(path)


def test_counters_that_are_missing_and_other_shapes_are_refused(run: Path) -> None:
    """Whatever a checkpoint lacks is found before it is resumed."""
    path = run / "checkpoints" / "last.npz"
    (run / "result.json").unlink()
    whole = checkpoint.load(path)
    checkpoint.save(path, checkpoint.Checkpoint(whole.arrays, {name: value for name, value in whole.about.items() if name != "losses"}))
    assert "is damaged: it has no losses" in refused("train", "--resume", str(run))
    arrays = {name: value[..., :1] if value.ndim else value for name, value in whole.arrays.items()}
    checkpoint.save(path, checkpoint.Checkpoint(arrays, whole.about))
    assert "does not fit: the weights have other names or shapes" in refused("train", "--resume", str(run))
    best = checkpoint.load(run / "checkpoints" / "best.npz")
    checkpoint.save(run / "checkpoints" / "best.npz", checkpoint.Checkpoint({"model/0/a": np.zeros(3)}, best.about))
    assert "best.npz" in refused("evaluate", str(run))


def test_the_checkpoint_before_is_taken_and_that_is_said(run: Path) -> None:
    """A warning on standard error names the damaged file, and the step from which the run goes on."""
    (run / "result.json").unlink()
    path = run / "checkpoints" / "last.npz"
    path.write_bytes(path.read_bytes()[:-100])
    step = checkpoint.load(run / "checkpoints" / "previous.npz").about["step"]
    done = cnncli("train", "--resume", str(run))
    assert done.exit_code == 0, done.stderr
    assert f"warning: {path} is damaged: " in done.stderr
    assert f"continuing from {path.with_name('previous.npz')}, the checkpoint before it, of step {step}\n" in done.stderr


def header(shape: str, kind: str = "|u1") -> bytes:
    """The beginning of an .npy."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


HEADERS = [
    ("(1000000, 1000000)", "|u1"), ("(1000000000000,)", "|V0"), ("(1000000000000,)", "<U0"), ("(-1, 8)", "|u1"), (f"({10**400},)", "<f8"),
    ("(8, 8)", "|O"), ("(8.0, 8)", "|u1"), ("(" * 200, "|u1"),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "kind"), HEADERS)
def test_headers_that_promise_too_much(shape: str, kind: str, tmp_path: Path) -> None:
    """An image, an array of a data set, or one of a checkpoint whose header promises what the file cannot hold: no room is made."""
    data = header(shape, kind) + bytes(64)
    with pytest.raises(DataError, match=r"is no whole \.npy file"):
        array(data, "image.npy")
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("x.npy", data)
        archive.writestr("y.npy", header("(8,)", "|i1") + bytes(8))
    with pytest.raises(DataError, match=r"set\.npz"):
        npz_file("set", None, tmp_path / "set.npz")
    with pytest.raises(RefusedError):
        checkpoint.load(tmp_path / "set.npz")


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """300 MB of zeros in 300 kB are no data set, and in a checkpoint nothing is compressed at all."""
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("x.npy", "w", force_zip64=True) as file:
            file.write(header("(300, 1000, 1000)"))
            for _ in range(300):
                file.write(bytes(1_000_000))
        archive.writestr("y.npy", header("(300,)", "|i1") + bytes(300))
    with pytest.raises(DataError, match=r"x\.npy unpacks to 300,000,128 bytes from [\d,]+, which no array of data does; get it again"):
        npz_file("bomb", None, path)
    with pytest.raises(RefusedError):
        checkpoint.load(path)
    monkeypatch.setattr("cnncli.training.data.npz.free_bytes", lambda: 1000)
    small = tmp_path / "small.npz"
    np.savez_compressed(small, x=np.zeros((90, 8, 8), np.uint8), y=np.zeros(90, np.uint8))
    with pytest.raises(DataError, match=r"x\.npy needs .* GB of memory, and .* GB are free"):
        npz_file("small", None, small)


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    """Stored members that share their bytes would unpack to more than the file holds."""
    content = io.BytesIO()
    np.save(content, np.zeros(10_000, np.uint8))
    path = tmp_path / "last.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content.getvalue())
        info = archive.filelist[0]
        for number in range(50):
            other = copy.copy(info)
            other.filename = f"b{number}.npy"
            archive.filelist.append(other)
    with pytest.raises(RefusedError, match=r"last\.npz is damaged"):
        checkpoint.load(path)


def test_an_image_that_cannot_be_read_is_one_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed read names the image, and standard input is read within bounds."""
    from cnncli.training import predict

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    (tmp_path / "image.png").touch()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", broken)
        with pytest.raises(DataError, match=r"image\.png: input/output error"):
            predict.read(str(tmp_path / "image.png"))
    monkeypatch.setattr(predict, "LARGEST", 100)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(bytes(200))))
    with pytest.raises(DataError, match="standard input holds more than"):
        predict.read("-")


def test_the_scaling_of_another_network_is_refused(run: Path) -> None:
    """A run with weights from elsewhere keeps their scaling, one number for each channel."""
    from cnncli.training.reopen import images_of

    (run / "input.json").write_text('{"scale": [1.0, 1.0], "offset": [0.0]}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"input\.json is damaged: expected scale and offset for 1 channels"):
        images_of(existing(str(run)), "elsewhere", 1)
