"""cnncli pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..arrays import STYLES, drawn
from ..output import deliver

if TYPE_CHECKING:
    from ...by_hand.array import Array
    from ...by_hand.slide import Slid


@click.command("pool", epilog="Example: cnncli pool --input '1 3 2 4; 0 2 1 3; 5 1 2 6; 3 0 0 1' --size 2 --steps")
@click.option("--input", "given", required=True, metavar="M", help="Numbers, a CSV file, an image, or - for CSV on standard input.")
@click.option("--size", required=True, metavar="N", help="Pool size: one number, or one for each axis: 2,1.")
@click.option("--stride", metavar="N", help="Stride; by default the pool size.")
@click.option("--padding", metavar="P", help="valid, same, a number, one for each axis (1,2), or before:after (1:0).")
@click.option("--max/--average", "largest", default=True, help="Max or average pooling.  [default: max]")
@click.option(
    "--backward", "upstream", metavar="M", help="Print the gradient of the input for this gradient of the output: one number, or a matrix."
)
@click.option("--grey", is_flag=True, help="Convert a colour image to greyscale.")
@click.option("--steps", is_flag=True, help="Print the window of each position.")
@drawn(*STYLES)
def command(
    given: str, size: str, largest: bool, upstream: str | None, digits: int | None, style: str | None, output: str | None, **more: Any
) -> None:
    """Pool a matrix or an image, step by step.

    Matrices are written as for convolve: 1 2 3; 4 5 6 or [[1, 2, 3], [4, 5, 6]]. Padding is never the maximum, and is not averaged.
    Backward, average pooling spreads the gradient equally; max pooling passes it to the first maximum.
    """
    from ...by_hand import slide
    from ...by_hand.image import WRITTEN
    from ...by_hand.reading import read
    from ..arrays import style_of, window_options
    from ..files import refuse_same_file
    from ..slid import is_image, without_steps

    style = style_of(style, output, more=WRITTEN)
    refuse_same_file({"-o": output}, [given])
    without_steps(more["steps"], style, output)
    x = read(given, more["grey"]).array
    options = window_options(1 if len(x.shape) == 1 else 2, size=size, stride=more["stride"], padding=more["padding"])
    slid = slide.pool(x, options, not largest)
    found = slide.pool_steps(slid) if more["steps"] else []
    slopes = slide.pool_backward(slid, number_or(upstream)) if upstream else None
    if output and is_image(output):
        from ...by_hand.image import encode
        from ..files import write

        write(output, [encode((slopes or slid.output).channels(), "clip", output)])
    else:
        deliver([as_json(slid, found, slopes) if style == "json" else text(slid, found, slopes, style, digits)], output)


def number_or(upstream: str) -> Array:
    """A lone number has no axes."""
    from ...by_hand.array import Array
    from ...by_hand.reading import read

    array = read(upstream).array
    return Array((), array.values) if array.shape == (1,) else array


def text(slid: Slid, found: list[Any], slopes: Array | None, style: str, digits: int | None) -> str:
    """For people, and as CSV."""
    from ...by_hand import draw
    from ..slid import step_blocks

    if style == "csv":
        return draw.csv((slopes or slid.output).channels())
    label = f"{slid.layer.kind}, {draw.written(slid.x.shape[:-1])} → {draw.written(slid.output.shape[:-1])}"
    blocks = [*step_blocks(found, slid, digits), *draw.blocks(label, slid.output)]
    return draw.render([*blocks, *(draw.blocks("gradient of the input", slopes) if slopes else [])], style, digits)


def as_json(slid: Slid, found: list[Any], slopes: Array | None) -> str:
    """For machines: matrices, one for each channel where there are several."""
    import json

    from ...by_hand.draw import plain
    from ..slid import alone, step_list

    told: dict[str, Any] = {"schema": "cnncli-pool-1", "operation": slid.layer.kind, "output_shape": list(slid.output.shape)}
    told["output"] = alone([plain(one).nested() for one in slid.maps])
    if slopes:
        told["input_gradient"] = alone([plain(one).nested() for one in slopes.channels()])
    if found:
        told["steps"] = step_list(found)
    return json.dumps(told) + "\n"
