"""Data: every published layout gives the same images and labels; whatever is wrong with a file is one refusal that names it."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import random
import struct
import subprocess
import sys
import tarfile
import time
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy", reason="the extra train is not installed")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from cnncli.errors import DataError  # noqa: E402
from cnncli.network import Network  # noqa: E402
from cnncli.spec import loads  # noqa: E402
from cnncli.training.data import NAMES, DataSet, Images, check, fitted, load  # noqa: E402
from cnncli.training.data import published as published_module  # noqa: E402
from cnncli.training.data.catalogue import CATALOGUE  # noqa: E402
from cnncli.training.data.fitting import resized  # noqa: E402
from cnncli.training.data.split import stratified  # noqa: E402
from cnncli.training.data.unpickle import unpickled  # noqa: E402

REAL = Path(os.environ.get("CNNCLI_DATA", "data"))
has_mnist = pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason=f"no real MNIST in {REAL} (CNNCLI_DATA)")
has_cifar = pytest.mark.skipif(not (REAL / "cifar-10-batches-py").is_dir(), reason=f"no real CIFAR-10 in {REAL} (CNNCLI_DATA)")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees the user's data or Keras' cache, and none downloads."""
    monkeypatch.delenv("CNNCLI_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
    monkeypatch.setitem(sys.modules, "keras.datasets.mnist", None)
    for name in CATALOGUE:
        monkeypatch.setitem(sys.modules, f"keras.datasets.{name}", None)


def made(count: int, size: tuple[int, ...], classes: int, seed: int = 0) -> tuple[Any, Any]:
    """Images and labels, without order."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, *size)).astype(np.uint8), rng.permutation(np.arange(count) % classes).astype(np.uint8)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    """The files in a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


# ---- MNIST's idx files


def idx(values: Any) -> bytes:
    """An idx file, by the format's definition."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.astype(np.uint8).tobytes()


def idx_set(images: str = "{}-images-idx3-ubyte", labels: str = "{}-labels-idx1-ubyte", packed: bool = True) -> dict[str, bytes]:
    files = {}
    for seed, (prefix, count) in enumerate({"train": 40, "t10k": 20}.items()):
        for pattern, values in zip((images, labels), made(count, (6, 5), 10, seed), strict=True):
            name, content = pattern.format(prefix), idx(values)
            files[name + ".gz" if packed else name] = gzip.compress(content) if packed else content
    return files


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dot", [True, False])
@pytest.mark.parametrize("room", [0, 1, 2])
def test_idx_files_in_every_place(tmp_path: Path, name: str, packed: bool, dot: bool, room: int) -> None:
    """The four idx files are read packed or not, with a dot or a hyphen, in every folder in which programs leave them."""
    mark = ".idx" if dot else "-idx"
    place = tmp_path / CATALOGUE[name].rooms[room]
    written(place, idx_set(f"{{}}-images{mark}3-ubyte", f"{{}}-labels{mark}1-ubyte", packed))
    data = load(name, str(tmp_path))
    x, y = made(40, (6, 5), 10)
    assert (data.train.x == x[..., None]).all()
    assert (data.train.y == y).all()
    assert data.test is not None
    assert len(data.test.y) == 20
    assert data.train.x.dtype == np.uint8
    assert data.train.y.dtype == np.int64
    assert data.classes == CATALOGUE[name].classes
    assert str(place) in data.source


def test_files_that_were_unpacked_under_their_old_name(tmp_path: Path) -> None:
    """What a file is, its content says: some browsers unpack a .gz and keep its name."""
    files = {f"{name}.gz": content for name, content in idx_set(packed=False).items()}
    assert len(load("mnist", str(written(tmp_path, files))).train.y) == 40


def test_mnist_is_not_taken_for_fashion_mnist(tmp_path: Path) -> None:
    """The two have files of the same names: files in the folder itself are Fashion-MNIST only where the folder says so."""
    bare, fashion = written(tmp_path / "data", idx_set()), written(tmp_path / "fashion", idx_set())
    assert load("mnist", str(bare)).name == "mnist"
    assert load("fashion_mnist", str(fashion)).name == "fashion_mnist"
    for name, folder in (("fashion_mnist", bare), ("mnist", fashion)):
        with pytest.raises(DataError, match="is neither in"):
            load(name, str(folder))


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
SOUND = idx_set(packed=False)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t10k-labels-idx1-ubyte", None, r"has no t10k-labels-idx1-ubyte\.gz beside its other idx files"),
        (IMAGES, b"", "train-images-idx3-ubyte does not begin as an idx file of 3 axes: ; expected 00 00 08 03"),
        (IMAGES, idx(np.zeros((4, 4))), "does not begin as an idx file of 3 axes: 00 00 08 02"),
        (LABELS, idx(np.zeros(39)), "train-labels-idx1-ubyte has 39 labels for 40 images"),
        (LABELS, idx(np.arange(40) % 11), "train-labels-idx1-ubyte: label 10 is 10; expected 0 to 9"),
        (IMAGES, idx(np.zeros((0, 6, 5))), "train-labels-idx1-ubyte has 40 labels for 0 images"),
        (IMAGES, SOUND[IMAGES][:-1], "promises 1,200 bytes and holds 1,199"),
        (IMAGES, SOUND[IMAGES] + b"x", "promises 1,200 bytes and holds 1,201"),
        (IMAGES, b"\0\0\x08\x03" + b"\xff" * 12, "more than it can hold"),
        (IMAGES, gzip.compress(SOUND[IMAGES])[:-9], "ends early, as a download cut short does; get it again"),
        (IMAGES, gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12), "more than it can hold"),
    ],
)
def test_idx_files_that_are_refused(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """A missing, foreign, cut or overlong file and a label outside the classes: one refusal, with file, index and value."""
    files = {**SOUND, name: content}
    written(tmp_path, {name: one for name, one in files.items() if one is not None})
    with pytest.raises(DataError, match=message):
        load("mnist", str(tmp_path))


def test_no_images(tmp_path: Path) -> None:
    """Files that hold no images are refused as such."""
    written(tmp_path, {**SOUND, IMAGES: idx(np.zeros((0, 6, 5))), LABELS: idx(np.zeros(0))})
    with pytest.raises(DataError, match="holds no images"):
        load("mnist", str(tmp_path))


def test_mnist_as_keras_has_it(tmp_path: Path) -> None:
    """mnist.npz gives the same images as the idx files, so the same fingerprint."""
    written(tmp_path / "idx", idx_set())
    (x, y), (x_test, y_test) = made(40, (6, 5), 10, 0), made(20, (6, 5), 10, 1)
    (tmp_path / "npz").mkdir()
    np.savez_compressed(tmp_path / "npz" / "mnist.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    assert load("mnist", str(tmp_path / "npz")).sha256 == load("mnist", str(tmp_path / "idx")).sha256


# ---- CIFAR


def python_2(batch: dict[bytes, Any]) -> bytes:
    """A batch as Python 2 and its NumPy pickled it: protocol 2, byte strings, names memorised."""

    def text(value: bytes) -> bytes:
        return b"U" + bytes([len(value)]) + value if len(value) < 256 else b"T" + struct.pack("<i", len(value)) + value

    def value(one: Any) -> bytes:
        if isinstance(one, bytes):
            return text(one) + b"q\x05"
        if isinstance(one, int):
            return b"K" + bytes([one])
        if isinstance(one, list):
            return b"](" + b"".join(map(value, one)) + b"e"
        kind = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN" + 2 * b"J\xff\xff\xff\xff" + b"K\x00tb"
        new = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
        rows, columns = (b"M" + struct.pack("<H", length) for length in one.shape)
        return new + b"(K\x01" + rows + columns + b"\x86" + kind + b"\x89" + text(one.tobytes()) + b"tb"

    return b"\x80\x02}q\x01(" + b"".join(text(key) + value(one) for key, one in batch.items()) + b"u."


def ten(count: int = 8) -> dict[str, tuple[Any, Any]]:
    """CIFAR-10's files: (n, 3072) and labels."""
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    return {name: made(count, (3072,), 10, seed) for seed, name in enumerate(names)}


def hundred() -> dict[str, tuple[Any, Any]]:
    return {"train": made(300, (3072,), 100, 0), "test": made(100, (3072,), 100, 1)}


def as_python(files: dict[str, tuple[Any, Any]], label: bytes = b"labels") -> dict[str, bytes]:
    return {name: python_2({b"batch_label": name.encode(), label: y.tolist(), b"data": x}) for name, (x, y) in files.items()}


def as_binary(files: dict[str, tuple[Any, Any]], coarse: bool = False) -> dict[str, bytes]:
    columns = [(np.full((len(y), 1), 7, np.uint8),) * coarse + (y[:, None], x) for x, y in files.values()]
    return {f"{name}.bin": np.concatenate(parts, axis=1).tobytes() for name, parts in zip(files, columns, strict=True)}


def tarred(folder: str, files: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """An archive of files in a folder, the last first, with a stranger among them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(folder + "/"))
        for name, content in [*reversed(files.items()), ("readme.html", b"<p>"), ("._data_batch_1", b"?")]:
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size, member.type = len(content), kind
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


LAYOUTS = {
    "cifar10": [
        ("cifar-10-batches-py", "cifar-10-python", as_python(ten())),
        ("cifar-10-batches-bin", "cifar-10-binary", as_binary(ten())),
    ],
    "cifar100": [
        ("cifar-100-python", "cifar-100-python", as_python(hundred(), b"fine_labels")),
        ("cifar-100-binary", "cifar-100-binary", as_binary(hundred(), coarse=True)),
    ],
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("form", ["folder", "inside", "room", "tar.gz", "tar", "gz in name only"])
def test_cifar_in_every_layout(tmp_path: Path, name: str, number: int, form: str) -> None:
    """Python's batches and binary records, packed or unpacked, give the same images: red, green and blue planes become channels."""
    folder, archive, files = LAYOUTS[name][number]
    where = tmp_path
    if form in ("folder", "inside", "room"):
        place = tmp_path / name / folder if form == "room" else tmp_path / folder
        written(place, files)
        where = place if form == "inside" else tmp_path
    else:
        content = tarred(folder, files)
        written(tmp_path, {f"{archive}.tar{'' if form == 'tar' else '.gz'}": gzip.compress(content) if form == "tar.gz" else content})
    data = load(name, str(where))
    raw = ten() if name == "cifar10" else hundred()
    planes = np.concatenate([x for file, (x, _) in raw.items() if not file.startswith("test")])
    labels = np.concatenate([y for file, (_, y) in raw.items() if not file.startswith("test")])
    assert data.train.x[-1, 2, 3].tolist() == [planes[-1, 1024 * channel + 2 * 32 + 3] for channel in range(3)]
    assert (data.train.x.transpose(0, 3, 1, 2).reshape(len(planes), -1) == planes).all()
    assert (data.train.y == labels).all()
    assert data.test is not None
    assert (data.test.y == raw["test" if name == "cifar100" else "test_batch"][1]).all()
    assert len(data.classes) == len(CATALOGUE[name].classes)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_batches_pickled_anew(protocol: int) -> None:
    """Batches that were pickled again by Python 3, in any protocol that can hold them, read alike; so do arrays of labels."""
    x, y = made(9, (3072,), 10)
    for labels in (y.tolist(), y.astype(">i4"), y.astype(np.int64)):
        found = unpickled(pickle.dumps({b"data": x, "labels": labels, b"name": b"\xff\x00a"}, protocol), "batch")
        assert (found["data"] == x).all()
        assert (np.array(found["labels"]) == y).all()
        assert found["name"] == b"\xff\x00a"
    columns = unpickled(pickle.dumps({"data": np.asfortranarray(x)}, protocol), "batch")["data"]
    assert (columns == x).all()


class Evil:
    """Unpickled by Python, it would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/cnncli-was-here",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"data": Evil()}), r"batch calls (posix|nt)\.system, which is neither a list, a text nor an array; do not trust it"),
        (pickle.dumps({"data": Evil()}, 0), "batch is no batch of images"),
        (b"\x80\x02}(U\x04datacbuiltins\neval\nU\x011\x85Ru.", r"calls builtins\.eval"),
        (b"\x80\x02}(U\x04datacnumpy\nndarray\nU\x01a}U\x01bK\x01s\x86bu.", "no batch"),  # sets attributes of what is allowed
        (b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\nN\x85R" + b"u.", "no batch"),
        (pickle.dumps([1]), "no batch"),
        (pickle.dumps({1: 2}), "no batch"),
        (b"\x80\x02}" + b"(" * 3 + b"\x85" * 100_000 + b"K\x01s.", "no batch"),  # a key nested so deep that to hash it ends the process
        (b"\x80\x02}r\xff\xff\xff\xff", "no batch"),  # the memo cell that makes Python's interpreter in C fill the memory
        (b"\x80\x05\x96" + b"\xff" * 7 + b"\x00.", "no batch"),  # a byte array of more bytes than there are
        (b"", "no batch"),
    ],
)
def test_pickles_are_read_as_data(content: bytes, message: str) -> None:
    """Nothing that a pickle names is called, and whatever is no data is refused; a call, by its name."""
    with pytest.raises(DataError, match=message):
        unpickled(content, "batch")
    assert not Path("/tmp/cnncli-was-here").exists()


def changed(name: str, content: bytes) -> dict[str, bytes]:
    return {**as_python(ten()), name: content}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({name: one for name, one in as_python(ten()).items() if name != "data_batch_3"}, "has no data_batch_3; put it there"),
        (
            changed("data_batch_2", python_2({b"data": made(4, (3072,), 10)[0]})),
            "data_batch_2 has no labels; expected a batch with data and labels",
        ),
        (changed("data_batch_2", python_2({b"labels": [1]})), "data_batch_2 has no data"),
        (changed("data_batch_2", python_2({b"labels": [1], b"data": made(1, (3071,), 10)[0]})), "data is not an array of bytes"),
        (changed("data_batch_2", python_2({b"labels": [1], b"data": [1]})), "data is not an array of bytes"),
        (
            changed("data_batch_2", python_2({b"labels": [b"cat"], b"data": made(1, (3072,), 10)[0]})),
            "labels is not a list of whole numbers",
        ),
        (
            changed("data_batch_2", python_2({b"labels": [1, 2], b"data": made(1, (3072,), 10)[0]})),
            "data_batch_2 has 2 labels for 1 images",
        ),
        (
            changed("test_batch", python_2({b"labels": [1, 10], b"data": made(2, (3072,), 10)[0]})),
            "test_batch: label 1 is 10; expected 0 to 9",
        ),
        (changed("data_batch_5", as_python(ten())["data_batch_5"][:-100]), "data_batch_5 is no batch of images, or a damaged one"),
    ],
)
def test_batches_that_are_refused(tmp_path: Path, files: dict[str, bytes], message: str) -> None:
    """A missing batch, one without data or labels, of another form, or cut: refused by its name."""
    with pytest.raises(DataError, match=message):
        load("cifar10", str(written(tmp_path / "cifar-10-batches-py", files).parent))


def test_binary_records_that_are_refused(tmp_path: Path) -> None:
    """Records have 3,073 bytes, and their first names a class."""
    files = as_binary(ten())
    place = written(tmp_path / "cifar-10-batches-bin", {**files, "data_batch_1.bin": files["data_batch_1.bin"][:-1]})
    with pytest.raises(DataError, match=r"data_batch_1.bin has 24,583 bytes; expected a multiple of 3,073"):
        load("cifar10", str(tmp_path))
    (place / "data_batch_1.bin").write_bytes(b"\x0c" + bytes(3072))
    with pytest.raises(DataError, match=r"data_batch_1.bin: label 0 is 12; expected 0 to 9"):
        load("cifar10", str(tmp_path))


def test_archives_that_are_refused(tmp_path: Path) -> None:
    """Only plain files of an archive are read, never its links; one that lacks a batch or was cut short is refused."""
    path, files = tmp_path / "cifar-10-python.tar.gz", as_python(ten())
    path.write_bytes(tarred("cifar-10-batches-py", dict.fromkeys(files, b""), tarfile.SYMTYPE))
    with pytest.raises(DataError, match="test_batch is no plain file"):
        load("cifar10", str(tmp_path))
    path.write_bytes(tarred("cifar-10-batches-py", {name: one for name, one in files.items() if name != "test_batch"}))
    with pytest.raises(DataError, match="has no cifar-10-batches-py/test_batch; get it again"):
        load("cifar10", str(tmp_path))
    whole = gzip.compress(tarred("cifar-10-batches-py", files))
    path.write_bytes(whole[:-5])
    with pytest.raises(DataError, match="ends early, as a download cut short does"):
        load("cifar10", str(tmp_path))
    path.write_bytes(whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])  # gzip's own checksum
    with pytest.raises(DataError, match="is damaged: CRC check failed"):
        load("cifar10", str(tmp_path))


# ---- damage of every kind


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Cut, or a few bytes changed, or a stretch repeated."""
    kind = chance.randrange(3)
    if kind == 0:
        return content[: chance.randrange(len(content))]
    changed = bytearray(content)
    if kind == 1:
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(min(len(changed), chance.choice((40, 400, len(changed)))))] = chance.randrange(256)
    else:
        start = chance.randrange(len(changed))
        changed[start:start] = changed[start : start + chance.randrange(1, 40)]
    return bytes(changed)


def tiny_npz(pack: bool = False) -> bytes:
    out = io.BytesIO()
    (x, y), (x_test, y_test) = made(40, (6, 5), 10, 0), made(20, (6, 5), 10, 1)
    (np.savez_compressed if pack else np.savez)(out, x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return out.getvalue()


FUZZED = {
    "idx": ("mnist", idx_set(packed=False), "train-images-idx3-ubyte"),
    "labels": ("mnist", idx_set(packed=False), "train-labels-idx1-ubyte"),
    "gzip": ("mnist", idx_set(), "train-images-idx3-ubyte.gz"),
    "npz": ("mnist", {"mnist.npz": tiny_npz()}, "mnist.npz"),
    "npz packed": ("mnist", {"mnist.npz": tiny_npz(pack=True)}, "mnist.npz"),
    "pickle": (
        "cifar10",
        {f"cifar-10-batches-py/{name}": one for name, one in as_python(ten(3)).items()},
        "cifar-10-batches-py/data_batch_1",
    ),
    "tar": ("cifar10", {"cifar-10-python.tar": tarred("cifar-10-batches-py", as_python(ten(2)))}, "cifar-10-python.tar"),
    "tar.gz": (
        "cifar10",
        {"cifar-10-python.tar.gz": gzip.compress(tarred("cifar-10-batches-py", as_python(ten(2))))},
        "cifar-10-python.tar.gz",
    ),
}


@pytest.mark.parametrize("kind", FUZZED)
def test_damage_is_refused_or_harmless(tmp_path: Path, kind: str) -> None:
    """However a file is cut or changed, it gives images and labels, as many of the one as of the other, or one DataError of one line."""
    name, files, target = FUZZED[kind]
    written(tmp_path, files)
    chance, refused = random.Random(kind), 0
    for _ in range(150):
        (tmp_path / target).write_bytes(damaged(files[target], chance))
        try:
            data = load(name, str(tmp_path))
        except DataError as error:
            refused += 1
            assert str(error).isprintable()  # noqa: PT017  # some damage is read: there is nothing to expect
        else:
            assert len(data.train.x) == len(data.train.y)
            assert 0 <= data.train.y.min() <= data.train.y.max() < 10
    assert refused > 30


# ---- checksums


def test_published_files_are_known_by_their_checksums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Length and checksum as published: said. The length alone: a damaged copy, refused with both sums. Another length: read, and said."""
    import hashlib

    files = idx_set()
    written(tmp_path, files)
    assert "not the published files" in load("mnist", str(tmp_path)).source
    sums = {name: (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()) for name, content in files.items()}
    monkeypatch.setitem(published_module.PUBLISHED, "mnist", sums)
    assert load("mnist", str(tmp_path)).source.endswith(", the published files")
    wrong = bytearray(files["train-images-idx3-ubyte.gz"])
    wrong[5] ^= 1  # the date in gzip's header
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(wrong)
    md5 = hashlib.md5(wrong, usedforsecurity=False).hexdigest()
    with pytest.raises(DataError, match=f"its MD5 is {md5}, not {sums['train-images-idx3-ubyte.gz'][1]}: a damaged or altered copy"):
        load("mnist", str(tmp_path))


def test_published_files_of_another_set_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MNIST's files in a folder for Fashion-MNIST are known for what they are."""
    import hashlib

    files = idx_set()
    sums = {name: (len(content), hashlib.md5(content, usedforsecurity=False).hexdigest()) for name, content in files.items()}
    monkeypatch.setitem(published_module.PUBLISHED, "mnist", sums)
    written(tmp_path / "fashion", files)
    with pytest.raises(DataError, match="is the file of mnist, not of fashion_mnist; give --data mnist"):
        load("fashion_mnist", str(tmp_path))


def test_unpacked_files_have_no_published_checksum(tmp_path: Path) -> None:
    """Where nothing is published to compare with, `source` does not pretend."""
    assert load("mnist", str(written(tmp_path, idx_set(packed=False)))).source.endswith("files without a published checksum")


def test_checksums_are_well_formed() -> None:
    """Every published file has a length and an MD5 or a SHA-256, and no two share one."""
    sums = [one for files in published_module.PUBLISHED.values() for one in files.values()]
    assert all(length > 0 and len(checksum) in (32, 64) and int(checksum, 16) for length, checksum in sums)
    assert len(set(sums)) == len(sums)
    assert set(published_module.PUBLISHED) == set(CATALOGUE)


# ---- .npz


BLACK, TWO = np.zeros((4, 2, 2), np.uint8), np.arange(4) % 2


def saved(path: Path, **arrays: Any) -> str:
    np.savez(path, **arrays)
    return str(path)


def test_npz_of_ones_own(tmp_path: Path) -> None:
    """x_train ... as they are; grey images get their channel; whole numbers of any type become bytes; names may be given."""
    x, y = made(20, (5, 4), 3)
    path = saved(
        tmp_path / "own.npz", x_train=x.astype(np.int32), y_train=y[:, None], x_test=x[:4], y_test=y[:4], classes=np.array(["a", "b", "c"])
    )
    data = load(path)
    assert (data.train.x == x[..., None]).all()
    assert (data.train.y == y).all()
    assert (data.name, data.classes, data.source) == ("own", ("a", "b", "c"), path)
    colour = made(20, (5, 4, 3), 3)[0]
    assert (
        load(
            saved(tmp_path / "c.npz", x_train=np.asfortranarray(colour), y_train=y, x_test=x[:4, :, :, None].repeat(3, 3), y_test=y[:4])
        ).train.x
        == colour
    ).all()


def test_images_that_nobody_set_aside(tmp_path: Path) -> None:
    """Without test images, a fifth of each class is set aside for testing: the same ones, whatever the seed of the run."""
    x, y = made(100, (4, 4), 5)
    path = saved(tmp_path / "own.npz", x=x, y=y)
    one, other = load(path), load(path, seed=3)
    assert one.test is not None
    assert np.bincount(one.test.y).tolist() == [4] * 5
    assert one.sha256 == other.sha256
    assert "a fifth set aside" in one.source


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": BLACK.astype(np.float32), "y": TWO}, r"x is float32; expected whole numbers from 0 to 255, such as \(255"),
        ({"x": np.full((4, 2, 2), 300), "y": TWO}, "x goes from 300 to 300"),
        ({"x": np.full((4, 2, 2), -1), "y": TWO}, "x goes from -1 to -1"),
        ({"x": np.zeros(4, np.uint8), "y": TWO}, r"has the shape \(4,\)"),
        ({"x": BLACK, "y": np.eye(4, dtype=np.uint8)}, r"expected one number for each image, such as y\.argmax\(axis=1\)"),
        ({"x": BLACK, "y": np.zeros(4)}, "y is float64; expected whole numbers"),
        ({"x": BLACK, "y": np.array([0, 1, -1, 0])}, "y: label 2 is -1; expected 0 to 1"),
        ({"x": BLACK, "y": np.array([0, 1, 10**9, 0])}, "the label 1000000000 and only 4 images"),
        ({"x": BLACK, "y": np.array([1, 2, 3, 3])}, "labels from 1 to 3; expected classes numbered from 0, such as y - 1 gives"),
        ({"x": BLACK, "y": np.arange(4), "classes": np.array(["a", "b", "c"])}, "label 3 is 3; expected 0 to 2"),
        ({"x": BLACK, "y": TWO, "classes": np.arange(2)}, "classes is int64 of the shape .*; expected a list of names"),
        ({"x": BLACK}, "has no y beside x"),
        ({"images": BLACK}, "other arrays than expected: x_train, y_train, x_test and y_test, or x and y"),
        ({"x": np.array([[{}]], object), "y": TWO}, r"x\.npy holds Python objects, which are not read"),
        ({"x_train": BLACK, "y_train": TWO, "x_test": BLACK[:, 1:], "y_test": TWO}, "differ in size"),
    ],
)
def test_npz_that_are_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    """Arrays that are no images or no labels are refused by their names, with what to write instead."""
    with pytest.raises(DataError, match=message):
        load(saved(tmp_path / "own.npz", **arrays))


def test_npz_that_promises_more_than_it_holds(tmp_path: Path) -> None:
    """A header may claim any shape: no room is made for what the file cannot hold."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (1 << 20, 1 << 20)})
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        for name in ("x", "y"):
            archive.writestr(f"{name}.npy", header.getvalue())
    with pytest.raises(DataError, match="promises more than the file can hold"):
        load(str(tmp_path / "own.npz"))


# ---- class folders


def pictures(folder: Path, count: int = 10, classes: str = "ab", ending: str = "png", mode: str = "RGB") -> Path:
    """Class folders with images of 6×4."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    for number, name in enumerate(classes):
        (folder / name).mkdir(parents=True)
        for index in range(count):
            image.new("RGB", (6, 4), (10 * number, index, 100)).convert(mode).save(folder / name / f"{index:03}.{ending}")
    return folder


def test_class_folders(tmp_path: Path) -> None:
    """Sorted folder names are the classes; a fifth of each is set aside for testing; strangers and hidden files are passed over."""
    folder = pictures(tmp_path / "pets")
    (folder / ".git").mkdir()
    (folder / "a" / ".hidden.png").write_bytes(b"")
    (folder / "a" / "Thumbs.db").write_bytes(b"")
    seen: list[tuple[int, int]] = []
    data = load(str(folder), progress=lambda done, total: seen.append((done, total)))
    assert data.test is not None
    assert (data.name, data.classes, data.shape) == ("pets", ("a", "b"), (4, 6, 3))
    assert (np.bincount(data.train.y).tolist(), np.bincount(data.test.y).tolist()) == ([8, 8], [2, 2])
    assert (data.train.x[..., 0] == 10 * data.train.y[:, None, None]).all()
    assert seen == [(number + 1, 20) for number in range(20)]
    assert load("pets", str(tmp_path)).sha256 == data.sha256  # a path inside the data folder


def test_splits_as_folders(tmp_path: Path) -> None:
    """train/, validation/ (or val/) and test/ beside each other are kept apart; then no further validation images are drawn."""
    for split, count in (("train", 6), ("val", 2), ("Test", 3)):
        pictures(tmp_path / split, count)
    seen: list[int] = []
    data = load(str(tmp_path), progress=lambda done, total: seen.append(done))
    assert {name: len(images.y) for name, images in data.splits.items()} == {"train": 12, "validation": 4, "test": 6}
    assert seen == list(range(1, 23))
    with pytest.raises(DataError, match="has validation images of its own; leave --validation out"):
        load(str(tmp_path), validation=0.1)
    (tmp_path / "extra").mkdir()
    with pytest.raises(DataError, match=r"has extra/ beside train/"):
        load(str(tmp_path))


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("1", 1), ("RGB", 3), ("P", 3), ("CMYK", 3), ("RGBA", 3), ("LA", 1)])
def test_kinds_of_images(tmp_path: Path, mode: str, channels: int) -> None:
    """Grey images have one channel, all others three; an alpha channel that hides nothing is dropped."""
    folder = pictures(tmp_path, 5, mode=mode, ending="tif" if mode == "CMYK" else "png")
    assert load(str(folder)).shape == (4, 6, channels)
    assert load(str(folder), colour="grey").shape == (4, 6, 1)
    assert load(str(folder), colour="rgb", resize=(3, 2), pad=1).shape == (5, 4, 3)


