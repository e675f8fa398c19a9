"""How one output position looks at the input along one axis, and how many positions there are.

Output position o of a layer sees the input positions

    ceil((o * stride + first) / up)  ...  floor((o * stride + last) / up)

which covers convolution and pooling (up = 1), transposed convolution and up-sampling (stride = 1, up > 1), and adaptive pooling.
Positions below 0 or beyond the input are padding. Dilated, the taps lie `step` apart on the input enlarged `up` times.

Source: Dumoulin & Visin 2016, arXiv:1603.07285; Araujo, Norris & Sim 2019, doi:10.23915/distill.00021.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import LayerError


class Window(NamedTuple):
    """The inputs that output o sees: ceil((o * stride + first) / up) to floor((o * stride + last) / up)."""

    stride: int
    first: int
    last: int
    up: int = 1
    step: int = 1


class WindowTooLarge(LayerError):  # noqa: N818  (it reads as what happened)
    """A window is larger than the map. The border may know a better mend: `clause`; pad it, or use padding: same."""

    def __init__(self, clause: str) -> None:
        super().__init__(f"{clause}; pad it, or use padding: same")
        self.clause = clause


Windows = tuple[Window, ...] | None  # one per axis
SAME_PIXEL: Windows = ()  # element by element: each output position sees its own input position
WHOLE_MAP: Windows = None  # every output sees every input position


class Slide(NamedTuple):
    """A window sliding along one axis: `kernel` taps, `dilation` apart, moved by `stride`, over `size` pixels and the padding."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def extent(self) -> int:
        """The pixels that a dilated kernel spans: (kernel - 1) * dilation + 1."""
        return (self.kernel - 1) * self.dilation + 1

    def count(self, ceil: bool = False) -> int:
        """How many places the window has: relationship 6 of Dumoulin & Visin.

        With `ceil` a last window may hang over the end by less than a stride, if it begins before the padding after does (PyTorch).
        """
        room = self.size + self.before + self.after - self.extent
        places = (-(-room // self.stride) if ceil else room // self.stride) + 1
        if places < 1:
            spare = f" (with {self.before} + {self.after} of padding)" if self.before or self.after else ""
            pixels = "1 pixel" if self.size == 1 else f"{self.size} pixels"
            raise WindowTooLarge(f"a window of {self.extent} does not fit in {pixels}{spare}")
        return places - 1 if ceil and (places - 1) * self.stride >= self.size + self.before else places

    @property
    def window(self) -> Window:
        return Window(self.stride, -self.before, self.extent - 1 - self.before, step=self.dilation)


def slides(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: str | int | tuple[int | tuple[int, int], ...],
) -> tuple[Slide, ...]:
    """The sliding window along each axis."""
    pads = padding_sides(size, kernel, stride, dilation, padding)
    return tuple(Slide(n, k, s, d, before, after) for n, k, s, d, (before, after) in zip(size, kernel, stride, dilation, pads, strict=True))


def padding_sides(
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    padding: str | int | tuple[int | tuple[int, int], ...],
) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis. `same` gives ceil(size / stride) places and puts the odd pixel after, as TensorFlow does."""
    if padding == "valid":
        return ((0, 0),) * len(size)
    if padding == "same":
        totals = (max(((n - 1) // s) * s + (k - 1) * d + 1 - n, 0) for n, k, s, d in zip(size, kernel, stride, dilation, strict=True))
        return tuple((total // 2, total - total // 2) for total in totals)
    assert not isinstance(padding, str)
    return both_sides(padding, len(size), "padding")


def miscounted(option: str, given: int, needed: int, each: str) -> LayerError:
    """A list of as many entries as the input has axes or channels is longer or shorter."""
    return LayerError(f"{option} has {given} {'entry' if given == 1 else 'entries'}, one for each {each}; the input has {needed}", option)


def both_sides(amount: int | tuple[int | tuple[int, int], ...], axes: int, option: str) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, from one number, one for each axis, or the pairs themselves."""
    if isinstance(amount, int):
        return ((amount, amount),) * axes
    if len(amount) != axes:
        raise miscounted(option, len(amount), axes, "axis")
    return tuple((side, side) if isinstance(side, int) else side for side in amount)
