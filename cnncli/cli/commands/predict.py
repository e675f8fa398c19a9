"""cnncli predict."""

from __future__ import annotations

from typing import Any

import click

from ..options import styled


@click.command("predict", epilog="Example: cnncli predict runs/lenet-1 seven.png --top 3")
@click.argument("run", type=click.Path())
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("--top", type=click.IntRange(1), default=3, show_default=True, metavar="K", help="How many classes to tell.")
@styled("text", "json")
def command(run: str, images: tuple[str, ...], top: int, style: str) -> None:
    """Ask a trained network what it sees.

    An IMAGE is a PNG or JPEG file, an .npy of bytes (height, width, channels) or of several such, or - for one of these on standard input.
    Images of another size or colour than the network's are fitted to it, and the answer says so.
    """
    import json

    from ...training.machine import backend_name

    backend_name()
    from ...training.predict import Oracle

    oracle = Oracle(run)
    answers = [answer for image in images for answer in oracle.answers(image, top)]
    if style == "json":
        click.echo(json.dumps(answers, indent=2, ensure_ascii=False))
        return
    for answer in answers:
        click.echo("\n".join(told(answer)))


def told(answer: dict[str, Any]) -> list[str]:
    """The answer for one image as text."""
    fitted = f" ({answer['fitted']})" if answer["fitted"] else ""
    return [f"{answer['image']}{fitted}", *(f"  {100 * one['probability']:6.2f} %  {one['class']}" for one in answer["classes"])]