def test_a_photograph_is_upright(tmp_path: Path) -> None:
    """An image that its camera notes as turned is read as people see it."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    pictures(tmp_path, 5)
    for path in tmp_path.rglob("*.png"):
        exif = image.Exif()
        exif[0x0112] = 6
        image.open(path).save(path, exif=exif)
    assert load(str(tmp_path)).shape == (6, 4, 3)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("z.png", lambda image: image.new("RGB", (4, 4)), r"z.png is 4×4×3, but .*000.png is 4×6×3; give --resize 4"),
        ("z.png", lambda image: image.new("L", (6, 4)), "give --colour grey or --colour rgb"),
        ("z.png", lambda image: image.new("RGBA", (6, 4)), "is transparent in places; put it on a background first"),
        ("z.png", lambda image: image.new("I;16", (6, 4)), r"has more than 8 bits a value \(its mode is I;16\)"),
    ],
)
def test_images_that_do_not_fit_the_others(tmp_path: Path, name: str, make: Callable[[Any], Any], message: str) -> None:
    """Images of another size or colour, transparent ones and those of 16 bits are refused by name, with the option that helps."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    make(image).save(pictures(tmp_path) / "a" / name)
    with pytest.raises(DataError, match=message):
        load(str(tmp_path))


def test_folders_that_are_refused(tmp_path: Path) -> None:
    """No class folders, an empty one, a class that training does not know, files that are no images, all of them: one refusal each."""
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match="has no class folders"):
        load(str(tmp_path / "none"))
    folder = pictures(tmp_path / "pets")
    (folder / "c").mkdir()
    with pytest.raises(DataError, match="c holds no images"):
        load(str(folder))
    (folder / "c" / "x.png").write_bytes(b"no image")
    (folder / "c" / "y.png").touch()
    with pytest.raises(DataError, match=r"x\.png is no image that can be read; .*\n.*y\.png is empty"):
        load(str(folder))
    pictures(tmp_path / "split" / "train")
    pictures(tmp_path / "split" / "test", classes="abc")
    with pytest.raises(DataError, match="c is a class that the training images do not have; their classes are a, b"):
        load(str(tmp_path / "split"))


