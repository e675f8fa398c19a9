"""Training on PyTorch with several processes: each takes its part of every batch, their gradients are averaged."""

# mypy: ignore-missing-imports
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
import torch.distributed as dist

from ..data import Images
from ..engine import Task
from ..engine_torch import TorchEngine
from .parts import draw_apart, normalizations

Array = Any


class SharedEngine(TorchEngine):
    """The engine of this process. (DistributedDataParallel would do the same, but holds on to weights that a later phase sets free.)"""

    def __init__(self, task: Task, train: Images) -> None:
        super().__init__(task, train)
        self.team, share = task.team, task.recipe.batch // task.team.devices
        self.part = slice(self.team.cluster.rank * share, (self.team.cluster.rank + 1) * share)
        for layer in normalizations(task.model):
            layer._moments = partial(moments, layer._reduction_axes)  # Keras has `synchronized` for the other backends only

    def share_out(self) -> None:
        draw_apart(self.model, self.team.cluster.rank)

    def steps(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        found, right = super().steps(order[:, self.part], tuple(one[:, self.part] for one in chances), rates)
        found, right = self.team.sum(np.stack([found / self.team.devices, right]))
        return found, np.rint(right).astype(np.int32)

    def apply(self, gradients: list[Array]) -> None:
        mine = [one for one in gradients if one is not None]
        together = torch.cat([one.reshape(-1) for one in mine])
        dist.all_reduce(together)
        together /= self.team.devices
        for one, mean in zip(mine, together.split([one.numel() for one in mine]), strict=True):
            one.copy_(mean.reshape(one.shape))
        super().apply(gradients)


class Sum(torch.autograd.Function):  # type: ignore[misc]
    """The sum over all processes, whose gradients are summed too."""

    @staticmethod
    def forward(context: Any, value: Array) -> Array:
        total = value.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Array) -> Array:
        total = gradient.clone()
        dist.all_reduce(total)
        return total


def moments(axes: list[int], inputs: Array, mask: Array = None) -> tuple[Array, Array]:
    """Mean and variance of each channel over the whole batch, of which each process has an equal part."""
    size = dist.get_world_size()
    mean = Sum.apply(inputs.mean(axes, keepdim=True)) / size
    variance = Sum.apply((inputs - mean).square().mean(axes, keepdim=True)) / size
    return mean.flatten(), variance.flatten()
