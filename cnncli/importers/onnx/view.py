"""How a tensor of the file lies over the output of a layer.

A network holds maps as (*size, channels); a file moves axes about, splits and joins them. A view says, for each axis of the
tensor, which stretches of the layer's axes it runs through, so that moving pixels to and fro costs no layer: a Transpose and its
inverse come out as nothing, the reshape-transpose-reshape of ShuffleNet as a shuffle, and axes joined to one as a flatten.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import prod
from typing import NamedTuple

from ...errors import LayerError
from ...layers import Layer, Shape
from ...layers.channels import ChannelShuffle
from ...layers.pixel_shuffle import DepthToSpace, PixelShuffle, SpaceToDepth
from ...layers.spatial import Flatten, Permute, Reshape

BATCH = -1


class Stretch(NamedTuple):
    """`steps` along one axis of a layer's output (or the batch), each `wide` positions."""

    axis: int
    steps: int
    wide: int = 1


Dims = tuple[tuple[Stretch, ...], ...]  # for each axis of the tensor, outermost first
Order = tuple[int, ...]  # which axis of the tensor is the layer's first, second, ...; the channels are the last


def channels_first(rank: int) -> Order:
    """(batch, C, *size) as (*size, C)."""
    return (*range(2, rank), 1) if rank > 1 else ()


def channels_last(rank: int) -> Order:
    """(batch, *size, C) as (*size, C)."""
    return tuple(range(1, rank))


def with_last(axis: int, rank: int) -> Order:
    """An axis of the tensor as the channels, the others before it in their order."""
    return (*(other for other in range(1, rank) if other != axis), axis)


class View(NamedTuple):
    """A tensor: the node whose output it is, and how it lies over it. `by` names the node of the file that turned it last."""

    source: int
    dims: Dims
    by: object = None

    @property
    def shape(self) -> Shape:
        """The tensor's own shape, the batch first."""
        return tuple([length(dim) for dim in self.dims])

    @property
    def rank(self) -> int:
        return len(self.dims)

    def over(self, index: int) -> View:
        """The same view of another node's output, of the same shape."""
        return View(index, self.dims, self.by)

    def permuted(self, order: Sequence[int], by: object) -> View:
        """Its axes in another order."""
        return View(self.source, tuple([self.dims[axis] for axis in order]), by)

    def reshaped(self, shape: Shape, by: object) -> View | None:
        """Its numbers in the same order under another shape; None where an axis would have to break."""
        pieces = [piece for dim in self.dims for piece in dim][::-1]
        dims = []
        for wanted in shape:
            dim: list[Stretch] = []
            while wanted > 1:
                axis, n, step = pieces.pop()
                if n > wanted and n % wanted == 0:  # the outer part of a stretch; the inner is for the next axis
                    inner = n // wanted
                    pieces.append(Stretch(axis, inner, step))
                    axis, n, step = axis, wanted, step * inner
                if wanted % n:
                    return None
                dim.append(Stretch(axis, n, step))
                wanted //= n
            dims.append(joined(dim))
        return View(self.source, tuple(dims), by)


def whole(index: int, shape: Shape, order: Order, batch: int) -> View:
    """The plain view of a node's output of a shape."""
    axes = {at: axis for axis, at in enumerate(order)}
    dims = [joined([Stretch(BATCH, batch)])]
    dims += [joined([Stretch(axes[at], shape[axes[at]])]) for at in range(1, len(order) + 1)]
    return View(index, tuple(dims))