def test_damaged_images_are_refused_or_harmless(tmp_path: Path) -> None:
    """However an image file is cut or changed, it is read or refused by name."""
    for ending in ("png", "jpg", "gif"):
        folder = pictures(tmp_path / ending, 4, ending=ending)
        path, chance = folder / "a" / f"003.{ending}", random.Random(ending)
        whole = path.read_bytes()
        for _ in range(40):
            path.write_bytes(damaged(whole, chance))
            try:
                load(str(folder))
            except DataError as error:
                assert f"003.{ending}" in str(error)  # noqa: PT017  # most are read: there is nothing to expect


# ---- names and places


def test_where_data_are_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The given folder before $CNNCLI_DATA, which counts only where none is given; then Keras' cache."""
    folders = {name: written(tmp_path / name / "mnist", idx_set()).parent for name in ("given", "variable", "keras/datasets")}
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert str(folders["keras/datasets"]) in load("mnist").source
    monkeypatch.setenv("CNNCLI_DATA", str(folders["variable"]))
    assert str(folders["variable"]) in load("mnist").source
    assert str(folders["given"]) in load("mnist", str(folders["given"])).source
    (tmp_path / "empty").mkdir()
    assert str(folders["keras/datasets"]) in load("mnist", str(tmp_path / "empty")).source


