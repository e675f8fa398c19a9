"""Random networks: legal but odd, for comparing what is predicted of them with what a framework builds.

`random_draft(random.Random(7))` gives a draft, whose `text()` is a spec, as YAML; `shrunk(draft, fails)` a smaller draft for which
`fails(draft)` still holds. `options` says how each option of each kind is drawn.
"""

from __future__ import annotations

from .draft import Draft
from .grow import random_draft
from .options import OPTIONS
from .shrink import shrunk

__all__ = ["OPTIONS", "Draft", "random_draft", "shrunk"]
