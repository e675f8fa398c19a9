"""cnncli exercise."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ...errors import UsageError
from ...printable import count_of, quote
from ..files import read_bytes, refuse_same_file
from ..loading import restrict_option, strict_option
from ..options import Named, Spec, styled_by_file
from ..output import deliver, echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...homework import Request, Sheet

LEVELS = ("easy", "medium", "hard")  # written out, so that --help need not wake the room that knows them; a test compares


@click.command("exercise", epilog="Example: cnncli exercise --kind conv --count 10 --seed 7 --key key.json -o sheet.md")
@click.argument("spec", type=Spec(), required=False)
@click.option(
    "--kind",
    "kinds",
    type=Named("kinds", "layer_kinds"),
    metavar="KINDS",
    help="Ask about random layers of these kinds, such as conv,max_pool,dense.",
)
@click.option("--count", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N", help="Number of questions.")
@click.option("--seed", type=click.IntRange(0, 2**63), default=0, show_default=True, metavar="S", help="Random seed.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default="easy",
    show_default=True,
    help="easy: shapes and parameters; medium: also MACs and FLOPs; hard: everything.",
)
@click.option("--answers", is_flag=True, help="Print the solved sheet, with all calculations.")
@click.option("--students", metavar="NAMES", help="One sheet for each student: a,b,c or a CSV file (column student, or the first).")
@click.option("--key", type=click.Path(dir_okay=False), metavar="FILE", help="Write the answer key to a JSON file, for cnncli grade.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", is_eager=True, help="Output file; with --students, output directory.")
@strict_option
@restrict_option
@styled_by_file("markdown", "latex", "csv", "moodle", "gift")
def command(
    spec: str | None,
    kinds: str | None,
    count: int,
    seed: int,
    level: str,
    answers: bool,
    students: str | None,
    key: str | None,
    output: str | None,
    style: str,
) -> None:
    """Create a worksheet of questions about layers.

    Takes a SPEC's table of layers and leaves cells blank, or asks about random layers (--kind).

    The sheet has no answers, except in the formats moodle and gift. cnncli grade grades the students' answers, with the key or
    with the sheet itself.
    """
    from ...homework import Request, keys
    from ...homework.formats import write as written
    from ..files import write

    if (spec is None) == (kinds is None):
        raise UsageError("name a SPEC, or the kinds of layers to draw with --kind; one of them")
    chosen = tuple(word.strip().replace("-", "_") for word in kinds.split(",")) if kinds else ()
    request = Request(spec or "", chosen, count, seed, level)
    refuse_same_file({"--key": key, "-o": output}, [name for name in (spec, students) if name])
    if students is not None:
        _for_each(request, _names(students), output, key, (style, answers), [spec or "", students])
        return
    if key == "-" and output in (None, "-"):
        raise UsageError("the key and the sheet would both go to standard output; name a file for one of them")
    sheet = remade(request)
    text = written(sheet, style, answers)
    if output is not None:
        _refuse_other_sheet(output, sheet, text)
    if key is not None:
        _refuse_other_key(key, [sheet])
        write(key, [keys([sheet])])
    deliver([text], output)


def remade(request: Request) -> Sheet:
    """The sheet of a request. That there are fewer questions than asked for is said on standard error."""
    from ...homework import make
    from ..loading import load

    sheet = make(request, load(request.spec).network if request.spec else None)
    if len(sheet.questions) < request.count:
        subject = request.spec or ", ".join(request.kinds)
        found = count_of(len(sheet.questions), "question")
        echo(f"{subject}: {found}, not {request.count}: there are no others at the level {request.level}", err=True)
    return sheet


def _refuse_equal_files(names: list[str]) -> None:
    """Raise UsageError where two students would get one file; many file systems do not tell capitals from small letters."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(_file_name(name).casefold(), name)
        if other is not name:
            raise UsageError(f"the students {quote(other)} and {quote(name)} would get the same file; change one of the names")


def _for_each(request: Request, names: list[str], folder: str | None, key: str | None, how: tuple[str, bool], read: list[str]) -> None:
    """A sheet for each student, and their keys in one file: all are made before the first is written."""
    from ...homework import keys
    from ...homework.formats import ENDINGS
    from ...homework.formats import write as written
    from ..files import write

    if folder is None:
        raise UsageError("--students writes a file for each; name the folder with -o")
    if request.spec == "-":
        raise UsageError("--students reads the spec for each; name a file instead of -")
    style, answers = how
    _refuse_equal_files(names)
    sheets = [remade(request._replace(student=name)) for name in names]
    texts = {f"{_file_name(name)}{ENDINGS[style]}": written(sheet, style, answers) for name, sheet in zip(names, sheets, strict=True)}
    key = key or os.path.join(folder, "key.json")
    refuse_same_file({"--key": key, **{f"the sheet {name}": os.path.join(folder, name) for name in texts}}, filter(None, read))
    _refuse_other_key(key, sheets)
    for sheet, (name, text) in zip(sheets, texts.items(), strict=True):
        _refuse_other_sheet(os.path.join(folder, name), sheet, text)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror or error}") from None
    write(key, [keys(sheets)])
    for name, text in texts.items():
        deliver([text], os.path.join(folder, name))
    echo(f"{count_of(len(names), 'sheet')} in {folder}, the key in {key}", err=True)


def _refuse_other_key(path: str, sheets: Sequence[Sheet]) -> None:
    """Refuse to replace the key of another exercise, or a file that is no key."""
    from ...homework import keys

    if path == "-" or not os.path.isfile(path) or not os.path.getsize(path):
        return
    if read_bytes(path) != keys(sheets).encode():
        raise UsageError(f"{path} exists and is not the key of this exercise; remove it, or name another file with --key")


def _refuse_other_sheet(path: str, sheet: Sheet, text: str) -> None:
    """Refuse to replace the sheet of another exercise, or a csv that a student has filled in."""
    from ...homework import read_requests

    if path == "-" or not os.path.isfile(path):
        return
    held = read_bytes(path).decode("utf-8-sig", errors="replace")
    others = [request for request in read_requests(held) if request != sheet.request]
    if others:
        raise UsageError(f"{path} belongs to another exercise ({others[0].describe()}); move it, or name another file")
    if held.startswith("sheet,") and held != text:
        raise UsageError(f"{path} is another sheet, or one that is filled in; move it, or name another file")


def _file_name(student: str) -> str:
    """The name without what a file's name cannot have."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in student)


def _names(students: str) -> list[str]:
    """The names of a list with commas, or of a file."""
    from ...homework.students import listed, read_students

    if os.path.exists(students) and not os.path.isdir(students):
        return read_students(read_bytes(students), students)
    if students.lower().endswith((".csv", ".txt")):
        raise UsageError(f"{students} is not there")
    return listed(students)
