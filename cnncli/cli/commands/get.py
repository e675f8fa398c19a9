"""cnncli get."""

from __future__ import annotations

from typing import Any

import click

from ...printable import printable
from ..options import Named, Spec, analysis, analyzed, styled
from ..output import echo


@click.command("get", epilog="Example: macs=$(cnncli get vgg16 macs)")
@click.argument("spec", type=Spec())
@click.argument("keys", nargs=-1, required=True, type=Named("key", "figure_keys"), metavar="KEY...")
@analysis
@styled("text", "json")
def command(spec: str, keys: tuple[str, ...], style: str, **counted: Any) -> None:
    """Print single figures, for scripts.

    \b
    params, macs, receptive_field, ...      a total
    layers.conv_1.macs                      a figure of a layer
    layers.conv_1.receptive_field.start     a list is printed with spaces: -3 -3
    input, name, outputs.dense_3, ...       anything else in summarize --format json

    Missing values print an empty line. With --format json the values are printed as JSON.
    """
    from ...render.lookup import look_up
    from ...render.values import bare

    report = analyzed(spec, **counted)
    for value in [look_up(report, key) for key in keys]:
        if style == "json":
            import json

            echo(json.dumps(value))
        else:
            echo(printable(bare(value)))
