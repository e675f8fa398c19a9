"""The command line: one thin file per command, each woken only when it is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import StringIO
from typing import Any, TextIO

import click

from .. import __version__
from ..errors import CnncliError, UsageError
from ..printable import printable
from .output import echo
from .streams import STDOUT, name_errors, open_closed_streams

# The sentences are those of the commands, which are not imported to write --help.
GROUPS = {
    "Analyse": {
        "summarize": "Show every layer of a network, and the totals.",
        "explain": "Show how each figure is calculated: formula, numbers, result.",
        "get": "Print single figures, for scripts.",
        "validate": "Check specs and the figures that they expect.",
        "verify": "Compare the figures with the model that Keras builds.",
        "list": "List the shipped architectures.",
        "show": "Print the YAML of a shipped architecture.",
        "layers": "List the kinds of layers, or describe one.",
    },
    "Learn": {
        "calc": "Calculate the figures of layers without a file.",
        "solve": "Find the options that give a size, receptive field or cost.",
        "convolve": "Convolve a matrix or an image, step by step.",
        "pool": "Pool a matrix or an image, step by step.",
        "trace": "Run a small network on given numbers and print every map.",
        "exercise": "Create a worksheet of questions about layers.",
        "grade": "Grade answers and explain common mistakes.",
    },
    "Convert": {
        "convert": "Convert a Keras or ONNX model to a spec.",
        "export": "Export a network to Keras, ONNX, PyTorch or a diagram.",
    },
    "Train": {
        "train": "Train a network with the recipe in its spec.",
        "lr-find": "Find a learning rate.",
        "evaluate": "Evaluate a trained network on its test images.",
        "predict": "Classify images with a trained network.",
    },
    "Set up": {
        "doctor": "Check the training environment.",
        "schema": "Print a JSON Schema for editors.",
        "completion": "Print a shell completion script.",
    },
}
COMMANDS = {name: words for group in GROUPS.values() for name, words in group.items()}


def _left_out(word: str) -> str:
    """The mend where the name of a spec stands in the place of the command."""
    from ..printable import shorten
    from ..spec.source import shipped

    return f"; to show this network, write cnncli summarize {shorten(word)}" if os.path.isfile(word) or word in shipped() else ""


class Commands(click.Group):
    """The border: commands are imported when named, and whatever is refused becomes a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), words) for name, words in group.items()])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f".commands.{cmd_name.replace('-', '_')}", __name__).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if not ctx.resilient_parsing:
            refuse_empty(ctx, args)
        if not ctx.resilient_parsing and args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from ..errors import nearest
            from ..printable import quote

            ctx.fail(f"no command is called {quote(args[0])}{nearest(args[0], COMMANDS) or _left_out(args[0])}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run, and see to it that what was printed is out. (Click would end a broken pipe with 1: a failed check.)"""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            print_no_more(sys.stdout)  # the reader has had enough (head, less): all is well
        except OSError as error:
            raise refusal_of(error) from None

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and leave with an exit code: 0 all well; 1 a check failed; 2 wrong usage or a refused file; 130 interrupted."""
        words = args[0] if args else extra.get("args")
        words = sys.argv[1:] if words is None else words
        open_closed_streams()
        sys.stdout = name_errors(sys.stdout)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")  # a terminal without the letter is no reason to fail
        if "_CNNCLI_COMPLETE" in os.environ:
            from .bash import install

            install()
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            message = StringIO()
            error.show(message)
            report(message.getvalue().removesuffix("\n"), words)
            code = error.exit_code
        except CnncliError as error:
            report(f"{error.prefix}{error}", words)
            code = error.exit_code
            if error.abrupt:
                sys.stdout.flush()
                os._exit(code)
        except (click.Abort, KeyboardInterrupt):
            code = 130
        except OSError as error:  # of --help, which click prints before it invokes anything
            report(f"Error: {refusal_of(error)}", words)
            code = UsageError.exit_code
        sys.exit(code if isinstance(code, int) else 0)


def report(message: str, words: Sequence[str]) -> None:
    """Print a message to standard error, unless nobody reads there any more. No word of the command line begins a line in it."""
    from ..printable import shorten_words

    for word in words:
        for part in (word, word.partition("=")[2]):
            if "\n" in part:
                message = message.replace(part, printable(part))
    try:
        echo(shorten_words(message), err=True)
    except OSError:
        print_no_more(sys.stderr)


def refuse_empty(ctx: click.Context, args: list[str]) -> None:
    """Refuse an argument or the value of an option that has no characters, as an unset variable of the shell gives it."""
    for place, word in enumerate(args):
        before = args[place - 1] if place else ""
        option = word[:-1] if word.startswith("--") and word.endswith("=") else before if before.startswith("-") else ""
        if not word or word == f"{option}=":
            what = f"the value of {option}" if option.strip("-") else f"argument {place} of {args[0]}" if place else "the command"
            ctx.fail(f"{what} is empty; if it comes from a variable of the shell, that is not set")


def refusal_of(error: OSError) -> UsageError:
    """What the operating system refused, and for which file where that is known."""
    if error.filename == STDOUT:
        print_no_more(sys.stdout)
    where = "a file could not be read or written" if error.filename is None else error.filename
    return UsageError(f"{where}: {error.strerror or error}")


def print_no_more(stream: TextIO) -> None:
    """A stream takes no more: let what Python still writes there, when it closes its streams, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: cnncli summarize vgg16",
)
@click.version_option(__version__, "-V", "--version", prog_name="cnncli", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Analyse, explain, verify and train CNNs that are described in YAML: shapes, parameters, MACs, receptive fields, memory.

    A SPEC is a YAML file, a Keras or ONNX model, the name of a shipped architecture (see cnncli list), or - for standard input.
    """
    if ctx.invoked_subcommand is None:
        echo(ctx.get_help())
