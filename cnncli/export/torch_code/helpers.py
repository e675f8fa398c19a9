"""Modules that PyTorch lacks, as code that is copied into a file that needs them."""

from __future__ import annotations

import re

from .moves import MOVES

SAME_CONV = '''
class SameConv{axes}d(nn.Conv{axes}d):
    """A convolution padded so that ceil(size / stride) pixels come out, the odd pixel after."""

    def forward(self, x):
        pads = []
        for size, kernel, stride, dilation in zip(x.shape[2:], self.kernel_size, self.stride, self.dilation):
            total = max((-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
            pads = [total // 2, total - total // 2, *pads]
        return super().forward(F.pad(x, pads))
'''
PADDED_POOL = '''
class PaddedAvgPool{axes}d(nn.Module):
    """Average pooling with padding, which is not averaged."""

    def __init__(self, kernel_size, stride=None, pad=()):
        super().__init__()
        self.pool = nn.AvgPool{axes}d(kernel_size, stride)
        self.pad = pad

    def forward(self, x):
        return self.pool(F.pad(x, self.pad)) / self.pool(F.pad(torch.ones_like(x), self.pad))
'''
PARTIAL_NORM = '''
class {name}(nn.{name}):
    """{name} that may do without its factor (scale) or its shift (center)."""

    def __init__(self, *args, center=True, scale=True, **options):
        super().__init__(*args, **options)
        if not center:
            self.bias = None
        if not scale:
            self.weight = None
'''
PARTIAL = ("LayerNorm", "GroupNorm", *(f"{kind}Norm{axes}d" for kind in ("Batch", "Instance") for axes in (1, 2, 3)))
ONCE = {
    **MOVES,
    "frozen": '''
def frozen(module, *names):
    """The module with parameters that training leaves alone; all of it, statistics too, where no names are told."""
    for name in names:
        getattr(module, name).requires_grad_(False)
    if not names:
        module.requires_grad_(False).eval().train = lambda mode=True: module
    return module
''',
    "ChannelLinear": '''
class ChannelLinear(nn.Linear):
    """A linear layer over the channels, at each position."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "ChannelLayerNorm": '''
class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels, at each position."""

    def __init__(self, channels, eps=1e-5, center=True, scale=True):
        super().__init__(channels, eps=eps)
        if not center:
            self.bias = None
        if not scale:
            self.weight = None

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
''',
    "BoundedReLU": '''
class BoundedReLU(nn.Module):
    """min(x, most) where x > threshold, else slope * (x - threshold)"""

    def __init__(self, most=None, slope=0.0, threshold=0.0):
        super().__init__()
        self.most, self.slope, self.threshold = most, slope, threshold

    def forward(self, x):
        above = x if self.most is None else x.clamp(max=self.most)
        return torch.where(x > self.threshold, above, self.slope * (x - self.threshold))
''',
    "Exponential": '''
class Exponential(nn.Module):
    """exp(x)"""

    def forward(self, x):
        return x.exp()
''',
    "LayerScale": '''
class LayerScale(nn.Module):
    """Multiply each channel by a trainable factor."""

    def __init__(self, channels, init=1.0):
        super().__init__()
        self.gamma = nn.Parameter(torch.full((channels,), init))

    def forward(self, x):
        return x * self.gamma.view(-1, *[1] * (x.dim() - 2))
''',
    "Normalize": '''
class Normalize(nn.Module):
    """Bring each channel to mean 0 and variance 1 with figures measured beforehand."""

    def __init__(self, channels, mean=0.0, variance=1.0):
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean).expand(channels).clone())
        self.register_buffer("variance", torch.as_tensor(variance).expand(channels).clone())
        self.register_buffer("count", torch.tensor(0))

    def forward(self, x):
        channels = (-1, *[1] * (x.dim() - 2))
        return (x - self.mean.view(channels)) / self.variance.view(channels).sqrt()
''',
    "Rescale": '''
class Rescale(nn.Module):
    """scale * x + offset"""

    def __init__(self, scale, offset=0.0):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x):
        channels = (-1, *[1] * (x.dim() - 2))
        scale, offset = (x.new_tensor(figure).view(channels) for figure in (self.scale, self.offset))
        return scale * x + offset
''',
    "GaussianNoise": '''
class GaussianNoise(nn.Module):
    """In training, add normally distributed numbers."""

    def __init__(self, stddev):
        super().__init__()
        self.stddev = stddev

    def forward(self, x):
        return x + self.stddev * torch.randn_like(x) if self.training else x
''',
    "DropPath": '''
class DropPath(nn.Module):
    """In training, set whole images to zero, so that the shortcut alone remains."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or not self.rate:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)
''',
}
HELPERS = {
    **{f"{name}{axes}d": text.replace("{axes}", str(axes)) for name, text in (
        ("SameConv", SAME_CONV), ("PaddedAvgPool", PADDED_POOL),
    ) for axes in (1, 2, 3)},
    **{name: PARTIAL_NORM.replace("{name}", name) for name in PARTIAL},
    **ONCE,
}  # fmt: skip


def helpers(code: str) -> list[str]:
    """The helpers that some code calls."""
    return [text.strip() for name, text in HELPERS.items() if re.search(rf"(?<![\w.]){name}\(", code)]
