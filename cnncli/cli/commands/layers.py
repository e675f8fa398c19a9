"""cnncli layers."""

from __future__ import annotations

from typing import Any

import click

from ..options import ParamType, styled, width
from ..output import deliver


class Kind(ParamType):
    """A kind of layer."""

    name = "kind"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        from ...layers import KINDS

        return [CompletionItem(name) for name in KINDS if name.startswith(incomplete)]


@click.command("layers", epilog="Example: cnncli layers conv")
@click.argument("kind", required=False, type=Kind())
@styled()
def command(kind: str | None, style: str) -> None:
    """List the kinds of layers, or describe one.

    With KIND: its options, shapes, weights and operations.
    """
    from ...errors import UsageError
    from ...layers import KINDS
    from ...printable import quote
    from ...render import tables
    from ...render.vocabulary import index, page, render_json
    from ...synonyms import kind_hint

    known = {name: cls for name, cls in KINDS.items() if name != "input"}
    if kind and kind not in known:
        raise UsageError(f"no kind of layer is called {quote(kind)}{kind_hint(kind, known)}")
    picked = {kind: known[kind]} if kind else known
    if style in ("json", "jsonl"):
        deliver([render_json(picked, style == "jsonl")])
    else:
        deliver([tables([page(known[kind]) if kind else index(known)], style, width())])
