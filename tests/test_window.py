"""Places and windows against their definition: put the kernel down wherever it may lie, and look which pixels it covers."""

from __future__ import annotations

from fractions import Fraction
from itertools import takewhile
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.errors import LayerError
from cnncli.layers import KINDS, Layer
from cnncli.layers.window import SAME_PIXEL, WHOLE_MAP, Slide, Window, padding_sides

definition = settings(deadline=None, max_examples=300)
sizes = st.integers(1, 24)
kernels = st.integers(1, 6)
strides = st.integers(1, 4)
dilations = st.integers(1, 3)
pads = st.one_of(st.just("valid"), st.just("same"), st.integers(0, 4), st.tuples(st.integers(0, 4), st.integers(0, 4)))


def made(kind: str, **options: object) -> Layer:
    """A layer of this kind."""
    return KINDS[kind](**options)


def explicit(pad: object) -> object:
    """A pair stands in the list of axes; words and numbers stand alone."""
    return (pad,) if isinstance(pad, tuple) else pad


def seen(window: Window, o: int, n: int) -> set[int]:
    """The pixels below n that a window says output o sees."""
    first = -(-(o * window.stride + window.first) // window.up)
    last = (o * window.stride + window.last) // window.up
    return {pixel for pixel in range(first, last + 1) if 0 <= pixel < n}


def axis(layer: Layer, n: int) -> tuple[int, Window]:
    """How many places a layer has on a 1-D map of n pixels, and its window there."""
    (places, _), windows = layer.output((n, 1)), layer.windows((n, 1))
    assert windows is not None
    assert len(windows) == 1
    return places, windows[0]


def hull(pixels: set[int]) -> set[int]:
    """All pixels between the first and the last."""
    return set(range(min(pixels), max(pixels) + 1)) if pixels else set()


@definition
@given(sizes, kernels, strides, dilations, pads)
def test_a_convolution_has_one_place_for_each_position_where_its_kernel_lies_on_the_padded_map(n, k, s, d, pad):
    """Its starts are -before, -before + stride, ... as long as the dilated kernel ends within the padding after."""
    layer = made("conv", filters=1, kernel=k, stride=s, dilation=d, padding=explicit(pad))
    ((before, after),) = padding_sides((n,), (k,), (s,), (d,), explicit(pad))
    starts = list(takewhile(lambda start: start + (k - 1) * d < n + after, range(-before, n + after, s)))
    if starts:
        assert layer.output((n, 1)) == (len(starts), 1)
    else:
        with pytest.raises(LayerError, match="does not fit"):
            layer.output((n, 1))


@definition
@given(sizes, kernels, strides, dilations)
def test_same_gives_ceil_of_size_by_stride_places_with_the_least_padding_the_odd_pixel_after(n, k, s, d):
    """TensorFlow's `same`: as many places as strides begin on the map, no padding more than these need."""
    ((before, after),) = padding_sides((n,), (k,), (s,), (d,), "same")
    needed = -(-n // s)
    assert Slide(n, k, s, d, before, after).count() == needed
    assert after - before in (0, 1)
    if before + after:  # one pixel less would lose a place
        fewer = n + before + after - 1 - ((k - 1) * d + 1)
        assert fewer // s + 1 < needed


@definition
@given(sizes, kernels, strides, dilations, pads)
def test_a_convolution_sees_from_its_first_tap_to_its_last(n, k, s, d, pad):
    """Output o reads the pixels o * stride - before + tap * dilation; the window spans them, clipped at the borders."""
    layer = made("conv", filters=1, kernel=k, stride=s, dilation=d, padding=explicit(pad))
    ((before, _),) = padding_sides((n,), (k,), (s,), (d,), explicit(pad))
    try:
        places, window = axis(layer, n)
    except LayerError:
        return
    for o in range(places):
        taps = {o * s - before + tap * d for tap in range(k)}
        assert seen(window, o, n) == {pixel for pixel in hull(taps) if 0 <= pixel < n}


@definition
@given(sizes, kernels, strides, st.integers(0, 5), st.integers(0, 5))
def test_pooling_with_ceil_covers_the_padded_map_with_windows_that_begin_before_the_padding_after(n, k, s, before, after):
    """Windows follow one another until one reaches the end of the padded map; none begins beyond the map (PyTorch's rule)."""
    before, after = min(before, k - 1), min(after, k - 1)
    starts = [-before]
    while starts[-1] + k < n + after and starts[-1] + s < n:
        starts.append(starts[-1] + s)
    layer = made("max_pool", size=k, stride=s, padding=((before, after),), ceil=True)
    if k - before >= n + after + s:  # even the first hangs over by a stride
        with pytest.raises(LayerError, match="does not fit"):
            layer.output((n, 1))
        return
    places, window = axis(layer, n)
    assert places == len(starts)
    for o, start in enumerate(starts):
        assert seen(window, o, n) == {pixel for pixel in range(start, start + k) if 0 <= pixel < n}
        assert seen(window, o, n), "a window without a pixel has no largest"


def stamped(n: int, k: int, s: int, d: int, before: int, o: int) -> set[int]:
    """The pixels whose stamp of k taps, `s` apart, falls on output o once `before` are cut off."""
    return {pixel for pixel in range(n) for tap in range(k) if pixel * s + tap * d - before == o}


@definition
@given(sizes, kernels, strides, dilations, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
def test_a_transposed_convolution_undoes_the_size_of_the_convolution_with_its_options(n, k, s, d, before, after, extra):
    """The convolution with the same kernel, stride, dilation and padding takes its output's size back to its input's."""
    padding = ((before, after),)
    extra = min(extra, s - 1)
    layer = made("conv_transpose", filters=1, kernel=k, stride=s, dilation=d, padding=padding, output_padding=extra)
    try:
        places, window = axis(layer, n)
    except LayerError:
        assert (n - 1) * s + (k - 1) * d + 1 + extra <= before + after
        return
    if places + before + after > (k - 1) * d:
        assert made("conv", filters=1, kernel=k, stride=s, dilation=d, padding=padding).output((places, 1)) == (n, 1)
    for o in range(places):
        reached = stamped(n, k, s, d, before, o)
        assert reached <= seen(window, o, n)
        if d == 1:  # a dilated kernel skips pixels within its window
            assert reached == seen(window, o, n)


@definition
@given(sizes, kernels, strides, dilations)
def test_a_transposed_convolution_with_same_undoes_a_convolution_with_same(n, k, s, d):
    """size * stride comes out, cut as the `same` of the convolution on that size pads."""
    places, window = axis(made("conv_transpose", filters=1, kernel=k, stride=s, dilation=d, padding="same"), n)
    assert places == n * s
    ((before, _),) = padding_sides((places,), (k,), (s,), (d,), "same")
    for o in range(places):
        reached = stamped(n, k, s, d, before, o)
        assert reached <= seen(window, o, n)
        if d == 1:
            assert reached == seen(window, o, n)


@definition
@given(sizes, st.integers(1, 30))
def test_an_adaptive_bin_holds_the_pixels_that_its_share_of_the_map_touches(n, m):
    """Bin o of m covers the stretch from o * n / m to (o + 1) * n / m: every pixel that it touches is in it."""
    layer = made("adaptive_avg_pool", size=m)
    places, window = axis(layer, n)
    assert places == m
    bins = [{p for p in range(n) if p + 1 > Fraction(o * n, m) and p < Fraction((o + 1) * n, m)} for o in range(m)]
    assert [seen(window, o, n) for o in range(m)] == bins
    work = layer.work((n, 1))
    assert (work.add, work.divide) == (sum(len(pixels) - 1 for pixels in bins), m)
    largest = made("adaptive_max_pool", size=m)
    assert (largest.windows((n, 1)), largest.work((n, 1)).compare) == ((window,), work.add)


@definition
@given(sizes, st.integers(1, 6))
def test_nearest_upsampling_repeats_each_pixel(n, factor):
    """Output o is the pixel o // factor."""
    places, window = axis(made("upsample", factor=factor), n)
    assert [seen(window, o, n) for o in range(places)] == [{o // factor} for o in range(n * factor)]


@definition
@given(sizes, st.integers(1, 4))
def test_blocks_become_channels_and_channels_blocks(n, block):
    """Of channels made pixels, output o is one of pixel o // block; of pixels made channels, it has those of block o."""
    there, back = made("depth_to_space", block=block), made("space_to_depth", block=block)
    assert there.output((n, block)) == (n * block, 1)
    (window,) = there.windows((n, block))
    assert [seen(window, o, n) for o in range(n * block)] == [{o // block} for o in range(n * block)]
    assert back.output((n * block, 1)) == (n, block)
    (window,) = back.windows((n * block, 1))
    assert [seen(window, o, n * block) for o in range(n)] == [set(range(o * block, (o + 1) * block)) for o in range(n)]


@definition
@given(sizes, st.integers(1, 6))
def test_bilinear_upsampling_sees_the_pixels_with_a_weight(n, factor):
    """The centre of output o lies at (o + 1/2) / factor - 1/2; a pixel's weight falls from 1 to 0 at a distance of 1."""
    places, window = axis(made("upsample", factor=factor, mode="bilinear"), n)
    assert places == n * factor
    for o in range(places):
        centre = Fraction(2 * o + 1, 2 * factor) - Fraction(1, 2)
        assert seen(window, o, n) == {pixel for pixel in range(n) if 1 - abs(pixel - centre) > 0}


@definition
@given(sizes, sizes, st.sampled_from(["half_pixel", "asymmetric", "align_corners"]), st.sampled_from(["nearest", "bilinear"]))
def test_resizing_sees_the_pixels_with_a_weight(n, m, coordinates, mode):
    """Output o lies where its coordinates say, on the border if beyond it; a pixel's weight falls from 1 to 0 at a distance of 1."""
    if (mode, coordinates) == ("nearest", "align_corners"):
        return
    places, window = axis(made("resize", size=m, mode=mode, coordinates=coordinates), n)
    assert places == m
    for o in range(m):
        half = Fraction(2 * o + 1, 2 * m) * n - Fraction(1, 2)
        place = {"half_pixel": half, "asymmetric": Fraction(o * n, m), "align_corners": Fraction(o * (n - 1), max(m - 1, 1))}[coordinates]
        place = min(max(place, Fraction(0)), Fraction(n - 1))
        if mode == "nearest":
            place = Fraction(floor(place + Fraction(1, 2) if coordinates == "half_pixel" else place))
        assert seen(window, o, n) == {pixel for pixel in range(n) if 1 - abs(pixel - place) > 0}


@definition
@given(sizes, st.integers(0, 5), st.integers(0, 5))
def test_padding_and_cropping_shift_the_map(n, before, after):
    """Output o of a pad is the pixel o - before, if it is on the map; of a crop the pixel o + before."""
    places, window = axis(made("pad", padding=((before, after),)), n)
    line = [set()] * before + [{pixel} for pixel in range(n)] + [set()] * after
    assert [seen(window, o, n) for o in range(places)] == line
    crop = made("crop", cropping=((before, after),))
    if before + after >= n:
        with pytest.raises(LayerError, match="leaves nothing"):
            crop.output((n, 1))
    else:
        places, window = axis(crop, n)
        assert [seen(window, o, n) for o in range(places)] == [{pixel} for pixel in range(before, n - after)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("conv", {"filters": 1, "kernel": (3, 5), "stride": (1, 2), "dilation": (2, 1), "padding": (0, (1, 2))}),
        ("conv_transpose", {"filters": 1, "kernel": (3, 5), "stride": (1, 2), "output_padding": (0, 1), "padding": (0, (1, 2))}),
        ("max_pool", {"size": (3, 5), "stride": (1, 2), "padding": (0, (1, 2))}),
        ("adaptive_avg_pool", {"size": (3, 5)}),
        ("upsample", {"factor": (3, 5), "mode": "bilinear"}),
        ("resize", {"size": (3, 5)}),
        ("pad", {"padding": (0, (1, 2))}),
        ("crop", {"cropping": (0, (1, 2))}),
    ],
)
def test_axes_are_independent(kind, options):
    """A list of options for two axes says on each axis what its entry says on a 1-D map."""
    layer = made(kind, **options)
    alone = [made(kind, **{name: (value[i],) if isinstance(value, tuple) else value for name, value in options.items()}) for i in (0, 1)]
    assert layer.output((9, 11, 1)) == (alone[0].output((9, 1))[0], alone[1].output((11, 1))[0], 1)
    assert layer.windows((9, 11, 1)) == alone[0].windows((9, 1)) + alone[1].windows((11, 1))


@pytest.mark.parametrize(
    ("kind", "options", "inputs", "windows"),
    [
        ("dense", {"units": 1}, [(4, 4, 1)], SAME_PIXEL),
        ("dense", {"units": 1}, [(4,)], WHOLE_MAP),
        ("global_avg_pool", {}, [(4, 4, 1)], WHOLE_MAP),
        ("global_max_pool", {"keep_axes": True}, [(4, 4, 1)], WHOLE_MAP),
        ("softmax", {}, [(4, 4, 1)], SAME_PIXEL),
        ("batch_norm", {}, [(4, 4, 1)], SAME_PIXEL),
        ("layer_norm", {}, [(4, 4, 1)], SAME_PIXEL),
        ("group_norm", {"groups": 1}, [(4, 4, 1)], SAME_PIXEL),
        ("instance_norm", {}, [(4, 4, 1)], SAME_PIXEL),
        ("add", {}, [(4, 4, 1)] * 2, SAME_PIXEL),
        ("concat", {}, [(4, 4, 1)] * 2, SAME_PIXEL),
        ("flatten", {}, [(4, 4, 1)], WHOLE_MAP),
        ("flatten", {}, [(4,)], SAME_PIXEL),
        ("reshape", {"shape": (2, 8)}, [(4, 4)], WHOLE_MAP),
        ("permute", {"axes": (2, 1, 3)}, [(4, 4, 1)], WHOLE_MAP),
        ("permute", {"axes": (1, 2, 3)}, [(4, 4, 1)], SAME_PIXEL),
        ("dropout", {"rate": 0.5}, [(4, 4, 2)], SAME_PIXEL),
        ("random_crop", {}, [(8, 8, 2)], SAME_PIXEL),
    ],
)
def test_the_other_layers_see_their_own_pixel_or_the_whole_map(kind, options, inputs, windows):
    """Statistics over the whole map (group_norm, instance_norm) are not counted as a look."""
    assert made(kind, **options).windows(*inputs) == windows
