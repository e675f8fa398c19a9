"""What moves pixels and channels about: reshapes and transposes as views, cuts, joins and padding as layers."""

from __future__ import annotations

from ....errors import LayerError
from ....layers import Layer, Shape
from ....layers.base import shown
from ....layers.channels import ChannelPad, ChannelShuffle
from ....layers.merge import Concat
from ....layers.pixel_shuffle import PixelShuffle
from ....layers.spatial import Crop, Flatten, Pad, Reshape, Upsample
from ....layers.values import written
from ...merge import ConcatAlong, ranks_differ
from ...spatial import one_if_equal, taking
from .. import indexing
from ..constant import Constant
from ..fold import part_of_shape
from ..step import Step, make, operator
from ..view import Order, View, channels_first, turned, with_last
from .conv import shortest

Cuts = list[tuple[int, int, int]]  # (start, stop, step) along each axis


@operator("Shape", "Size")
def shape(step: Step) -> Constant:
    return part_of_shape(step.node, step.view().shape)


@operator("Transpose")
def transpose(step: Step) -> View:
    return settled(step, step.view().permuted(indexing.permutation(step.node, step.view().rank), step.node))


@operator("Reshape", "Flatten", "Squeeze", "Unsqueeze", "SqueezeOnes")
def reshape(step: Step) -> View:
    view, node = step.view(), step.node
    if node.op == "Reshape":
        shape = indexing.target(view.shape, indexing.row(step.array(1, "shape"), "its shape"), bool(node.whole("allowzero")))
    elif node.op == "Flatten":
        shape = indexing.flattened(view.shape, node)
    elif node.op in ("Squeeze", "Unsqueeze", "SqueezeOnes"):
        shape = indexing.squeezed(view.shape, node, indexing.axes_of(node, step.arrays))
    else:
        raise NotImplementedError(node.op)
    made = view.reshaped(shape, node)
    return settled(step, made) if made else _broken(step, view, shape)


def settled(step: Step, view: View) -> View:
    """The view; a layer at once where axes have become a vector, or channels a shuffle: these are what people look for."""
    order = channels_first(view.rank)
    if view.rank < 2 or view.dims[0] != step.view().dims[0]:
        return view
    layer = turned(view, step.shape(view.source), order)
    return step.made(step.lay(view, order), order) if isinstance(layer, (Flatten, ChannelShuffle, PixelShuffle)) else view


def _broken(step: Step, view: View, shape: Shape) -> View:
    """A reshape across the borders of axes: a layer, which keeps the count and not the order of the numbers."""
    if shape[:1] != view.shape[:1] or len(shape) < 2:
        raise LayerError(f"makes {shown(shape)} of {shown(view.shape)}, in which the batch is mixed with other axes")
    order = channels_first(len(shape))
    x = step.lay(view, step.best_order([view]))
    return step.made(step.place(make(Reshape, shape=[shape[at] for at in order]), [x]), order)


