"""A run that was made, taken up again: to resume it, to evaluate it, to ask it about images."""

from __future__ import annotations

from ..spec import load
from .folder import Folder
from .machine import Machine
from .prepare import Request
from .settings import from_plain


def request_of(folder: Folder, data_dir: str | None) -> Request:
    """What the user asked for when the run was begun; only where the data lies may have changed."""
    kept = folder.read_json("recipe.json")
    document = load(str(folder.path / "spec.yaml"), kept["settings"])
    document.path = kept["spec"]
    return Request(
        document, from_plain(kept["train"]), data_dir or kept["data_dir"], Machine(**kept["machine"]), kept["checkpoint_seconds"]
    )
