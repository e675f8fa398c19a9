"""cnncli convert."""

from __future__ import annotations

import click

from ..loading import input_option, restrict_option, strict_option
from ..options import Setting, Spec
from ..output import deliver


@click.command("convert", epilog="Example: cnncli convert model.keras -o model.yaml")
@click.argument("model", type=Spec())
@click.option("--names", is_flag=True, help="Keep the name of every layer; there are then no blocks and no repetitions.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec.")
@input_option()
@strict_option
@restrict_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to a file instead.")
def command(model: str, names: bool, settings: tuple[tuple[str, str], ...], input_size: str | None, output: str | None) -> None:
    """Write a model as a spec.

    MODEL is a Keras model (.json, .keras, .h5), an ONNX graph (.onnx), or a spec.

    What recurs becomes a block, with parameters for what differs; equal layers in a row become one with repeat. The layers of a
    model from elsewhere are told branch by branch, and only those have names that are read by name.
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
