"""cnncli solve: its own commands, one for each question."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..loading import restrict_option, strict_option
from ..options import ParamType, Spec, styled
from ..output import deliver
from .calc import Word
from .validate import Condition

if TYPE_CHECKING:
    from ...expectation import Expectation
    from ...solve import Answer

MOST_NUMBERS = 10_000
Command = TypeVar("Command", bound=Callable[..., Any])


class Numbers(ParamType):
    """3, or 1:11 (both included), or 3,5,7."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            if ":" in value:
                low, high = map(int, value.split(":"))
                found: Any = range(low, high + 1)[: MOST_NUMBERS + 1]
            else:
                found = tuple(int(part) for part in value.split(","))
            least = 0 if param is not None and param.name == "padding" else 1
            if not found or min(found) < least:
                raise ValueError
        except ValueError:
            self.fail(f"{value} is no choice of numbers; write 3, or 1:11, or 3,5,7", param, ctx)
        if len(found) > MOST_NUMBERS:
            self.fail(f"{value} has more than {MOST_NUMBERS:,} numbers", param, ctx)
        return found


def answered(command: Command) -> Command:
    """--format and --all."""
    every = click.option("--all", "every", is_flag=True, help="Print all solutions, not only the first twenty.")
    return styled("text", "markdown", "latex", "json")(every(command))


@click.group("solve", epilog="Example: cnncli solve size 227 55 --kernel 11")
def command() -> None:
    """Find the options that give a size, receptive field or cost.

    Print all solutions in a range, the most common first, or the reason why there is none.

    Exit code 0: there is a solution; 1: there is none.
    """


def tell(answers: Answer | list[Answer], style: str, every: bool) -> None:
    """Print answers and leave with the exit code."""
    from ...render.answers import MOST, document, render

    told = answers if isinstance(answers, list) else [answers]
    if style == "json":
        deliver([document(told)])
    else:
        deliver(["\n".join(render(answer, style, None if every else MOST) for answer in told)])
    click.get_current_context().exit(0 if all(answer.found for answer in told) else 1)


@command.command("size", epilog="Example: cnncli solve size 224 112 --kernel 7 --stride 2")
@click.argument("before", type=click.IntRange(1), metavar="FROM")
@click.argument("after", type=click.IntRange(1), metavar="TO")
@click.option("--kernel", type=Numbers(), metavar="NUMBERS", help="Kernel or pool sizes to try: 3, 1:11 (the default), or 3,5,7.")
@click.option("--stride", type=Numbers(), metavar="NUMBERS", help="Strides to try.  [default: 1:11]")
@click.option("--padding", type=Numbers(), metavar="NUMBERS", help="Paddings to try.  [default: all smaller than the kernel]")
@click.option("--dilation", type=Numbers(), metavar="NUMBERS", help="Dilations to try.  [default: 1]")
@click.option("--kind", type=click.Choice(["conv", "conv_transpose"]), default="conv", show_default=True, help="conv includes pooling.")
@click.option("--exact", is_flag=True, help="Only solutions that leave no pixel unused.")
@answered
def size_command(before: int, after: int, kind: str, exact: bool, style: str, every: bool, **chosen: Any) -> None:
    """Find the options that turn one size into another.

    Searches kernel size, stride, padding and dilation of a convolution, a pooling layer, or a transposed convolution.
    """
    from ...solve.size import Ranges, sizes

    tell(sizes(before, after, Ranges(**{name: value for name, value in chosen.items() if value is not None}), kind, exact), style, every)


