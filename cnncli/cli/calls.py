"""Commands called from Python."""

from __future__ import annotations

import io
import os
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from typing import Any

import click

from ..errors import UsageError


def run_train(words: list[str], quiet: bool) -> dict[str, Any]:
    """Run `cnncli train`; returns the result of the run, with its folder. Raises CnncliError, and KeyboardInterrupt when interrupted."""
    from . import main
    from .commands.train import command

    output = io.StringIO()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(output))
        if quiet:
            stack.enter_context(redirect_stderr(io.StringIO()))
        try:
            [result] = command.main(words, prog_name="cnncli train", standalone_mode=False, **main.context_settings)
        except click.ClickException as error:
            raise UsageError(error.format_message()) from None
        except click.Abort:
            raise KeyboardInterrupt from None
    return {**result, "folder": os.path.abspath(output.getvalue().splitlines()[-1])}
