"""Small PyTorch networks of the usual shapes, to be exported as ONNX: what a layer of each family looks like in such a file.

Read by tests/make_onnx_fixtures.py and by the tests that run where PyTorch is installed. `ZOO` maps a name to how the module is made
and to the shapes of its inputs, without the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn


def block(i: int, o: int, k: int = 3, s: int = 1, g: int = 1, act: Callable[[], nn.Module] | None = nn.ReLU) -> nn.Sequential:
    """Convolution, batch normalisation, activation."""
    return nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, groups=g, bias=False), nn.BatchNorm2d(o), *([act()] if act else []))


class Calls(nn.Module):
    """A module that is a function of a few others."""

    def __init__(self, function: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *xs: Tensor) -> Any:
        return self.function(self, *xs)


def vgg() -> nn.Module:
    features = [nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*features, nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))


def bottleneck(i: int, f: int, stride: int) -> nn.Module:
    project = block(i, 4 * f, 1, stride, act=None) if stride != 1 or i != 4 * f else nn.Identity()
    main = nn.Sequential(block(i, f, 1), block(f, f, 3, stride), block(f, 4 * f, 1, act=None))
    return Calls(lambda m, x: F.relu(m.main(x) + m.shortcut(x)), main=main, shortcut=project)


def resnet() -> nn.Module:
    stages = nn.Sequential(block(3, 8, 7, 2), nn.MaxPool2d(3, 2, 1), bottleneck(8, 4, 1), bottleneck(16, 8, 2), bottleneck(32, 8, 1))
    return nn.Sequential(stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def squeeze(c: int) -> nn.Module:
    """Squeeze-and-excitation with convolutions."""
    gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c // 4, 1), nn.ReLU(), nn.Conv2d(c // 4, c, 1), nn.Hardsigmoid())
    return Calls(lambda m, x: x * m.gate(x), gate=gate)


def squeeze_dense(c: int) -> nn.Module:
    """Squeeze-and-excitation with dense layers, laid out as a map and stretched again."""
    gate = nn.Sequential(nn.Linear(c, c // 4, bias=False), nn.ReLU(), nn.Linear(c // 4, c, bias=False), nn.Sigmoid())

    def forward(m: Any, x: Tensor) -> Tensor:
        b, c, _, _ = x.size()
        return x * m.gate(x.mean((2, 3)).view(b, c)).view(b, c, 1, 1).expand_as(x)

    return Calls(forward, gate=gate)


def inverted(i: int, o: int, t: int, stride: int, act: Callable[[], nn.Module], se: bool) -> nn.Module:
    h = i * t
    main = nn.Sequential(block(i, h, 1, act=act), block(h, h, 3, stride, h, act), *([squeeze(h)] if se else []), block(h, o, 1, act=None))
    return Calls(lambda m, x: x + m.main(x), main=main) if stride == 1 and i == o else main


def mobilenet(act: Callable[[], nn.Module], se: bool) -> nn.Module:
    stages = [block(3, 8, 3, 2, act=act), inverted(8, 8, 1, 1, act, False), inverted(8, 16, 4, 2, act, se), inverted(16, 16, 4, 1, act, se)]
    head = nn.Sequential(nn.Linear(16, 32), act(), nn.Dropout(0.2), nn.Linear(32, 10))
    return Calls(lambda m, x: m.head(m.stages(x).mean([2, 3])), stages=nn.Sequential(*stages), head=head)


def densenet() -> nn.Module:
    def grown(c: int) -> nn.Module:
        bottleneck = [nn.BatchNorm2d(c), nn.ReLU(), nn.Conv2d(c, 16, 1, bias=False)]
        return nn.Sequential(*bottleneck, nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 4, 3, padding=1, bias=False))

    def forward(m: Any, x: Tensor) -> Tensor:
        features = [m.stem(x)]
        for layer in m.layers:
            features.append(layer(torch.cat(features, 1)))
        x = m.transition(torch.cat(features, 1))
        return F.adaptive_avg_pool2d(x, (1, 1)).view(x.size(0), -1)

    transition = nn.Sequential(nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 10, 1, bias=False), nn.AvgPool2d(2, 2))
    layers = nn.ModuleList([grown(8), grown(12), grown(16)])
    return Calls(forward, stem=nn.Conv2d(3, 8, 3, padding=1), layers=layers, transition=transition)


def googlenet() -> nn.Module:
    stem = nn.Sequential(nn.Conv2d(3, 16, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), nn.LocalResponseNorm(5))
    branches = [
        nn.Conv2d(16, 8, 1),
        nn.Sequential(nn.Conv2d(16, 8, 1), nn.ReLU(), nn.Conv2d(8, 12, 3, padding=1)),
        nn.Sequential(nn.Conv2d(16, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 5, padding=2)),
        nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), nn.Conv2d(16, 4, 1)),
    ]

    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.stem(x)
        x = torch.cat([F.relu(branch(x)) for branch in m.branches], 1)
        return F.softmax(m.fc(torch.flatten(F.avg_pool2d(x, (16, 16)), 1)), dim=1)

    return Calls(forward, stem=stem, branches=nn.ModuleList(branches), fc=nn.Linear(32, 10))


def unet(kind: str) -> nn.Module:
    """Up again by transposed convolution (t), nearest (n), bilinear to the size of the skip (b), or with aligned corners (a)."""

    def up(m: nn.Module, x: Tensor, skip: Tensor) -> Tensor:
        if kind == "t":
            enlarged = m(x)
        elif kind == "n":
            enlarged = m(F.interpolate(x, scale_factor=2, mode="nearest"))
        else:
            enlarged = m(F.interpolate(x, size=skip.shape[2:], mode="bilinear", align_corners=kind == "a"))
        return torch.cat([enlarged, skip], 1)

    def forward(m: Any, x: Tensor) -> Tensor:
        first = m.d1(x)
        second = m.d2(F.max_pool2d(first, 2))
        x = m.c2(up(m.u2, m.middle(F.max_pool2d(second, 2)), second))
        return m.out(m.c1(up(m.u1, x, first)))

    parts = {
        "d1": block(3, 8),
        "d2": block(8, 16),
        "middle": block(16, 32),
        "c2": block(32, 16),
        "c1": block(16, 8),
        "out": nn.Conv2d(8, 2, 1),
    }
    up2 = nn.ConvTranspose2d(32, 16, 2, 2) if kind == "t" else nn.Conv2d(32, 16, 1)
    up1 = nn.ConvTranspose2d(16, 8, 3, 2, 1, 1) if kind == "t" else nn.Conv2d(16, 8, 1)
    return Calls(forward, **parts, u2=up2, u1=up1)


def shufflenet() -> nn.Module:
    def shuffled(c: int) -> nn.Module:
        def forward(m: Any, x: Tensor) -> Tensor:
            kept, changed = x.chunk(2, 1)
            x = torch.cat([kept, m.branch(changed)], 1)
            n, c, h, w = x.size()
            return x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)

        return Calls(
            forward, branch=nn.Sequential(block(c // 2, c // 2, 1), block(c // 2, c // 2, 3, 1, c // 2, None), block(c // 2, c // 2, 1))
        )

    stages = nn.Sequential(block(3, 24, 3, 2), shuffled(24), shuffled(24), nn.Conv2d(24, 24, 1, groups=3))
    return Calls(lambda m, x: m.fc(m.stages(x).mean([2, 3])), stages=stages, fc=nn.Linear(24, 10))


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels, written out with the channels first."""

    def __init__(self, c: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(c)), nn.Parameter(torch.zeros(c))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        variance = (x - mean).pow(2).mean(1, keepdim=True)
        return self.weight[:, None, None] * ((x - mean) / torch.sqrt(variance + 1e-6)) + self.bias[:, None, None]


