"""The files that Keras models come in, whole, damaged and hostile: a refusal or the model, quickly and in bounded memory."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli import load
from cnncli.errors import CnncliError
from cnncli.importers import load_model
from cnncli.importers.keras.build import Builder
from cnncli.importers.keras.graph import top
from cnncli.importers.opaque import Requests
from cnncli.network import Network

FOLDER = Path(__file__).parent / "fixtures" / "keras"
CONFIG = (FOLDER / "shared.json").read_bytes()


def archive(path: Path, *entries: tuple[str, bytes], how: int = zipfile.ZIP_STORED) -> str:
    """A zip of these entries."""
    with zipfile.ZipFile(path, "w", how) as file:
        for name, data in entries:
            file.writestr(name, data)
    return str(path)


def refused(path: str) -> str:
    with pytest.raises(CnncliError) as error:
        load_model(path)
    text = str(error.value)
    assert text.startswith(path)
    return text[len(path) :].lstrip(": ")


# Archives -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_keras_archive_is_its_config(tmp_path: Path, how: int) -> None:
    """Of the zip only config.json is read: weights may be anything, even a pickle that would do harm."""
    pickle = b"cos\nsystem\n(S'echo harm >&2'\ntR."
    path = archive(tmp_path / "m.keras", ("metadata.json", b"{"), ("config.json", CONFIG), ("model.weights.h5", pickle), how=how)
    assert [node.name for node in load_model(path).network.nodes] == [
        node.name for node in load_model(str(FOLDER / "shared.json")).network.nodes
    ]


@pytest.mark.parametrize("kept", [3, 50, 400, -30, -4])
def test_a_truncated_archive_is_refused(tmp_path: Path, kept: int) -> None:
    """Cut anywhere."""
    path = tmp_path / "m.keras"
    archive(path, ("config.json", CONFIG))
    path.write_bytes(path.read_bytes()[:kept])
    assert refused(str(path)).startswith("not a whole .keras archive: ")


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    """A byte of the configuration changed: the checksum tells."""
    path = tmp_path / "m.keras"
    archive(path, ("config.json", CONFIG))
    path.write_bytes(path.read_bytes().replace(b'"filters":4', b'"filters":5'))
    assert "bad CRC-32" in refused(str(path))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("model.weights.h5", b"")], "a .keras archive has one config.json; this one has none"),
        ([("config.json", CONFIG), ("config.json", b"{}")], "has one config.json; this one has 2"),
        ([("sub/config.json", CONFIG)], "this one has none"),
        ([("config.json", b"{")], "not JSON"),
        ([("config.json", b"\xff\xfe{}")], "not UTF-8 text: byte 0xff at offset 0"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_has_one_configuration(tmp_path: Path, entries: list[tuple[str, bytes]], words: str) -> None:
    """Not none, not two, and text."""
    assert words in refused(archive(tmp_path / "m.keras", *entries))


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    """40 MB of spaces in 40 kB are not unpacked."""
    assert "no model needs that" in refused(archive(tmp_path / "m.keras", ("config.json", b" " * 40_000_000), how=zipfile.ZIP_DEFLATED))


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    """Also below the largest size: text shrinks 20 to 100 times, not 1,000."""
    assert "unpacks to 20000000 bytes" in refused(
        archive(tmp_path / "m.keras", ("config.json", b" " * 20_000_000), how=zipfile.ZIP_DEFLATED)
    )


def test_a_bomb_that_lies_is_refused_by_what_comes_out(tmp_path: Path) -> None:
    """The size in the directory is what the archive says of itself: 100 bytes here, and 40 MB come out."""
    path = tmp_path / "m.keras"
    archive(path, ("config.json", b" " * 40_000_000), how=zipfile.ZIP_DEFLATED)
    data = path.read_bytes().replace(struct.pack("<L", 40_000_000), struct.pack("<L", 100))
    path.write_bytes(data)
    refused(str(path))  # what comes out is cut to what was declared, and its checksum fails


def test_a_bomb_of_another_compression_is_refused(tmp_path: Path) -> None:
    """bz2 and LZMA unpack without bound from a few bytes; Keras does not use them."""
    for how in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "compressed in a way that Keras does not use" in refused(archive(tmp_path / "m.keras", ("config.json", CONFIG), how=how))


def test_a_directory_without_end_is_refused(tmp_path: Path) -> None:
    """A zip of half a million empty entries is not listed."""
    path = tmp_path / "m.keras"
    archive(path, *((f"{number:060}", b"") for number in range(12_000)), ("config.json", CONFIG))
    assert "its directory is too long" in refused(str(path))


def test_an_encrypted_configuration_is_refused(tmp_path: Path) -> None:
    """The flag is enough."""
    path = tmp_path / "m.keras"
    archive(path, ("config.json", CONFIG))
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert refused(str(path)) == "config.json is encrypted"


# Other files ----------------------------------------------------------------------------------------------------------------------


def test_files_that_are_not_there_or_no_files(tmp_path: Path) -> None:
    """Each in its words."""
    assert refused(str(tmp_path / "none.json")) == "no such file"
    (tmp_path / "folder.keras").mkdir()
    assert refused(str(tmp_path / "folder.keras")) == "this is a directory; a model is one file"
    (tmp_path / "model.bin").write_bytes(b"")
    assert "a model's file ends in one of .json, .keras" in refused(str(tmp_path / "model.bin"))
    with pytest.raises(CnncliError, match=r"\.onnx; torch\.onnx\.export\(model, inputs, 'model\.onnx'\) writes one"):
        load(str(tmp_path / "model.pt"))
    (tmp_path / "text.h5").write_bytes(b"no")
    assert refused(str(tmp_path / "text.h5")) == "not an HDF5 file"
    (tmp_path / "old.keras").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert refused(str(tmp_path / "old.keras")) == "this is an HDF5 file; name it .h5"


def test_text_without_end_is_refused(tmp_path: Path) -> None:
    """Beyond what any model needs."""
    path = tmp_path / "m.json"
    with path.open("wb") as file:
        file.truncate(40 * 2**20)
    assert "more than 32 MiB of JSON" in refused(str(path))


def test_hdf5_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said; and where the library crashes or never ends, as it does over some damaged files, the file is refused."""
    (tmp_path / "m.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    for name, code, words in (
        ("missing", "raise ImportError", "reading .h5 needs h5py: pip install h5py"),
        ("crashing", "import os; os.abort()", "not a whole HDF5 file: the library breaks down over it"),
        ("endless", "import time; time.sleep(99)", "not a whole HDF5 file: the library is not through with it in 1 s"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "h5py.py").write_text(code)
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(tmp_path / name))
            patch.setattr("cnncli.importers.keras.file.PATIENCE", 1 if name == "endless" else 60)
            assert words in refused(str(tmp_path / "m.h5"))
    pytest.importorskip("h5py", reason="reads .h5")
    monkeypatch.chdir(tmp_path / "missing")
    assert "reading .h5 needs" not in refused(str(tmp_path / "m.h5"))  # nothing is imported from the working directory


