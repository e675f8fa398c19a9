"""cnncli validate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...printable import count_of, printable
from ..loading import restrict_option, strict_option
from ..options import ParamType, several
from ..output import echo

if TYPE_CHECKING:
    from ...expectation import Expectation


class Condition(ParamType):
    """params<=60000."""

    name = "condition"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from ...expectation import parse_condition

        try:
            return parse_condition(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command("validate", epilog="Example: cnncli validate *.yaml --expect 'params<=60000'")
@several
@click.option(
    "--expect", "demands", type=Condition(), multiple=True, metavar="CONDITION", help="Additional condition, such as 'macs<=5_000_000'."
)
@strict_option
@restrict_option
@click.pass_context
def command(ctx: click.Context, specs: tuple[str, ...], demands: tuple[Expectation, ...]) -> None:
    """Check specs and the figures that they expect.

    Reports every error of every file.

    Exit code 0: success; 1: a figure is not as expected; 2: a file was refused.
    """
    ctx.exit(max(checked(spec, demands) for spec in specs))


def checked(spec: str, demands: tuple[Expectation, ...]) -> int:
    """Check one spec and say how it went; returns the exit code."""
    from ...errors import CnncliError
    from ...report import analyze
    from ...spec import Fault, Mark
    from ..loading import load

    try:
        document = load(spec, leave_out="ends-early")  # a failed check, below
    except CnncliError as error:
        echo(error, err=True)
        return error.exit_code
    totals = analyze(document.network).totals
    expectations = (*document.expect, *demands)
    missed: list[Expectation] = [one for one in expectations if not one.holds(totals[one.key])]
    for one in missed:
        echo(str(Fault(one.missed(totals[one.key]), one.place if isinstance(one.place, Mark) else None, name=document.path)), err=True)
    if missed:
        return 1
    met = f"as expected: {', '.join(one.key for one in expectations)}" if expectations else "nothing is expected"
    echo(f"{printable(document.path)}: {count_of(totals['layers'], 'layer')}, {count_of(totals['params'], 'parameter')}; {met}")
    return 0
