"""How training images are varied: the augmentations that are layers, and what only a run can do, which knows its images and epochs."""

from __future__ import annotations

from ..errors import LayerError
from ..layers import KINDS
from ..layers.augment import RandomFlip
from ..layers.values import Flag


class AlternatingFlip(RandomFlip):
    """With `alternate`, half of the images are mirrored, and in the next epoch the others. Jordan 2024, arXiv:2404.00498, section 3.6."""

    alternate: Flag = False

    def check(self) -> None:
        if self.alternate and self.direction == "both":
            raise LayerError("a flip alternates in one direction; take horizontal or vertical", "direction")


AUGMENTATIONS = {kind: cls for kind, cls in KINDS.items() if kind.startswith("random_")} | {"random_flip": AlternatingFlip}
