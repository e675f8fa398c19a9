"""Layers that Keras lacks, as code: those that move channels and pixels about."""

from __future__ import annotations

MOVES = {
    "DepthToSpace": '''
class DepthToSpace(Custom):
    """The channels of each position as a block of pixels; these lie pixel by pixel (dcr), or channel by channel (crd)."""

    def __init__(self, block, mode="dcr", **kwargs):
        super().__init__(block=block, mode=mode, **kwargs)

    def call(self, x):
        *size, channels = x.shape[1:]
        block, axes, pixels_first = self.options["block"], len(size), self.options["mode"] == "dcr"
        sides, left = [block] * axes, channels // block**axes
        x = ops.reshape(x, (-1, *size, *sides, left) if pixels_first else (-1, *size, left, *sides))
        first = 1 + axes if pixels_first else 2 + axes
        order = [axis for at in range(axes) for axis in (1 + at, first + at)]
        x = ops.transpose(x, (0, *order, 1 + 2 * axes if pixels_first else 1 + axes))
        return ops.reshape(x, (-1, *[n * block for n in size], left))
''',
    "SpaceToDepth": '''
class SpaceToDepth(Custom):
    """A block of pixels as the channels of one position: pixel by pixel (dcr), or channel by channel (crd)."""

    def __init__(self, block, mode="dcr", **kwargs):
        super().__init__(block=block, mode=mode, **kwargs)

    def call(self, x):
        *size, channels = x.shape[1:]
        block, last = self.options["block"], 2 * len(size) + 1
        x = ops.reshape(x, (-1, *[part for n in size for part in (n // block, block)], channels))
        inside = (*range(2, last, 2), last) if self.options["mode"] == "dcr" else (last, *range(2, last, 2))
        x = ops.transpose(x, (0, *range(1, last, 2), *inside))
        return ops.reshape(x, (-1, *[n // block for n in size], channels * block ** len(size)))
''',
    "ChannelShuffle": '''
class ChannelShuffle(Custom):
    """Deal the channels of `groups` groups out in turn."""

    def __init__(self, groups, **kwargs):
        super().__init__(groups=groups, **kwargs)

    def call(self, x):
        *size, channels = x.shape[1:]
        groups = ops.reshape(x, (-1, *size, self.options["groups"], channels // self.options["groups"]))
        return ops.reshape(ops.swapaxes(groups, -1, -2), (-1, *size, channels))
''',
    "ChannelSlice": '''
class ChannelSlice(Custom):
    """Keep the channels from `start` to before `stop`."""

    def __init__(self, start, stop, **kwargs):
        super().__init__(start=start, stop=stop, **kwargs)

    def call(self, x):
        return x[..., self.options["start"] : self.options["stop"]]
''',
    "ChannelPad": '''
class ChannelPad(Custom):
    """Put channels of zeros before and after."""

    def __init__(self, before=0, after=0, **kwargs):
        super().__init__(before=before, after=after, **kwargs)

    def call(self, x):
        return ops.pad(x, [(0, 0)] * (len(x.shape) - 1) + [(self.options["before"], self.options["after"])])
''',
}
