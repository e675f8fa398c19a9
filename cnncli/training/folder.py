"""The folder of a run: what is written there, by whom it is read again, and how it is named."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..importers import is_keras, is_model
from ..importers.keras.file import read as config
from ..spec import Document
from ..spec.copying import copy_chain
from ..spec.source import shipped
from ..spec.tree import Scalar
from . import records
from .directories import RUNS, SEEDS, is_unused
from .errors import RunError
from .whole import whole, write_failure

SPEC_COPY, KERAS_COPY = "backbone.yaml", "backbone.json"  # a Keras file's architecture alone


class Folder:
    """One run on the disk; `whole` is the folder of all seeds, where the run is one of them."""

    def __init__(self, path: Path, whole: Path | None = None) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.again = f"cnncli train --resume {whole or path}"

    def __str__(self) -> str:
        return str(self.path)

    def write(self, name: str, text: str) -> None:
        """Write a text file. Raises RunError where there is no room."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file. Raises RunError where there is no room."""
        target = self.path / name
        try:
            with whole(target) as beside:
                beside.write_bytes(content)
        except OSError as error:
            command = self.again if (self.path / "recipe.json").exists() else ""
            raise RunError(write_failure(target, error, command)) from None

    def write_json(self, name: str, value: Any) -> None:
        self.write(name, json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def read_json(self, name: str, *required: str) -> dict[str, Any]:
        """Read a JSON file of the run, which must hold the entries `required`. Raises UsageError where it is damaged."""
        return records.read(self.path / name, *required)

    def write_history(self, history: list[dict[str, Any]]) -> None:
        """The epochs so far, as CSV and as lines of JSON. They hold nothing that depends on the clock."""
        names = list(dict.fromkeys(name for row in history for name in row))
        table = io.StringIO()
        writer = csv.DictWriter(table, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
        self.write("history.csv", table.getvalue())
        self.write("history.jsonl", "".join(json.dumps(row) + "\n" for row in history))

    def write_spec(self, document: Document) -> None:
        """The spec, and beside it each that it extends and its backbone, so that the folder needs no other file."""
        body = document.backbone
        name = "" if body is None or body.path in shipped().values() else backbone_copy(body.path)
        model = (body.name, name) if body is not None and name and isinstance(body.name, Scalar) else None
        copies = dict(copy_chain(document.files, "spec", model))
        if body is not None and name == SPEC_COPY:
            copies |= copy_chain(body.files, "backbone")
        elif body is not None and name == KERAS_COPY:
            copies[name] = json.dumps(config(body.path))
        elif body is not None and name:
            self.write_bytes(name, Path(body.path).read_bytes())
        for file, text in copies.items():
            self.write(file, text)


def backbone_copy(path: str) -> str:
    """What the copy of a backbone's file is called in a run."""
    if not is_model(path):
        return SPEC_COPY
    return KERAS_COPY if is_keras(path) else "backbone" + os.path.splitext(path)[1].lower()


class Nowhere(Folder):
    """Where a worker that is not the chief writes: what there is to write, the chief writes."""

    def __init__(self) -> None:
        super().__init__(Path("the folder of worker 0"))

    def write_bytes(self, name: str, content: bytes) -> None:
        """Nothing."""


def made(path: Path, whole: Path | None = None) -> Folder:
    """A new folder for a run. Raises UsageError."""
    folder = Folder(path, whole)
    try:
        folder.checkpoints.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(write_failure(f"the run directory {path}", error)) from None
    return folder


def existing(path: str) -> Folder:
    """The folder of a run that was begun. Raises UsageError."""
    folder = Folder(Path(path))
    if not folder.path.is_dir():
        raise UsageError(f"{path}: no such run; runs are folders such as {RUNS}/lenet-1")
    several = seeds(path)
    if several:
        raise UsageError(f"{path} holds a run for each of {len(several)} seeds; name one, such as {several[0]}")
    if not (folder.path / "recipe.json").exists():
        inside = max(folder.path.glob("*/recipe.json"), key=os.path.getmtime, default=None)
        hint = f"name one of those in it, such as {inside.parent}" if inside else f"runs are folders such as {RUNS}/lenet-1"
        if any(folder.path.iterdir()) and is_unused(folder.path):
            hint = "it was interrupted before its recipe was written: start it again with the same command"
        raise UsageError(f"{path} is no run of cnncli train, for it has no recipe.json; {hint}")
    folder.read_json("recipe.json")
    return folder


def seed(whole: Path, number: int) -> Path:
    """Where the run with a seed lies in the folder of several."""
    return whole / f"seed-{number}"


def seeds(path: str) -> list[Folder]:
    """The runs with several seeds that a folder was made for; none where it is no such folder. Raises UsageError."""
    whole = Path(path)
    if not (whole / SEEDS).is_file():
        return []
    return [Folder(seed(whole, number), whole) for number in Folder(whole).read_json(SEEDS, "seeds")["seeds"]]
