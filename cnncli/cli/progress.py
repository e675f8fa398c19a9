"""What a user sees of a run, on standard error: on a terminal a progress bar, elsewhere one plain line for each epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..printable import count_of
from ..training.errors import RunError
from ..training.run import Watcher
from . import print_no_more
from .output import echo, printable_lines

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..training.loop import Loop, Progress

NARROW = 80  # columns, which the line of an epoch fits
WIDE = 130  # columns, for the bar and every figure beside it
ENOUGH = 1.0  # seconds of training after which the time that is left can be told


class UnheardError(RunError):
    """Standard error takes no more: its reader is gone, or the disk is full."""


def say(line: str) -> None:
    """Print a line to standard error at once. Raises UnheardError."""
    try:
        echo(line, err=True)
    except OSError as error:
        print_no_more(sys.stderr)
        raise UnheardError(error.strerror or str(error)) from None


class Plain(Watcher):
    """One line for each epoch."""

    def __init__(self) -> None:
        self.told = False
        self.epochs = 0.0

    def began(self, loop: Loop, resumed: bool) -> None:
        self.loop, self.epochs = loop, loop.epochs
        if resumed and loop.extended_from is not None:
            self.say(extended(loop, loop.extended_from))
        elif resumed:
            self.say(f"resumed at step {loop.step:,} of {loop.total:,}" + (f" of phase {loop.phase + 1}" if loop.phase else ""))
        elif loop.phase:
            self.say(f"phase {loop.phase + 1}: fine-tuning, {loop.total:,} steps at lr {loop.recipe.lr:g}")
        elif loop.recipe.fine_tune:
            self.say(f"phase 1: {loop.total:,} steps at lr {loop.recipe.lr:g}; fine-tuning follows")

    def progress(self, progress: Progress) -> None:
        if not self.told and self.loop.pace.seconds >= ENOUGH and progress.seconds_left > ENOUGH:
            self.told = True
            self.say(f"{progress.images_per_second:,.0f} images/s; about {duration(progress.seconds_left)} to go")

    def epoch(self, row: dict[str, Any]) -> None:
        self.say(epoch_line(row, self.epochs))
        if self.loop.ended:
            self.say(stopped_early(self.loop))

    def say(self, line: str) -> None:
        """Print a line. Raises UnheardError."""
        say(line)

    def warn(self, words: str) -> None:
        self.say(f"warning: {words}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing follows."""


class Moving(Plain):
    """A bar for the epoch that runs, below the lines of those that are over."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        words, console = "{task.fields[words]}", Console(stderr=True)
        self.wide = console.width >= WIDE
        columns = (TextColumn("epoch {task.description}"), *[BarColumn(24)] * self.wide, MofNCompleteColumn(), TextColumn(words))
        self.bar = Bar(*columns, console=console, transient=True)
        self.task = self.bar.add_task("", total=1, words="the first step compiles the network")

    def began(self, loop: Loop, resumed: bool) -> None:
        super().began(loop, resumed)
        self.bar.start()
        where = f"{loop.past_epochs + loop.step // loop.plan.steps + 1}/{loop.epochs:g}"
        self.bar.update(self.task, description=where, completed=0, total=loop.plan.steps)

    def progress(self, progress: Progress) -> None:
        words = moving_words(progress, self.wide)
        where = f"{progress.epoch + 1}/{self.epochs:g}"
        self.bar.update(self.task, description=where, completed=progress.step, total=progress.steps, words=words)

    def say(self, line: str) -> None:
        self.bar.console.print(printable_lines(line), highlight=False, markup=False)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


@contextmanager
def reading() -> Iterator[Callable[[int, int], None] | None]:
    """On a terminal a line that counts the images as they are read, where that takes a while; it is gone when they are."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    begun, line = time.monotonic(), Console(stderr=True).status("")

    def count(done: int, total: int) -> None:
        if time.monotonic() - begun > ENOUGH:
            line.update(f"reading images: {done:,} of {total:,}")
            line.start()

    try:
        yield count
    finally:
        line.stop()


def watcher() -> Plain:
    """The one for where standard error goes."""
    return Moving() if sys.stderr.isatty() else Plain()


def moving_words(progress: Progress, wide: bool) -> str:
    """What stands beside the bar; on a narrow terminal what is needed most."""
    left = f"{duration(progress.seconds_left)} left"
    if not wide:
        return f"loss {progress.loss:.4f}  {100 * progress.accuracy:.2f} %  {left}"
    shown = f"loss {progress.loss:.4f}  accuracy {100 * progress.accuracy:.2f} %  lr {progress.rate:.2g}"
    return f"{shown}  {progress.images_per_second:,.0f} images/s  {left}"


def epoch_line(row: dict[str, Any], epochs: float) -> str:
    """epoch 3/20   loss 0.0712 acc  97.80%  test loss 0.0480 acc  98.41%  lr 0.0019

    At most NARROW columns, aligned below each other; what does not fit is in history.csv.
    """
    total = f"{epochs:g}"
    line = f"epoch {row['epoch']}/{total}".ljust(len(f"epoch {total}/{total}"))
    for name, value in [*row.items(), ("rate", row["lr"])]:
        part, _, figure = name.rpartition("_")
        text = ""
        if figure == "loss":
            text = f"  {f'{part} '.replace('validation', 'val') if part else ''}loss {short(value)}"
        elif figure == "accuracy":
            text = f" {'top-5' if part.endswith('top_5') else 'acc'} {100 * value:6.2f}%"
        elif figure == "rate":
            text = f"  lr {value:.2g}"
        line += text if len(line + text) <= NARROW else ""
    return line


def short(value: float) -> str:
    """A loss in six columns: 0.0712, 12.346, 1234.6, 1.2e+09."""
    digits = next((digits for digits in (4, 3, 2, 1) if abs(value) < 10.0 ** (5 - digits)), None)
    return f"{value:.1e}" if digits is None else f"{value:.{digits}f}"


def extended(loop: Loop, before: float) -> str:
    """That a finished run trains longer, and how the learning rate goes on."""
    name, following = loop.recipe.schedule.name, float(loop.rates[min(loop.step, loop.total - 1)]) * loop.scale
    return (
        f"extended from {before:g} to {loop.epochs:g} epochs; the {name} schedule is that of {loop.epochs:g} epochs: "
        f"the next learning rate is {following:.2g}, the last one was {loop.history[-1]['lr']:.2g}"
    )


def stopped_early(loop: Loop) -> str:
    """That early stopping ended a run or a phase: when, why, and which weights are kept."""
    stopping, row = loop.recipe.early_stopping, loop.history[-1]
    best = loop.best_row
    figure = f"validation {stopping.metric}"
    value = f"{best['validation_loss']:.4f}" if stopping.metric == "loss" else f"{100 * best['validation_accuracy']:.2f} %"
    return (
        f"stopped early after epoch {row['epoch']} of {loop.epochs:g}: {figure} has not improved "
        f"for {count_of(stopping.patience, 'epoch')}; "
        f"the weights of epoch {best['epoch']} are kept ({figure} {value})"
    )


def duration(seconds: float) -> str:
    """45 s, 3 min 20 s, 2 h 5 min."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} s"
    minutes, seconds = divmod(whole, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
