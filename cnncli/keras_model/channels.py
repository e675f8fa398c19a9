"""Layers that move channels about."""

# mypy: ignore-missing-imports, allow-subclassing-any, allow-untyped-decorators
from __future__ import annotations

from typing import Any

from keras import ops

from ..layers import Shape
from .own import Own, own
from .registry import counterpart


@own
class ChannelShuffle(Own):
    """Deal the channels of `groups` groups out in turn."""

    options = ("groups",)
    groups: int

    def call(self, inputs: Any) -> Any:
        *around, channels = inputs.shape[1:]
        dealt = ops.reshape(inputs, (-1, *around, self.groups, channels // self.groups))
        return ops.reshape(ops.swapaxes(dealt, -1, -2), (-1, *around, channels))


@own
class ChannelSlice(Own):
    """Keep the channels from `start` to before `stop`; None means the end."""

    options = ("start", "stop")
    start: int
    stop: int | None

    def call(self, inputs: Any) -> Any:
        return inputs[..., self.start : self.stop]


@own
class ChannelPad(Own):
    """Put channels of zeros `before` and `after`."""

    options = ("before", "after")
    before: int
    after: int

    def call(self, inputs: Any) -> Any:
        return ops.pad(inputs, [(0, 0)] * (len(inputs.shape) - 1) + [(self.before, self.after)])


@counterpart("channel_shuffle")
def channel_shuffle(layer: Any, name: str | None, x: Shape) -> Any:
    return ChannelShuffle(groups=layer.groups, name=name)


@counterpart("channel_slice")
def channel_slice(layer: Any, name: str | None, x: Shape) -> Any:
    return ChannelSlice(start=layer.start, stop=layer.stop, name=name)


@counterpart("channel_pad")
def channel_pad(layer: Any, name: str | None, x: Shape) -> Any:
    return ChannelPad(before=layer.before, after=layer.after, name=name)
