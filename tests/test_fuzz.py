"""Generated and mutated input of every kind: no traceback, no hang, no flood, no control characters.

`python tests/fuzz --count 1000000` runs as many cases as one likes; here run some of each kind, and
every case that has ever gone wrong.
"""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from fuzz.case import Case, Limits
from fuzz.targets import TARGETS, make_case
from fuzz.watch import run

from cnncli import cli

FINDINGS = sorted((Path(__file__).parent / "fuzz" / "findings").glob("*.json"))
CASES = 6_000  # in all
PATIENT = Limits(seconds=30, megabytes=2000)  # tests may run on slow machines, and import frameworks


@pytest.mark.parametrize("path", FINDINGS, ids=lambda path: path.stem)
def test_what_went_wrong_once(path: Path) -> None:
    """Every case that the fuzzer has found ends well now."""
    outcome = run(Case.from_json(path.read_text(encoding="utf-8")), PATIENT)
    assert outcome.fault is None, outcome.fault


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of frameworks, which the target `run` imports
@pytest.mark.parametrize("target", TARGETS)
def test_generated_cases_end_well(target: str) -> None:
    """Some cases of each kind; several of them are accepted, so that they reach deep."""
    accepted = 0
    shares = sum(target.share for target in TARGETS.values())
    count = CASES * TARGETS[target].share // shares
    for number in range(count):
        outcome = run(make_case(target, 0, number), PATIENT)
        assert outcome.fault is None, f"{target} {number}: {outcome.fault}"
        accepted += outcome.exit_code == 0
    assert accepted > count // 20 or count < 20


def faulty(command: str) -> None:
    """A command with a fault of every kind that the fuzzer looks for."""
    if command == "traceback":
        raise ValueError(command)
    if command == "hang":
        while True:
            pass
    if command == "code":
        click.get_current_context().exit(1)
    if command == "silent":
        click.get_current_context().exit(2)
    if command == "escape":
        click.echo("\x1b]0;title\x07")
    if command == "flood":
        assert b"x" * 400_000_000


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("traceback", "ValueError"),
        ("hang", "more than 1 s"),
        ("code", "exit code 1"),
        ("silent", "without a message"),
        ("escape", "control character"),
        ("flood", "grew by"),
        ("nothing", None),
    ],
)
def test_each_fault_is_noticed(command: str, fault: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer sees a fault of each kind, and none where there is none."""

    @click.command()
    @click.argument("command")
    def main(command: str) -> None:
        faulty(command)

    monkeypatch.setattr("fuzz.watch.main", main)
    found = run(Case([command]), Limits(seconds=1)).fault
    assert (found is None) if fault is None else (found is not None and fault in found)


def test_cases_survive_being_saved() -> None:
    """A case that is written to findings is read back as it was, bytes that are no text too."""
    case = Case(["get", "a b"], {"x/y.yaml": b"\xff\x00", "z": "é".encode()}, b"1")
    assert Case.from_json(case.to_json("reason")) == case


def test_quick_commands_are_all_fuzzed() -> None:
    """Every command but those that need a framework has options to fuzz."""
    from fuzz.targets import HEAVY, light_commands

    fuzzed = {name.split(" ")[0] for name in light_commands()}
    assert fuzzed | set(HEAVY) == set(cli.COMMANDS)
