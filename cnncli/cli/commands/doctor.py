"""cnncli doctor."""

from __future__ import annotations

import click

from ..options import styled
from ..output import echo, echo_json


@click.command("doctor", epilog="Example: cnncli doctor --no-measure")
@click.option("--data-dir", type=click.Path(), envvar="CNNCLI_DATA", help="Directory of the data.  [env: CNNCLI_DATA]")
@click.option("--measure/--no-measure", default=True, show_default=True, help="Measure the speed of matrix products.")
@styled("text", "json")
def command(data_dir: str | None, measure: bool, style: str) -> None:
    """Check the training environment.

    Shows packages and versions, devices of the backend, data sets, and what to install for more.
    """
    from ...training.doctor import examined

    found = examined(data_dir, measure)
    if style == "json":
        echo_json(found, 2)
        return
    wide = max(len(name) for part in ("packages", "machine", "data") for name in found[part])
    for part in ("packages", "machine", "data"):
        echo(part)
        for name, value in found[part].items():
            echo(f"  {name.ljust(wide)}  {value}")
    for line in found["advice"]:
        echo(f"- {line}")
