"""What a sheet is made from. It stands in the head of the sheet, so that the key can be made again."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

SCHEMA = "cnncli/exercise/1"
MOST = 1000  # questions on a sheet
LEVELS = ("easy", "medium", "hard")


class Request(NamedTuple):
    """A spec, or kinds of layers; how many questions, how hard, and by which chance."""

    spec: str = ""
    kinds: tuple[str, ...] = ()
    count: int = 10  # type: ignore[assignment]  # nobody counts occurrences in a request
    seed: int = 0
    level: str = "easy"
    student: str = ""

    def line(self, identity: str) -> str:
        """The line of a sheet that tells what it was made from; no `--`, which would end a comment of XML."""
        return f"{SCHEMA} {json.dumps({**self._asdict(), 'id': identity})}".replace("--", "-\\u002d")

    def describe(self) -> str:
        """Name what it is made from: lenet5 with seed 7."""
        subject = self.spec or ",".join(self.kinds)
        return f"{subject} with seed {self.seed}" + (f", for {self.student}" if self.student else "")

    @classmethod
    def of(cls, values: dict[str, Any]) -> Request:
        """What a line or a key has. Raises ValueError where something is missing or of another type."""
        made: dict[str, Any] = {}
        for name, default in cls._field_defaults.items():
            value = values.get(name)
            if type(value) is not (list if name == "kinds" else type(default)):
                raise ValueError(f"{name} is {json.dumps(value)}")
            made[name] = tuple(map(str, value)) if isinstance(value, list) else value
        found = cls(**made)
        if not 0 < found.count <= MOST or found.seed < 0 or found.level not in LEVELS:
            raise ValueError(f"{found.count} questions of level {found.level} by seed {found.seed}")
        if bool(found.spec) == bool(found.kinds):
            raise ValueError("neither a spec alone nor kinds alone")
        return found
