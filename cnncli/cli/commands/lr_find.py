"""cnncli lr-find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..asked import asked, request, stem
from ..options import Spec
from ..output import echo

if TYPE_CHECKING:
    from ...training.rate_finder import Found

BARS = 24


@click.command("lr-find", epilog="Example: cnncli lr-find lenet --data digits")
@click.argument("spec", type=Spec())
@asked
@click.option("--from", "low", type=click.FloatRange(0, min_open=True), default=1e-6, show_default=True, help="First learning rate.")
@click.option("--to", "high", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="Last learning rate.")
@click.option("--steps", type=click.IntRange(10), default=200, show_default=True, help="Number of training steps.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="PNG", help="File of the plot.  [default: NAME-lr.png]")
def command(spec: str, low: float, high: float, steps: int, output: str | None, **given: Any) -> None:
    """Find a learning rate.

    Trains for some steps with a growing learning rate, until the loss diverges, and reports where it fell fastest.
    """
    from pathlib import Path

    from ...errors import UsageError

    if high <= low:
        raise UsageError(f"the last rate, {high:g}, must be above the first, {low:g}")
    if output and not Path(output).absolute().parent.is_dir():
        raise UsageError(f"{Path(output).parent} is no folder; the picture is to be {output}")
    wanted = request(spec, given)
    from ...training import pictures, rate_finder
    from ...training.prepare import prepare
    from ...training.run import awake, plan_of

    prepared = prepare(wanted)
    engine, _ = awake(prepared)
    found = rate_finder.find(engine, plan_of(prepared, engine), low, high, steps)
    echo("\n".join(table(found)))
    found.check()
    echo(f"the loss falls most steeply at {found.steepest:.2g} and is lowest at {found.lowest:.2g}; try --lr {found.advised:.2g}")
    if pictures.can_draw():
        path = Path(output or f"{stem(wanted.document.path)}-lr.png")
        rate_finder.draw(found, f"{wanted.document.name} on {wanted.recipe.data}", path)
        echo(f"{path}: the curve")


def table(found: Found, rows: int = 20) -> list[str]:
    """Some of the rates, the loss at each as a number and as a bar."""
    places = sorted({round(n * (len(found.rates) - 1) / (rows - 1)) for n in range(rows)})
    most = max(min(float(found.losses.max()), 2.0 * float(found.losses[0])), 1e-9)
    lines = ["      rate      loss"]
    for place in places:
        loss = float(found.losses[place])
        shown = f"{loss:8.4f}" if loss < 1000 else f"{loss:8.2e}"
        lines.append(f"{found.rates[place]:10.2e}  {shown}  {'█' * round(BARS * min(loss / most, 1.0))}")
    return lines
