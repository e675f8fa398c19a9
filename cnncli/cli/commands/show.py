"""cnncli show."""

from __future__ import annotations

import click

from ..options import Spec
from ..output import echo_file


@click.command("show", epilog="Example: cnncli show lenet5 > mine.yaml")
@click.argument("name", type=Spec())
def command(name: str) -> None:
    """Print the YAML of a shipped architecture."""
    from ...spec import find
    from ...spec.source import read

    echo_file(read("-" if name == "-" else find(name)).text.encode())
