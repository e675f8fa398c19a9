"""One process at a time trains a run; a lock that is left behind keeps nobody out, and neither does a run that was never begun."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("tensorflow", reason="needs the extra train")
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("ignore:__array__ implementation")]

from cnncli.cli import main  # noqa: E402
from cnncli.errors import UsageError  # noqa: E402
from cnncli.training import lock  # noqa: E402
from cnncli.training.directories import claim, free, is_unused  # noqa: E402
from cnncli.training.folder import existing  # noqa: E402
from cnncli.training.lock import NAME, LockedError, RunLock  # noqa: E402

NET = "input: [8, 8, 1]\nlayers: [flatten, dense: 10]\ntrain: {data: digits, epochs: 1}\n"
HOLD = """
import sys
from pathlib import Path
from cnncli.training.lock import RunLock
RunLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def holder(directory: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock of a directory until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def train(*words: str) -> Result:
    return CliRunner().invoke(main, ["train", *words])


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "net.yaml").write_text(NET, encoding="utf-8")
    return str(tmp_path / "net.yaml")


def test_the_process_that_holds_a_run_is_named(tmp_path: Path) -> None:
    """Its number, its machine, since when, its command; when it is killed the lock is free, though its file stays."""
    with holder(tmp_path) as other:
        with pytest.raises(LockedError) as refusal:
            RunLock(tmp_path).acquire()
        other.kill()
    assert f"is in use by process {other.pid} on {socket.gethostname()}, since 20" in str(refusal.value)
    assert str(refusal.value).endswith("wait until it ends, or stop it")
    assert (tmp_path / NAME).exists()
    with RunLock(tmp_path):
        assert json.loads((tmp_path / NAME).read_text(encoding="utf-8"))["pid"] == os.getpid()
        with pytest.raises(LockedError):
            RunLock(tmp_path).acquire()
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1e99}', "\x00" * 100])
def test_a_damaged_lock_file_keeps_nobody_out(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it holds, also where the file system has no locks."""
    for locks in (lock.lock_file, lambda _: None):
        monkeypatch.setattr(lock, "lock_file", locks)
        (tmp_path / NAME).write_text(text, encoding="utf-8")
        with RunLock(tmp_path):
            pass


@pytest.mark.skipif(os.name == "nt", reason="processes are looked for otherwise there")
def test_without_locks_of_the_system_the_process_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of this machine that runs keeps others out; one that is gone, or of another machine, does not."""
    monkeypatch.setattr(lock, "lock_file", lambda _: None)
    here: dict[str, Any] = {"host": socket.gethostname(), "since": "2026-01-01 00:00:00"}
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for pid, host, held in ((os.getppid(), here["host"], True), (gone.pid, here["host"], False), (os.getppid(), "elsewhere", False)):
        (tmp_path / NAME).write_text(json.dumps({**here, "pid": pid, "host": host}), encoding="utf-8")
        if held:
            with pytest.raises(LockedError, match=f"process {pid} on"):
                RunLock(tmp_path).acquire()
        else:
            with RunLock(tmp_path):
                pass


def test_two_processes_do_not_train_one_run(spec: str, tmp_path: Path) -> None:
    """--resume of a run that trains is refused before anything is changed; so is its extension, and that of all seeds."""
    run, seeds = tmp_path / "run", tmp_path / "seeds"
    assert train(spec, "-o", str(run)).exit_code == 0
    assert train(spec, "-o", str(seeds), "--seeds", "2").exit_code == 0
    assert not list(tmp_path.rglob(NAME))
    before = (run / "recipe.json").read_bytes()
    for held, resumed in ((run, run), (seeds / "seed-1", seeds), (seeds, seeds)):
        with holder(held) as other:
            done = train("--resume", str(resumed), "--epochs", "2")
            other.kill()
        assert done.exit_code == 2
        assert f"{held} is in use by process {other.pid}" in done.stderr
    assert (run / "recipe.json").read_bytes() == before
    done = train("--resume", str(run), "--epochs", "2")
    assert done.exit_code == 0, done.stderr
    assert train("--resume", str(seeds), "--epochs", "2").exit_code == 0


def test_a_run_that_was_killed_before_it_was_written_down_starts_again(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same command works; what the first one left is replaced."""
    monkeypatch.chdir(tmp_path)
    for files in ([], ["spec.yaml"], ["spec.yaml", "spec_base_1.yaml", "backbone.yaml", "recipe.json.new"]):
        for run in (Path("given"), Path("runs/net-1")):
            (run / "checkpoints").mkdir(parents=True)
            for name in (NAME, *files):
                (run / name).write_text("half", encoding="utf-8")
            with pytest.raises(UsageError, match="interrupted before its recipe was written: start it again with the same command"):
                existing(str(run))
            assert train(spec, *(["-o", "given"] if run == Path("given") else [])).exit_code == 0
            assert "half" not in "".join(path.read_text(encoding="utf-8") for path in run.glob("*.yaml"))
            assert not (run / "recipe.json.new").exists()
            existing(str(run))
            for path in sorted(run.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            run.rmdir()
    for name in ("seed-0/spec.yaml", "seed-0/recipe.json", NAME):
        Path("many", name).parent.mkdir(parents=True, exist_ok=True)
        Path("many", name).write_text("half", encoding="utf-8")
    assert train(spec, "-o", "many", "--seeds", "2").exit_code == 0


def test_files_of_others_are_not_replaced(tmp_path: Path) -> None:
    """A directory without the lock of a run holds no leftovers, whatever its files are called; nor one that holds anything else."""
    (tmp_path / "spec.yaml").touch()
    with pytest.raises(UsageError, match="exists; give another directory with -o"):
        free(str(tmp_path))
    (tmp_path / NAME).touch()
    assert is_unused(tmp_path)
    for name in ("notes.txt", "history.csv", "checkpoints/last.npz", "seed-0/history.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
        assert not is_unused(tmp_path)
        (tmp_path / name).unlink()
    (tmp_path / "recipe.json").touch()
    assert not is_unused(tmp_path)


def test_runs_that_begin_at_once_get_directories_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that another process has just made and locked is passed over, or refused by name."""
    monkeypatch.chdir(tmp_path)
    first, mine = claim("net", None)
    second, other = claim("net", None)
    assert (first, second) == (Path("runs/net-1"), Path("runs/net-2"))
    with pytest.raises(LockedError):
        claim("net", "runs/net-1")
    for held in (mine, other):
        held.release()