@command.command("padding", epilog="Example: cnncli solve padding 7 --stride 2 --size 224")
@click.argument("kernel", type=click.IntRange(1, 10_000))
@click.option("--size", type=click.IntRange(1), metavar="N", help="Input size; required with a stride above 1.")
@click.option("--stride", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N")
@click.option("--dilation", type=click.IntRange(1), default=1, show_default=True, metavar="N")
@answered
def padding_command(kernel: int, size: int | None, stride: int, dilation: int, style: str, every: bool) -> None:
    """Find the padding that keeps the size.

    With a stride s the output has size / s pixels, rounded up.
    """
    from ...solve.size import keeping

    tell(keeping(kernel, stride, dilation, size), style, every)


@command.command(
    "field", context_settings={"ignore_unknown_options": True}, epilog="Example: cnncli solve field 31 conv:1,3 conv:1,3 max_pool:2"
)
@click.argument("pixels", type=click.IntRange(1))
@click.argument("words", nargs=-1, type=Word(), metavar="[LAYER...]")
@answered
def field_command(pixels: int, words: tuple[str, ...], style: str, every: bool) -> None:
    """Find how many layers reach a receptive field.

    The LAYERs, written as for cnncli calc, are repeated (by default conv:1,3). Layers before `then` come once:

    \b
    cnncli solve field 100 conv:64,7,stride=2 max_pool:3,stride=2 then conv:64,3
    """
    from ...chain import pieces, split_at
    from ...errors import UsageError
    from ...solve.field import layers_that_see

    chains = split_at(words or ("conv:1,3",), "then")
    if len(chains) > 2 or not chains[-1]:
        raise UsageError("write the layers that come once, then, and those that are repeated")
    once, again = ([], chains[0]) if len(chains) == 1 else chains
    layers = [[piece.layer() for piece in pieces(chain)] for chain in (once, again)]
    tell(layers_that_see(pixels, layers[0], layers[1], " ".join(again)), style, every)


@command.command(
    "fit", context_settings={"ignore_unknown_options": True}, epilog="Example: cnncli solve fit 'params<=60000' --input 32x32x3 conv:N,5"
)
@click.argument("demand", type=Condition(), metavar="CONDITION")
@click.argument("words", nargs=-1, required=True, type=Word(), metavar="LAYER...|SPEC")
@click.option("--input", "inputs", multiple=True, metavar="SIZE", help="Input size of the layers.")
@click.option("--set", "setting", metavar="NAME=N", help="Parameter of the spec to solve for, such as width=N.")
@click.option("--and", "more", type=Condition(), multiple=True, metavar="CONDITION", help="Another condition.")
@click.option("--from", "low", default="1", show_default=True, metavar="N", help="Smallest number to try.")
@click.option("--to", "high", metavar="N", help="Largest number to try; by default the search stops by itself.")
@click.option("--step", metavar="N", help="Step between numbers, such as 0.05; by default all integers.")
@strict_option
@restrict_option
@answered
def fit_command(
    demand: Expectation, words: tuple[str, ...], inputs: tuple[str, ...], setting: str | None, more: tuple[Expectation, ...],
    low: str, high: str | None, step: str | None, style: str, every: bool,
) -> None:  # fmt: skip
    """Find the largest number N that keeps a network within limits.

    Write N in the options of layers, written as for cnncli calc, or as a parameter of a SPEC:

    \b
    cnncli solve fit 'params<=60000' --input 32x32x3 conv:N,5
    cnncli solve fit 'params<=2000000' mobilenet --set width=N --from 0.1 --to 1 --step 0.05
    """
    from ...errors import UsageError
    from ...solve.fit import LARGEST, stepped, whole_numbers

    make = of_chain(words, inputs) if inputs else of_spec(words, setting)
    demands = (demand, *more)
    try:
        ends = (low, high or str(LARGEST))
        found = (
            stepped(make, demands, *ends, step)
            if step and high
            else whole_numbers(make, demands, int(ends[0]), int(ends[1]), 512 if inputs else 32)
        )
    except ValueError:
        raise UsageError(
            f"from {low} to {high or 'the largest'}{f' by {step}' if step else ''} are no numbers; parts need --from, --to and --step"
        ) from None
    tell(found, style, every)


def of_chain(words: tuple[str, ...], inputs: tuple[str, ...]) -> Any:
    """The report of layers, with N in its place."""
    import re

    from ...chain import build, pieces, read_shape
    from ...errors import UsageError
    from ...report import analyze

    sought = re.compile(r"(?<![A-Za-z_])N(?![A-Za-z_])")
    if not any(sought.search(word) for word in words):
        raise UsageError("write N where the number is sought, such as conv:N,5")
    shapes = [read_shape(text) for text in inputs]
    return lambda number: analyze(build(shapes, pieces([sought.sub(number, word) for word in words])))


def of_spec(words: tuple[str, ...], setting: str | None) -> Any:
    """The report of a spec, with N as the parameter."""
    from ...errors import UsageError
    from ...report import analyze
    from ..loading import load

    name, _, value = (setting or "").partition("=")
    if len(words) != 1 or value != "N":
        raise UsageError("give the layers and their --input, or one SPEC and the parameter that is sought, such as --set width=N")
    return lambda number: analyze(load(words[0], {name: number}).network)


@command.command("input", epilog="Example: cnncli solve input resnet50 --to 300")
@click.argument("spec", type=Spec())
@click.option("--to", "most", type=click.IntRange(1, 100_000), default=512, show_default=True, metavar="N", help="Largest size to try.")
@click.option("--smallest", is_flag=True, help="Only print the smallest input that every layer accepts.")
@strict_option
@restrict_option
@answered
def input_command(spec: str, most: int, smallest: bool, style: str, every: bool) -> None:
    """Find the input sizes that leave no border pixels unused.

    Prints the smallest size that every layer accepts, and the sizes at which every window ends at the border.
    """
    from ...solve.inputs import smallest as first
    from ...solve.inputs import without_rest
    from ..loading import load

    network = load(spec).network
    answers = [first(network, most, counted)]
    if not smallest:
        answers.append(without_rest(network, most, counted))
    tell(answers, style, every)


def counted(sizes: range) -> Iterator[int]:
    """The sizes, with a progress bar on a terminal."""
    hidden = not sys.stderr.isatty() or len(sizes) < 1000
    with click.progressbar(sizes, label="sizes", file=sys.stderr, hidden=hidden) as bar:
        yield from bar
