"""cnncli train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..asked import IN_RECIPE, OF_MACHINE, asked, request, stem
from ..options import Spec
from ..output import echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...training.distributed.cluster import Cluster
    from ...training.folder import Folder
    from ...training.prepare import Prepared, Request


@click.command("train", epilog="Example: cnncli train lenet --data digits --epochs 5")
@click.argument("spec", required=False, type=Spec())
@asked
@click.option(
    "--seeds", type=click.IntRange(1), default=1, metavar="N", help="N runs with N seeds, in one folder; prints mean and deviation."
)
@click.option("--checkpoint-every", type=click.FloatRange(0), default=30.0, show_default=True, metavar="SECONDS")
@click.option(
    "--distributed",
    is_flag=False,
    flag_value="here",
    metavar="[HOST:PORT,...]",
    help="Share each batch out among all devices of this machine, or of the machines at these addresses.",
)
@click.option("--rank", type=int, metavar="N", help="Which of these addresses is this machine: 0 for the first, which keeps the run.")
@click.option("--tensorboard", is_flag=True, help="Also write logs for TensorBoard.")
@click.option("--resume", type=click.Path(), metavar="RUN", help="Go on with a run that was stopped, or with those of --seeds.")
@click.option("-o", "--output", type=click.Path(), metavar="RUN", help="The folder of the run; without it runs/NAME-1, -2 ...")
def command(spec: str | None, resume: str | None, output: str | None, seeds: int, tensorboard: bool, **given: Any) -> None:
    """Train a network by the recipe of its spec.

    Options change the recipe. A run leaves a folder with everything that it came from and everything that came of it.
    """
    from ...errors import UsageError

    given["cluster"] = cluster_of(given["distributed"], given["rank"])
    if resume is not None:
        told = [name for name in IN_RECIPE if given[name] is not None]
        if told or given["more"] or given["settings"] or output or seeds > 1:
            left_out = ", ".join(f"--{name.replace('_', '-')}" for name in told) or "the other options"
            raise UsageError(f"a run is resumed as it was begun; leave out {left_out}")
        results = resumed(resume, spec, given, tensorboard)
    elif spec is None:
        raise UsageError("which network? cnncli train lenet, or --resume with the folder of a run")
    else:
        results = fresh(spec, output, seeds, given, tensorboard)
    if len(results) > 1:
        together(results)


def cluster_of(asked: str | None, rank: int | None) -> Cluster | None:
    """Who trains together, if anyone. Raises UsageError."""
    if asked is None and rank is None:
        return None
    from ...training.distributed.cluster import HERE, cluster

    return cluster(asked or HERE, rank)


def fresh(spec: str, output: str | None, seeds: int, given: dict[str, Any], tensorboard: bool) -> list[dict[str, Any]]:
    """A new run, or one for each of several seeds, all of which are written down before the first step of the first."""
    import shutil

    from ...errors import CnncliError
    from ...training import folder as folders

    each = [request(spec, given, number, given["checkpoint_every"])._replace(cluster=given["cluster"]) for number in range(seeds)]
    from ...training import tensorboard as board  # only now: a request is refused where what training needs is not installed

    if output is not None and not follows(each[0]):
        folders.free(output)
    made: list[Folder] = []

    def folder() -> Folder:
        whole = folders.place(stem(each[0].document.path), output)
        numbers = [wanted.recipe.seed for wanted in each]
        made.extend([folders.made(folders.seed(whole, one), whole) for one in numbers] if seeds > 1 else [folders.made(whole)])
        try:
            for one, wanted in zip(made, each, strict=True):
                begin(one, wanted, dict(given["settings"]))
                if tensorboard:
                    board.room(one).mkdir()
            if seeds > 1:
                folders.Folder(whole).write_json(folders.SEEDS, {"seeds": numbers})
        except CnncliError:
            shutil.rmtree(whole, ignore_errors=True)  # no run, so the same command may be given again
            raise
        return made[0]

    first = trained(each[0], folder, tensorboard)
    if follows(each[0]):
        return [first, *(trained(wanted, folder, tensorboard) for wanted in each[1:])]
    return [first, *(taken_up(one, None, given, tensorboard) for one in made[1:])]


def begin(folder: Folder, wanted: Request, settings: dict[str, str]) -> None:
    """Write down what the run comes from."""
    import os

    from ...training.settings import plain

    document, body = wanted.document, wanted.document.backbone
    kept = {"spec": document.path, "name": document.name, "settings": settings, "data_dir": wanted.data_dir}
    kept |= {"weights": body and body.options.source, "weights_from": body and os.path.abspath(body.folder)}
    folder.write_spec(document)
    kept["machine"] = wanted.machine._asdict()
    folder.write_json("recipe.json", {**kept, "checkpoint_seconds": wanted.checkpoint_seconds, "train": plain(wanted.recipe)})


def resumed(run: str, spec: str | None, given: dict[str, Any], tensorboard: bool) -> list[dict[str, Any]]:
    """A run goes on from its last checkpoint; so do those of several seeds, of which what is finished is kept."""
    from ...errors import UsageError
    from ...training.machine import backend_name

    backend_name()
    from ...training import folder as folders
    from ..progress import say

    several = folders.seeds(run)
    cluster = given["cluster"]
    if several and cluster is not None and cluster.workers > 1:
        raise UsageError(f"several workers resume the runs of several seeds one by one, such as --resume {several[-1]}")
    results = []
    for folder in several or [folders.existing(run)]:
        if not (folder.path / "result.json").exists():
            results.append(taken_up(folder, spec, given, tensorboard))
        elif several:
            say(f"run: {folder}, finished before")
            echo(folder)
            results.append(folder.read_json("result.json"))
        else:
            raise UsageError(f"{run} is finished; cnncli evaluate {run} tells how good it is")
    return results


def taken_up(folder: Folder, spec: str | None, given: dict[str, Any], tensorboard: bool) -> dict[str, Any]:
    """A run that was written down goes on, from its last checkpoint if there is one."""
    from ...errors import UsageError
    from ...spec import load
    from ...training import tensorboard as board
    from ...training.prepare import fingerprint
    from ...training.reopen import request_of

    wanted = request_of(folder, given["data_dir"])._replace(cluster=given["cluster"])
    if told("checkpoint_every"):
        wanted = wanted._replace(checkpoint_seconds=given["checkpoint_every"])
    machine = wanted.machine._replace(**{name: given[name] for name in OF_MACHINE if told(name)})
    wanted = wanted._replace(machine=machine)
    settings = folder.read_json("recipe.json")["settings"]
    if spec is not None and fingerprint(load(spec, settings).network) != fingerprint(wanted.document.network):
        raise UsageError(f"{folder} is a run of another network than {spec}; resume it without naming one")
    return trained(wanted, lambda: folder, tensorboard or board.room(folder).is_dir())


def told(name: str) -> bool:
    """Whether an option stands on the command line, be it with its default."""
    return click.get_current_context().get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def trained(wanted: Request, folder_of: Callable[[], Folder], tensorboard: bool) -> dict[str, Any]:
    """Say what will be trained, train it, and say what came of it. A folder is made only when nothing is refused any more."""
    from ...training import tensorboard as board
    from ...training.errors import RunError
    from ...training.prepare import prepare
    from ...training.run import awake
    from ..progress import UnheardError, reading, say
    from ..telling import beginning, ending, shared

    if tensorboard:
        board.check()
    with reading() as counted:
        prepared = prepare(wanted, counted)
    if follows(wanted):
        return followed(prepared)
    try:
        say(beginning(prepared))
        awakened = awake(prepared)
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


def watched(prepared: Prepared, awakened: Any, folder: Folder, tensorboard: bool) -> dict[str, Any]:
    """The result of a run that is told of as it goes. Raises StoppedError, and RunError where nobody can be told any more."""
    from ...training import tensorboard as board
    from ...training.conclude import conclude
    from ...training.errors import RunError, StoppedError
    from ...training.run import Run
    from ..progress import UnheardError, watcher

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
    """Take part in the run of another process, which keeps it and tells of it."""
    from ...training.folder import Nowhere
    from ...training.run import Run, Watcher, awake
    from ..progress import say

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

    from ..progress import say

    for what in ("accuracy", "loss"):
        values = [result[what] for result in results if what in result]
        if len(values) > 1:
            mean, spread, percent = statistics.mean(values), statistics.stdev(values), what == "accuracy"
            shown = f"{100 * mean:.2f} ± {100 * spread:.2f} %" if percent else f"{mean:.4f} ± {spread:.4f}"
            each = ", ".join(f"{100 * value:.2f}" if percent else f"{value:.4f}" for value in values)
            say(f"{what} over {len(values)} seeds: {shown} ({each})")