@pytest.mark.parametrize(
    ("name", "place"),
    [("cifar10", "cifar-10-batches-py-target/cifar-10-batches-py"), ("cifar100", "cifar-100-python-target/cifar-100-python")],
)
def test_what_keras_unpacked_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str) -> None:
    """Keras unpacks CIFAR's archives into folders of its own naming."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    written(tmp_path / "datasets" / place, LAYOUTS[name][0][2])
    assert place in load(name).source


def test_keras_downloads_what_is_nowhere(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its arrays are taken as they come, channels first or last, labels in a column or not; its progress goes to stderr."""
    x, y = made(30, (3, 32, 32), 10)

    def load_data() -> Any:
        print("Downloading data")
        return (x, y[:, None]), (x.transpose(0, 2, 3, 1), y)

    monkeypatch.setitem(sys.modules, "keras.datasets.cifar10", types.SimpleNamespace(load_data=load_data))
    data = load("cifar10")
    assert data.test is not None
    assert (data.train.x == x.transpose(0, 2, 3, 1)).all()
    assert (data.test.x == data.train.x).all()
    assert (data.train.y == y).all()
    assert "downloaded by Keras" in data.source
    assert capsys.readouterr() == ("", "Downloading data\n")


def test_nothing_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, or without Keras: where was looked, what went wrong, which files to put where."""

    def load_data() -> Any:
        raise Exception("URL fetch failure on https://example.org/mnist.npz: None -- unreachable")

    with pytest.raises(DataError, match="Keras, which could download it, is not installed"):
        load("mnist")
    monkeypatch.setitem(sys.modules, "keras.datasets.mnist", types.SimpleNamespace(load_data=load_data))
    with pytest.raises(DataError) as refusal:
        load("mnist", str(tmp_path))
    assert str(refusal.value) == (
        f"mnist is neither in {tmp_path} nor in {os.environ['KERAS_HOME']}/datasets, and Keras could not download it "
        "(URL fetch failure on https://example.org/mnist.npz: None -- unreachable); put train-images-idx3-ubyte.gz, "
        "train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz, or mnist.npz into a folder, "
        "and name it by --data-dir or CNNCLI_DATA"
    )
    assert refusal.value.exit_code == 2


def test_names_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name with the nearest known one; a folder that is none; a file that is no .npz; a folder of idx files taken for images."""
    with pytest.raises(
        DataError, match=r"there is no data set 'cifar'; expected digits, mnist.* --data-dir names \(none\); did you mean 'cifar10'\?$"
    ):
        load("cifar")
    with pytest.raises(DataError, match=r"there is no data set '\./moved'; .* in the folder that --data-dir names \(.+\)$"):
        load("./moved", str(tmp_path))
    with pytest.raises(DataError, match=r"nowhere is no folder; --data-dir names"):
        load("mnist", str(tmp_path / "nowhere"))
    (tmp_path / "a.csv").write_text("1")
    with pytest.raises(DataError, match=r"a\.csv is no \.npz"):
        load(str(tmp_path / "a.csv"))
    with pytest.raises(DataError, match=r"holds mnist; give --data mnist --data-dir "):
        load(str(written(tmp_path / "files", idx_set())))
    monkeypatch.setenv("CNNCLI_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="nowhere is no folder; CNNCLI_DATA names"):
        load("mnist")


def test_classes_of_known_sets() -> None:
    """10, 10, 10 and 100 classes, all different; CIFAR-100's stand in the order of the alphabet, as its labels do."""
    assert [len(set(known.classes)) for known in CATALOGUE.values()] == [10, 10, 10, 100]
    assert list(CATALOGUE["cifar100"].classes) == sorted(CATALOGUE["cifar100"].classes)
    assert NAMES == ("digits", "mnist", "fashion_mnist", "cifar10", "cifar100")


# ---- digits


def test_digits() -> None:
    """The shipped digits are those that the licence's note describes: counts by class of the UCI repository, values times 255/16."""
    import hashlib

    from cnncli.training.data.digits import PATH

    with np.load(PATH) as raw:
        x, y = raw["x"], raw["y"]
    assert (x.shape, x.dtype, int(x.max())) == ((1797, 8, 8), np.uint8, 16)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    note = PATH.with_name("LICENCE.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest() in note
    assert "CC BY 4.0" in note
    data = load("digits")
    assert data.test is not None
    assert (len(data.train.y), len(data.test.y)) == (1437, 360)
    assert (np.rint(data.train.x[..., 0] / 255 * 16) == x[:1437]).all()
    assert {int(value) for value in np.unique(data.train.x)} == {(255 * value + 8) // 16 for value in range(17)}
    assert (data.test.y == y[1437:]).all()


def test_digits_grow_to_the_network() -> None:
    """Digits are enlarged by the largest whole number and centred: 8×8 in 28×28 is 3 times 8 and a border of 2; colours are repeated."""
    data = load("digits")
    grown = fitted(data, network("[28, 28, 1]"))
    assert grown.shape == (28, 28, 1)
    assert (grown.train.x[:, 2:-2:3, 2:-2:3] == data.train.x).all()
    assert (grown.train.x[:, 4:-2:3, 3:-2:3] == data.train.x).all()
    assert grown.train.x.sum(dtype=np.int64) == 9 * data.train.x.sum(dtype=np.int64)
    assert grown.source.endswith("enlarged 3 times, in the middle of 28×28")
    colour = fitted(data, network("[33, 32, 3]"))
    assert colour.shape == (33, 32, 3)
    assert (colour.train.x[:, :32:4, ::4, 2] == data.train.x[..., 0]).all()
    assert "its grey in 3 channels" in colour.source
    with pytest.raises(DataError, match=r"digits has images of 8×8×1, but the network reads 7×9×1; give --resize \"\[7, 9\]\", or change"):
        check(data, network("[7, 9, 1]"))
    with pytest.raises(DataError, match="give --resize 28"):  # once somebody says how to fit them, nothing is done unasked
        check(load("digits", resize=16), network("[28, 28, 1]"))


# ---- does it suit the network?


def network(shape: str, layers: str = "[flatten, {dense: {units: 10, activation: softmax}}]") -> Network:
    return loads(f"name: a net\ninput: {shape}\nlayers: {layers}\n", "net.yaml").network


def grey_set(size: tuple[int, ...] = (28, 28), channels: int = 1, classes: int = 10) -> DataSet:
    x, y = made(classes, (*size, channels), classes)
    return DataSet("some", Images(x, y.astype(np.int64)), None, tuple(map(str, range(classes))), "a test")


@pytest.mark.parametrize(
    ("data", "shape", "message"),
    [
        (grey_set(), "[32, 32, 1]", "reads 32×32×1; give --resize 32 (or --pad 2), or change the network's input to [28, 28, 1]"),
        (grey_set(), "[33, 33, 1]", "give --resize 33, or"),
        (grey_set((32, 32), 3), "[28, 28, 1]", "give --colour grey and --resize 28, or"),
        (grey_set(), "[28, 28, 3]", "give --colour rgb, or"),
        (grey_set(), "[30, 28, 1]", 'give --resize "[30, 28]", or'),
        (grey_set(), "[28, 28, 2]", "reads 28×28×2; change the network's input to [28, 28, 1]"),
        (grey_set(), "[784]", "reads 784; write input: [28, 28, 1] and flatten as the first layer"),
    ],
)  # fmt: skip
def test_images_that_do_not_suit(data: DataSet, shape: str, message: str) -> None:
    """Images of another size or colour are refused with the options that fit them."""
    layers = "[{dense: {units: 10, activation: softmax}}]" if shape == "[784]" else None
    with pytest.raises(DataError) as refusal:
        check(data, network(shape, layers) if layers else network(shape))
    assert message in str(refusal.value)


def test_advice_changes_no_network_into_another() -> None:
    """A network of signals is not told to read images, nor one for large images to read small ones that it cannot."""
    signals = loads("input: [32000, 1]\nlayers: [conv: {filters: 4, kernel: 80}, global_avg_pool, dense: 10]").network
    with pytest.raises(DataError, match=r"reads 32000×1; train it on an \.npz whose x has the shape \(n, 32000, 1\)$"):
        check(load("digits"), signals)
    deep = loads("input: [64, 64, 3]\nlayers: [conv: {filters: 4, kernel: 40}, global_avg_pool, dense: 10]").network
    with pytest.raises(DataError, match=r"reads 64×64×3; give --resize 64 \(or --pad 16\)$"):
        check(grey_set((32, 32), 3), deep)


def test_sizes_that_cannot_fit_are_refused_before_data_is_read() -> None:
    """--resize and --pad are compared with the network's input; the advice takes the place of both."""
    from cnncli.training.data.fitting import Fitting
    from cnncli.training.data.suit import check_fitting

    for fit, message in (
        ({"resize": 48}, "--resize 48 gives images of 48×48, but net reads 28×28×1; give --resize 28"),
        ({"resize": 20}, "--resize 20 gives images of 20×20, but net reads 28×28×1; give --resize 28 (or --resize 20 --pad 4)"),
        (
            {"resize": 20, "pad": 3},
            "--resize 20 with --pad 3 gives images of 26×26, but net reads 28×28×1; give --resize 28 --pad 0 (or --resize 20 --pad 4)",
        ),
    ):
        with pytest.raises(DataError) as refusal:
            check_fitting(Fitting(**fit), network("[28, 28, 1]"), "net")
        assert str(refusal.value) == message
    for fits in ({}, {"pad": 3}, {"resize": 28}, {"resize": 28, "pad": 0}, {"resize": 20, "pad": 4}):
        check_fitting(Fitting(**fits), network("[28, 28, 1]"), "net")
    padded = Fitting(pad=3)
    with pytest.raises(DataError, match=r"give --resize 28 --pad 0 \(or --pad 10\), or change"):
        check(padded.of(load("digits")), network("[28, 28, 1]"), padded)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lenet", "--data digits, or --data mnist, or --data fashion_mnist, or --data with the path of a folder"),
        ("cifar_resnet20", "--data digits, or --data cifar10, or --data with the path of a folder"),
        ("m5_audio", "--data with the path of an .npz whose x has the shape (n, 32000, 1)"),
        ("vgg16", "--data with the path of a folder of class folders, or of an .npz whose x has the shape (n, 224, 224, 3)"),
    ],
)
def test_data_that_would_suit(name: str, words: str) -> None:
    """Who names no data is told of those that the network can learn."""
    from cnncli import load as load_spec
    from cnncli.training.data.suit import advice

    assert advice(load_spec(name).network).startswith(words)


def test_advice_helps() -> None:
    """What a refusal advises makes the data suit the network."""
    data = made(20, (32, 32, 3), 10)
    for advice, shape in (
        ({"colour": "grey", "resize": 28}, "[28, 28, 1]"),
        ({"pad": 2}, "[36, 36, 3]"),
        ({"resize": (20, 24)}, "[20, 24, 3]"),
    ):
        from cnncli.training.data.fitting import Fitting

        whole = DataSet("some", Images(*data), None, tuple("0123456789"), "a test")
        check(Fitting(**advice).of(whole), network(shape))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("layers", "classes", "message"),
    [
        (
            "[flatten, {dense: {units: 10, activation: softmax}}]",
            100,
            r"some has 100 classes, but dense_1 \(net.yaml:3:20\) gives 10; write units: 100 there",
        ),
        ("[flatten, {dense: 10}, softmax]", 12, "dense_1 .* gives 10; write units: 12 there"),
        ("[{conv: {filters: 7, kernel: 3}}, global_avg_pool]", 10, "conv_1 .* gives 7; write filters: 10 there"),
        (
            "[{conv: {filters: 7, kernel: 3}}]",
            10,
            r"the network ends in \(26, 26, 7\); expected one number for each of the 10 classes of some: \(10,\)",
        ),
    ],
)
def test_classes_that_do_not_suit(layers: str, classes: int, message: str) -> None:
    """As many outputs as classes: else the layer is named, with the option to change and its place in the file."""
    with pytest.raises(DataError, match=message):
        check(grey_set(classes=classes), network("[28, 28, 1]", layers))


