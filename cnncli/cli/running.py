"""Train one run and report its progress: a run of this process, or a part in the run of another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .output import echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..training.folder import Folder
    from ..training.prepare import Prepared, Request


def trained(wanted: Request, folder_of: Callable[[], Folder], tensorboard: bool) -> dict[str, Any]:
    """Report what will be trained, train it, and report the result. The folder is created only after all checks have passed."""
    from ..training import tensorboard as board
    from ..training.errors import RunError
    from ..training.prepare import prepare
    from ..training.run import awake
    from ..waking import backend_note
    from .progress import UnheardError, reading, say
    from .telling import beginning, ending, shared

    if tensorboard:
        board.check()
    with reading() as counted:
        prepared = prepare(wanted, counted)
    if follows(wanted):
        return followed(prepared)
    try:
        say(beginning(prepared))
        if backend_note():
            say(backend_note())
        awakened = awake(prepared)
        warn_of_ranges(prepared, awakened[0].task)
        if wanted.cluster is not None:
            say(shared(awakened[0].task))
        folder = folder_of()
        say(f"run: {folder}")
    except UnheardError as error:
        raise RunError(f"nothing is trained, because standard error cannot be written ({error})") from None
    result = watched(prepared, awakened, folder, tensorboard)
    say(ending(result))
    echo(folder)
    return result


def warn_of_ranges(prepared: Prepared, task: Any) -> None:
    """Warn of layers that would clip the images of training; with --strict raise SpecError."""
    from ..lint import Finding
    from ..training.value_ranges import mismatches
    from .loading import warn

    slips = mismatches(prepared.network, task.scale, task.offset)
    warn([Finding("value-range", *slip) for slip in slips], prepared.request.document.path)


def watched(prepared: Prepared, awakened: Any, folder: Folder, tensorboard: bool) -> dict[str, Any]:
    """Train, with progress on standard error, and return the result. Raises StoppedError and RunError."""
    from ..training import tensorboard as board
    from ..training.conclude import conclude
    from ..training.errors import RunError, StoppedError
    from ..training.run import Run
    from .progress import UnheardError, watcher

    with watcher() as watching:
        run = Run(prepared, awakened, folder, board.Board(folder, watching) if tensorboard else watching)
        try:
            run.train()
            result = conclude(run)
            run.part()
        except KeyboardInterrupt:
            raise StoppedError(f"Interrupted; {run.keeper.how_to_go_on}") from None
        except UnheardError as error:
            run.keeper.after_chunk()  # the best weights first, if they are those of the epoch that could not be told of
            run.keeper.keep()
            raise RunError(f"stopped, because standard error cannot be written ({error}); {run.keeper.how_to_go_on}") from None
    return result


def follows(wanted: Request) -> bool:
    """Whether another process keeps the run."""
    return wanted.cluster is not None and wanted.cluster.rank > 0


def followed(prepared: Prepared) -> dict[str, Any]:
    """Take part in the run of another process, which saves it and reports its progress."""
    from ..training.folder import Nowhere
    from ..training.run import Run, Watcher, awake
    from .progress import say

    cluster = prepared.request.cluster
    assert cluster is not None
    say(f"{cluster.name(cluster.rank)} of {cluster.workers}, 0 to {cluster.workers - 1}; {cluster.name(0)} keeps the run")
    run = Run(prepared, awake(prepared), Nowhere(), Watcher())
    run.train()
    run.part()
    return {}


def together(results: list[dict[str, Any]]) -> None:
    """Mean and deviation over several seeds."""
    import statistics

    from .progress import say

    for what in ("accuracy", "loss"):
        values = [result[what] for result in results if what in result]
        if len(values) > 1:
            mean, spread, percent = statistics.mean(values), statistics.stdev(values), what == "accuracy"
            shown = f"{100 * mean:.2f} ± {100 * spread:.2f} %" if percent else f"{mean:.4f} ± {spread:.4f}"
            each = ", ".join(f"{100 * value:.2f}" if percent else f"{value:.4f}" for value in values)
            say(f"{what} over {len(values)} seeds: {shown} ({each})")
