"""cnncli summarize."""

from __future__ import annotations

from typing import Any

import click

from ..options import FORMATS, ParamType, analysis, analyzed, several, styled_by_file, width
from ..output import deliver, echo


class Columns(ParamType):
    """Names of columns with commas between them."""

    name = "names"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from ...render.columns import COLUMNS
        from ..candidates import in_list

        return in_list([*COLUMNS, "default", "all", *([] if "," in incomplete else ["help"])], incomplete)


def list_columns(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """`--columns help` tells the columns, and nothing else is done."""
    if value == "help":
        from ...render.columns import COLUMNS

        wide = max(map(len, COLUMNS))
        echo("\n".join(f"{name.ljust(wide)}  {column.words}" for name, column in COLUMNS.items()))
        ctx.exit()
    return value


@click.command("summarize", epilog="Example: cnncli summarize resnet50 --depth 1 --columns default,flops --format markdown")
@several
@click.option(
    "--columns", type=Columns(), callback=list_columns, is_eager=True, metavar="NAMES",
    help="Columns, separated by commas; default and all select several, help lists them.",
)  # fmt: skip
@click.option(
    "--depth", type=click.IntRange(0), metavar="N", help="Fold blocks N deep into one row each; 0 prints one row for each network."
)
@analysis
@styled_by_file(*FORMATS)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    is_eager=True,
    help="Write to a file; its ending sets the format.",
)
def command(specs: tuple[str, ...], columns: str | None, depth: int | None, style: str, output: str | None, **counted: Any) -> None:
    """Show every layer of a network, and the totals.

    The totals follow the layers, with the memory that inference and training need.

    --format json prints an object for one network and an array for several; jsonl always prints one object per line.
    """
    from ...render import summaries

    if output is not None:
        from ..files import refuse_same_file  # its imports take longer than a small network

        refuse_same_file({"-o": output}, specs)

    reports = [analyzed(spec, **counted) for spec in specs]
    text = summaries(reports, style, columns, depth, None if output else width())
    deliver(text, output)
