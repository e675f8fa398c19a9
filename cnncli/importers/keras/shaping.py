"""Layers that change where pixels stand, or the shape they stand in."""

from __future__ import annotations

from ...errors import LayerError
from ...layers import Layer
from ...layers.activation import Linear
from ...layers.base import shown
from ...layers.pixel_shuffle import DepthToSpace, SpaceToDepth
from ...layers.spatial import Crop, Flatten, Pad, Permute, Reshape, Resize, Upsample
from ...layers.values import written
from .use import Use, is_whole
from .vocabulary import keras, operation


@keras("Flatten")
def flatten(use: Use) -> Layer:
    use.map()
    return Flatten()


@keras("Reshape")
def reshape(use: Use) -> Layer:
    shape = use.get("target_shape")
    if not isinstance(shape, list) or not shape or not all(is_whole(length, -1) for length in shape):
        raise use.fail("target_shape", "a list of whole numbers, of which one may be -1")
    return Reshape(shape=tuple(map(int, shape)))


@keras("Permute")
def permute(use: Use) -> Layer:
    dims = use.get("dims")
    if not isinstance(dims, list) or not dims or not all(is_whole(axis, 1) for axis in dims):
        raise use.fail("dims", "a list of axes from 1")
    return Permute(axes=tuple(map(int, dims)))


@keras("ZeroPadding*")
def zero_padding(use: Use) -> Layer:
    use.map()
    return Pad(padding=use.sides("padding", 1))


@keras("Cropping*")
def cropping(use: Use) -> Layer:
    use.map()
    return Crop(cropping=use.sides("cropping", 1))


@operation("DepthToSpace", "SpaceToDepth")
def pixel_shuffle(use: Use) -> Layer:
    if len(use.map()) != 3:
        raise LayerError(f"reads maps with two axes; it gets {shown(use.x)}")
    block = use.whole("block_size")
    return {"DepthToSpace": DepthToSpace, "SpaceToDepth": SpaceToDepth}[use.cls](block=block)


@keras("UpSampling*")
def upsampling(use: Use) -> Layer:
    use.map()
    mode = use.word("interpolation", "nearest", "nearest", "bilinear")
    return Upsample(factor=use.per_axis("size", 2), mode=mode)


@keras("Resizing")
def resizing(use: Use) -> Layer:
    return resized(use, (use.whole("height"), use.whole("width")))


@operation("Resize")
def resize(use: Use) -> Layer:
    size = use.get("size")
    if not isinstance(size, list) or len(size) != 2 or not all(is_whole(length, 1) for length in size):
        raise use.fail("size", "two whole numbers from 1")
    return resized(use, (int(size[0]), int(size[1])))


def resized(use: Use, size: tuple[int, int]) -> Layer:
    """Cropped or padded to the aspect ratio, pixels come from elsewhere: that is refused."""
    for key in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"):
        if use.flag(key, False):
            raise LayerError(f"{key} is true; cnncli reads resizing without it")
    x, mode = use.map(), use.word("interpolation", "bilinear", "nearest", "bilinear")
    if x[:-1] == size:
        return Linear()
    if len(x) == 3 and not (size[0] % x[0] or size[1] % x[1]):
        return Upsample(factor=(size[0] // x[0], size[1] // x[1]), mode=mode)
    return Resize(size=size, mode=mode)


@keras("CenterCrop", "RandomCrop")  # at random in training, in the centre at inference
def center_crop(use: Use) -> Layer:
    x, size = use.map(), (use.whole("height"), use.whole("width"))
    if len(x) != 3 or any(n < m for n, m in zip(x, size, strict=False)):
        raise LayerError(f"crops {written(list(x))} to {written(list(size))}; cnncli reads it where the image is at least as large")
    if x[:-1] == size:
        return Linear()
    starts = [(n - m) // 2 for n, m in zip(x, size, strict=False)]
    return Crop(cropping=tuple([(start, n - m - start) for start, n, m in zip(starts, x, size, strict=False)]))