def test_what_suits() -> None:
    """Two classes may share one output; rows of a grey image are a signal to a network that reads (length, channels)."""
    check(grey_set(), network("[28, 28, 1]"))
    check(grey_set(classes=2), network("[28, 28, 1]", "[flatten, {dense: {units: 1, activation: sigmoid}}]"))
    signals = fitted(grey_set((30, 7)), network("[30, 7]"))
    assert signals.shape == (30, 7)
    assert signals.mean.shape == (7,)


def test_one_input_is_fed() -> None:
    """A network of several inputs cannot be fed from one data set of images."""
    text = (
        "name: two\ninput: {left: [4, 4, 1], right: [4, 4, 1]}\nlayers:\n  - concat:\n    from: [left, right]\n  - flatten\n  - dense: 10\n"
    )
    with pytest.raises(DataError, match=r"the network has 2 inputs \(left, right\); a data set of images feeds one"):
        check(grey_set((4, 4)), loads(text).network)


def test_data_are_checked_before_keras_wakes() -> None:
    """Reading data and comparing them with a network loads neither Keras nor a backend."""
    code = (
        "import sys; from cnncli.spec import loads; from cnncli.training.data import fitted, load;"
        "net = loads('name: a\\ninput: [28, 28, 1]\\nlayers: [flatten, {dense: 10}]').network;"
        "fitted(load('digits'), net).mean; woken = {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules); assert not woken, woken"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


# ---- fitting


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3]), st.integers(0, 99))
def test_resampling_is_what_its_definition_says(h: int, w: int, new_h: int, new_w: int, channels: int, seed: int) -> None:
    """A new pixel is the mean of the old ones under a triangle around its centre, as wide as a pixel of the coarser grid on each side."""

    def weight(new: int, old: int, place: int, other: int) -> float:
        scale = old / new
        return max(0.0, 1.0 - abs((place + 0.5) * scale - (other + 0.5)) / max(1.0, scale))

    x = made(1, (h, w, channels), 1, seed)[0]
    found = resized(x, (new_h, new_w))
    for i in range(new_h):
        for j in range(new_w):
            rows, columns = ([weight(new, old, at, k) for k in range(old)] for new, old, at in ((new_h, h, i), (new_w, w, j)))
            mean = (
                sum(a * b * x[0, k, m].astype(float) for k, a in enumerate(rows) for m, b in enumerate(columns)) / sum(rows) / sum(columns)
            )
            assert abs(found[0, i, j] - mean).max() <= 0.501


