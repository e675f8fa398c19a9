"""How each kind of layer is written: a function each, entered by the kind."""

from __future__ import annotations

from . import activation, conv, merge, norm, pool, spatial  # noqa: F401  (fill the table)
