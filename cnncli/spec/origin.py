"""Where the weights of a backbone come from: a word, or a path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..errors import nearest
from ..layers.values import EXPRESSION, Reader

if TYPE_CHECKING:
    from ..layers.values import Raw

WORDS = ("random", "imagenet")
PATH = r"[./\\]"  # what a path has and a word has not


class Origin(Reader):
    """random, imagenet, or a path. Whether the file is there is asked when it is needed; a slip in a word is told at once."""

    words = "random, imagenet, or a path, with a slash or an ending"

    def read(self, raw: Raw) -> str:
        if isinstance(raw, str) and (raw in WORDS or re.search(PATH, raw)):
            return raw
        hint = (nearest(raw, WORDS) or f"; a run or file of that name is ./{raw}") if isinstance(raw, str) and raw else ""
        raise ValueError(self.words + hint)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(WORDS)}, {"type": "string", "pattern": PATH}, EXPRESSION]}
