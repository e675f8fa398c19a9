"""cnncli train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..asked import IN_RECIPE, OF_MACHINE, asked, request, stem
from ..options import Run, Spec
from ..output import echo
from ..running import follows, together, trained

if TYPE_CHECKING:
    from ...training.distributed.cluster import Cluster
    from ...training.folder import Folder
    from ...training.prepare import Request


@click.command("train", epilog="Example: cnncli train lenet --data digits --epochs 5")
@click.argument("spec", required=False, type=Spec())
@asked
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=1,
    metavar="N",
    help="Train N runs with N seeds in one directory; prints mean and standard deviation.",
)
@click.option("--checkpoint-every", type=click.FloatRange(0), default=30.0, show_default=True, metavar="SECONDS")
@click.option(
    "--distributed",
    is_flag=False,
    flag_value="here",
    metavar="[HOST:PORT,...]",
    help="Train on all devices of this machine, or of the machines at these addresses.",
)
@click.option("--rank", type=int, metavar="N", help="Index of this machine's address; 0, the first, writes the run directory.")
@click.option("--tensorboard", is_flag=True, help="Also write logs for TensorBoard.")
@click.option("--resume", type=Run(), metavar="RUN", help="Continue a run, or those of --seeds; with --epochs train a finished run longer.")
@click.option("-o", "--output", type=click.Path(), metavar="RUN", help="Run directory.  [default: runs/NAME-1, -2, ...]")
def command(spec: str | None, resume: str | None, output: str | None, seeds: int, tensorboard: bool, **given: Any) -> Any:
    """Train a network with the recipe in its spec.

    Options change the recipe. A run writes a directory with its spec, recipe, history, checkpoints, model and results.
    """
    from ...errors import UsageError

    given["cluster"] = cluster_of(given["distributed"], given["rank"])
    if resume is not None:
        told = [name for name in IN_RECIPE if given[name] is not None and name != "epochs"]  # a finished run may train longer
        if told or given["more"] or given["settings"] or output or seeds > 1:
            left_out = ", ".join(f"--{name.replace('_', '-')}" for name in told) or "the other options"
            raise UsageError(f"a run is resumed as it was started (only --epochs may change, once it is finished); leave out {left_out}")
        results = resumed(resume, spec, given, tensorboard)
    elif spec is None:
        raise UsageError("which network? cnncli train lenet, or --resume with the folder of a run")
    else:
        results = fresh(spec, output, seeds, given, tensorboard)
    if len(results) > 1:
        together(results)
    return results


def cluster_of(asked: str | None, rank: int | None) -> Cluster | None:
    """Who trains together, if anyone. Raises UsageError."""
    if asked is None and rank is None:
        return None
    from ...training.distributed.cluster import HERE, cluster

    return cluster(asked or HERE, rank)


def fresh(spec: str, output: str | None, seeds: int, given: dict[str, Any], tensorboard: bool) -> list[dict[str, Any]]:
    """A new run, or one for each of several seeds, all of which are written down before the first step of the first."""
    import shutil

    from ...training import folder as folders

    each = [request(spec, given, number, given["checkpoint_every"])._replace(cluster=given["cluster"]) for number in range(seeds)]
    from ...training import tensorboard as board  # only now: a request is refused where what training needs is not installed
    from ...training.directories import SEEDS, claim, free
    from ...training.lock import RunLock

    if output is not None and not follows(each[0]):
        free(output)
    made: list[Folder] = []

    def folder() -> Folder:
        whole, lock = claim(stem(each[0].document.path), output)
        ctx = click.get_current_context()
        ctx.call_on_close(lock.release)
        numbers = [wanted.recipe.seed for wanted in each]
        try:
            made.extend([folders.made(folders.seed(whole, one), whole) for one in numbers] if seeds > 1 else [folders.made(whole)])
            for one in made if seeds > 1 else ():
                ctx.with_resource(RunLock(one.path))
            for one, wanted in zip(made, each, strict=True):
                begin(one, wanted, dict(given["settings"]))
                if tensorboard:
                    board.room(one).mkdir()
            if seeds > 1:
                folders.Folder(whole).write_json(SEEDS, {"seeds": numbers})
        except BaseException:  # Ctrl-C too
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
    import math
    from pathlib import Path

    from ...errors import UsageError
    from ...training.machine import backend_name

    backend_name()
    from ...training import folder as folders
    from ...training.extension import is_finished
    from ...training.lock import RunLock
    from ..progress import say

    several = folders.seeds(run)
    cluster = given["cluster"]
    if several and cluster is not None and cluster.workers > 1:
        raise UsageError(f"several workers resume the runs of several seeds one by one, such as --resume {several[-1]}")
    runs = several or [folders.existing(run)]
    for folder in several:
        folders.existing(str(folder.path))
    if cluster is None or cluster.rank == 0:
        for directory in {Path(run), *(folder.path for folder in runs)}:
            click.get_current_context().with_resource(RunLock(directory))
    extend_runs(runs, given["epochs"])
    results = []
    for folder in runs:
        if not is_finished(folder):
            results.append(taken_up(folder, spec, given, tensorboard))
        elif several:
            say(f"run: {folder}, finished before")
            echo(folder)
            results.append(folder.read_json("result.json"))
        else:
            epochs = folder.read_json("result.json", "epochs")["epochs"]
            raise UsageError(
                f"{run} is finished after {epochs:g} epochs; train it longer with --resume {run} --epochs {2 * math.ceil(epochs)}, "
                f"or evaluate it: cnncli evaluate {run}"
            )
    return results


def extend_runs(runs: list[Folder], epochs: str | None) -> None:
    """Let finished runs train longer, where --epochs says so; nothing is changed if one of them cannot. Raises UsageError."""
    from ...training.extension import extend, needs_extension
    from ...training.settings import read

    if epochs is not None:
        wanted = read("epochs", epochs)
        for folder in [folder for folder in runs if needs_extension(folder, wanted)]:
            extend(folder, wanted)


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
    settings = folder.read_json("recipe.json", "settings")["settings"]
    if spec is not None and fingerprint(load(spec, settings).network) != fingerprint(wanted.document.network):
        raise UsageError(f"{folder} is a run of another network than {spec}; resume it without naming one")
    return trained(wanted, lambda: folder, tensorboard or board.room(folder).is_dir())


def told(name: str) -> bool:
    """Whether an option stands on the command line, be it with its default."""
    return click.get_current_context().get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
