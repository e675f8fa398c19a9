"""The handwritten digits of the UCI repository: 1,797 drawings of 8×8 pixels, shipped with cnncli (licence: LICENCE.txt here).

`digits.npz` holds `x` (1797, 8, 8), whole numbers from 0 to 16, and `y`, in the order in which scikit-learn distributes them.
Here a value v becomes round(255 v / 16), halves up, which no two share, so that 0 stays 0 and 16 becomes 255.
The first 1,437 are for training and the last 360 for testing: the split of four to one, without chance.
"""

from __future__ import annotations

from pathlib import Path

from ..dataset import DataSet, labelled
from ..npz import arrays

PATH = Path(__file__).with_name("digits.npz")
CLASSES = tuple("0123456789")
TRAIN = 1_437


def read() -> DataSet:
    """The data set. It is made for no size of input, so it grows to the network's (see `fitted`)."""
    found = arrays(PATH, ("x", "y"))
    x = (found["x"].astype("uint16") * 255 + 8) // 16
    images = labelled(x.astype("uint8")[..., None], found["y"], len(CLASSES), PATH)
    train, test = images.of(slice(TRAIN)), images.of(slice(TRAIN, None))
    return DataSet("digits", train, test, CLASSES, "the UCI digits that come with cnncli (CC BY 4.0)", grows=True)