def joined(pieces: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The same stretches, those that continue one another made one, those of length 1 left out."""
    made: list[Stretch] = []
    for piece in pieces:
        if piece.steps == 1:
            continue
        if made and made[-1].axis == piece.axis and made[-1].wide == piece.steps * piece.wide:
            piece = Stretch(piece.axis, made.pop().steps * piece.steps, piece.wide)
        made.append(piece)
    return tuple(made)


def length(dim: tuple[Stretch, ...]) -> int:
    """The length of an axis of a tensor."""
    return prod(piece.steps for piece in dim)


def plain(shape: Shape) -> list[Stretch]:
    """The stretches of a whole output."""
    return [Stretch(axis, n) for axis, n in enumerate(shape) if n > 1]


def check_batch(view: View) -> None:
    """Refuse a tensor in which the images of a batch are mixed with what is in them."""
    first, *rest = view.dims or ((),)
    if any(piece.axis != BATCH for piece in first) or any(piece.axis == BATCH for piece in chain(*rest)):
        raise LayerError(f"the batch, its first axis, is mixed with other axes in {view.shape}; cnncli follows single images")


def turned(view: View, shape: Shape, order: Order) -> Layer | None:
    """The layer that makes a node's output of `shape` lie as `order` says; None where it does."""
    check_batch(view)
    wanted = tuple([length(view.dims[at]) for at in order]) or (1,)  # one number for each image is a vector of one
    pieces = list(chain(*[view.dims[at] for at in order]))
    if wanted == shape and pieces == plain(shape):
        return None
    if len(wanted) == 1 and len(shape) > 1:
        return Flatten()
    groups = _shuffled(pieces, shape) if wanted == shape else 0
    if groups:
        return ChannelShuffle(groups=groups)
    shuffle = pixel_shuffled(pieces, wanted, shape)
    if shuffle:
        return shuffle
    axes = _permuted(pieces, wanted, shape)
    return Permute(axes=axes) if axes else Reshape(shape=wanted)


def _shuffled(pieces: list[Stretch], shape: Shape) -> int:
    """The groups of a channel shuffle; 0 where it is none."""
    channels = len(shape) - 1
    if pieces[:-2] != plain(shape[:-1]) or len(pieces) < 2:
        return 0
    (axis, each, one), (other, groups, step) = pieces[-2:]
    return groups if axis == other == channels and one == 1 and step == each and each * groups == shape[-1] else 0


def pixel_shuffled(pieces: list[Stretch], wanted: Shape, shape: Shape) -> PixelShuffle | None:
    """Blocks of pixels that have become channels, or channels blocks of pixels; None where that is not what has moved."""
    if len(wanted) != len(shape) or len(shape) < 2 or wanted[0] == shape[0]:
        return None
    cls: type[PixelShuffle] = DepthToSpace if wanted[0] > shape[0] else SpaceToDepth
    for mode in ("dcr", "crd"):
        layer = cls(block=max(wanted[0] // shape[0], shape[0] // wanted[0]), mode=mode)
        try:
            if layer.output(shape) == wanted and pieces == moved(layer, shape):
                return layer
        except LayerError:
            pass
    return None


def moved(layer: PixelShuffle, shape: Shape) -> list[Stretch]:
    """The stretches of a whole output of `shape` in the order in which a layer puts them."""
    lengths, order = layer.dealt(shape)
    parts: list[Stretch] = []
    axis, wide = len(shape) - 1, 1
    for steps in reversed(lengths):  # an axis is its parts multiplied
        while steps > 1 and wide == shape[axis]:
            axis, wide = axis - 1, 1
        parts.insert(0, Stretch(axis, steps, wide))
        wide *= steps
    out, pieces = layer.output(shape), [parts[at] for at in order]
    dims: list[Stretch] = []
    for n in out:
        dim: list[Stretch] = []
        while length(tuple(dim)) < n:
            dim.append(pieces.pop(0))
        dims.extend(joined(dim))
    return dims


def _permuted(pieces: list[Stretch], wanted: Shape, shape: Shape) -> tuple[int, ...] | None:
    """The axes, from 1, in their new order, where only whole axes change places."""
    if sorted(pieces) != plain(shape) or sorted(wanted) != sorted(shape):
        return None
    moved = iter(pieces)
    ones = iter([axis for axis, n in enumerate(shape) if n == 1])
    return tuple([(next(ones) if n == 1 else next(moved).axis) + 1 for n in wanted])
