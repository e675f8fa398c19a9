"""cnncli calc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..loading import strict_option
from ..options import DTYPES, ParamType, styled, width
from ..output import deliver
from .explain import TOPICS, Topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...report import Report


class Word(ParamType):
    """A word of a chain: a kind of layer with options."""

    name = "layer"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ...layers import KINDS

        return [CompletionItem(name) for name in KINDS if name.startswith(incomplete)]


@click.command(
    "calc",
    context_settings={"ignore_unknown_options": True},
    epilog="Example: cnncli calc --input 227x227x3 conv --filters 96 --kernel 11 --stride 4",
)
@click.argument("words", nargs=-1, required=True, type=Word(), metavar="LAYER...")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    required=True,
    metavar="SIZE",
    help="Input size, such as 32x32x3; repeat it for add or concat.",
)
@click.option("--compare", is_flag=True, help="Compare with a dense layer and with separable and 1x1 convolutions of the same output size.")
@click.option("--only", "topics", type=Topics(), default=",".join(TOPICS), metavar="TOPICS", help=f"Of {', '.join(TOPICS)} only these.")
@click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Element type.")
@click.option(
    "--batch", "--batch-size", "batch", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Batch size, for memory."
)
@strict_option
@styled("text", "markdown", "latex", "json")
def command(
    words: tuple[str, ...], inputs: tuple[str, ...], compare: bool, topics: tuple[str, ...], style: str, dtype: str, batch: int
) -> None:
    """Calculate the figures of layers without a file.

    Each LAYER is a kind with its options, as listed by cnncli layers:

    \b
    conv:6,5,stride=2                   required options in order, the others by name
    conv --filters 6 --kernel 5         the same
    conv:6,5,s=2,p=2  conv:6,5,same     the letters of the formulas, and a padding by its name
    conv:6,3x5,padding=[[1,0],1]        lists, for each axis
    add [ conv:8,3,padding=same / ]     branches that start at one point; an empty branch is the identity
    conv:16,1 conv:32,5 vs conv:32,5    compare two chains on the same input
    """
    from ...chain import alternatives, build, pieces, read_shape, split_at
    from ...errors import UsageError
    from ...lint import check
    from ...report import analyze
    from ..loading import warn

    shapes = [read_shape(text) for text in inputs]
    if [] in split_at(words, "vs"):
        raise UsageError("write layers on both sides of vs")
    chains = [build(shapes, pieces(chain), " ".join(chain)) for chain in split_at(words, "vs")]
    warn((finding for chain in chains for finding in check(chain)), "--input")
    if compare:
        chains += alternatives(chains[0])
    reports = [analyze(network, batch=batch, dtype=dtype) for network in chains]
    deliver([_document(reports, topics)] if style == "json" else _told(reports, topics, style))


def _told(reports: Sequence[Report], topics: tuple[str, ...], style: str) -> Iterator[str]:
    """The workings, and the comparison."""
    from ...render import tables
    from ...render.comparison import comparison
    from ...render.workings import render

    if len(reports) == 1:
        yield from render(_sections(reports[0], topics), style)
        return
    told: list[Any] = []
    for number, report in enumerate(reports, 1):  # each has a conv_1
        told += [section._replace(heading=f"({number}) {section.heading}") for section in _sections(report, topics, report.name)]
        report.network.name = f"({number}) {report.name}"
    yield from render(told, style)
    yield "\n"
    yield tables([comparison(reports)], style, width())


def _sections(report: Report, topics: tuple[str, ...], name: str = "") -> Any:
    from ...explain import Totals, explain
    from ...render.workings import sections, total_section

    network, element_bytes, batch = report.network, report.element_bytes, report.batch
    explanations = list(explain(network, (), topics, element_bytes, batch))
    layers = [explanation for explanation in explanations if explanation.node.inputs]
    totals = Totals(network, element_bytes, batch)
    for explanation in explanations:
        totals.add(explanation)
    workings = totals.workings() if len(layers) > 1 else []
    total = [total_section(workings, name)] if workings else []
    return [*sections(layers), *total]


def _document(reports: Sequence[Report], topics: tuple[str, ...]) -> str:
    """What machines read: each network as summarize has it, with its workings, and the comparison."""
    from ...render.comparison import plain_rows
    from ...render.document import document
    from ...render.json import dumps
    from ...render.workings import objects

    networks = [{**document(report), "workings": objects(_sections(report, topics))} for report in reports]
    return dumps({"schema": "cnncli/calc/1", "networks": networks, "comparison": plain_rows(reports)}, 2) + "\n"
