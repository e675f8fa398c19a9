"""Data: from a name or a path to images and labels in memory, as bytes, checked, split and fitted only as asked.

    data = fitted(load("mnist", "/data", validation=0.1), network)

Search order of `mnist`, `fashion_mnist`, `cifar10` and `cifar100`: the given folder, or else $CNNCLI_DATA; Keras' cache; Keras'
download. `digits` is always at hand. Anything else is a path: a folder of class folders, or an .npz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DataError
from .catalogue import CATALOGUE
from .dataset import DataSet, Images
from .fitting import Fit, Fitting
from .split import stratified
from .suit import check, fitted

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .pictures import Progress

__all__ = ["NAMES", "DataSet", "Images", "check", "fitted", "load"]
NAMES = ("digits", *CATALOGUE)
ASIDE = 0.2  # of the images, for testing, where their owner has set none aside


def load(
    name: str, folder: str | None = None, *, validation: float = 0.0, seed: int = 0, progress: Progress | None = None, **fit: Unpack[Fit]
) -> DataSet:
    """The data set `name`, or at the path `name`. Raises DataError.

    folder      where to look first (--data-dir)
    validation  the share of the training images to set aside, class by class, drawn by `seed`
    progress    called with the numbers of image files read and to be read
    fit         resize, pad: pixels, one number or one for each axis; colour: grey, rgb or as_is

    Where there are images neither for testing nor for validation, a fifth of each class is set aside for testing, always the same.
    """
    fitting = Fitting(**fit)
    if not 0.0 <= validation < 1.0:
        raise DataError(f"validation is {validation:g}; expected a share of the training images, from 0 to below 1")
    data = _read(name, folder, fitting, progress)
    sizes = {images.x.shape[1:] for images in data.splits.values()}
    if len(sizes) > 1:
        raise DataError(f"{data.name}: the images of {' and '.join(data.splits)} differ in size: {', '.join(map(str, sorted(sizes)))}")
    return _validated(_tested(data), validation, seed)


def _read(name: str, folder: str | None, fitting: Fitting, progress: Progress | None) -> DataSet:
    """All images and labels, fitted."""
    from . import digits, search  # readers: a run that resumes does not always need them

    if name == "digits":
        return fitting.of(digits.read())
    if name in CATALOGUE:
        return fitting.of(search.named(name, folder))
    return search.at_path(name, folder, fitting, progress)


def _tested(data: DataSet) -> DataSet:
    if data.test is not None or data.validation is not None:
        return data
    train, test = stratified(data.train, ASIDE, 0, "test images")
    return data.replaced(train=train, test=test, source=f"{data.source}; a fifth set aside for testing")


def _validated(data: DataSet, share: float, seed: int) -> DataSet:
    if not share:
        return data
    if data.validation is not None:
        raise DataError(f"{data.name} has validation images of its own; leave --validation out")
    train, validation = stratified(data.train, share, seed, "validation images")
    return data.replaced(train=train, validation=validation)
