"""cnncli predict."""

from __future__ import annotations

from typing import Any

import click

from ...printable import printable
from ..options import Run, styled
from ..output import echo, echo_json


@click.command("predict", epilog="Example: cnncli predict runs/lenet-1 seven.png --top 3")
@click.argument("run", type=Run())
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--top", type=click.IntRange(1), default=3, show_default=True, metavar="K", help="Number of classes to print.")
@styled("text", "json")
@click.pass_context
def command(ctx: click.Context, run: str, images: tuple[str, ...], top: int, style: str) -> None:
    """Classify images with a trained network.

    An IMAGE is a PNG or JPEG file, an .npy of bytes (height, width, channels) or of several such, or - for one of these on standard input.
    Images of another size or colour than the network's are fitted to it, and the answer says so. Of an animation the first frame is used.

    An image that cannot be read is reported on standard error and the others are still classified; the exit code is then 2.
    """
    from ...errors import DataError
    from ...training.machine import backend_name

    backend_name()
    from ...training.predict import Oracle

    oracle = Oracle(run)
    answers, code = [], 0
    for image in images:
        try:
            found = oracle.answers(image, top)
        except DataError as error:
            echo(f"Error: {error}", err=True)
            code = error.exit_code
            continue
        answers += found
        if style == "text":
            echo("\n".join(line for answer in found for line in told(answer)))
    if style == "json":
        echo_json(answers, 2)
    ctx.exit(code)


def told(answer: dict[str, Any]) -> list[str]:
    """The answer for one image as text."""
    fitted = f" ({answer['fitted']})" if answer["fitted"] else ""
    classes = [f"  {100 * one['probability']:6.2f} %  {one['class']}" for one in answer["classes"]]
    return [printable(line) for line in [f"{answer['image']}{fitted}", *classes]]
