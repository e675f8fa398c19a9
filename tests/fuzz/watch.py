"""Runs a case in this process and says what is wrong with how it ended."""

from __future__ import annotations

import os
import re
import resource
import signal
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from click.testing import CliRunner, Result

from cnncli.cli import main

from .case import Case, Limits

CHECKS = ("validate", "verify", "grade", "solve")  # commands that may end with 1
# Control characters but for newline, tab and carriage return; overrides of the writing direction;
# characters of no width.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Outcome(NamedTuple):
    """How a case ended; `fault` says what is wrong with it, if anything."""

    exit_code: int | None
    fault: str | None = None


class Hang(BaseException):
    """Raised in a case that takes too long. No `except Exception` of the program catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Hang after so much processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang("".join(traceback.format_stack(frame, limit=6)))

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def run(case: Case, limits: Limits = Limits()) -> Outcome:  # noqa: B008
    """Run a case in a directory that holds its files alone."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory(dir=_scratch()) as folder:
        case.write_files(Path(folder))
        os.chdir(folder)
        try:
            return _judge(case, limits)
        finally:
            os.chdir(before)


def _scratch() -> str | None:
    """Memory, where there is a file system in it."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def reset_peak() -> int:
    """The peak of this process' memory in kB, lowered to what it holds now where Linux can do that."""
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _judge(case: Case, limits: Limits) -> Outcome:
    before = reset_peak()
    try:
        with time_limit(limits.seconds):
            done = CliRunner().invoke(main, case.arguments, input=case.stdin, color=True)
    except Hang as hang:
        return Outcome(None, f"more than {limits.seconds:g} s\n{hang}")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return Outcome(done.exit_code, _fault(case, done, grown // 1000, limits))


def _fault(case: Case, done: Result, megabytes: int, limits: Limits) -> str | None:
    """What is wrong with how a case ended."""
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        return "".join(traceback.format_exception(done.exception)[-8:])
    allowed = (0, 1, 2) if case.arguments and case.arguments[0] in CHECKS else (0, 2)
    if done.exit_code not in allowed:
        return f"exit code {done.exit_code}\n{done.output[-500:]}"
    if done.exit_code == 2 and not done.stderr.strip():
        return "exit code 2 without a message"
    if "Traceback (most recent call last)" in done.stderr:
        return f"a traceback in the output\n{done.stderr[-500:]}"
    # show prints a file into a pipe byte by byte.
    printed = "" if case.arguments[:1] == ["show"] else done.stdout
    found = CONTROL.search(printed) or CONTROL.search(done.stderr)
    if found:
        return f"control character {found[0]!r} in the output\n{found.string[-300:]!r}"
    if megabytes > limits.megabytes:
        return f"grew by {megabytes} MB"
    return None
