"""Layers that move channels about, at every position alike. No weights, no arithmetic."""

from __future__ import annotations

from ..errors import LayerError
from .base import Layer, Shape, layer, share
from .values import Amount, Count, MaybeCount


@layer("channel_shuffle")
class ChannelShuffle(Layer):
    """Deal the channels of `groups` groups out in turn, so that the groups of the next convolution mix them.

    (*size, C) -> (*size, C)     channel g * C / groups + i becomes i * groups + g

    Source: Zhang et al. 2017, arXiv:1707.01083, section 3.1.
    """

    groups: Count

    def output(self, x: Shape) -> Shape:
        share(x[-1], self.groups, "the channels that come in")
        return x


@layer("channel_slice")
class ChannelSlice(Layer):
    """Keep the channels from `start` to before `stop` (counted from 0; stop: the end unless told).

    (*size, C) -> (*size, stop - start)

    Source: Ma et al. 2018, arXiv:1807.11164, section 3 (the channel split).
    """

    start: Amount = 0
    stop: MaybeCount = None

    def check(self) -> None:
        if self.stop is not None and self.stop <= self.start:
            raise LayerError(f"nothing lies from channel {self.start} to before channel {self.stop}", "stop")

    def output(self, x: Shape) -> Shape:
        stop = x[-1] if self.stop is None else self.stop
        if stop > x[-1] or self.start >= stop:
            option, asked = ("stop", stop) if stop > x[-1] else ("start", self.start)
            raise LayerError(f"{option} is {asked}, but {x[-1]} channels come in", option)
        return (*x[:-1], stop - self.start)


@layer("channel_pad")
class ChannelPad(Layer):
    """Put channels of zeros `before` and `after` those that come in.

    (*size, C) -> (*size, before + C + after)

    Source: He et al. 2015, arXiv:1512.03385, section 3.3, option A (the shortcut without weights).
    """

    before: Amount = 0
    after: Amount = 0

    def output(self, x: Shape) -> Shape:
        return (*x[:-1], self.before + x[-1] + self.after)