@operator("Expand")
def expand(step: Step) -> View:
    """Axes of length 1 that are repeated are an upsampling."""
    view = step.view()
    wanted = indexing.broadcast([view.shape, indexing.lengths(indexing.row(step.array(1, "shape"), "its shape"))])
    if wanted == view.shape:
        return view
    if len(wanted) != view.rank or view.rank < 3 or wanted[:2] != view.shape[:2]:
        raise LayerError(f"makes {shown(wanted)} of {shown(view.shape)}; expected the batch and the channels to stay")
    factors = tuple([m // n for n, m in zip(view.shape[2:], wanted[2:], strict=True)])
    return step.on_map(make(Upsample, factor=one_if_equal(factors)))


@operator("Concat")
def concat(step: Step) -> View:
    """Along the channels, or along another axis."""
    if len(step.views) != len(step.tensors):
        raise LayerError("joins an array of the file to a tensor; cnncli joins tensors")
    views, axis = step.views, step.node.whole("axis")
    if len({view.rank for view in views}) > 1:
        raise ranks_differ(tuple([view.shape for view in views]))
    axis = indexing.axis_of(axis, views[0].rank)
    if axis == 0:
        raise LayerError("joins images of a batch; cnncli follows single images")
    if len(views) == 1:
        return views[0]
    order = step.best_order(views, with_last(axis, views[0].rank))
    layer: Layer = Concat() if order[-1] == axis else ConcatAlong(axis=order.index(axis) + 1)
    return step.made(step.place(layer, [step.lay(view, order) for view in views]), order)


@operator("Split")
def split(step: Step) -> list[View]:
    """A part for each output; of those that nobody reads, none."""
    view = step.view()
    axis = indexing.axis_of(step.node.whole("axis"), view.rank)
    made, start = [], 0
    for name, part in zip(step.node.outputs, indexing.split_lengths(step.node, step.arrays, view.shape[axis]), strict=True):
        cuts = [(0, n, 1) for n in view.shape]
        cuts[axis] = (start, start + part, 1)
        start += part
        made.append(cut(step, view, cuts, name) if step.builder.graph.is_read(name) else view)
    return made


@operator("Slice")
def slices(step: Step) -> View:
    return cut(step, step.view(), indexing.slices_of(step.node, step.arrays, step.view().shape))


@operator("Gather")
def gather(step: Step) -> View:
    """One position, or neighbours, along an axis."""
    view, indices = step.view(), indexing.row(step.array(1, "indices"), "its indices")
    axis = indexing.axis_of(step.node.whole("axis"), view.rank)
    n = view.shape[axis]
    if not indices or any(not -n <= at < n for at in indices) or axis == 0 or len(step.array(1, "indices").shape) > 1:
        raise LayerError(f"takes {written(list(indices))} along axis {axis} of {shown(view.shape)}; cnncli reads places behind the batch")
    places = [at % n for at in indices]
    if places != list(range(places[0], places[0] + len(places))):
        raise LayerError(f"takes {written(list(places))} along axis {axis}; cnncli reads neighbours")
    cuts = [(0, m, 1) for m in view.shape]
    cuts[axis] = (places[0], places[-1] + 1, 1)
    part = cut(step, view, cuts)
    return part if step.array(1, "indices").shape else View(part.source, part.dims[:axis] + part.dims[axis + 1 :], step.node)


def cut(step: Step, view: View, cuts: Cuts, title: str = "") -> View:
    """Part of a tensor: of the channels, of the map, or every so many."""
    counts = [len(range(*each)) for each in cuts]
    if 0 in counts:
        raise LayerError(f"leaves nothing of {shown(view.shape)}")
    if counts[0] != view.shape[0]:
        raise LayerError("takes images out of a batch; cnncli follows single images")
    order = step.best_order([view])
    picks = [(cuts[at][0], counts[at], cuts[at][2] if counts[at] > 1 else 1) for at in order]
    layer = taking(tuple([view.shape[at] for at in order]), tuple(picks))
    return view if layer is None else step.made(step.place(layer, [step.lay(view, order)], title=title), order)


@operator("Pad")
def pad(step: Step) -> View:
    """Around the map, and before and behind the channels; where it is below 0, pixels are cut off."""
    view = step.view()
    sides = _sides(step, view.rank)
    order: Order = step.best_order([view])
    if any(sides[0]):
        raise LayerError("pads the batch; cnncli follows single images")
    if not any(map(any, sides)):
        return view
    around = tuple([sides[at] for at in order[:-1]])
    before, after = sides[order[-1]]
    index = step.lay(view, order)
    if any(min(pair) < 0 for pair in around):
        index = step.place(make(Crop, cropping=shortest(tuple([(max(-b, 0), max(-a, 0)) for b, a in around]))), [index])
    if any(max(pair) > 0 for pair in around):
        index = step.place(make(Pad, padding=shortest(tuple([(max(b, 0), max(a, 0)) for b, a in around]))), [index])
    if before or after:
        index = step.place(make(ChannelPad, before=before, after=after), [index])
    return step.made(index, order)


def _sides(step: Step, rank: int) -> list[tuple[int, int]]:
    """(before, after) along each axis of the tensor: an attribute, or since opset 11 an input; for all axes or for some."""
    pads = step.node.wholes("pads")
    if pads is None:
        pads = indexing.row(step.array(1, "list of pads"), "its list of pads")
    axes = indexing.row(step.array(3, "axes"), "its axes") if step.maybe_array(3, "axes") else list(range(rank))
    if len(pads) != 2 * len(axes):
        raise LayerError(f"has {len(pads)} pads for {len(axes)} axes; expected two for each")
    sides = [(0, 0)] * rank
    for at, axis in enumerate(axes):
        sides[indexing.axis_of(axis, rank)] = (pads[at], pads[at + len(axes)])
    return sides
