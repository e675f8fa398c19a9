"""What `cnncli train` and `cnncli lr-find` are asked for: a spec, and a recipe with options in its words."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from .candidates import complete_value
from .loading import restrict_option, strict_option
from .options import Command, Setting

if TYPE_CHECKING:
    from ..spec import Document
    from ..training.prepare import Request

# The options that stand for a value of the recipe, in its words.
IN_RECIPE = {
    "data": "Data set: mnist, fashion_mnist, cifar10, cifar100, digits, a directory or an .npz file.",
    "epochs": "Number of epochs, such as 20 or 9.9.",
    "batch": "Batch size.",
    "lr": "Peak learning rate.",
    "optimizer": "Optimizer, such as adamw or {sgd: {momentum: 0.9}}.",
    "schedule": "Learning-rate schedule, such as constant or {cosine: {warmup: 0.1}}.",
    "augment": "Augmentation, such as random_flip, [random_flip, random_crop: 4], or [] for none.",
    "label_smoothing": "Label smoothing, such as 0.1.",
    "weight_decay": "Decoupled weight decay: each step subtracts lr * weight_decay * w.",
    "precision": "Precision: float32, mixed_bfloat16, mixed_float16 or float64.",
    "validation": "Fraction of the training images used for validation, such as 0.1.",
    "resize": "Resize the images: 32, or 32,48.",
    "pad": "Pad the images with a black border of N pixels.",
    "colour": "Convert the images to grey or rgb.",
    "fine_tune": "Fine-tune the backbone's last layers afterwards: {layers: 30, epochs: 5, lr: 1e-5}.",
    "seed": "Random seed.",
    "tta": "Test-time augmentation: flip, shift or flip_shift.",
}
ALIASES = {"batch": ("--batch-size",), "lr": ("--learning-rate",)}
OF_MACHINE = ("device", "threads", "deterministic")


def asked(command: Command) -> Command:
    """An option for each value that is changed often, --recipe for all, and those of the machine."""
    for option in (
        click.option("--deterministic", is_flag=True, help="Bitwise reproducible results."),
        click.option("--threads", type=click.IntRange(0), default=0, help="Threads for one operation; 0 lets the backend decide."),
        click.option("--device", type=click.Choice(["auto", "cpu", "gpu"]), default="auto", show_default=True),
        click.option("--data-dir", type=click.Path(), envvar="CNNCLI_DATA", help="Directory of the data.  [env: CNNCLI_DATA]"),
        strict_option,
        restrict_option,
        click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec."),
        click.option(
            "--recipe",
            "more",
            type=Setting("recipe_names"),
            multiple=True,
            metavar="NAME=VALUE",
            help="Set any value of the recipe, such as early_stopping=5.",
        ),
        *(
            click.option(
                *(f"--{name.replace('_', '-')}", *ALIASES.get(name, ()), name),
                metavar="VALUE",
                help=words,
                shell_complete=complete_value(name),
            )
            for name, words in reversed(IN_RECIPE.items())
        ),
    ):
        command = option(command)
    return command


def request(spec: str, given: dict[str, Any], number: int = 0, checkpoint_seconds: float = 30.0) -> Request:
    """The spec and its recipe with what is given; the seed is higher by `number`."""
    from ..training.machine import Machine, backend_name

    backend_name()  # before the modules that need what may be missing
    from ..training.data import NAMES
    from ..training.data.suit import advice
    from ..training.prepare import Request, check_classifier
    from ..training.settings import changed, with_values
    from .loading import load_spec

    document = load_spec(spec, dict(given["settings"]))
    check_classifier(document)  # before data is asked for that would not help
    changes = {name: listed(name, given[name]) for name in IN_RECIPE if given[name] is not None} | dict(given["more"])
    recipe = changed(document.recipe, changes, advice(document.network))
    if given["data"] is None and "data" not in dict(given["more"]):
        check_data(document, given["data_dir"])
    machine = Machine(*(given[name] for name in OF_MACHINE))
    data_dir = given["data_dir"] or (None if recipe.data in NAMES else os.curdir)
    data_dir = data_dir and os.path.abspath(data_dir)  # a run may be resumed from another folder
    return Request(document, with_values(recipe, seed=recipe.seed + number), data_dir, machine, checkpoint_seconds)


def check_data(document: Document, data_dir: str | None) -> None:
    """Refuse data that a spec names and must not read. Raises UsageError."""
    from ..errors import UsageError
    from ..printable import quote
    from ..spec.bounds import Bounds
    from ..training.data import NAMES

    bounds, recipe = document.bounds, document.recipe
    if bounds is None or not bounds.restrict or recipe is None or recipe.data in NAMES:
        return
    name = os.path.expanduser(recipe.data)
    allowed = bounds.contain(name)
    if data_dir is not None and not os.path.exists(name):
        allowed = Bounds(os.path.realpath(data_dir)).contain(os.path.join(data_dir, name))
    if not allowed:
        outside = f"data {quote(recipe.data)} lies outside {quote(bounds.folder)}, the folder of the spec"
        raise UsageError(f"{outside}; --restrict reads nothing there: name the data with --data")


def listed(name: str, text: str) -> str:
    """32,48 as the list that it means; so random_flip, where there may be several."""
    if name == "augment":
        return text if text.startswith("[") else f"[{text}]"
    return f"[{text}]" if "," in text and not text.startswith(("[", "{")) else text


def stem(path: str) -> str:
    """The name of a spec without folder and ending."""
    return os.path.splitext(os.path.basename(path))[0] or "network"
