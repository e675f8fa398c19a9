"""The work of the fuzzer's processes, and what it keeps of what goes wrong."""

from __future__ import annotations

import hashlib
import re
import resource
from collections import Counter
from pathlib import Path

from .targets import TARGETS, choose_target, make_case
from .watch import run

FINDINGS = Path(__file__).parent / "findings"
ADDRESS_SPACE = 4 * 2**30  # bytes; beyond it MemoryError is raised, and found


def signature(reason: str) -> str:
    """What tells one fault from others: where it was raised and by what kind of error."""
    places = re.findall(r'File ".*?(cnncli/[^"]+)", line (\d+)', reason)
    last = reason.strip().splitlines()[-1] if reason.strip() else ""
    kind = re.sub(r"[\d'\"].*", "", last)[:60]
    return f"{kind} {places[-1] if places else reason[:60]}"


def run_chunk(work: tuple[int, int, int, str]) -> tuple[Counter[str], list[tuple[str, int, str]]]:
    """Run some cases; how many of each target by exit code, and what went wrong."""
    seed, start, stop, only = work
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    counts: Counter[str] = Counter()
    findings = []
    for number in range(start, stop):
        target = only or choose_target(seed, number)
        outcome = run(make_case(target, seed, number), TARGETS[target].limits)
        counts[f"{target} {outcome.exit_code}"] += 1
        if outcome.fault is not None:
            findings.append((target, number, outcome.fault))
    return counts, findings


def save(target: str, seed: int, number: int, reason: str) -> None:
    """Write a finding where the tests run it again."""
    FINDINGS.mkdir(exist_ok=True)
    text = make_case(target, seed, number).to_json(reason[-2000:])
    name = hashlib.sha256(text.encode()).hexdigest()[:10]
    (FINDINGS / f"{target}-{name}.json").write_text(text, encoding="utf-8")
