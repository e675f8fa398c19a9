"""Layers that trade channels for pixels: blocks of pixels become channels of one position, and back. No weights, no arithmetic."""

from __future__ import annotations

from math import prod

from ..errors import LayerError
from .base import Layer, Shape, layer, shown, size_of
from .values import BlockOrder, Count
from .window import Window, Windows


class PixelShuffle(Layer):
    """What both directions share: blocks of `block` pixels along each axis, and in which order their numbers lie in the channels."""

    block: Count
    mode: BlockOrder = "dcr"

    def cells(self, x: Shape) -> int:
        """The pixels of one block."""
        return prod([self.block] * len(size_of(x, self.kind)))

    def dealt(self, x: Shape) -> tuple[Shape, tuple[int, ...]]:
        """The shape in which the numbers of `x` are read, and the order that its axes are put in: what comes out, axes in pieces."""
        raise NotImplementedError


@layer("depth_to_space")
class DepthToSpace(PixelShuffle):
    """Lay the channels of each position out as a block of `block` pixels along each axis (pixel shuffle, sub-pixel convolution).

    (*size, C) -> (*size * block, C / block^axes)

    Channels lie pixel by pixel (dcr, as TensorFlow: pixel * C' + c), or channel by channel (crd, as PyTorch: c * pixels + pixel).

    Source: Shi et al. 2016, arXiv:1609.05158, section 2.2, equation 4.
    """

    def output(self, x: Shape) -> Shape:
        cells = self.cells(x)
        if x[-1] % cells:
            raise LayerError(f"{x[-1]} channels do not fill blocks of {cells} pixels", "block")
        return (*(n * self.block for n in x[:-1]), x[-1] // cells)

    def windows(self, x: Shape) -> Windows:
        return tuple(Window(1, 1 - self.block, 0, self.block) for _ in x[:-1])

    def dealt(self, x: Shape) -> tuple[Shape, tuple[int, ...]]:
        axes, sides, channels = len(x) - 1, (self.block,) * (len(x) - 1), self.output(x)[-1:]
        first = axes if self.mode == "dcr" else axes + 1  # of the axes of a block
        last = 2 * axes if self.mode == "dcr" else axes
        inside = sides + channels if self.mode == "dcr" else channels + sides
        return (*x[:-1], *inside), (*[axis for at in range(axes) for axis in (at, first + at)], last)


@layer("space_to_depth")
class SpaceToDepth(PixelShuffle):
    """Gather each block of `block` pixels along each axis into the channels of one position (pixel unshuffle, YOLOv2's passthrough).

    (*size, C) -> (*size / block, C * block^axes)

    Channels lie pixel by pixel (dcr, as TensorFlow: pixel * C + c), or channel by channel (crd, as PyTorch: c * pixels + pixel).

    Source: Redmon & Farhadi 2016, arXiv:1612.08242, section 2 (fine-grained features).
    """

    def output(self, x: Shape) -> Shape:
        cells = self.cells(x)
        if any(n % self.block for n in x[:-1]):
            raise LayerError(f"{shown(x)} is not cut into blocks of {self.block} pixels along each axis; pad or crop it", "block")
        return (*(n // self.block for n in x[:-1]), x[-1] * cells)

    def windows(self, x: Shape) -> Windows:
        return tuple(Window(self.block, 0, self.block - 1) for _ in x[:-1])

    def dealt(self, x: Shape) -> tuple[Shape, tuple[int, ...]]:
        whole, inside = range(0, 2 * len(x) - 2, 2), range(1, 2 * len(x) - 1, 2)
        last = 2 * len(x) - 2
        parts = [length for n in x[:-1] for length in (n // self.block, self.block)]
        return (*parts, x[-1]), (*whole, *inside, last) if self.mode == "dcr" else (*whole, last, *inside)
