"""What each kind computes: one rule for each, in the files beside this one.

A rule takes the layer, its weights by their names, and what comes in; it returns the numbers that come out, in the order of the
shape that the layer states. It knows neither names of layers nor files. Of affine kinds it is the linear map alone: bias and
activation are added for all of them alike. Numbers may be plain or variables (variable.py); the gradients follow from the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .array import Array
from .variable import Value

Weights = dict[str, Array]
Rule = Callable[..., Iterable[Value]]  # (layer, weights, *arrays)
RULES: dict[str, Rule] = {}


def rule(*kinds: str) -> Callable[[Rule], Rule]:
    """Enter a rule for kinds of layers."""

    def enter(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(kinds, function))
        return function

    return enter


def each(kind: str) -> Callable[[Callable[[Any, Value], Value]], Callable[[Any, Value], Value]]:
    """Enter the rule of one number: (layer, x)."""

    def enter(function: Callable[[Any, Value], Value]) -> Callable[[Any, Value], Value]:
        rule(kind)(lambda layer, weights, x: [function(layer, value) for value in x.values])
        return function

    return enter
