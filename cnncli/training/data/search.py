"""Where a data set may be: the user's folder, Keras' cache, the network; or a path of the user's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ...errors import DataError, nearest
from ...printable import quote
from .catalogue import CATALOGUE
from .cifar import batches
from .dataset import DataSet
from .download import download, keras_cache
from .fitting import Fitting
from .idx import idx_files
from .npz import npz_file
from .pictures import Progress, picture_folder
from .published import verdict

Layout = Callable[[str, "tuple[str, ...]", Path], "DataSet | None"]
VARIABLE = "CNNCLI_DATA"


def keras_npz(name: str, classes: tuple[str, ...], folder: Path) -> DataSet | None:
    """MNIST as Keras has it."""
    path = folder / "mnist.npz"
    if not path.is_file():
        return None
    words = verdict(name, [path])
    return npz_file(name, classes, path).replaced(source=f"{path}, {words}")


LAYOUTS: dict[str, tuple[Layout, ...]] = {
    "mnist": (idx_files, keras_npz),
    "fashion_mnist": (idx_files,),
    "cifar10": (batches,),
    "cifar100": (batches,),
}


def named(name: str, folder: str | None) -> DataSet:
    """The data set `name`: from `folder` or else $CNNCLI_DATA, then from Keras' cache, then downloaded by Keras. Raises DataError."""
    mine = _folder(folder)
    for place in (mine, keras_cache()):
        if place is not None and (data := found(name, place)) is not None:
            return data
    try:
        return download(name, CATALOGUE[name].classes)
    except DataError as error:
        looked = f"{mine} nor in {keras_cache()}" if mine else f"{keras_cache()} nor in a folder of yours"
        raise DataError(
            f"{name} is neither in {looked}, and {error}; "
            f"put {CATALOGUE[name].wanted} into a folder, and name it by --data-dir or {VARIABLE}"
        ) from None


def found(name: str, folder: Path) -> DataSet | None:
    """The data set `name` in a folder, in any published layout, if it is there."""
    for place in _places(name, folder):
        for layout in LAYOUTS[name]:
            if (data := layout(name, CATALOGUE[name].classes, place)) is not None:
                return data
    return None


def at_path(name: str, folder: str | None, fitting: Fitting, progress: Progress | None) -> DataSet:
    """What the user's own path holds: class folders, or an .npz. Relative paths may start at the data folder. Raises DataError."""
    base = _folder(folder)
    tried = [Path(name).expanduser(), *([base / name] if base else [])]
    path = next((one for one in tried if one.exists()), None)
    if path is None:
        known = ", ".join(("digits", *CATALOGUE))
        raise DataError(
            f"there is no data set {quote(name)}; expected {known}, or a folder of class folders or an .npz, "
            f"which lies here or in the folder that --data-dir names ({base or 'none'}){nearest(name, ('digits', *CATALOGUE))}"
        )
    if path.is_dir():
        for known in CATALOGUE:
            if found(known, path) is not None:
                raise DataError(f"{path} holds {known}; give --data {known} --data-dir {path}")
        return picture_folder(path, fitting, progress)
    if path.suffix != ".npz":
        raise DataError(f"{path} is no .npz; expected x_train, y_train, x_test and y_test in an .npz, or a folder of class folders")
    return fitting.of(npz_file(path.stem, None, path))


def _places(name: str, folder: Path) -> list[Path]:
    """The data set's rooms in the folder, then the folder itself.

    MNIST and Fashion-MNIST have files of the same names: a folder that holds them itself tells by its own name whose they are.
    """
    rooms = [folder / room for room in CATALOGUE[name].rooms]
    fashion = any("fashion" in part.lower() for part in folder.absolute().parts[-2:])
    itself = fashion is (name == "fashion_mnist") or name.startswith("cifar")
    return [*rooms, folder] if itself else rooms


def _folder(folder: str | None) -> Path | None:
    given = folder or os.environ.get(VARIABLE)
    if not given:
        return None
    path = Path(given).expanduser()
    if not path.is_dir():
        raise DataError(f"{path} is no folder; {'--data-dir' if folder else VARIABLE} names the folder that holds the data")
    return path
