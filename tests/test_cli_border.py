"""The border: exit codes, streams and signals. Whatever a user does, there is a message and never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from cnncli.cli import main

CLI = [sys.executable, "-m", "cnncli"]


def cnncli(*words: str, **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run cnncli as a process of its own."""
    return subprocess.run([*CLI, *words], capture_output=True, env={**os.environ, **settings}, check=False, timeout=60)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["summarize", "lenet5"], 0),
        (["validate", "lenet5", "--expect", "params<=1"], 1),
        (["summarize", "no_such_network"], 2),
        (["summarize", "lenet5", "--format", "yaml"], 2),
        (["summarize", "lenet5", "--dtype", "float8"], 2),
        (["summarize", "lenet5", "--batch", "0"], 2),
        (["summarize", "lenet5", "--batch", "many"], 2),
        (["summarize", "lenet5", "--depth", "-1"], 2),
        (["summarize", "lenet5", "--set", "width=2"], 2),
        (["summarize", "mobilenet", "--set", "width"], 2),
        (["summarize", "mobilenet", "--set", "width=-1"], 2),
        (["summarize", "vgg16", "--input", "224"], 2),
        (["summarize", "vgg16", "--input", "axb"], 2),
        (["summarize", "vgg16", "--input", "8x8x3"], 2),
        (["summarize"], 2),
        (["summarize", "."], 2),
        (["summarize", ""], 2),
        (["summarize", "\0"], 2),
        (["get", "lenet5"], 2),
        (["get", "lenet5", ""], 2),
        (["layers", "nothing"], 2),
        (["schema", "nothing"], 2),
        (["completion", "tcsh"], 2),
        (["--nothing"], 2),
        (["nothing"], 2),
    ],
)
def test_exit_codes(words: list[str], code: int) -> None:
    """0 all well, 1 a check failed, 2 wrong usage or a refused file; messages go to standard error, results to standard output."""
    result = CliRunner().invoke(main, words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code == code
    assert bool(result.stdout) == (code == 0)
    assert bool(result.stderr) == (code != 0)


def test_refusals_name_the_place(tmp_path: Path) -> None:
    """A refused file is told with file:line:column and the text underlined, all faults at once."""
    spec = tmp_path / "option.yaml"
    spec.write_text("input: [8, 8, 3]\nlayers:\n  - conv: {filtes: 64, kernel: 3}\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["summarize", str(spec)])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[0] == f"{spec}:3:12: conv has no option 'filtes'; did you mean 'filters'?"
    assert result.stderr.splitlines()[2].strip() == "^^^^^^"


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00", b"[" * 5000, b"a: &b 1", b"- !!python/object:os.system x", b"", b"layers: 5"])
def test_hostile_input_is_refused(tmp_path: Path, data: bytes) -> None:
    """Whatever bytes come, the answer is a message."""
    (tmp_path / "bad.yaml").write_bytes(data)
    done = cnncli("summarize", str(tmp_path / "bad.yaml"))
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["exercise", ""], "argument 1 of exercise"), (["exercise", "--kind", ""], "the value of --kind"), ([""], "the command"),
        (["exercise", "--kind="], "the value of --kind"), (["summarize", "lenet5", "--columns", ""], "the value of --columns"),
        (["list", ""], "argument 1 of list"), (["layers", ""], "argument 1 of layers"),
        (["summarize", "--", ""], "argument 2 of summarize"),
        (["convolve", "--input", "1", "--kernel", "1", "--bias", ""], "the value of --bias"), (["get", "lenet5", ""], "argument 2 of get"),
        (["solve", "size", "8", ""], "argument 3 of solve"), (["summarize", "lenet5", "-o", ""], "the value of -o"),
        (["train", "lenet", "--data-dir", ""], "the value of --data-dir"),
    ],
)  # fmt: skip
def test_empty_arguments(words: list[str], what: str) -> None:
    """Text without characters is never taken for something else, nor for nothing."""
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert f"Error: {what} is empty" in result.stderr
    assert result.stdout == ""


