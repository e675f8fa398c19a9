"""Mistakes in the receptive field."""

from __future__ import annotations

from typing import Any

from .case import Case
from .slips_of_weights import Slipped


def field(case: Case) -> Slipped:
    """The window added without the jump, with the jump after it, without the - 1, or alone."""
    known = _known(case)
    if not known:
        return
    before, jump, extent, stride = known
    yield before + extent - 1, f"the field with the window added as it is; positions lie {jump} pixels apart (the jump)"
    yield (
        before + (extent - 1) * jump * stride,
        f"the field with the jump after this layer, {jump * stride}; the one before it, {jump}, counts",
    )
    yield before + extent * jump, f"the field with {extent} times the jump; a window of {extent} adds {extent - 1} times"
    yield extent, f"the window of this layer alone; the field before it was {before} already"
    yield before, "the field before this layer"
    yield before * extent, "the product of the windows; fields add up"


def no_jumps(case: Case) -> Slipped:
    """The sum of all windows on the way, as if no layer had a stride."""
    if not _known(case):
        return
    total, node, nodes = 1, case.node, case.report.network.nodes
    while node.inputs:
        if len(node.inputs) > 1 or node.facts.windows is None:
            return
        if node.facts.windows:
            window = node.facts.windows[0]
            total += (window.last - window.first) // window.up
        node = nodes[node.inputs[0]]
    yield total, "the field without the jumps: after a stride positions lie further apart"


def _known(case: Case) -> Any:
    """Field and jump before, window and stride along an axis, where the axes agree and are whole; None elsewhere."""
    if case.quantity != "receptive_field" or not isinstance(case.answer, int) or len(case.node.inputs) != 1 or not case.facts.windows:
        return None
    past, window = case.report.fields[case.node.inputs[0]], case.facts.windows[0]
    if not past.size or not past.stride or window.up != 1 or not isinstance(past.stride[0], int):
        return None
    return past.size[0], past.stride[0], window.last - window.first + 1, window.stride


FIELD_RULES = (field, no_jumps)
