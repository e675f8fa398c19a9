"""What is woken by what: a command that is quick stays quick because of what it does not import."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"keras", "tensorflow", "jax", "torch", "numpy"}
PROGRAM = """
import sys
sys.argv = ["cnncli", *{words!r}]
{before}
try:
    from cnncli.cli import main
    main()
finally:
    ours = {{name for name in sys.modules if name.startswith("cnncli.")}}
    print(*sorted(ours | {{name.partition(".")[0] for name in sys.modules}}), file=sys.stderr)
"""


def woken(*words: str, before: str = "") -> set[str]:
    """The modules, by their top names, that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(words=list(words), before=before)], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["summarize", "--help"]])
def test_help_wakes_click_alone(words: list[str]) -> None:
    """Help needs click and nothing else: no YAML, no rich, no layers, no framework."""
    names = woken(*words)
    assert names & {"rich", "yaml", "json", "fractions", "decimal", "dataclasses", *HEAVY} == set()
    ours = {name for name in names if name.startswith("cnncli.")}
    border = {"cnncli.cli", "cnncli.cli.output", "cnncli.cli.streams", "cnncli.errors", "cnncli.printable"}
    shared = {"cnncli.cli.options", "cnncli.cli.loading", "cnncli.cli.commands"}
    assert ours <= border | shared | {f"cnncli.cli.commands.{words[0]}"}


@pytest.mark.parametrize(
    "words",
    [
        ["summarize", "vgg16", "--format", "json"],
        ["summarize", "vgg16"],
        ["summarize", "vgg16", "--format", "csv"],
        ["get", "vgg16", "params"],
        ["list"],
        ["validate", "vgg16"],
        ["layers", "conv"],
        ["schema"],
    ],
)
def test_commands_wake_no_framework(words: list[str]) -> None:
    """Without a terminal no command wakes rich; none ever wakes numpy or a framework."""
    names = woken(*words)
    assert names & {"rich", *HEAVY} == set()
    assert names & {"tempfile", "shutil", "random"} == set()  # 10 ms, for what writes files


def test_help_imports_the_named_command_only() -> None:
    """A command wakes its own file, not its neighbours'."""
    commands = {name for name in woken("get", "vgg16", "params") if name.startswith("cnncli.cli.commands.")}
    assert commands == {"cnncli.cli.commands.get"}


def test_library_wakes_nothing_until_asked() -> None:
    """import cnncli costs next to nothing: its two functions wake what they need when they are called."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; import cnncli; print(*[n for n in sys.modules if n.startswith('cnncli.')])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "\n"


def test_this_test_can_fail() -> None:
    """What is woken on purpose is seen."""
    assert "yaml" in woken("--help", before="import yaml")
    assert "rich" in woken("--help", before="import rich.console")
    assert "cnncli.report" in woken("get", "vgg16", "params")