CLOSED = [
    "summarize lenet5", "summarize -", "summarize lenet5 --format json", "explain lenet5 conv_1", "calc --input 8x8x1 conv:3,3",
    "solve size 8 4", "convolve --input - --kernel 1", "pool --input - --size 1", "trace exercise_6x6 --weights ones --input ones",
    "exercise --kind conv", "grade - -", "get - params", "get lenet5 params", "list lenet", "show lenet5", "validate lenet5", "validate -",
    "convert lenet5", "export lenet5 --to dot", "layers conv", "schema", "completion bash", "--help", "--version", "summarize --help",
    "nothing",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="shells differ there")
@pytest.mark.parametrize("line", CLOSED)
def test_closed_streams(line: str) -> None:
    """Standard streams that the shell closed: what cannot be read or written is said, and the exit code is 0 or 2."""
    reads, fails = " -" in line.replace(" --", ""), line == "nothing"
    for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        source = "" if "<&-" in closed else "</dev/null"
        done = subprocess.run(
            f"{' '.join(CLI)} {line} {source} {closed}", shell=True, capture_output=True, text=True, check=False, timeout=60
        )
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert done.returncode == (2 if reads or fails or ">&-" in closed.replace("2>&-", "") else 0), (closed, done.stderr)
        if closed == ">&-" and not (reads or fails):
            assert done.stderr == "Error: standard output: it is closed\n"
        if closed == "<&-" and reads:
            assert "it is closed" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="shells differ there")
def test_files_are_written_with_closed_streams(tmp_path: Path) -> None:
    """A closed stream that a command does not need is no fault, and its number goes to no file."""
    line = f"{' '.join(CLI)} summarize lenet5 --format csv -o {tmp_path / 'out.csv'} <&- >&- 2>&-"
    assert subprocess.run(line, shell=True, check=False, timeout=60).returncode == 0
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == CliRunner().invoke(main, ["summarize", "lenet5", "--format", "csv"]).stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["nothing"], ["summarize", "nothing"], ["get", "lenet5", "nothing"], ["summarize", "-"]])
def test_full_standard_error(words: list[str]) -> None:
    """Where a message cannot be written the exit code still says that the command was refused."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*CLI, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=full, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.skipif(os.name == "nt", reason="pipes break otherwise there")
@pytest.mark.parametrize("words", ["summarize resnet152 --format json", "list", "show resnet50", "layers", "schema", "get vgg16 params"])
def test_reader_that_leaves(words: str) -> None:
    """When the reader has had enough (head), cnncli stops in silence."""
    line = f"{' '.join(CLI)} {words} | head -c 1; echo ${{PIPESTATUS[0]}} >&2"
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False, timeout=60)
    assert done.stderr == b"0\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_full_disk() -> None:
    """What cannot be written is told; no traceback."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*CLI, "summarize", "resnet152"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", ["--help", "--version", "list", "summarize --help"])
def test_full_device_without_a_command(words: str) -> None:
    """The top level's own output too, with and without a buffer: standard output is named, the exit code is 2."""
    for unbuffered in ("", "1"):
        with open("/dev/full", "wb") as full:
            environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
            command = [*CLI, *words.split()]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60, env=environment)
        assert (done.returncode, done.stderr) == (2, b"Error: standard output: No space left on device\n")


