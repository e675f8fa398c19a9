"""Training on PyTorch: a plain loop."""

# mypy: ignore-missing-imports
from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .data import Images
from .engine import Engine
from .objective import hits, losses, penalty

Array = Any


class TorchEngine(Engine):
    """Steps one after the other; the device is asked for figures only at the end of a chunk."""

    def hold(self, train: Images) -> None:
        self.device = self.model.variables[0].value.device
        self.x, self.y = torch.as_tensor(train.x).to(self.device), torch.as_tensor(train.y, dtype=torch.int64).to(self.device)

    def steps(self, order: Array, chances: tuple[Array, ...], rates: Array) -> tuple[Array, Array]:
        order, chances = torch.as_tensor(order).to(self.device), tuple(torch.as_tensor(one).to(self.device) for one in chances)
        each = [self._trained(order[n], tuple(one[n] for one in chances), float(rates[n])) for n in range(len(order))]
        found, right = (torch.stack(list(values)).cpu().numpy() for values in zip(*each, strict=True))
        return found.astype(np.float32), right.astype(np.int32)

    def _trained(self, places: Array, drawn: tuple[Array, ...], rate: float) -> tuple[Array, Array]:
        optimizer = self.task.optimizer
        images, labels = self.x[places.long()], self.y[places.long()]
        outputs = self.model(self.inputs(images, drawn), training=True)
        loss = losses(outputs, labels, self.recipe).mean()
        self.model.zero_grad()
        optimizer.scale_loss(loss + penalty(self.model.losses)).backward()
        optimizer.learning_rate = rate
        with torch.no_grad():
            self.apply([one.value.grad for one in self.trainable])
        return loss.detach(), hits(outputs, labels).detach()

    def forward(self, images: Array) -> Array:
        with torch.no_grad():
            return self.model(self.inputs(torch.as_tensor(images).to(self.device), ()), training=False).float().cpu().numpy()
