"""cnncli trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..arrays import drawn
from ..loading import input_option, restrict_option, strict_option
from ..options import Setting, Spec
from ..output import deliver

if TYPE_CHECKING:
    from ...by_hand.array import Array
    from ...by_hand.supply import Given
    from ...network import Network

# Written out, so that --help need not wake the room that knows them; a test compares.
FORMATS = ("text", "markdown", "latex", "json")  # a trace has many maps, CSV room for one
LOSSES = ("squared_error", "half_squared_error", "mean_squared_error", "cross_entropy", "binary_cross_entropy")


@click.command("trace", epilog="Example: cnncli trace exercise_6x6 --weights random:7 --input ones --backward --target 2")
@click.argument("spec", type=Spec())
@click.option("--weights", required=True, metavar="W", help="YAML file with the weights, or random:SEED, ones or zeros.")
@click.option("--input", "given", required=True, metavar="X", help="Numbers, a YAML, CSV or image file, or random:SEED, ones or zeros.")
@click.option("--backward", "back", is_flag=True, help="Also print the gradients of all weights, maps and inputs.")
@click.option("--loss", type=click.Choice(LOSSES), help="Loss function.  [default: cross_entropy after a softmax, else squared_error]")
@click.option("--target", metavar="T", help="Expected output: numbers or a file; for cross_entropy also a class number, from 0.")
@click.option("--set", "settings", type=Setting(), multiple=True, metavar="NAME=VALUE", help="Set a parameter of the spec.")
@input_option("--input-size", "8x8x1")
@strict_option
@restrict_option
@drawn(*FORMATS)
def command(spec: str, weights: str, given: str, back: bool, loss: str | None, target: str | None, **more: Any) -> None:
    """Run a small network on given numbers and print every map.

    \b
    W.yaml names layers, and their weights as lists within lists:
      conv_1:
        kernel: [[1, 0, -1], [1, 0, -1], [1, 0, -1]]      one channel, one filter: the matrix
        bias: -5                                          one number for all
      dense_1:
        kernel: {per_unit: [[0.8, -0.2], [0.2, 0.5]]}     a row of weights for each unit
        bias: [0.1, -0.3]

    Lists are nested as in Keras: kernel (*size, channels, filters), dense kernel (inputs, units), input (*size, channels);
    axes of length 1 may be left out. Or use per_filter: a matrix (or one for each channel) for each filter, per_unit: a row for
    each unit, per_channel: a matrix for each channel (of an input, or of a depthwise kernel). cnncli summarize lists the names.

    \b
    squared_error         sum of (y - t)^2; half_ and mean_squared_error: half of it, their mean
    cross_entropy         - sum of t ln(y)
    binary_cross_entropy  - sum of t ln(y) + (1 - t) ln(1 - y)

    Whole numbers, decimals and fractions stay exact. --backward without --target gives the gradients of the sum of the outputs.
    """
    from ...by_hand import supply, trace
    from ..arrays import style_of
    from ..files import refuse_same_file
    from ..loading import load
    from ..traced import as_json, objective, sections

    if not back and (loss or target):
        raise click.UsageError("--loss and --target go with --backward")
    style = style_of(more["style"], more["output"], FORMATS)
    refuse_same_file({"-o": more["output"]}, [spec, weights, given, target or ""])
    network = load(spec, dict(more["settings"]), more["input_size"]).network
    trace.check(network, trace.MOST_BACKWARD if back else trace.MOST_FORWARD)  # before numbers are made up by the million
    known = supply.weights(network, weights_from(weights)) if is_file(weights) else supply.made_up(network, weights)
    xs = supply.made_up_inputs(network, given) if is_rule(given) else supply.inputs(network, inputs_from(given, network))
    if back:
        aim = objective(network, loss, targets_from(target, network))
        traced = trace.gradients(network, known, xs, aim.of)
        steps = traced.steps
        found = as_json(network, steps, aim, traced) if style == "json" else sections(steps, style, more["digits"], aim, traced)
    else:
        steps = trace.forward(network, known, xs)
        found = as_json(network, steps) if style == "json" else sections(steps, style, more["digits"])
    deliver([found], more["output"])


def is_rule(text: str) -> bool:
    """random:SEED, ones, zeros."""
    return text.partition(":")[0] in ("random", "ones", "zeros")


def is_file(text: str) -> bool:
    """Whether a file of weights is meant."""
    import os

    from ..arrays import is_yaml

    return is_yaml(text) or os.path.isfile(text)


def weights_from(path: str) -> dict[str, dict[str, Given]]:
    """The weights of a file, by layer and name."""
    from ...spec.fault import refusal
    from ...spec.tree import Mapping
    from .. import arrays

    tree = arrays.tree_of(path)
    if not isinstance(tree, Mapping):
        raise refusal("weights are a mapping of layers, each a mapping of its weights", tree.mark)
    found = {}
    for name, entry in tree.entries.items():
        if not isinstance(entry, Mapping):
            raise refusal(f"the weights of {name} are a mapping, such as {{kernel: [[1, 0], [0, -1]], bias: 0}}", entry.mark)
        found[name] = {weight: arrays.given(one) for weight, one in entry.entries.items()}
    return found


def inputs_from(text: str, network: Network) -> dict[str, Given] | Given:
    """What goes in: of one input, or by the names of several."""
    from ...by_hand.reading import read
    from ...spec.tree import Mapping
    from .. import arrays

    if not arrays.is_yaml(text):
        shapes = [node.output for node in network.nodes if not node.inputs]
        return read(text, grey=shapes[0][-1] == 1)
    tree = arrays.tree_of(text)
    if isinstance(tree, Mapping) and not ({"per_channel", "per_filter", "per_unit"} & {*tree.entries}):
        return {name: arrays.given(entry) for name, entry in tree.entries.items()}
    return arrays.given(tree)


def targets_from(text: str | None, network: Network) -> dict[str, Array]:
    """What should have come out: of one output, or by the names of several."""
    from ...by_hand.reading import read
    from ...errors import UsageError, nearest
    from ...printable import quote
    from ...spec.tree import Mapping
    from .. import arrays

    if text is None:
        return {}
    names = [network.nodes[index].name for index in network.outputs]
    tree = arrays.tree_of(text) if arrays.is_yaml(text) else None
    if isinstance(tree, Mapping):
        found = {name: arrays.given(entry).array for name, entry in tree.entries.items()}
        for name in found:
            if name not in names:
                raise UsageError(f"{text}: no output is called {quote(name)}{nearest(name, names) or '; there is ' + ', '.join(names)}")
    else:
        found = {names[0]: arrays.given(tree).array if tree else read(text).array}
    if len(found) < len(names):
        raise UsageError(f"{network.name} has {len(names)} outputs; give a target for each in a YAML file: {', '.join(names)}")
    return found
