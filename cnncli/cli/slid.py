"""What a kernel or a pooling window did, for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..by_hand.slide import Slid


def is_image(path: str | None) -> bool:
    """Whether a file of this name is written as an image."""
    from os.path import splitext

    from ..by_hand.image import WRITTEN

    return splitext(path or "")[1].lower() in WRITTEN


def without_steps(steps: bool, style: str, output: str | None) -> None:
    """Refuse steps where only the result has room."""
    from ..errors import UsageError

    if steps and (style == "csv" or is_image(output)):
        raise UsageError("there is room for the result alone; leave --steps out, or take --format text, markdown, latex or json")


def step_blocks(found: list[Any], slid: Slid, digits: int | None) -> list[Any]:
    """(0,0): 1·1 + 2·0 = 1, for each position of each channel."""
    from ..by_hand.draw import Block
    from ..by_hand.number import show

    several = slid.output.shape[-1] > 1
    blocks = []
    for channel in range(slid.output.shape[-1]):
        mine = [step for step in found if step.channel == channel]
        lines = [f"({','.join(map(str, step.position))}): {step.working} = {show(step.value, digits)}" for step in mine]
        if lines:
            blocks.append(Block(f"channel {channel}" if several else "", None, tuple(lines)))
    return blocks


def step_list(found: list[Any]) -> list[dict[str, Any]]:
    """The steps for machines."""
    from ..by_hand.number import machine

    def numbers(terms: Any) -> Any:
        return [numbers(one) for one in terms] if isinstance(terms, list) else machine(terms)

    names = ("channel", "position", "working", "terms", "value")
    return [dict(zip(names, (s.channel, list(s.position), s.working, numbers(s.terms), machine(s.value)), strict=True)) for s in found]


def alone(entries: list[Any]) -> Any:
    """The entry, where there is but one."""
    return entries[0] if len(entries) == 1 else entries
