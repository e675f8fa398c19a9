"""Network -> Mermaid: a flowchart that GitHub and many editors draw inside Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from ..network import Network
from ..printable import printable
from .picture import nested, picture

LOOKS = {"affine": "#d6e6f5", "pool": "#fbe3cf", "merge": "#dcefd8", "block": "#eee8f6"}
SHAPES = {"merge": '(["{}"])', "block": '[["{}"]]'}


def mermaid(network: Network, depth: int | None = None) -> Iterator[str]:
    """The lines of the flowchart. Blocks are subgraphs; those `depth` deep are one box each."""
    drawn = picture(network, depth)
    yield "flowchart TB\n"
    numbers = count()
    for deep, what in nested(drawn.boxes):
        indent = "  " * (deep + 1)
        if not isinstance(what, int):
            yield f'{indent}subgraph s{next(numbers)}["{escaped(what.name)}"]\n'
        elif what < 0:
            yield f"{indent}end\n"
        else:
            box = drawn.boxes[what]
            label = SHAPES.get(box.look, '["{}"]').format("<br>".join(map(escaped, box.lines)))
            yield f"{indent}n{what}{label}" + (f":::{box.look}\n" if box.look in LOOKS else "\n")
    yield from (f"  n{start} --> n{end}\n" for start, end in drawn.arrows)
    yield from (f"  classDef {look} fill:{colour}\n" for look, colour in LOOKS.items() if any(box.look == look for box in drawn.boxes))


def escaped(text: str) -> str:
    """Text without what Mermaid or HTML would read."""
    return re.sub(r"[^\w .,:;()\[\]{}×/+*=-]", lambda found: f"#{ord(found[0])};", printable(text))
