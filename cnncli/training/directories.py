"""Where a new run may be: a directory of its own, locked before anything is written there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ..errors import UsageError
from .lock import NAME, LockedError, RunLock
from .whole import write_failure

RUNS = "runs"
SEED = re.compile(r"seed-\d+")
BEGINNING = re.compile(rf"(spec|backbone)(_base_\d+)?\.yaml(\.new)?|(backbone|recipe|seeds)\.json\.new|backbone\.json|{re.escape(NAME)}")
RUN_FILE = re.compile(
    r"(spec|backbone)(_base_\d+)?\.yaml|backbone\.\w+|(recipe|result|environment|input|seeds)\.json|history\.(csv|jsonl)|model\.keras"
)
SEEDS = "seeds.json"  # makes a folder one of several runs that differ in their seed


def claim(name: str, asked: str | None) -> tuple[Path, RunLock]:
    """A new directory, locked: as asked, which must be free, or runs/NAME-1, -2 ... Raises UsageError."""
    if asked is not None:
        path = free(asked)
        lock = _locked(path)
        if not is_unused(path):  # another process was faster
            lock.release()
            free(asked)
        _clear(path)
        return path, lock
    for number in range(1, 100_000):
        path = Path(RUNS) / f"{name}-{number}"
        if not path.exists() or is_unused(path):
            try:
                lock = _locked(path)
            except LockedError:
                continue
            if is_unused(path):
                _clear(path)
                return path, lock
            lock.release()
    raise UsageError(f"{RUNS} holds 100,000 runs of {name}; give a directory with -o")


def free(asked: str) -> Path:
    """The path of a directory that is not there yet, or holds no run. Raises UsageError."""
    path = Path(asked)
    if path.exists() and not is_unused(path):
        hint = f"continue that run with --resume {path}, or " if is_run(path) else ""
        raise UsageError(f"{path} exists; {hint}give another directory with -o")
    return path


def is_run(path: Path) -> bool:
    """Whether a directory holds a run, or the runs of several seeds."""
    return (path / "recipe.json").is_file() or (path / SEEDS).is_file()


def is_run_file(path: Path) -> bool:
    """Whether a file is one that a run consists of: its spec, its records, a checkpoint, the model."""
    if path.parent.name == "checkpoints":
        return is_run(path.parent.parent)
    return RUN_FILE.fullmatch(path.name) is not None and is_run(path.parent)


def is_unused(path: Path) -> bool:
    """Whether a directory is empty, or holds what a process left that was killed before its run was written down."""
    if not path.is_dir():
        return False
    names = [entry.name for entry in path.iterdir()]
    return not names or (NAME in names and not is_run(path) and all(_is_beginning(entry) for entry in path.iterdir()))


def _is_beginning(entry: Path, inside: bool = False) -> bool:
    """Whether a file or directory is one of those that stand there before the first step; `inside` the directory of one seed."""
    if not entry.is_dir():
        return BEGINNING.fullmatch(entry.name) is not None or (inside and entry.name == "recipe.json")
    if SEED.fullmatch(entry.name) and not inside:
        return all(_is_beginning(one, inside=True) for one in entry.iterdir())
    return entry.name in ("checkpoints", "tensorboard") and not any(entry.iterdir())


def _locked(path: Path) -> RunLock:
    """Make a directory and lock it. Raises LockedError, or UsageError where it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(write_failure(f"the run directory {path}", error)) from None
    lock = RunLock(path)
    lock.acquire()
    return lock


def _clear(path: Path) -> None:
    """Remove what an unused directory holds, but for its lock."""
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != NAME:
            entry.unlink()