def convnext() -> nn.Module:
    def unit(c: int) -> nn.Module:
        def forward(m: Any, x: Tensor) -> Tensor:
            y = m.b(F.gelu(m.a(m.norm(m.dw(x).permute(0, 2, 3, 1)))))
            return x + m.gamma(y).permute(0, 3, 1, 2)

        gamma = Calls(lambda m, x: m.value * x, value=nn.Parameter(torch.ones(c)))
        depthwise = nn.Conv2d(c, c, 7, padding=3, groups=c)
        return Calls(forward, dw=depthwise, norm=nn.LayerNorm(c, eps=1e-6), a=nn.Linear(c, 4 * c), b=nn.Linear(4 * c, c), gamma=gamma)

    stages = nn.Sequential(nn.Conv2d(3, 8, 4, 4), ChannelNorm(8), unit(8), ChannelNorm(8), nn.Conv2d(8, 16, 2, 2), unit(16))
    return Calls(lambda m, x: m.head(m.norm(m.stages(x).mean([-2, -1]))), stages=stages, norm=nn.LayerNorm(16), head=nn.Linear(16, 10))


def activations() -> nn.Module:
    kinds = [nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.2), nn.PReLU(), nn.PReLU(4), nn.ELU(), nn.SELU(), nn.GELU(), nn.GELU("tanh")]
    kinds += [nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Hardsigmoid(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.Softmax2d()]
    kinds += [nn.Hardtanh(), nn.LogSoftmax(1), nn.Softsign()]
    return nn.Sequential(*[part for kind in kinds for part in (nn.Conv2d(4, 4, 1), kind)])


def norms() -> nn.Module:
    first = [
        nn.Conv2d(3, 8, 3),
        nn.GroupNorm(4, 8),
        nn.InstanceNorm2d(8),
        nn.InstanceNorm2d(8, affine=True),
        nn.GroupNorm(2, 8, affine=False),
    ]
    return nn.Sequential(*first, nn.BatchNorm2d(8, affine=False), nn.LocalResponseNorm(3), nn.BatchNorm2d(8), nn.BatchNorm2d(8))


class Measured(nn.Module):
    """The data's mean and deviation, as buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("average", torch.rand(3, 1, 1))
        self.register_buffer("deviation", torch.rand(3, 1, 1) + 1)

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.average) / self.deviation


def odd() -> nn.Module:
    """Windows that are not square, pads that are not even, cuts, shuffles, means over channels."""

    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.grouped(m.wide(F.pad(m.measured(x), (1, 2, 3, 4))))
        a, b, c = torch.split(x, [4, 8, 4], 1)
        x = torch.cat([c, a, torch.max(b, b * 2)], 1)
        x = F.max_pool2d(F.max_pool2d(x, 3, 2, 1), 2, 1, 0, dilation=2)
        x = F.pad(F.pixel_shuffle(m.up(x)[:, :, 1:-1, 2:], 2), (1, 1, 1, 1), mode="reflect")
        x = x - x.mean(1, keepdim=True)
        return F.avg_pool2d(x, 3, 2, 1).amax((2, 3))

    wide, grouped = nn.Conv2d(3, 12, (3, 5), (2, 1), (1, 2)), nn.Conv2d(12, 16, 3, dilation=2, padding=2, groups=4)
    return Calls(forward, measured=Measured(), wide=wide, grouped=grouped, up=nn.ConvTranspose2d(16, 8, 4, 2, 1, groups=2))


def attention() -> nn.Module:
    """Gates by dense layers that are used twice, and by a map of means and maxima."""

    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.se(m.conv(x))
        mean, largest = (m.mlp(pooled(x, 1).flatten(1)) for pooled in (F.adaptive_avg_pool2d, F.adaptive_max_pool2d))
        x = x * torch.sigmoid(mean + largest)[:, :, None, None]
        return x * torch.sigmoid(m.spatial(torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)))

    mlp = nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16))
    return Calls(forward, conv=nn.Conv2d(3, 16, 3), se=squeeze_dense(16), mlp=mlp, spatial=nn.Conv2d(2, 1, 7, padding=3))


def pyramid() -> nn.Module:
    """Dilated branches and the mean of the map, brought to its size again."""

    def forward(m: Any, x: Tensor) -> Tensor:
        whole = F.interpolate(m.pooled(F.adaptive_avg_pool2d(x, 1)), size=x.shape[-2:], mode="bilinear", align_corners=False)
        return F.interpolate(m.out(torch.cat([*(each(x) for each in m.rates), whole], 1)), scale_factor=1.5, mode="bilinear")

    rates = nn.ModuleList([nn.Conv2d(8, 4, 1), *(nn.Conv2d(8, 4, 3, padding=r, dilation=r) for r in (2, 4))])
    return Calls(forward, rates=rates, pooled=nn.Conv2d(8, 4, 1), out=nn.Conv2d(16, 8, 1))


def tied() -> nn.Module:
    """A convolution used twice, and a dense layer whose kernel is another's, transposed."""

    def forward(m: Any, x: Tensor) -> Tensor:
        x = F.relu(m.conv(F.relu(m.conv(x)))).mean((2, 3))
        return F.linear(F.relu(m.encode(x)), m.encode.weight.t())

    return Calls(forward, conv=nn.Conv2d(4, 4, 3, padding=1), encode=nn.Linear(4, 6, bias=False))


def option_a() -> nn.Module:
    """A shortcut without weights: every other pixel, and channels of zeros."""

    def forward(m: Any, x: Tensor) -> Tensor:
        x = m.stem(x)
        return F.relu(m.main(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4)))

    main = nn.Sequential(block(8, 16, 3, 2), block(16, 16, act=None))
    return Calls(forward, stem=block(3, 8), main=main)


