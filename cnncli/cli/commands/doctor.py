"""cnncli doctor."""

from __future__ import annotations

import click

from ..options import styled


@click.command("doctor", epilog="Example: cnncli doctor --no-measure")
@click.option("--data-dir", type=click.Path(), envvar="CNNCLI_DATA", help="Where the data lies.  [env: CNNCLI_DATA]")
@click.option("--measure/--no-measure", default=True, show_default=True, help="Measure how fast the machine multiplies.")
@styled("text", "json")
def command(data_dir: str | None, measure: bool, style: str) -> None:
    """Look at what training would find here.

    The packages and their versions, the backend's devices, the data sets, the machine's speed, and what to install for more.
    """
    import json

    from ...training.doctor import examined

    found = examined(data_dir, measure)
    if style == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    wide = max(len(name) for part in ("packages", "machine", "data") for name in found[part])
    for part in ("packages", "machine", "data"):
        click.echo(part)
        for name, value in found[part].items():
            click.echo(f"  {name.ljust(wide)}  {value}")
    for line in found["advice"]:
        click.echo(f"- {line}")
