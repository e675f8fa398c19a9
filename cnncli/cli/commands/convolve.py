"""cnncli convolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..arrays import STYLES, drawn
from ..output import deliver

if TYPE_CHECKING:
    from ...by_hand.slide import Kernels, Slid

# Written out, so that --help need not wake the room that knows them; a test compares.
NAMES = (
    "identity, box (blur), gaussian, sharpen, laplacian, outline, sobel_x, sobel_y, prewitt_x, prewitt_y, scharr_x, scharr_y, "
    "vertical_edge, horizontal_edge, emboss, gabor"
)
PIXELS = ("clip", "scale", "absolute")


@click.command("convolve", epilog="Example: cnncli convolve --input '1 2 3; 4 5 6; 7 8 9' --kernel '1 0; 0 -1' --steps")
@click.option("--input", "given", required=True, metavar="M", help="Numbers, a CSV file, an image, or - for CSV on standard input.")
@click.option("--kernel", required=True, metavar="M", help="Numbers, a CSV file, or a name such as sobel_x, gaussian:5, gabor:7,theta=45.")
@click.option("--stride", metavar="N", help="One number, or one for each axis: 2,1.")
@click.option("--padding", metavar="P", help="valid, same, a number, one for each axis (1,2), or before:after (1:0).")
@click.option("--dilation", metavar="N", help="One number, or one for each axis: 2,1.")
@click.option("--bias", metavar="B", help="Bias: one number, or one for each filter.")
@click.option("--flip", is_flag=True, help="True convolution, with the kernel rotated by 180 degrees; the default is cross-correlation.")
@click.option("--grey", is_flag=True, help="Convert a colour image to greyscale.")
@click.option(
    "--pixels", type=click.Choice(PIXELS), default="clip", show_default=True, help="How results become pixel values (-o out.png)."
)
@click.option("--steps", is_flag=True, help="Print the products of each position.")
@drawn(*STYLES)
def command(
    given: str, kernel: str, flip: bool, steps: bool, digits: int | None, style: str | None, output: str | None, **more: Any
) -> None:
    """Convolve a matrix or an image, step by step.

    \b
    a row                1 2 3              or [1, 2, 3]
    a matrix             1 2 3; 4 5 6       or [[1, 2, 3], [4, 5, 6]]
    channels             1 2; 3 4 | 5 6; 7 8     or a list of matrices
    several filters      a list with one such list for each filter

    Decimals and fractions such as 1/9 stay exact. A kernel of one channel is applied to each channel separately; one with as many
    channels as the input sums over them. Named kernels are: identity, box (blur), gaussian, sharpen, laplacian, outline,
    sobel_x, sobel_y, prewitt_x, prewitt_y, scharr_x, scharr_y, vertical_edge, horizontal_edge, emboss, gabor (size, theta,
    sigma, wavelength, gamma, psi; angles in degrees). Images have levels from 0 to 255; results are clipped
    (clip), rescaled (scale) or made positive (absolute) to fit.
    """
    from ...by_hand import kernels, slide
    from ...by_hand.image import WRITTEN
    from ...by_hand.reading import inline, read
    from ..arrays import style_of, window_options
    from ..files import refuse_same_file
    from ..slid import is_image, without_steps

    style = style_of(style, output, more=WRITTEN)
    refuse_same_file({"-o": output}, [given, kernel])
    without_steps(steps, style, output)
    x = read(given, more["grey"]).array
    made = kernels.named(kernel, len(x.shape)) if kernels.is_name(kernel) else read(kernel).array
    axes = 1 if len(x.shape) == len(made.shape) == 1 else 2
    options = window_options(axes, stride=more["stride"], padding=more["padding"], dilation=more["dilation"])
    bias = inline(more["bias"]).array.values if more["bias"] else []
    slid, used = slide.convolve(x, made, options, bias, flip)
    found = slide.convolve_steps(slid, used) if steps else []
    if output and is_image(output):
        from ...by_hand.image import encode
        from ..files import write

        write(output, [encode(slid.maps, more["pixels"], output)])
    else:
        deliver([as_json(slid, used, flip, found) if style == "json" else text(slid, found, flip, style, digits)], output)


def text(slid: Slid, found: list[Any], flip: bool, style: str, digits: int | None) -> str:
    """For people, and as CSV."""
    from ...by_hand import draw
    from ..slid import step_blocks

    if style == "csv":
        return draw.csv(slid.maps)
    sizes = f"{draw.written(slid.x.shape[:-1])} → {draw.written(slid.output.shape[:-1])}"
    each = " of each channel" if slid.layer.kind == "depthwise_conv" else ""
    label = f"{'convolution' if flip else 'cross-correlation'}{each}, {sizes}"
    return draw.render([*step_blocks(found, slid, digits), *draw.blocks(label, slid.output, ("channel",))], style, digits)


def as_json(slid: Slid, used: Kernels, flip: bool, found: list[Any]) -> str:
    """For machines: matrices, one for each channel where there are several."""
    import json

    from ...by_hand.draw import plain
    from ..slid import alone, step_list

    kernel = plain(used.kernel.moved([-1 % len(used.kernel.shape), -2 % len(used.kernel.shape), *range(len(used.kernel.shape) - 2)]))
    told: dict[str, Any] = {
        "schema": "cnncli-convolve-1",
        "operation": "convolution" if flip else "cross-correlation",
        "kernel": alone([alone(plain(part).nested()) for part in kernel.parts()]),
        "output_shape": list(slid.output.shape),
        "output": alone([plain(one).nested() for one in slid.maps]),
    }
    if found:
        told["steps"] = step_list(found)
    return json.dumps(told) + "\n"