def test_hdf5(tmp_path: Path) -> None:
    """The configuration is an attribute; a file of weights alone, and a damaged one, are refused."""
    h5py = pytest.importorskip("h5py", reason="reads .h5")
    for name, config in (("bytes", CONFIG), ("text", CONFIG.decode()), ("none", None), ("number", 3)):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            if config is not None:
                file.attrs["model_config"] = config
    for name in ("bytes", "text"):
        assert len(load_model(str(tmp_path / f"{name}.h5")).network.nodes) == 10
    assert "holds weights alone" in refused(str(tmp_path / "none.h5"))
    assert "model_config is no text" in refused(str(tmp_path / "number.h5"))
    damaged = (tmp_path / "text.h5").read_bytes().replace(b'"class_name"', b'"class\xff\xfeame"')
    (tmp_path / "damaged.h5").write_bytes(damaged)
    assert "not UTF-8 text: byte 0xff at offset" in refused(str(tmp_path / "damaged.h5"))
    (tmp_path / "half.h5").write_bytes((tmp_path / "bytes.h5").read_bytes()[:700])
    assert "not a whole HDF5 file" in refused(str(tmp_path / "half.h5"))


# Whatever stands in them ----------------------------------------------------------------------------------------------------------

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 1.5, 1e300, float("inf"), float("nan"), 10**30, 2**31, -(2**40), "", "x", "same", "conv", "Conv2D",
    "Lambda", "Sequential", "Functional", "channels_first", "softmax", [], [[]], {}, [1, 2], [[1, 1], [2, 2]], [None, 3, 3, 3], [2] * 50,
    ["image", 0, 0], {"class_name": "__keras_tensor__"}, {"class_name": "__numpy__", "config": {"value": [1]}},
    {"class_name": "__slice__", "config": {"start": 5, "stop": 1, "step": -1}},
]  # fmt: skip


