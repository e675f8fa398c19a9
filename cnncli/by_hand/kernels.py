"""Kernels that have a name. Slid over the map as they stand (correlation); whole numbers and fractions are exact.

Source: Gonzalez & Woods 2018, Digital Image Processing, sections 3.5 and 3.6 (box, Gauss, Laplace, sharpen), 10.2 (Sobel, Prewitt);
Scharr 2000 (dissertation, Heidelberg); Daugman 1985, doi:10.1364/JOSAA.2.001160 (Gabor).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from ..errors import UsageError, nearest
from ..printable import quote
from .array import Array, from_nested
from .number import Number, number

LARGEST = 101
FIXED: dict[str, list[list[int]]] = {
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "laplacian": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "prewitt_x": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "prewitt_y": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "scharr_x": [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]],
    "scharr_y": [[-3, -10, -3], [0, 0, 0], [3, 10, 3]],
    "vertical_edge": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "horizontal_edge": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
}
ALIASES = {"blur": "box", "edge": "outline", "vertical": "vertical_edge", "horizontal": "horizontal_edge"}


def identity(size: int) -> list[Number]:
    """1 in the middle."""
    return [int(place == size // 2) for place in range(size)]


def box(size: int) -> list[Number]:
    """The mean of the window."""
    return [Fraction(1, size)] * size


def gaussian(size: int, sigma: Number | None = None) -> list[Number]:
    """The row of Pascal's triangle, 1 2 1 or 1 4 6 4 1, over its sum; with `sigma` the bell itself, sampled and brought to the sum 1."""
    if sigma is None:
        return [Fraction(math.comb(size - 1, place), 2 ** (size - 1)) for place in range(size)]
    bell = [math.exp(-((place - (size - 1) / 2) ** 2) / (2 * float(sigma) ** 2)) for place in range(size)]
    return [value / sum(bell) for value in bell]


def gabor(
    size: int, sigma: Number | None = None, theta: Number = 0, wavelength: Number | None = None, gamma: Number = 1, psi: Number = 0
) -> list[list[float]]:
    """exp(-(u^2 + gamma^2 v^2) / (2 sigma^2)) cos(2 pi u / wavelength + psi), where u, v are x (right), y (down) turned by theta degrees.

    Unless told, sigma is size / 6 and the wavelength size / 2.
    """
    spread, wave = float(sigma or Fraction(size, 6)), float(wavelength or Fraction(size, 2))
    turn, shift, middle = math.radians(theta), math.radians(psi), (size - 1) / 2

    def at(x: float, y: float) -> float:
        u, v = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
        return math.exp(-(u * u + float(gamma) ** 2 * v * v) / (2 * spread**2)) * math.cos(2 * math.pi * u / wave + shift)

    return [[at(column - middle, row - middle) for column in range(size)] for row in range(size)]


LINES: dict[str, Callable[..., list[Number]]] = {"identity": identity, "box": box, "gaussian": gaussian}
OPTIONS = {"gaussian": ("sigma",), "gabor": ("sigma", "theta", "wavelength", "gamma", "psi")}
NAMES = (*LINES, *FIXED, "gabor")


def is_name(text: str) -> bool:
    """Whether it is meant as a name (rather than numbers or a file)."""
    return text.partition(":")[0].strip().isidentifier()


def named(text: str, axes: int = 2) -> Array:
    """sobel_x, gaussian:5, gabor:7,theta=45. Of one axis for maps of one, where there is such a one."""
    name, _, told = text.strip().partition(":")
    name = ALIASES.get(name, name)
    if name not in NAMES:
        raise UsageError(f"no kernel is called {quote(name)}; they are {', '.join(NAMES)}{nearest(name, (*NAMES, *ALIASES))}")
    if name in FIXED:
        if told:
            raise UsageError(f"{name} is a kernel of 3x3; of another size are {', '.join([*LINES, 'gabor'])}")
        return from_nested(FIXED[name])
    size, options = _options(name, told)
    try:
        kernel = from_nested(_nested(name, size, options, axes))
        if all(map(math.isfinite, kernel.values)):
            return kernel
    except (ArithmeticError, ValueError):  # of floats at their limits
        pass
    given = ", ".join(f"{option} {float(value):g}" for option, value in options.items())
    raise UsageError(f"{name} of size {size} has no finite numbers with {given}; choose numbers nearer to 1")


def _nested(name: str, size: int, options: dict[str, Any], axes: int) -> Any:
    if name == "gabor":
        return gabor(size, **options)
    line = LINES[name](size, **options)
    return line if axes == 1 else [[a * b for b in line] for a in line]


def _options(name: str, told: str) -> tuple[int, dict[str, Any]]:
    """7,theta=45: the size and the options by name."""
    size, options = 7 if name == "gabor" else 3, {}
    for part in filter(None, (part.strip() for part in told.split(","))):
        option, sign, text = part.partition("=")
        try:
            value = number(text if sign else part)
        except ValueError as error:
            raise UsageError(f"{name}: {error}") from None
        if not sign:
            if value not in range(1, LARGEST + 1):
                raise UsageError(f"the size of {name} is a whole number from 1 to {LARGEST}, not {part}")
            size = int(value)
        elif option.strip() not in OPTIONS.get(name, ()):
            has = ", ".join(OPTIONS.get(name, ())) or "none"
            raise UsageError(f"{name} has no option {quote(option.strip())}; it has {has}")
        elif option.strip() in ("sigma", "wavelength") and not value > 0:
            raise UsageError(f"{option.strip()} of {name} is a number above 0, not {text}")
        else:
            options[option.strip()] = value
    return size, options
