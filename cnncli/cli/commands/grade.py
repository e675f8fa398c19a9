"""cnncli grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...errors import UsageError
from ...printable import quote
from ..files import read_bytes, refuse_same_file
from ..loading import restrict_option
from ..options import ParamType, styled_by_file
from ..output import deliver

if TYPE_CHECKING:
    from ...homework import Request, Result, Sheet


class Percent(ParamType):
    """60, 60% or 0.6%."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            found = float(str(value).strip().removesuffix("%"))
        except ValueError:
            found = -1.0
        if not 0 <= found <= 100:
            self.fail(f"{value} is none of 0% to 100%", param, ctx)
        return found


@click.command("grade", epilog="Example: cnncli grade key.json answers.csv --partial --pass 60%")
@click.argument("sheet", type=click.Path())
@click.argument("answers", nargs=-1, required=True, type=click.Path(), metavar="ANSWERS.csv...")
@click.option("--partial", is_flag=True, help="Give half a point for a wrong answer that a common mistake explains.")
@click.option("--pass", "needed", type=Percent(), default="100%", show_default=True, metavar="PERCENT", help="Passing score.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", is_eager=True, help="Write to a file; its ending sets the format."
)
@restrict_option
@styled_by_file("text", "json", "csv")
@click.pass_context
def command(ctx: click.Context, sheet: str, answers: tuple[str, ...], partial: bool, needed: float, output: str | None, style: str) -> None:
    """Grade answers and explain common mistakes.

    SHEET is the key that cnncli exercise wrote, or a sheet (but not csv). ANSWERS.csv has the columns question and answer, and
    student where a file holds the answers of several. Unanswered questions score no points.

    Exit code 0: everyone passed; 1: someone did not; 2: a file was refused.
    """
    from ...homework.results import passed, render

    refuse_same_file({"-o": output}, [sheet, *answers])
    results = _graded(sheet, answers, partial)
    text = render(results, style, needed)
    deliver([text], output)
    ctx.exit(0 if all(passed(one, needed) for one in results) else 1)


def _graded(sheet: str, files: tuple[str, ...], partial: bool) -> list[Result]:
    """The results of all files."""
    from ...homework import grade, read_answers, read_key

    try:
        text = read_bytes(sheet).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{sheet} is no text (byte {error.start}); a sheet or its key is UTF-8") from None
    keys = read_key(text, sheet, lambda request: _remade(request, sheet))
    results: list[Result] = []
    for name in files:
        results += grade(keys, read_answers(read_bytes(name), name), name, partial)
    named = [one.student for one in results if one.student]
    for place, student in enumerate(named):
        if student in named[:place]:
            raise UsageError(f"answers of {student} stand in several files")
    return results


def _remade(request: Request, sheet: str) -> Sheet:
    """The sheet again, from what its line tells."""
    from ...errors import SpecError
    from ...spec import find
    from ...spec.bounds import bounds_of
    from ..loading import restricted
    from .exercise import remade

    if request.spec == "-":
        raise UsageError(f"{sheet} was made from a spec on standard input; grade with its key")
    if not request.spec or bounds_of(sheet).contain(find(request.spec)):
        return remade(request)
    outside = f"{sheet} was made from {quote(request.spec)}, which lies outside the folder of the sheet"
    if restricted():
        raise UsageError(f"{outside}; --restrict reads nothing there")
    try:
        return remade(request)
    except SpecError:
        raise UsageError(f"{outside} and is refused: cnncli validate {request.spec} says why") from None