def test_resampling_agrees_with_pillow() -> None:
    """The same as Pillow's BILINEAR, whose sums are rounded after each axis, within one level."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    x = made(1, (17, 23, 3), 1)[0]
    for size in ((40, 40), (8, 30), (5, 5), (17, 23)):
        other = np.asarray(image.fromarray(x[0]).resize(size[::-1], image.Resampling.BILINEAR))
        assert abs(resized(x, size)[0].astype(int) - other).max() <= 1


def test_grey_agrees_with_pillow() -> None:
    """Brightness from red, green and blue is exactly Pillow's."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    from cnncli.training.data.fitting import grey

    x = made(1, (64, 64, 3), 1)[0]
    assert (grey(x)[0, :, :, 0] == np.asarray(image.fromarray(x[0]).convert("L"))).all()


@pytest.mark.parametrize(
    ("fit", "shape", "words"),
    [
        ({"resize": 12}, (12, 12, 1), "resized to 12"),
        ({"resize": (12, 9)}, (12, 9, 1), "resized to 12×9"),
        ({"pad": 2}, (10, 9, 1), "padded by 2 on each side"),
        ({"pad": (0, 3)}, (6, 11, 1), "padded by 0×3 on each side"),
        ({"colour": "rgb"}, (6, 5, 3), "made rgb"),
        ({"colour": "grey", "resize": 4, "pad": 1}, (6, 6, 1), "made grey, resized to 4, padded by 1 on each side"),
    ],
)
def test_fitting(tmp_path: Path, fit: dict[str, Any], shape: tuple[int, ...], words: str) -> None:
    """Colour, then size, then a black border, in all splits, only as asked; `source` says what was done."""
    data = load("mnist", str(written(tmp_path, idx_set())), **fit)
    assert {images.x.shape[1:] for images in data.splits.values()} == {shape}
    assert data.source.endswith(f"; {words}")
    if "pad" in fit:
        assert not data.train.x[:, :, -1].any()
    assert load("mnist", str(tmp_path), colour="as_is").source == load("mnist", str(tmp_path)).source


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        ({"resize": 0}, "resize is 0; expected a number of pixels from 1 to 8192, or one for each axis"),
        ({"resize": 100_000}, "resize is 100000"),
        ({"resize": (1, 2, 3)}, "resize has 3 numbers; the images have 2 axes"),
        ({"pad": -1}, "pad is -1"),
        ({"pad": 1.5}, r"pad is 1\.5"),
        ({"colour": "gray"}, "colour is gray; expected as_is, grey, rgb"),
        ({"validation": 1.0}, "validation is 1; expected a share"),
        ({"validation": 0.001}, "0.001 of 40 images sets none aside as validation images"),
    ],
)
def test_fitting_that_is_refused(tmp_path: Path, fit: dict[str, Any], message: str) -> None:
    """Sizes, colours and shares that mean nothing are refused with what is expected."""
    with pytest.raises(DataError, match=message):
        load("mnist", str(written(tmp_path, idx_set())), **fit)


