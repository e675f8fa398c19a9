"""cnncli train."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..options import Setting, Spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...training.folder import Folder
    from ...training.prepare import Request

# The options that stand for a value of the recipe, in its words.
IN_RECIPE = (
    "data", "epochs", "batch", "lr", "optimizer", "schedule", "augment", "label_smoothing", "weight_decay", "precision", "validation",
    "resize", "pad", "colour", "seed", "tta",
)  # fmt: skip
OF_MACHINE = ("device", "threads", "deterministic")


def recipe_options(command: Any) -> Any:
    """An option for each of the values that are changed most often."""
    words = {
        "data": "Which images: mnist, fashion_mnist, cifar10, cifar100, digits, a folder or an .npz.",
        "epochs": "How often to see every image, such as 20 or 9.9.",
        "batch": "Images a step.",
        "lr": "The highest learning rate.",
        "optimizer": "Such as adamw, or {sgd: {momentum: 0.9}}.",
        "schedule": "Such as constant, or {cosine: {warmup: 0.1}}.",
        "augment": "Such as [random_flip, random_crop: 4], or [] for none.",
        "label_smoothing": "The part of each label that is spread over all classes.",
        "weight_decay": "Decoupled: a weight w loses lr * weight_decay * w a step.",
        "precision": "float32, mixed_bfloat16, mixed_float16 or float64.",
        "validation": "The part of the training images to keep apart, such as 0.1.",
        "resize": "Scale the images to so many pixels: 32, or 32,48.",
        "pad": "Put a black border of so many pixels around the images.",
        "colour": "grey or rgb.",
        "seed": "The number that all chance follows from.",
        "tta": "Also evaluate over flip, shift or flip_shift.",
    }
    for name in reversed(IN_RECIPE):
        command = click.option(f"--{name.replace('_', '-')}", metavar="VALUE", help=words[name])(command)
    return command


@click.command("train", epilog="Example: cnncli train lenet --data digits --epochs 5")
@click.argument("spec", required=False, type=Spec())
@recipe_options
@click.option("--recipe", "more", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set any value of the recipe.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec.")
@click.option("--data-dir", type=click.Path(), envvar="CNNCLI_DATA", help="Where the data lies.  [env: CNNCLI_DATA]")
@click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True)
@click.option("--threads", type=click.IntRange(0), default=0, help="Threads of one operation; 0 leaves it to the backend.")
@click.option("--deterministic", is_flag=True, help="The same numbers every time, bit by bit.")
@click.option("--seeds", type=click.IntRange(1), default=1, metavar="N", help="N runs with N seeds; tells mean and deviation.")
@click.option("--checkpoint-every", type=click.FloatRange(0), default=30.0, show_default=True, metavar="SECONDS")
@click.option("--tensorboard", is_flag=True, help="Also write logs for TensorBoard.")
@click.option("--resume", type=click.Path(), metavar="RUN", help="Go on with a run that was stopped.")
@click.option("-o", "--output", type=click.Path(), metavar="RUN", help="The folder of the run; without it runs/NAME-1, -2 ...")
def command(spec: str | None, resume: str | None, output: str | None, seeds: int, tensorboard: bool, **given: Any) -> None:
    """Train a network by the recipe of its spec.

    Options change the recipe. A run leaves a folder with everything that it came from and everything that came of it.
    """
    from ...errors import UsageError

    if resume is not None:
        told = [name for name in IN_RECIPE if given[name] is not None]
        if told or given["more"] or given["settings"] or output or seeds > 1:
            left_out = ", ".join(f"--{name.replace('_', '-')}" for name in told) or "the other options"
            raise UsageError(f"a run is resumed as it was begun; leave out {left_out}")
        results = [resumed(resume, spec, given, tensorboard)]
    elif spec is None:
        raise UsageError("which network? cnncli train lenet, or --resume with the folder of a run")
    else:
        results = [fresh(spec, output, seed, seeds, given, tensorboard) for seed in range(seeds)]
    if len(results) > 1:
        together(results)


def fresh(spec: str, output: str | None, number: int, of: int, given: dict[str, Any], tensorboard: bool) -> dict[str, Any]:
    """A new run; the `number`-th `of` several."""
    from ...spec import load
    from ...training import folder as folders
    from ...training.machine import Machine
    from ...training.prepare import Request, with_values
    from ...training.settings import changed

    document = load(spec, dict(given["settings"]))
    changes = {name: listed(given[name]) for name in IN_RECIPE if given[name] is not None} | dict(given["more"])
    recipe = changed(document.recipe, changes)
    recipe = with_values(recipe, seed=recipe.seed + number)
    request = Request(document, recipe, given["data_dir"], Machine(*(given[name] for name in OF_MACHINE)), given["checkpoint_every"])
    output = output if of == 1 or output is None else f"{output}-{number + 1}"
    if output is not None:
        folders.free(output)

    def folder() -> Folder:
        made = folders.new(stem(document.path), output)
        begin(made, request, dict(given["settings"]))
        return made

    return trained(request, folder, tensorboard)


def listed(text: str) -> str:
    """32,48 as the list that it means."""
    return f"[{text}]" if "," in text and not text.startswith(("[", "{")) else text


def begin(folder: Folder, request: Request, settings: dict[str, str]) -> None:
    """Write down what the run comes from."""
    from ...training.settings import plain

    folder.write_spec(request.document.text, request.document.path)
    kept = {"spec": request.document.path, "settings": settings, "data_dir": request.data_dir, "machine": request.machine._asdict()}
    folder.write_json("recipe.json", {**kept, "checkpoint_seconds": request.checkpoint_seconds, "train": plain(request.recipe)})


def resumed(run: str, spec: str | None, given: dict[str, Any], tensorboard: bool) -> dict[str, Any]:
    """A run goes on from its last checkpoint."""
    from ...errors import UsageError
    from ...spec import load
    from ...training import folder as folders
    from ...training.prepare import fingerprint
    from ...training.reopen import request_of

    folder = folders.existing(run)
    if (folder.path / "result.json").exists():
        raise UsageError(f"{run} is finished; cnncli evaluate {run} tells how good it is")
    request = request_of(folder, given["data_dir"])
    settings = folder.read_json("recipe.json")["settings"]
    if spec is not None and fingerprint(load(spec, settings).network) != fingerprint(request.document.network):
        raise UsageError(f"{run} is a run of another network than {spec}; resume it without naming one")
    return trained(request, lambda: folder, tensorboard)


def trained(request: Request, folder_of: Callable[[], Folder], tensorboard: bool) -> dict[str, Any]:
    """Say what will be trained, train it, and say what came of it. A folder is made only when nothing is refused any more."""
    from ...training import tensorboard as board
    from ...training.conclude import conclude
    from ...training.machine import backend_name
    from ...training.prepare import prepare
    from ...training.run import Run, awake
    from ..progress import watcher
    from ..telling import beginning, ending

    backend_name()
    if tensorboard:
        board.check()
    prepared = prepare(request)
    click.echo(beginning(prepared))
    awakened = awake(prepared)
    folder = folder_of()
    click.echo(f"run: {folder}")
    with watcher() as watching:
        run = Run(prepared, awakened, folder, watching)
        run.train()
    result = conclude(run)
    if tensorboard:
        board.write(folder, run.loop.history)
    click.echo(ending(result, folder))
    return result


def together(results: list[dict[str, Any]]) -> None:
    """Mean and deviation over several seeds."""
    import statistics

    for what in ("accuracy", "loss"):
        values = [result[what] for result in results if what in result]
        if len(values) > 1:
            mean, spread, percent = statistics.mean(values), statistics.stdev(values), what == "accuracy"
            shown = f"{100 * mean:.2f} ± {100 * spread:.2f} %" if percent else f"{mean:.4f} ± {spread:.4f}"
            each = ", ".join(f"{100 * value:.2f}" if percent else f"{value:.4f}" for value in values)
            click.echo(f"{what} over {len(values)} seeds: {shown} ({each})")


def stem(path: str) -> str:
    """The name of a spec without folder and ending."""
    import os

    return os.path.splitext(os.path.basename(path))[0] or "network"
