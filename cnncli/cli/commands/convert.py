"""cnncli convert."""

from __future__ import annotations

import click

from ..loading import input_option, restrict_option, strict_option
from ..options import Setting, Spec
from ..output import deliver


@click.command("convert", epilog="Example: cnncli convert model.keras -o model.yaml")
@click.argument("model", type=Spec())
@click.option("--names", is_flag=True, help="Keep the name of every layer; without blocks and repeats.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec.")
@input_option()
@strict_option
@restrict_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to a file instead.")
def command(model: str, names: bool, settings: tuple[tuple[str, str], ...], input_size: str | None, output: str | None) -> None:
    """Convert a Keras or ONNX model to a spec.

    MODEL is a Keras model (.json, .keras, .h5), an ONNX graph (.onnx), or a spec.

    Recurring parts become blocks, with parameters for what differs; equal layers in a row become one with repeat. Layers keep
    their names only where they are referred to by name.
    """
    from ...convert import spec_text
    from ...errors import LayerError, UsageError
    from ...importers import is_model
    from ..files import refuse_same_file
    from ..loading import load

    refuse_same_file({"-o": output}, [model])
    network = load(model, dict(settings), input_size).network
    try:
        text = spec_text(network, keep_order=not is_model(model), names=names)
    except LayerError as error:
        raise UsageError(f"{model}: {error}") from None
    deliver([text], output)