def signal() -> nn.Module:
    parts = [nn.Conv1d(1, 8, 9, 4, 4), nn.BatchNorm1d(8), nn.ReLU(), nn.MaxPool1d(4), nn.Conv1d(8, 16, 3), nn.ReLU()]
    return Calls(lambda m, x: F.log_softmax(m.fc(m.stages(x).mean(2)), -1), stages=nn.Sequential(*parts), fc=nn.Linear(16, 5))


def volume() -> nn.Module:
    parts = [nn.Conv3d(3, 8, 3, padding=1), nn.BatchNorm3d(8), nn.ReLU(), nn.MaxPool3d((1, 2, 2)), nn.Conv3d(8, 8, 3, padding=1)]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(8, 4))


def dense() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.Tanh(), nn.Linear(64, 10, bias=False), nn.Softmax(-1))


def two() -> nn.Module:
    def forward(m: Any, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        z = m.a(x) * m.b(y)
        return z, z.mean((2, 3))

    return Calls(forward, a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(1, 4, 3))


ZOO: dict[str, tuple[Any, ...]] = {
    "vgg": (vgg, (3, 32, 32)),
    "resnet": (resnet, (3, 64, 64)),
    "mobilenet_v2": (lambda: mobilenet(nn.ReLU6, False), (3, 32, 32)),
    "mobilenet_v3": (lambda: mobilenet(nn.Hardswish, True), (3, 32, 32)),
    "efficientnet": (lambda: mobilenet(nn.SiLU, True), (3, 32, 32)),
    "densenet": (densenet, (3, 32, 32)),
    "googlenet": (googlenet, (3, 64, 64)),
    "unet_t": (lambda: unet("t"), (3, 32, 32)),
    "unet_n": (lambda: unet("n"), (3, 32, 32)),
    "unet_b": (lambda: unet("b"), (3, 36, 32)),
    "unet_a": (lambda: unet("a"), (3, 36, 32)),
    "shufflenet": (shufflenet, (3, 32, 32)),
    "convnext": (convnext, (3, 32, 32)),
    "activations": (activations, (4, 6, 6)),
    "norms": (norms, (3, 16, 16)),
    "odd": (odd, (3, 31, 33)),
    "attention": (attention, (3, 16, 16)),
    "pyramid": (pyramid, (8, 16, 16)),
    "tied": (tied, (4, 8, 8)),
    "option_a": (option_a, (3, 16, 16)),
    "signal": (signal, (1, 400)),
    "volume": (volume, (3, 4, 16, 16)),
    "dense": (dense, (1, 28, 28)),
    "two": (two, (3, 8, 8), (1, 8, 8)),
}


def build(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """A module with weights that are all different (the exporter joins equal ones), and an image for each of its inputs."""
    torch.manual_seed(0)
    make, *shapes = ZOO[name]
    module = make()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1)
        for buffer in module.buffers():
            if buffer.dtype.is_floating_point:
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return module.eval(), tuple(torch.randn(1, *shape) for shape in shapes)
