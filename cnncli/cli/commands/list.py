"""cnncli list."""

from __future__ import annotations

import click

from ..options import Named, styled, width
from ..output import deliver


@click.command("list", epilog="Example: cnncli list resnet --format csv")
@click.argument("part", required=False, default="", type=Named("part", "shipped_names"))
@styled()
def command(part: str, style: str) -> None:
    """List the shipped architectures.

    Shows input, parameters, MACs, receptive field and source. PART selects the names that contain it.
    """
    from ...errors import UsageError
    from ...printable import quote
    from ...render import tables
    from ...render.catalogue import catalogue, render_json
    from ...report import analyze
    from ...spec import load, shipped
    from ...spec.source import plain

    names = [name for name in shipped() if plain(part) in plain(name)]
    if not names:
        raise UsageError(f"no architecture has {quote(part)} in its name; cnncli list shows them all")
    reports = {name: analyze(load(name).network) for name in names}
    if style in ("json", "jsonl"):
        deliver([render_json(reports, style == "jsonl")])
    else:
        deliver([tables([catalogue(reports)], style, width())])