def spots(tree: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything in a JSON value."""
    found, waiting = [], [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, (dict, list)):
            keys = list(one) if isinstance(one, dict) else range(len(one))
            found.extend((one, key) for key in keys)
            waiting.extend(one[key] for key in keys)
    return found


def mutated(tree: Any, source: random.Random) -> Any:
    """The value with a few places replaced, taken out, or overwritten by others of its places."""
    tree = copy.deepcopy(tree)
    for _ in range(source.choice([1, 1, 1, 2, 4])):
        places = spots(tree)
        if not places:
            break
        container, key = source.choice(places)
        how = source.random()
        if how < 0.2:
            del container[key]
        elif how < 0.4:
            other, at = source.choice(places)
            container[key] = copy.deepcopy(other[at])
        else:
            container[key] = copy.deepcopy(source.choice(VALUES))
    return tree


@settings(deadline=None, max_examples=300)
@given(
    name=st.sampled_from(["nested", "shared", "operations", "flat", "solid", "preprocessing", "code", "older"]), seed=st.integers(0, 2**32)
)
def test_a_mutated_model_is_read_or_refused(name: str, seed: int) -> None:
    """Whatever is changed in a good configuration: a network whose layers answer, or a refusal in words; never another error."""
    source = random.Random(seed)
    tree = mutated(json.loads((FOLDER / f"{name}.json").read_text()), source)
    opaque = source.choice([(), ("Halve", "Lambda"), ("conv",)])
    network = Network()
    try:
        Builder("m.json", network, Requests(opaque), source.choice([None, None, "16x16x3"])).run(top(tree))
    except CnncliError as error:
        text = str(error)
    else:
        text = ""
    assert len(text) < 20_000
    assert text.isprintable() or "\n" in text
    for node in network.nodes if not text else ():
        assert all(isinstance(length, int) and length > 0 for length in node.output)
        assert all(count >= 0 for count in node.facts.work)
        assert all(weight.count > 0 for weight in node.facts.weights)
        assert node.facts.windows is None or len(node.facts.windows) in (0, len(node.output) - 1)


@settings(deadline=None, max_examples=100)
@given(seed=st.integers(0, 2**32))
def test_a_mutated_archive_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Bytes of a zip changed, cut or doubled: the model, or a refusal."""
    source = random.Random(seed)
    path = tmp_path_factory.mktemp("zip") / "m.keras"
    archive(path, ("config.json", CONFIG), how=source.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    data = bytearray(path.read_bytes())
    for _ in range(source.choice([1, 3, 10])):
        at = source.choice([source.randrange(len(data)), max(0, len(data) - source.randint(1, 100))])
        data[at : at + source.choice([0, 1, 1, 1, 4])] = source.randbytes(source.choice([0, 1, 1, 1, 4]))
    path.write_bytes(bytes(data))
    with contextlib.suppress(CnncliError):
        load_model(str(path))
