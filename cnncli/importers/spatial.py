"""Layers that change where pixels stand, beside those of the vocabulary."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any

from ..errors import LayerError
from ..layers import Layer, Shape, Work
from ..layers.base import shown
from ..layers.channels import ChannelSlice
from ..layers.spatial import Crop
from ..layers.values import Axes, Flag, OneOf, Reader
from ..layers.window import WHOLE_MAP, Window, Windows

Pick = tuple[int, int, int] | int  # (start, how many, step) along an axis, or the one position that is taken out of it
Picks = Annotated["tuple[Pick, ...]", Reader()]
# A reduction of n elements to one: what each element costs beforehand, each of the n - 1 steps, and what comes out.
REDUCTIONS = {
    "mean": (Work(), Work(add=1), Work(divide=1)),
    "sum": (Work(), Work(add=1), Work()),
    "max": (Work(), Work(compare=1), Work()),
    "min": (Work(), Work(compare=1), Work()),
    "product": (Work(), Work(multiply=1), Work()),
    "l1": (Work(compare=1), Work(add=1), Work()),  # the sum of sizes
    "l2": (Work(multiply=1), Work(add=1), Work(exp=1)),  # the root of the sum of squares
    "sum_of_squares": (Work(multiply=1), Work(add=1), Work()),
    "log_sum": (Work(), Work(add=1), Work(exp=1)),
    "log_sum_exp": (Work(exp=1), Work(add=1), Work(exp=1)),
}
Reduction = Annotated[str, OneOf(*REDUCTIONS)]


def one_if_equal(values: tuple[Any, ...]) -> Any:
    """One value where all axes agree, else all of them."""
    return values[0] if len(set(values)) == 1 else values


class Take(Layer):
    """Part of the input: `picks` says of each axis (start, how many, step), or the position that is taken out of it.

    The axes of positions are gone; its receptive field is exact where no axis is gone.
    """

    kind = "take"
    picks: Picks

    def output(self, x: Shape) -> Shape:
        out = tuple([pick[1] for pick in self.picks if isinstance(pick, tuple)])
        if not out:
            raise LayerError(f"a single number is taken out of {shown(x)}; an image of it needs an axis")
        return out

    def windows(self, x: Shape) -> Windows:
        windows = tuple([Window(pick[2], pick[0], pick[0]) for pick in self.picks[:-1] if isinstance(pick, tuple)])
        gone = any(isinstance(pick, int) for pick in self.picks)
        return WHOLE_MAP if gone or any(window.stride < 1 for window in windows) else windows


def taking(x: Shape, picks: tuple[Pick, ...]) -> Layer | None:
    """The layer that takes these parts of each axis: that of the vocabulary where one does; None where they are all of it."""
    cut = [at for at, pick in enumerate(picks) if pick != (0, x[at], 1)]
    if not cut:
        return None
    spans = [(pick[0], x[at] - pick[0] - pick[1]) for at, pick in enumerate(picks) if isinstance(pick, tuple) and pick[2] == 1]
    if len(spans) == len(picks) and cut == [len(x) - 1]:
        start, after = spans[-1]
        return ChannelSlice(start=start, stop=x[-1] - after if after else None)
    if len(spans) == len(picks) and cut[-1] < len(x) - 1:
        return Crop(cropping=tuple(spans[:-1]))
    return Take(picks=picks)


class Reduce(Layer):
    """The mean, sum, largest, ... along `axes` (numbered from 1); `keep` leaves axes of length 1.

    work     as REDUCTIONS has it: each element in, each step from one element of a group to the next, each element out
    """

    kind = "reduce"
    function: Reduction
    axes: Axes
    keep: Flag = False

    def output(self, x: Shape) -> Shape:
        out = tuple([1 if axis in self.axes else length for axis, length in enumerate(x, 1) if self.keep or axis not in self.axes])
        if not out:
            raise LayerError(f"{self.function} over all of {shown(x)} leaves a single number; an image of it needs an axis")
        return out

    def work(self, x: Shape) -> Work:
        before, step, after = REDUCTIONS[self.function]
        elements, out = prod(x), prod(self.output(x))
        return before.times(elements).plus(step.times(elements - out)).plus(after.times(out))

    def windows(self, x: Shape) -> Windows:
        over_channels_alone = self.axes == (len(x),) and self.keep
        return () if over_channels_alone else WHOLE_MAP
