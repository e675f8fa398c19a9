"""Modules that PyTorch lacks, as code: those that move channels and pixels about."""

from __future__ import annotations

MOVES = {
    "ChannelShuffle": '''
class ChannelShuffle(nn.Module):
    """Deal the channels of `groups` groups out in turn."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, x):
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)
''',
    "Reshape": '''
class Reshape(nn.Module):
    """The same numbers under another shape (*size, channels), counted with the channels last."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.movedim(1, -1).reshape(len(x), *self.shape).movedim(-1, 1)
''',
    "Permute": '''
class Permute(nn.Module):
    """The axes in another order, numbered from 1 with the channels last."""

    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.movedim(1, -1).permute(0, *self.axes).movedim(-1, 1)
''',
    "DepthToSpace": '''
class DepthToSpace(nn.Module):
    """The channels of each position as a block of pixels; these lie pixel by pixel (dcr), or channel by channel (crd)."""

    def __init__(self, block, mode="dcr"):
        super().__init__()
        self.block, self.mode = block, mode

    def forward(self, x):
        size, sides = x.shape[2:], [self.block] * (x.dim() - 2)
        if self.mode == "dcr":
            x = x.unflatten(1, (*sides, -1)).movedim(1 + len(sides), 1)
        else:
            x = x.unflatten(1, (-1, *sides))
        order = [axis for at in range(len(sides)) for axis in (2 + len(sides) + at, 2 + at)]
        return x.permute(0, 1, *order).reshape(*x.shape[:2], *[n * self.block for n in size])
''',
    "SpaceToDepth": '''
class SpaceToDepth(nn.Module):
    """A block of pixels as the channels of one position: pixel by pixel (dcr), or channel by channel (crd)."""

    def __init__(self, block, mode="dcr"):
        super().__init__()
        self.block, self.mode = block, mode

    def forward(self, x):
        axes = x.dim() - 2
        parts = [part for n in x.shape[2:] for part in (n // self.block, self.block)]
        whole, inside = range(2, 2 + 2 * axes, 2), range(3, 3 + 2 * axes, 2)
        order = (*inside, 1) if self.mode == "dcr" else (1, *inside)
        return x.reshape(*x.shape[:2], *parts).permute(0, *order, *whole).flatten(1, 1 + axes)
''',
    "ChannelSlice": '''
class ChannelSlice(nn.Module):
    """Keep the channels from `start` to before `stop`."""

    def __init__(self, start, stop):
        super().__init__()
        self.start, self.stop = start, stop

    def forward(self, x):
        return x[:, self.start : self.stop]
''',
    "ChannelPad": '''
class ChannelPad(nn.Module):
    """Put channels of zeros before and after."""

    def __init__(self, before=0, after=0):
        super().__init__()
        self.before, self.after = before, after

    def forward(self, x):
        return F.pad(x, [0, 0] * (x.dim() - 2) + [self.before, self.after])
''',
}