def test_channels_that_have_no_colour(tmp_path: Path) -> None:
    """Images of two channels become neither grey nor rgb."""
    path = saved(tmp_path / "own.npz", x=made(20, (4, 4, 2), 2)[0], y=np.arange(20) % 2)
    with pytest.raises(DataError, match="own has 2 channels; to become grey it must have 1 or 3"):
        load(path, colour="grey")


# ---- splits and figures


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=8, max_size=80), st.floats(0.05, 0.9), st.integers(0, 2**31 - 1))
def test_split_is_stratified_and_seeded(labels: list[int], share: float, seed: int) -> None:
    """Each class gives its share, to within one image, and keeps one; every image is in one split, in order; the seed decides."""
    y = np.array(labels, np.int64)
    images = Images(np.arange(len(y))[:, None], y)
    try:
        kept, aside = stratified(images, share, seed, "validation images")
    except DataError:
        assert round(len(y) * share) == 0 or np.bincount(y).max() == 1
        return
    assert sorted([*kept.x[:, 0], *aside.x[:, 0]]) == list(range(len(y)))
    assert (np.diff(kept.x[:, 0]) > 0).all()
    for number in set(labels):
        here, there = (kept.y == number).sum(), (aside.y == number).sum()
        assert here >= 1
        assert abs(there - share * (here + there)) < 1 or here == 1
    again = stratified(images, share, seed, "validation images")[1]
    assert (again.x == aside.x).all()