def test_a_failed_read_is_not_blamed_on_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the operating system that names no file is one of reading, unless standard output says that it is its own."""

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("cnncli.spec.find", broken)
    result = CliRunner().invoke(main, ["show", "lenet"])
    assert result.exit_code == 2
    assert result.stderr == "Error: a file could not be read or written: Input/output error\n"


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="a file whose reading fails")
@pytest.mark.parametrize("name", ["x.keras", "x.h5", "x.json", "x.yaml", "x.csv"])
def test_a_failed_read_names_the_file(name: str, tmp_path: Path) -> None:
    """Models, specs and matrices on a disk that fails."""
    (tmp_path / name).symlink_to("/proc/self/mem")
    path = str(tmp_path / name)
    words = ["convolve", "--kernel", "1", "--input", path] if name.endswith(".csv") else ["summarize", path]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert name in result.stderr
    assert "cannot be read: Input/output error" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_interrupted() -> None:
    """Ctrl-C: exit code 130, no traceback."""
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # tests in the background of a shell pass on that it is ignored
    pipe = subprocess.PIPE
    with subprocess.Popen([*CLI, "summarize", "-"], stdin=pipe, stdout=pipe, stderr=pipe, preexec_fn=heard) as process:
        time.sleep(1.5)  # it waits for standard input by now
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors


@pytest.mark.parametrize("settings", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
@pytest.mark.parametrize("words", [["list"], ["summarize", "exercise_6x6"], ["show", "alexnet"], ["validate", "alexnet"]])
def test_narrow_alphabets(words: list[str], settings: dict[str, str]) -> None:
    """Where standard output has no × or é, something stands in for it; nothing fails."""
    done = cnncli(*words, **settings)
    assert (done.returncode, done.stderr) == (0, b"")


def test_module_is_the_command() -> None:
    """python -m cnncli is cnncli, in its own messages too."""
    done = cnncli("--version")
    assert done.stdout.startswith(b"cnncli ")
    assert b"Usage: cnncli summarize" in cnncli("summarize", "--help").stdout


def terminal(words: list[str], columns: int, **settings: str) -> str:
    """What cnncli writes on a terminal."""
    import pty

    leader, follower = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color", **settings}
    with subprocess.Popen([*CLI, *words], stdout=follower, stderr=follower, stdin=follower, env=environment) as process:
        os.close(follower)
        written = b""
        try:
            while piece := os.read(leader, 65536):
                written += piece
        except OSError:  # the terminal is gone with its last writer
            pass
        process.wait(timeout=60)
    os.close(leader)
    return written.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_terminal_and_its_wishes() -> None:
    """On a terminal the table is within COLUMNS and in colour, but not with NO_COLOR; raw formats are the same everywhere."""
    text = terminal(["summarize", "vgg16"], 80)
    assert "\x1b[1m" in text
    assert "138,357,544" in text
    assert "80 characters are too narrow" in text
    assert "too narrow" not in terminal(["summarize", "vgg16"], 120)
    assert "\x1b[3" not in terminal(["summarize", "vgg16"], 80, NO_COLOR="1")
    for style in ("json", "csv", "markdown", "latex"):
        words = ["summarize", "lenet5", "--format", style]
        assert terminal(words, 80).replace("\r\n", "\n") == cnncli(*words).stdout.decode()


BARE = """
import sys
sys.modules.update(dict.fromkeys(("numpy", "keras", "tensorflow", "matplotlib", "PIL")))
from cnncli.cli import main
main()
"""


@pytest.mark.parametrize(
    "words",
    [
        ("train", "lenet"), ("train", "lenet", "--seeds", "2"), ("train", "lenet", "--distributed"), ("train", "--resume", "run"),
        ("train", "lenet", "--tensorboard"), ("lr-find", "lenet"), ("evaluate", "run"), ("predict", "run", "image.png"),
        ("verify", "lenet"), ("export", "lenet", "--to", "keras", "-o", "lenet.keras"), ("doctor",),
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_the_extra_a_command_says_what_to_install(words: tuple[str, ...], tmp_path: Path) -> None:
    """Where cnncli is installed alone, what needs Keras says so, and how to get it; doctor still tells what it sees."""
    done = subprocess.run([sys.executable, "-c", BARE, *words], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "Traceback" not in done.stderr
    assert "pip install 'cnncli[train]'" in done.stdout + done.stderr
    assert done.returncode == (0 if words == ("doctor",) else 2)


def test_stream_of_a_caller_stays_open(tmp_path: Path) -> None:
    """Whoever runs the command in a process of their own may have put any file in the place of standard output."""
    script = "import sys; from cnncli.cli import main; sys.stdout = open('out', 'w'); main(['get', 'lenet5', 'params'])"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr, (tmp_path / "out").read_text()) == (0, b"", "61706\n")
