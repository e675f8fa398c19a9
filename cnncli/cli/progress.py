"""What a user sees of a run: on a terminal a line that moves, elsewhere one plain line for each epoch."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..training.run import Watcher
from . import print_no_more
from .output import echo, printable_lines

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..training.loop import Loop, Progress

WIDE = 130  # columns, for the bar and every figure beside it
ENOUGH = 1.0  # seconds of training after which the time that is left can be told


class UnheardError(Exception):
    """Standard output takes no more: its reader is gone, or the disk is full."""


def say(line: str) -> None:
    """Print a line at once. Raises UnheardError."""
    try:
        echo(line)
        sys.stdout.flush()
    except OSError as error:
        print_no_more()
        raise UnheardError(error.strerror or str(error)) from None


class Plain(Watcher):
    """One line for each epoch."""

    def __init__(self) -> None:
        self.told = False
        self.epochs = 0.0

    def began(self, loop: Loop, resumed: bool) -> None:
        self.loop, self.epochs = loop, loop.epochs
        if resumed:
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

    def say(self, line: str) -> None:
        """Print a line. Raises UnheardError."""
        say(line)

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

        words, console = "{task.fields[words]}", Console()
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
    """The one for where standard output goes."""
    return Moving() if sys.stdout.isatty() else Plain()


def moving_words(progress: Progress, wide: bool) -> str:
    """What stands beside the bar; on a narrow terminal what is needed most."""
    left = f"{duration(progress.seconds_left)} left"
    if not wide:
        return f"loss {progress.loss:.4f}  {100 * progress.accuracy:.2f} %  {left}"
    shown = f"loss {progress.loss:.4f}  accuracy {100 * progress.accuracy:.2f} %  lr {progress.rate:.2g}"
    return f"{shown}  {progress.images_per_second:,.0f} images/s  {left}"


def epoch_line(row: dict[str, Any], epochs: float) -> str:
    """epoch 3/20  loss 0.0712  accuracy 97.80 %  test loss 0.0480  test accuracy 98.41 %  lr 0.0019"""
    parts = [f"epoch {row['epoch']}/{epochs:g}"]
    for name, value in row.items():
        if name.endswith("loss"):
            parts.append(f"{name.replace('_', ' ')} {value:.4f}")
        elif name.endswith("accuracy"):
            parts.append(f"{name.replace('_', ' ')} {100 * value:.2f} %")
    return "  ".join([*parts, f"lr {row['lr']:.2g}"])


def duration(seconds: float) -> str:
    """45 s, 3 min 20 s, 2 h 5 min."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} s"
    minutes, seconds = divmod(whole, 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
