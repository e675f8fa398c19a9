"""cnncli verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...errors import unknown_name
from ...printable import printable
from ..loading import input_option, restrict_option, strict_option
from ..options import ParamType, Setting, Spec, styled
from ..output import echo, echo_json

if TYPE_CHECKING:
    from ...importers.model import Model
    from ...spec import Document
    from ...verify import Certificate, RandomFailure

# Written out, so that --help need not wake the room that knows them; a test compares.
QUANTITIES = ("shapes", "weights", "macs", "receptive_field", "memory")


class Quantities(ParamType):
    """Names with commas between them."""

    name = "names"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        from ..candidates import in_list

        return in_list(QUANTITIES, incomplete)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        names = [name.strip() for name in value.split(",")] if isinstance(value, str) else value
        for name in names:
            if name not in QUANTITIES:
                self.fail(unknown_name("quantity", name, QUANTITIES), param, ctx)
        return tuple(dict.fromkeys(names))


@click.command("verify", epilog="Example: cnncli verify resnet18 mobilenet_v2")
@click.argument("specs", nargs=-1, type=Spec(), metavar="[SPEC]...")
@click.option("--all", "everything", is_flag=True, help="Verify all shipped architectures.")
@click.option(
    "--random", "count", type=click.IntRange(1), metavar="N", help="Also verify N random networks; a failing one is reduced and printed."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="S",
    help="Random seed of the first network; the next has S + 1.",
)
@click.option("--only", type=Quantities(), default=QUANTITIES, metavar="NAMES", help=f"Some of {', '.join(QUANTITIES)}.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the specs.")
@input_option()
@strict_option
@restrict_option
@styled("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    specs: tuple[str, ...],
    everything: bool,
    count: int | None,
    seed: int,
    only: tuple[str, ...],
    settings: tuple[tuple[str, str], ...],
    input_size: str | None,
    style: str,
) -> None:
    """Compare the figures with the model that Keras builds.

    Compares, layer by layer, output shapes, names and shapes of weights, MACs (from the built kernels and from the framework's
    profiler), receptive fields (from gradients) and memory. KERAS_BACKEND, or else keras.json,
    selects the framework.

    Exit code 0: everything agrees; 1: something differs; 2: a file was refused, or Keras is not installed. A network with a layer
    that Keras does not have is refused; the others are still compared.
    """
    from ...errors import UsageError
    from ...spec import shipped
    from ...verify import wake_keras
    from ...waking import backend_note
    from ..loading import load

    if not (specs or everything or count):
        raise UsageError("nothing to verify; name a spec, or give --all or --random N")
    documents = [load(spec, dict(settings), input_size) for spec in (*specs, *(shipped() if everything else ()))]
    if backend_note():
        echo(backend_note(), err=True)
    wake_keras("verify")
    outcome = Outcome(style)
    with Progress(len(documents) + (count or 0)) as progress:
        for document in documents:
            outcome.add(document, only, progress)
        for number in range(seed, seed + (count or 0)):
            outcome.add_random(number, only, progress)
    outcome.finish(seed, count)
    ctx.exit(outcome.code)


class Outcome:
    """What has come out so far. Text is printed as it comes, JSON at the end."""

    def __init__(self, style: str) -> None:
        self.style = style
        self.certificates: list[Certificate] = []
        self.failures: list[RandomFailure] = []
        self.random: dict[str, int] = {}
        self.refused: dict[str, str] = {}

    def add(self, document: Document | Model, only: tuple[str, ...], progress: Progress) -> None:
        """The certificate of a spec."""
        from ...errors import LayerError
        from ...verify import certify

        try:
            certificate = certify(document.network, only, lambda step: progress.tell(f"{document.name}: {step}"))
        except LayerError as error:  # that Keras has no such layer is no reason to leave the others out
            self.refused[document.name] = str(error)
            progress.say(f"Error: {error}", err=True)
            return
        finally:
            progress.tell(document.name, 1)
        self.certificates.append(certificate)
        if self.style == "text":
            progress.say("\n".join(certificate.lines()))

    def add_random(self, seed: int, only: tuple[str, ...], progress: Progress) -> None:
        """That of the network that a seed draws."""
        from ...verify import certify_random

        progress.tell(f"random network {seed}")
        certificate, failure = certify_random(seed, only)
        progress.tell(f"random network {seed}", 1)
        for quantity, number in certificate.compared.items():
            self.random[quantity] = self.random.get(quantity, 0) + number
        if failure:
            self.failures.append(failure)
            if self.style == "text":
                head = f"seed {seed} draws a network that does not agree; it shrinks to"
                progress.say("\n".join([head, "", failure.spec, *failure.certificate.lines()]))

    @property
    def code(self) -> int:
        """The exit code: a file that is refused is told before a figure that differs, as at the start."""
        return 2 if self.refused else int(bool(self.failures) or any(one.mismatches for one in self.certificates))

    def finish(self, seed: int, count: int | None) -> None:
        """The certificate of all of it."""
        from ...verify import versions

        if self.style == "json":
            echo_json(self.as_dict(seed, count), 2)
            return
        if count:
            figures = sum(self.random.values())
            agree = f"{len(self.failures)} do not agree" if self.failures else f"all {figures:,} figures agree"
            echo(f"{count:,} random networks, seeds {seed} to {seed + count - 1}: {agree}")
        if not (self.certificates or count):
            return
        differences = [one.largest_difference for one in (*self.certificates, *(failure.certificate for failure in self.failures))]
        largest = "no number: see above" if None in differences else f"{max([one or 0 for one in differences], default=0):,}"
        named = ", ".join(" ".join([name, *version.split()]) if name != "backend" else version for name, version in versions().items())
        echo(f"largest difference: {largest} ({named})")

    def as_dict(self, seed: int, count: int | None) -> dict[str, Any]:
        """For JSON."""
        from ...verify import versions

        found: dict[str, Any] = {
            "schema": "cnncli/certificate/1",
            "versions": versions(),
            "verified": not self.code,
            "networks": [one.as_dict() for one in self.certificates],
            "refused": [{"name": name, "reason": reason} for name, reason in self.refused.items()],
        }
        if count:
            failures = [{"seed": one.seed, "spec": one.spec, **one.certificate.as_dict()} for one in self.failures]
            found["random"] = {"networks": count, "seed": seed, "compared": self.random, "failures": failures}
        return found


class Progress:
    """A bar on a terminal (standard error); elsewhere nothing."""

    def __init__(self, total: int) -> None:
        import sys

        self.bar: Any = None
        if sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            self.bar = progress.Progress(console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False)
            self.task = self.bar.add_task("", total=total)

    def tell(self, words: str, more: int = 0) -> None:
        """What is being done, and how many more are done."""
        if self.bar:
            from rich.markup import escape

            self.bar.update(self.task, description=escape(printable(words)), advance=more)

    def __enter__(self) -> Progress:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar:
            self.bar.stop()

    def say(self, text: str, err: bool = False) -> None:
        """Print a result, or on standard error a refusal, with the bar out of the way."""
        self.__exit__()
        echo(text, err=err)
        self.__enter__()
