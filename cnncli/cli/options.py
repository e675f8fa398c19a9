"""Arguments and options that several commands share, and how they complete."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import UsageError
from ..printable import printable, shorten
from .loading import input_option, restrict_option, strict_option
from .output import echo

if TYPE_CHECKING:
    from ..report import Report

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # which takes no argument before click 8.4

Command = TypeVar("Command", bound=Callable[..., Any])

# Written out, so that --help need not wake the rooms that know them; a test compares.
DTYPES = ("float64", "float32", "float16", "bfloat16", "int8")
OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam", "adamw", "lion", "muon")
FORMATS = ("table", "json", "jsonl", "csv", "markdown", "latex")


class Spec(ParamType):
    """A file, a shipped architecture, or -."""

    name = "spec"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ..spec import shipped

        return [*(CompletionItem(name) for name in shipped() if name.startswith(incomplete)), CompletionItem(incomplete, type="file")]


class Run(click.Path):
    """The folder of a run."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from .candidates import runs

        return runs(ctx, incomplete)


class Named(ParamType):
    """Text that names something which `candidates` completes."""

    def __init__(self, name: str, complete: str) -> None:
        self.name, self._complete = name, complete

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from . import candidates

        return candidates.complete(self._complete)(ctx, param, incomplete)


class Setting(ParamType):
    """name=value."""

    name = "name=value"

    def __init__(self, complete: str = "setting_names") -> None:
        self._complete = complete

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from . import candidates

        return candidates.complete(self._complete)(ctx, param, incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        name, sign, text = value.partition("=")
        if not sign or not name.strip():
            from ..printable import quote

            self.fail(f"{quote(value)} is no setting; write name=value", param, ctx)
        name, text = name.strip(), text.strip()
        if ctx is not None and param is not None:
            before = ctx.meta.setdefault(f"cnncli.given.{param.name}", {}).setdefault(name, text)
            if before != text:
                self.fail(f"{shorten(name)} is given twice, as {shorten(before)} and as {shorten(text)}; give one of them", param, ctx)
        return name, text


def several(command: Command) -> Command:
    """Any number of specs, at least one."""
    return click.argument("specs", nargs=-1, required=True, type=Spec(), metavar="SPEC...")(command)


def analysis(command: Command) -> Command:
    """The options that bear on the figures."""
    optimizer = click.option(
        "--optimizer", type=click.Choice(OPTIMIZERS), default="adam", show_default=True, help="Optimizer, for the memory of training."
    )
    return counted(optimizer(command))


def opaque_layers(command: Command) -> Command:
    """--opaque."""
    return click.option(
        "--opaque", multiple=True, metavar="NAME[=SHAPE]",
        help="Keep an unknown layer or class for its output shape alone: NAME, NAME=56x56x64 or NAME=same; totals are then partial.",
    )(command)  # fmt: skip


def counted(command: Command) -> Command:
    """Those that bear on inference too."""
    for option in (
        click.option("--dtype", type=click.Choice(DTYPES), default="float32", show_default=True, help="Element type."),
        click.option(
            "--batch",
            "--batch-size",
            "batch",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            metavar="N",
            help="Batch size, for memory.",
        ),
        opaque_layers,
        strict_option,
        restrict_option,
        click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec."),
        input_option(),
    ):
        command = option(command)
    return command


def styled(*styles: str) -> Callable[[Command], Command]:
    """--format."""
    return click.option("--format", "style", type=click.Choice(styles or FORMATS), default=(styles or FORMATS)[0], show_default=True)


ENDINGS = {
    ".csv": "csv", ".gift": "gift", ".json": "json", ".jsonl": "jsonl", ".md": "markdown", ".tex": "latex", ".xml": "moodle"
}  # fmt: skip


def styled_by_file(*styles: str) -> Callable[[Command], Command]:
    """--format, which the ending of -o FILE sets where it is not given. `style` is the format; the first is the default."""

    def choose(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
        output = str(ctx.params.get("output") or "")
        ending = os.path.splitext(output)[1].lower()
        if value is not None or ending not in ENDINGS or os.path.isdir(output):
            return value or styles[0]
        if ENDINGS[ending] not in styles:
            known = ", ".join(known for known, form in ENDINGS.items() if form in styles)
            raise UsageError(f"-o {shorten(output)}: {ending} is no format of this command; endings are {known}, or give --format")
        return ENDINGS[ending]

    def decorate(command: Command) -> Command:
        words = f"{styles[0]}, unless the ending of FILE sets it."
        return click.option("--format", "style", type=click.Choice(styles), callback=choose, help=words)(command)

    return decorate


def analyzed(spec: str, settings: tuple[tuple[str, str], ...], input_size: str | None, opaque: tuple[str, ...], **counted: Any) -> Report:
    """The report of one spec or model. What it misses is said on standard error."""
    from ..report import analyze
    from .loading import load

    report = analyze(load(spec, dict(settings), input_size, opaque).network, **counted)
    if report.partial:
        echo(printable(f"{spec}: partial; every total lacks what is in {', '.join(report.partial)}"), err=True)
    return report


def width() -> int | None:
    """The width of the terminal, if standard output is one."""
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns
