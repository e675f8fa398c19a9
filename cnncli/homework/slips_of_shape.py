"""Mistakes in the size that comes out, and in all that grows with it."""

from __future__ import annotations

from math import prod

from .case import GROWS_WITH_OUTPUT, WORK, Case
from .slips_of_weights import Slipped
from .wording import times


def rounding(case: Case) -> Slipped:
    """Floor where `same` takes the ceiling, and the reverse elsewhere."""
    if not case.slides:
        return
    strides = ", ".join(map(str, dict.fromkeys(slide.stride for slide in case.slides)))
    if case.option("padding") == "same":
        size = tuple([slide.size // slide.stride for slide in case.slides])
        yield case.resized(size), f"what comes of the floor of {times(case.x[:-1])} over {strides}; padding same takes the ceiling"
        return
    rooms = [slide.size + slide.before + slide.after - slide.extent for slide in case.slides]
    up, down = (
        tuple([sign * (sign * room // slide.stride) + 1 for room, slide in zip(rooms, case.slides, strict=True)]) for sign in (-1, 1)
    )
    over = f"{', '.join(map(str, dict.fromkeys(rooms)))} over {strides}"
    if case.option("ceil"):
        yield case.resized(down), f"what comes of the floor of {over}; ceil takes the ceiling"
    else:
        yield case.resized(up), f"what comes of the ceiling of {over}; the floor is taken"


def plus_one(case: Case) -> Slipped:
    """The last place is forgotten."""
    if case.slides and case.option("padding") != "same":
        yield case.resized(tuple([n - 1 for n in case.out[:-1]])), "what comes without the + 1 at the end: the first place counts too"


def padding(case: Case) -> Slipped:
    """Added on one side, on none, or where there is none."""
    amount = case.option("padding")
    if isinstance(amount, int) and amount and "padding" in case.layer.fields:
        once = ((amount, 0),) * (len(case.x) - 1)
        sides = f"the {amount} before and the {amount} after" if case.layer.kind != "conv_transpose" else f"{amount} at each end"
        yield case.altered(padding=once), f"what comes with the padding counted once; {sides} both count"
    if amount == "same" and case.slides:
        yield case.altered(padding="valid"), "what comes without padding; same pads"
    elif amount == "valid":
        yield case.altered(padding="same"), "what comes of padding same; here nothing is padded"
    elif isinstance(amount, int) and amount and case.slides:
        yield case.altered(padding="valid"), f"what comes without the padding of {amount}"


def stride(case: Case) -> Slipped:
    """The window moves one pixel at a time."""
    moved = case.option("stride") or case.option("size")
    if moved not in (None, 1) and case.slides:
        yield case.altered(stride=1), f"what comes of stride 1; the stride is {moved}"
    elif case.option("stride") not in (None, 1):
        yield case.altered(stride=1), f"what comes of stride 1; the stride is {case.option('stride')}"


def dilation(case: Case) -> Slipped:
    """The taps lie side by side."""
    apart = case.option("dilation", 1)
    if apart != 1:
        yield case.altered(dilation=1), f"what comes without the dilation of {apart}"


def positions(case: Case) -> Slipped:
    """The positions of the input for those of the output; of a transposed convolution's work the reverse."""
    if case.quantity not in GROWS_WITH_OUTPUT or len(case.x) != len(case.out) or len(case.out) < 2:
        return
    of_output, of_input = times(case.out[:-1]), times(case.x[:-1])
    if case.is_transposed and case.quantity in WORK:
        value = case.answer * prod(case.out[:-1]) // case.positions
        words = (
            f"what comes of the {of_output} positions of the output; a transposed convolution "
            f"applies its kernel once for each of the {of_input} positions of the input"
        )
        yield value, words
    else:
        yield case.resized(case.x[:-1]), f"what comes of the {of_input} positions of the input; the output has {of_output}"


def order(case: Case) -> Slipped:
    """Channels first, the channels of the input, or none at all."""
    if case.quantity != "output_shape" or len(case.answer) < 2:
        return
    last = not case.report.network.channels_first
    shape = case.answer
    turned = (shape[-1], *shape[:-1]) if last else (*shape[1:], shape[0])
    yield turned, f"the shape with the channels {'first' if last else 'last'}; here they come {'last' if last else 'first'}"
    yield (
        case.report.network.shown((*case.out[:-1], case.channels)),
        (f"the shape with the {case.channels:,} channels that come in; {case.out[-1]:,} go out"),
    )
    yield (shape[:-1] if last else shape[1:]), f"the size without the {case.out[-1]:,} channels"


SHAPE_RULES = (rounding, padding, stride, plus_one, dilation, order, positions)
