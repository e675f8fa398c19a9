"""cnncli completion."""

from __future__ import annotations

import os

import click

from ..output import echo

SHELLS = ("bash", "zsh", "fish")


@click.command("completion", epilog='Example: eval "$(cnncli completion bash)"')
@click.argument("shell", required=False, type=click.Choice(SHELLS))
def command(shell: str | None) -> None:
    """Print a shell completion script.

    Completes commands, options, names and files. SHELL defaults to that of $SHELL.

    \b
    bash    eval "$(cnncli completion bash)"          in ~/.bashrc
    zsh     eval "$(cnncli completion zsh)"           in ~/.zshrc
    fish    cnncli completion fish | source           in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from .. import main
    from ..bash import install

    install()
    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    made = get_completion_class(name) if name in SHELLS else None
    if made is None:
        raise click.UsageError(f"which shell? {', '.join(SHELLS)}")
    script = made(main, {}, "cnncli", "_CNNCLI_COMPLETE")
    echo(script.source_template % script.source_vars())
