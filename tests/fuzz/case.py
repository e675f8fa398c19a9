"""One case: a command line, the files that it may read, and what comes in on standard input."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple


class Limits(NamedTuple):
    """What a case may take: processor time, which other programs do not change, and memory."""

    seconds: float = 2.0
    megabytes: int = 300


@dataclass(frozen=True)
class Case:
    """`files` maps names, relative to the working directory, to their content."""

    arguments: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    stdin: bytes = b""

    def write_files(self, folder: Path) -> None:
        """Write the files below a directory."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def to_json(self, reason: str) -> str:
        """The text of a file in `findings/`."""
        files = {name: _encode(content) for name, content in self.files.items()}
        value = {
            "reason": reason,
            "arguments": self.arguments,
            "files": files,
            "stdin": _encode(self.stdin),
        }
        return json.dumps(value, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Case:
        """The case in a file of `findings/`."""
        value = json.loads(text)
        files = {name: _decode(content) for name, content in value["files"].items()}
        return cls(value["arguments"], files, _decode(value["stdin"]))


def _encode(content: bytes) -> str | dict[str, str]:
    """Text where it is text, else base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def _decode(content: str | dict[str, str]) -> bytes:
    return content.encode() if isinstance(content, str) else base64.b64decode(content["base64"])
