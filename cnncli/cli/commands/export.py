"""cnncli export."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from ...errors import LayerError, UsageError
from ..loading import input_option, restrict_option, strict_option
from ..options import Setting, Spec
from ..output import deliver, echo

if TYPE_CHECKING:
    from ...network import Network

FORMATS = ("keras", "keras-code", "onnx", "torch-code", "dot", "mermaid")
TEXTS = ("keras-code", "torch-code", "dot", "mermaid")
FILES = ("keras", "onnx")  # these are no text
DRAWINGS = ("dot", "mermaid")


@click.command("export", epilog="Example: cnncli export resnet18 --to torch-code -o resnet18.py")
@click.argument("spec", type=Spec())
@click.option("--to", "--format", "form", type=click.Choice(FORMATS), required=True, help="Output format.")
@click.option("--depth", type=click.IntRange(1), metavar="N", help="Fold blocks N deep into one box each, in diagrams.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec.")
@input_option()
@strict_option
@restrict_option
@click.option("-o", "--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to a file instead.")
def command(
    spec: str, form: str, depth: int | None, settings: tuple[tuple[str, str], ...], input_size: str | None, output: str | None
) -> None:
    """Export a network to Keras, ONNX, PyTorch or a diagram.

    SPEC may also be a run of cnncli train, or a Keras model: keras and onnx carry their trained weights. The exported model of a run
    takes raw images, 0 to 255, and gives probabilities. Weights that nobody has trained are random.

    \b
    keras        a .keras file, with weights
    keras-code   a Python file with the functional API, a function for each block
    onnx         an ONNX file, with weights
    torch-code   a Python file with a PyTorch module, a class for each block
    dot          a Graphviz diagram, blocks as clusters
    mermaid      a Mermaid diagram for Markdown, blocks as subgraphs

    Text is printed unless -o names a file; keras and onnx need one.
    """
    from ..exported import export_keras, export_onnx, left_out, open_source, remark
    from ..files import refuse_same_file

    if depth is not None and form not in DRAWINGS:
        raise UsageError(f"--depth folds drawings; --to {form} has none")
    if form in FILES and output is None:
        raise UsageError(f"--to {form} writes a file; name it with -o")
    if form == "keras" and output != "-" and not str(output).endswith(".keras"):
        raise UsageError(
            f"--to keras writes a .keras archive, which is read by this ending only; call it {os.path.splitext(str(output))[0]}.keras"
        )
    refuse_same_file({"-o": output}, [spec, os.path.join(spec, "model.keras")])
    source = open_source(spec, dict(settings), input_size)
    try:
        if form == "keras":
            export_keras(source, str(output))
        elif form == "onnx":
            export_onnx(source, str(output))
        elif form in TEXTS:
            deliver(_text(source.network, form, depth), output)
        else:
            raise NotImplementedError(form)
    except LayerError as error:
        raise UsageError(f"{spec}: {error}") from None
    for told in filter(None, (remark(source, form), left_out(source, form))):
        echo(told, err=True)


def _text(network: Network, form: str, depth: int | None) -> Iterable[str]:
    """The text of an export, in pieces."""
    if form == "dot":
        from ...export.dot import dot

        return dot(network, depth)
    if form == "mermaid":
        from ...export.mermaid import mermaid

        return mermaid(network, depth)
    if form == "keras-code":
        from ...export.keras_code import keras_code

        return [keras_code(network)]
    if form == "torch-code":
        from ...export.torch_code import torch_code

        return [torch_code(network)]
    raise NotImplementedError(form)
