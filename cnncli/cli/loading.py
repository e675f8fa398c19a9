"""Load a spec for a command, and warn of slips in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from .output import echo

if TYPE_CHECKING:
    from ..importers.model import Model
    from ..lint import Finding
    from ..spec import Document, Fault

Command = TypeVar("Command", bound=Callable[..., Any])
_STRICT, _CHANGE_AXES, _RESTRICT, _SHOWN = "cnncli.strict", "cnncli.change_axes", "cnncli.restrict", "cnncli.warnings"


def strict_option(command: Command) -> Command:
    """--strict."""
    return _flag("--strict", _STRICT, "Treat warnings as errors.")(command)


def restrict_option(command: Command) -> Command:
    """--restrict."""
    words = "Read no files outside the spec's folder that it names (extends, backbone, weights, data)."
    return _flag("--restrict", _RESTRICT, words)(command)


def restricted() -> bool:
    """Whether --restrict was given."""
    return bool(_meta().get(_RESTRICT, False))


def input_option(name: str = "--input", example: str = "160x160x3") -> Callable[[Command], Command]:
    """--input and --change-axes."""

    def add(command: Command) -> Command:
        words = f"Another input: the axes, then the channels, such as {example}."
        command = _flag("--change-axes", _CHANGE_AXES, f"Let {name} change the number of axes.")(command)
        return click.option(name, "input_size", metavar="SIZE", help=words)(command)

    return add


def _flag(name: str, key: str, words: str) -> Callable[[Command], Command]:
    """A flag that is kept in the context for `load`."""

    def keep(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        ctx.meta[key] = value

    return click.option(name, is_flag=True, expose_value=False, callback=keep, help=words)


def _meta() -> dict[str, Any]:
    """What the options of this module were given for the command that runs; nothing outside of a command."""
    ctx = click.get_current_context(silent=True)
    return {} if ctx is None else ctx.meta


class Argument:
    """A path as it was typed, which is never taken for YAML text."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return self.path


def load(
    spec: str, settings: Mapping[str, str] | None = None, input_size: str | None = None, opaque: Sequence[str] = (), *, leave_out: str = ""
) -> Document | Model:
    """Load a spec or a model as `cnncli.load` does, and print warnings of all rules but `leave_out` on standard error."""
    from ..importers import is_model
    from ..sources import load as load_quietly

    change_axes = _meta().get(_CHANGE_AXES, False)
    document = load_quietly(Argument(spec), settings, input_size, opaque, change_axes, restricted())
    if not is_model(spec):
        _refuse_output(cast("Document", document))
        check_document(cast("Document", document), leave_out)
    return document


def load_spec(spec: str, settings: Mapping[str, str]) -> Document:
    """Load a spec that is no model of another program, and print warnings on standard error."""
    from ..spec import load as load_quietly

    document = load_quietly(spec, settings, restrict=restricted())
    _refuse_output(document)
    check_document(document)
    return document


def _refuse_output(document: Document) -> None:
    """Refuse to write to a file that the spec names: one that it extends, or its backbone. Raises UsageError."""
    ctx = click.get_current_context(silent=True)
    output = ctx.params.get("output") if ctx is not None else None
    if isinstance(output, str):
        from .files import refuse_same_file

        refuse_same_file({"-o": output}, document.read_paths())


def check_document(document: Document, leave_out: str = "") -> None:
    """Print warnings of all rules but `leave_out`."""
    from ..lint import check

    warn(check(document.network, document.expect, document.marks, (leave_out,)), document.path)


def warn(findings: Iterable[Finding], path: str = "") -> None:
    """Print findings on standard error, each once; with --strict raise SpecError."""
    from ..errors import SpecError

    meta = _meta()
    severity = "" if meta.get(_STRICT) else "warning: "
    found = [((finding.rule, finding.place, path), _fault(finding, severity, path)) for finding in findings]
    found.sort(key=lambda pair: pair[1].order())
    if found and meta.get(_STRICT):
        raise SpecError([fault for _, fault in found])
    shown: set[object] = meta.setdefault(_SHOWN, set())
    for key, fault in found:
        if key not in shown:
            shown.add(key)
            echo(fault, err=True)


def _fault(finding: Finding, severity: str, path: str) -> Fault:
    """A finding at its place: in a file, in the words of a chain, or in `path` as a whole."""
    from ..spec import Fault, Mark

    text, place = severity + finding.text, finding.place
    if isinstance(place, Mark):
        return Fault(text, place)
    underlined = getattr(place, "underlined", None)  # a stretch of the command line
    return Fault(f"{text}\n{underlined()}", None) if underlined else Fault(text, None, name=path)
