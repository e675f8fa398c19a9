"""cnncli schema."""

from __future__ import annotations

import click

from ..output import echo_json


@click.command("schema", epilog="Example: cnncli schema > cnncli.schema.json")
@click.argument("which", type=click.Choice(["spec", "summary"]), default="spec")
def command(which: str) -> None:
    """Print a JSON Schema for editors.

    Editors use it to complete and check specs as you type.
    `cnncli schema summary` prints the schema of summarize --format json.

    \b
    In VS Code with the YAML extension, for example:
    "yaml.schemas": {"./cnncli.schema.json": "architectures/*.yaml"}
    """
    if which == "summary":
        from ...render.document import schema
    else:
        from ...spec.schema import schema
    echo_json(schema(), 2)
