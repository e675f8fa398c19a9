"""Mistakes in counting work."""

from __future__ import annotations

from math import prod

from .case import Case
from .slips_of_weights import Slipped


def operations(case: Case) -> Slipped:
    """MACs for FLOPs, and the reverse."""
    macs = case.facts.work.macs
    if case.quantity == "macs":
        yield 2 * macs, "the FLOPs; MACs are half of that"
    if case.quantity == "flops":
        yield macs, "the MACs; FLOPs are twice that"


def work_of_bias(case: Case) -> Slipped:
    """The adds of the biases among the products."""
    if case.quantity in ("macs", "flops") and case.biases:
        added = prod(case.out)
        words = f"the count with the {added:,} adds of the biases, which are no multiply-accumulates"
        yield case.answer + added, words
        yield case.answer + 2 * added, words


def one_position(case: Case) -> Slipped:
    """The weights, as if the kernel stood in one place."""
    if case.quantity in ("macs", "flops"):
        places = case.positions
        params = sum(weight.count for weight in case.facts.weights)
        yield case.answer // places, f"the work of one position; there are {places:,}"
        yield params, "the parameters; work is asked for"
        counted = f"the {case.biases:,} biases are no multiply-accumulates" if case.biases else "MACs are counted otherwise"
        yield params * places, f"the parameters times the {places:,} positions; {counted}"


WORK_RULES = (operations, one_position, work_of_bias)
