"""The workings of an answer, as cnncli.explain has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...explain import explain
from ...render.formula import TEXT, Script
from ...render.workings import sides
from ..quantity import QUANTITIES

if TYPE_CHECKING:
    from ...explain import Working
    from ..sheet import Question


def workings(question: Question) -> Sequence[Working]:
    """The lines that lead to the answer; of a stack that was drawn, those of all its layers for a field."""
    asked, network = QUANTITIES[question.quantity], question.report.network
    topics = {asked.topic, "params"} if question.quantity == "param_bytes" else {asked.topic}
    stack = question.quantity == "receptive_field" and network.name == "drawn"
    names = [node.name for node in network.nodes if node.inputs] if stack else [question.node.name]
    lines = [line for one in explain(network, [_plain(name) for name in names], topics) for line in one.workings]
    return [line for line in lines if not asked.labels or line.label in asked.labels]


def _plain(name: str) -> str:
    """A name in which nothing stands for anything else."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def equation(line: Working, script: Script = TEXT) -> str:
    """size: ⌊(n − k)/s⌋ + 1 = 28."""
    return " = ".join(sides(line, script))


def told(question: Question) -> list[str]:
    """The workings as plain lines."""
    return [f"{line.label}: {' '.join(filter(None, [equation(line), line.words]))}" for line in workings(question)]
