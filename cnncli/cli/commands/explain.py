"""cnncli explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ...errors import unknown_name
from ..options import Named, ParamType, Spec, analyzed, counted, styled
from ..output import deliver

# Written out, so that --help need not wake the room that knows them; a test compares.
TOPICS = ("shape", "params", "macs", "receptive_field", "memory")

if TYPE_CHECKING:
    from ...explain import Explanation
    from ...render.workings import Section


class Topics(ParamType):
    """Topics with commas between them."""

    name = "topics"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from ..candidates import in_list

        return in_list(TOPICS, incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        words = [word.strip().replace("-", "_") for word in value.split(",")]
        for word in words:
            if word not in TOPICS:
                self.fail(unknown_name("topic", word, TOPICS), param, ctx)
        return tuple(words)


@click.command("explain", epilog="Example: cnncli explain alexnet conv_1 --only shape,params --format latex")
@click.argument("spec", type=Spec())
@click.argument("layers", nargs=-1, type=Named("layer", "layer_names"), metavar="[LAYER...]")
@click.option("--only", "topics", type=Topics(), default=",".join(TOPICS), metavar="TOPICS", help=f"Of {', '.join(TOPICS)} only these.")
@counted
@styled("text", "markdown", "latex", "json")
def command(spec: str, layers: tuple[str, ...], topics: tuple[str, ...], style: str, **counted: Any) -> None:
    """Show how each figure is calculated: formula, numbers, result.

    Name the LAYERs to explain ('conv_*' matches several). Without names, all layers and their sums are explained.
    """
    from ...explain import Totals, explain
    from ...render.workings import render, sections, total_section

    report = analyzed(spec, **counted)
    network, element_bytes, batch = report.network, report.element_bytes, report.batch
    totals = Totals(network, element_bytes, batch)

    def explanations() -> Iterator[Explanation]:
        for explanation in explain(network, layers, topics, element_bytes, batch):
            totals.add(explanation)
            yield explanation

    def all_sections() -> Iterator[Section]:
        yield from sections(explanations())
        workings = [] if layers else totals.workings()
        if workings:
            yield total_section(workings, network.name, bool(report.partial))

    deliver(render(all_sections(), style))
