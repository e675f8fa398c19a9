"""The published files of the known data sets, by length and checksum.

A file with a published name is told apart so:
- its checksum is the published one: it is the published file;
- it has the published length but another checksum: a damaged or altered copy, refused;
- it has another length: somebody's own version (a subset, another order, images compressed anew). It is read, and `source` says
  so: damage shows elsewhere (gzip and zip carry checksums of their own, headers state lengths), and to refuse it would take
  from people what Keras takes from them.

Checksums: CIFAR's page, Fashion-MNIST's repository, torchvision for MNIST and CIFAR's batches (all MD5), and Keras (SHA-256).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ...errors import DataError
from .reading import reading

PUBLISHED: dict[str, dict[str, tuple[int, str]]] = {
    "mnist": {
        "train-images-idx3-ubyte.gz": (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        "train-labels-idx1-ubyte.gz": (28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
        "t10k-images-idx3-ubyte.gz": (1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
        "t10k-labels-idx1-ubyte.gz": (4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        "mnist.npz": (11_490_434, "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte.gz": (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        "train-labels-idx1-ubyte.gz": (29_515, "25c81989df183df01b3e8a0aad5dffbe"),
        "t10k-images-idx3-ubyte.gz": (4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
        "t10k-labels-idx1-ubyte.gz": (5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    },
    "cifar10": {
        "cifar-10-python.tar.gz": (170_498_071, "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"),
        "cifar-10-binary.tar.gz": (170_052_171, "c32a1d4ab5d03f1284b67883e8d87530"),
        "data_batch_1": (31_035_704, "c99cafc152244af753f735de768cd75f"),
        "data_batch_2": (31_035_320, "d4bba439e000b95fd0a9bffe97cbabec"),
        "data_batch_3": (31_035_999, "54ebc095f3ab1f0389bbae665268c751"),
        "data_batch_4": (31_035_696, "634d18415352ddfa80567beed471001a"),
        "data_batch_5": (31_035_623, "482c414d41f54cd18b22e5b47cb7c3cb"),
        "test_batch": (31_035_526, "40351d587109b95175f43aff81a1287e"),
    },
    "cifar100": {
        "cifar-100-python.tar.gz": (169_001_437, "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"),
        "cifar-100-binary.tar.gz": (168_513_733, "03b5dce01913d631647c71ecec9e9cb8"),
    },
}  # fmt: skip


def verdict(name: str, paths: Iterable[Path]) -> str:
    """What the files of the data set `name` are, in words. Raises DataError for a damaged copy, and for files of another data set."""
    found = {_published(name, path) for path in paths}
    if found == {True}:
        return "the published files"
    return "not the published files" if False in found else "files without a published checksum"


def _published(name: str, path: Path) -> bool | None:
    """Whether it is the published file; None where nothing is published to compare it with."""
    with reading(path):
        file, length = path.name.replace(".idx", "-idx"), path.stat().st_size
    for owner, files in PUBLISHED.items():
        published_length, checksum = files.get(file, (-1, ""))
        if length != published_length:
            continue
        found = _checksum(path, checksum)
        if found == checksum and owner != name:
            raise DataError(f"{path} is the file of {owner}, not of {name}; give --data {owner}, or keep the two in folders of their own")
        if found == checksum:
            return True
        if owner == name:
            sums = f"its {'MD5' if len(checksum) == 32 else 'SHA-256'} is {found}, not {checksum}"
            raise DataError(f"{path} has the length of the published file, but {sums}: a damaged or altered copy; get it again")
    return False if file in PUBLISHED[name] else None


def _checksum(path: Path, like: str) -> str:
    digest = hashlib.md5(usedforsecurity=False) if len(like) == 32 else hashlib.sha256()
    with reading(path), open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