def test_split_is_the_same_everywhere() -> None:
    """The images that a seed sets aside are fixed for good, on every machine and with every numpy; another seed sets others aside."""
    y = np.arange(30) % 3
    images = Images(np.arange(30)[:, None], y)
    assert stratified(images, 0.2, 0, "x")[1].x[:, 0].tolist() == SET_ASIDE
    assert stratified(images, 0.2, 1, "x")[1].x[:, 0].tolist() != SET_ASIDE


SET_ASIDE = [4, 14, 15, 16, 24, 26]


def test_validation_comes_from_the_training_images(tmp_path: Path) -> None:
    """The test images stay what they are, and no image is in two splits."""
    written(tmp_path, idx_set())
    whole, split = load("mnist", str(tmp_path)), load("mnist", str(tmp_path), validation=0.25, seed=7)
    assert split.validation is not None
    assert split.test is not None
    assert whole.test is not None
    assert len(split.train.y) == 30
    assert np.bincount(split.validation.y).sum() == 10
    assert (split.test.x == whole.test.x).all()
    rows = {image.tobytes() for image in split.train.x} | {image.tobytes() for image in split.validation.x}
    assert rows == {image.tobytes() for image in whole.train.x}
    assert split.sha256 != whole.sha256 != load("mnist", str(tmp_path), validation=0.25, seed=8).sha256


def test_mean_and_deviation_are_of_the_training_images_alone() -> None:
    """Per channel, float32, as numpy computes them in float64; a channel that never changes has the deviation 1."""
    x, y = made(600, (5, 4, 3), 10)
    x[..., 2] = 9
    data = DataSet("some", Images(x, y), Images(x[:0] + 1, y[:0]), tuple("0123456789"), "a test")
    wide = x.reshape(-1, 3).astype(np.float64)
    assert data.mean.dtype == data.std.dtype == np.float32
    assert np.allclose(data.mean, wide.mean(0))
    assert np.allclose(data.std[:2], wide.std(0)[:2])
    assert data.std[2] == 1.0
    assert str(data) == "some: 600 train, 0 test; 5×4×3, 10 classes; a test"


# ---- the real data


@has_mnist
def test_real_mnist_quickly() -> None:
    """MNIST: 60,000 and 10,000 images in less than a second of one processor; its mean and deviation are those known everywhere."""
    start = time.process_time()
    data = load("mnist", str(REAL))
    assert time.process_time() - start < 1.0
    assert data.test is not None
    assert (data.train.x.shape, data.test.x.shape) == ((60000, 28, 28, 1), (10000, 28, 28, 1))
    assert np.bincount(data.train.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert (round(float(data.mean[0]) / 255, 4), round(float(data.std[0]) / 255, 4)) == (0.1307, 0.3081)


@has_cifar
def test_real_cifar_quickly() -> None:
    """CIFAR-10 from its batches: 50,000 and 10,000 images in less than two seconds of one processor."""
    start = time.process_time()
    data = load("cifar10", str(REAL))
    assert time.process_time() - start < 2.0
    assert data.test is not None
    assert (data.train.x.shape, data.test.x.shape) == ((50000, 32, 32, 3), (10000, 32, 32, 3))
    assert np.bincount(data.train.y).tolist() == [5000] * 10
    assert 110 < data.mean.min() < data.mean.max() < 130
