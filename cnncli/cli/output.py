"""What commands print: the one place that writes to the terminal, so that text of others reaches no terminal unescaped.

Names, quoted values, file names and answers may hold escape codes; what is printed here shows them instead of obeying them.
Standard output and files get the same text. Only `Styled` text, tables that rich has drawn, keeps its codes; their cells are
escaped before they are drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from ..printable import printable


def echo(text: object = "", err: bool = False, nl: bool = True) -> None:
    """Print lines of text, control characters escaped."""
    click.echo(printable_lines(str(text)), err=err, nl=nl)


def echo_json(value: Any, indent: int | None = None) -> None:
    """Print a value as JSON."""
    from ..render.json import dumps

    echo(dumps(value, indent))


def echo_file(data: bytes) -> None:
    """Print the content of a file: byte by byte into a pipe or a file; on a terminal as text with control characters escaped."""
    if sys.stdout.isatty():
        echo(data.decode("utf-8", errors="backslashreplace").replace("\r\n", "\n"), nl=False)
    else:
        click.echo(data, nl=False)


def deliver(pieces: Iterable[str], output: str | None = None) -> None:
    """Print text in pieces, or write it to the file `output`, whole or not at all."""
    from ..render.styled import Styled

    shown = (piece if isinstance(piece, Styled) else printable_lines(piece) for piece in pieces)
    if output is None or output == "-":
        sys.stdout.writelines(shown)
        sys.stdout.flush()
        return
    from .files import write

    write(output, shown)


def printable_lines(text: str) -> str:
    """Escape control characters, but for those that lay out text in lines and columns."""
    return "\n".join([line if line.isprintable() else printable(line, "\t") for line in text.split("\n")])
