"""The data sets that are known by name: their classes, and the folders in which people keep them."""

from __future__ import annotations

from typing import NamedTuple

_CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar cattle
chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house
kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew
skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout
tulip turtle wardrobe whale willow_tree wolf woman worm
"""


class Known(NamedTuple):
    """A data set known by name.

    `shape`: of one image; `rooms`: folders inside the user's in which it may lie; `wanted`: what to put there, in words.
    """

    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    rooms: tuple[str, ...]
    wanted: str


_IDX = "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz"

CATALOGUE = {
    "mnist": Known((28, 28, 1), tuple("0123456789"), ("mnist", "MNIST/raw", "MNIST"), f"{_IDX}, or mnist.npz"),
    "fashion_mnist": Known(
        (28, 28, 1),
        ("t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"),
        ("fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST", "fashion"),
        f"fashion-mnist/ with {_IDX}",
    ),
    "cifar10": Known(
        (32, 32, 3),
        ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
        ("cifar10", "cifar-10", "CIFAR10", "cifar-10-batches-py-target"),
        "cifar-10-python.tar.gz or cifar-10-binary.tar.gz (or what they hold)",
    ),
    "cifar100": Known(
        (32, 32, 3),
        tuple(_CIFAR100.split()),
        ("cifar100", "cifar-100", "CIFAR100", "cifar-100-python-target"),
        "cifar-100-python.tar.gz or cifar-100-binary.tar.gz (or what they hold)",
    ),
}
