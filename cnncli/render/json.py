"""JSON that is safe to print: letters stay readable, characters that are not printable are written as \\u escapes."""

from __future__ import annotations

import json
import re
from typing import Any

# What JSON leaves unescaped although a terminal may act on it: DEL and C1, bidirectional and zero-width characters, and the like.
_SUSPECT = re.compile("[^\x20-\x7e\n\u00a1-\u00ac\u00ae-\u0377]")


def dumps(value: Any, indent: int | None = None) -> str:
    """The value as JSON text without a final newline."""
    return _SUSPECT.sub(_escape, json.dumps(value, indent=indent, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return char if char.isprintable() else json.dumps(char)[1:-1]
