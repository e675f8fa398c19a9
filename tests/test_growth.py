"""What a network costs to read, explain and write grows with its size, not with its square.

Measured in calls of functions, which do not depend on the machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from cnncli.convert import spec_text
from cnncli.explain import Totals, explain
from cnncli.export.keras_code import keras_code
from cnncli.export.torch_code import torch_code
from cnncli.network import Network
from cnncli.render.workings import render, sections, total_section
from cnncli.report import analyze
from cnncli.spec import loads


def wide(branches: int, different: bool = False) -> Network:
    """One merge of many branches."""
    lines = [f"      b{number}: [{{conv: {{filters: {number % 7 + 1 if different else 1}, kernel: 1}}}}]" for number in range(branches)]
    return loads("\n".join(["input: [4, 4, 1]", "layers:", "  - concat:", *lines, ""])).network


def calls(action: Callable[[], object]) -> int:
    """How many functions an action calls."""
    count = 0

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def explain_all(network: Network) -> str:
    """The text of `cnncli explain`."""
    totals = Totals(network)
    explanations = list(explain(network))
    for explanation in explanations:
        totals.add(explanation)
    return "".join(render([*sections(explanations), total_section(totals.workings())], "text"))


ACTIONS: dict[str, Callable[[Network], Any]] = {
    "analyze": lambda network: dict(analyze(network).totals),
    "explain": explain_all,
    "convert": spec_text,
    "keras-code": keras_code,
    "torch-code": torch_code,
}


@pytest.mark.parametrize("different", [False, True], ids=["alike", "different"])
@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_wide_merges_grow_linearly(action: Callable[[Network], Any], different: bool) -> None:
    """Four times as many branches take about four times as many calls (sixteen if quadratic)."""
    small, large = wide(150, different), wide(600, different)
    action(wide(10))  # imports and caches
    assert calls(lambda: action(large)) < 6 * calls(lambda: action(small))
