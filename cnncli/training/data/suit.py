"""Do data and network suit each other? Asked of shapes alone, before a framework is woken; the refusal says how to mend it."""

from __future__ import annotations

from math import prod

from ...errors import DataError, LayerError
from ...network import Input, Network, Node
from .catalogue import CATALOGUE
from .dataset import DataSet, Shape
from .fitting import Fitting, enlarged, enlargement

IMAGE = ("height", "width", "channels")
UNFITTED = Fitting()
DIGITS = ((8, 8, 1), 10)  # the shape and the number of classes of the data set that any size of input can take


class NetworkChangeError(DataError):
    """The data does not suit the network, and the advice is to change the network's spec."""


def check(data: DataSet, network: Network, fitting: Fitting = UNFITTED) -> None:
    """Refuse data that the network cannot read, or whose classes are not the network's outputs. Raises DataError.

    `fitting` is what was done to the images already, so that the advice takes its place.
    """
    wanted = _input(network)
    if data.shape != wanted and not _signals(data, wanted) and not _growing(data, wanted):
        options, edits = _options(data.shape, wanted, fitting), _edits(network, data.shape, wanted)
        ways = ", or ".join(way for way in (options, edits) if way)
        advice = ways or f"train it on {_own_data(wanted)}"
        kind = NetworkChangeError if edits else DataError
        raise kind(f"{data.name} has images of {_written(data.shape)}, but the network reads {_written(wanted)}; {advice}")
    for index in network.outputs:
        _check_output(len(data.classes), data.name, network, network.nodes[index])


def check_fitting(fitting: Fitting, network: Network, name: str) -> None:
    """Refuse a --resize (and --pad) that cannot give the network's input, before any data is read. Raises DataError."""
    *size, _ = wanted = _input(network)
    if fitting.resize is None:
        return
    resize, pad = (fitting.per_axis(numbers, len(size)) for numbers in (fitting.resize, fitting.pad or (0,)))
    result = tuple(new + 2 * border for new, border in zip(resize, pad, strict=True))
    if result != tuple(size):
        raise DataError(
            f"{_resize(resize)}{f' with --pad {pad[0]}' if any(pad) else ''} gives images of {_written(result)}, "
            f"but {name} reads {_written(wanted)}; {_options((*result, wanted[-1]), wanted, fitting)}"
        )


def advice(network: Network) -> str:
    """Which data a network can be trained on: the sets known by name that suit it, and how to bring others."""
    return ", or ".join([*(f"--data {name}" for name in _suited(network)), f"--data with the path of {_own_data(_input(network))}"])


def _own_data(shape: Shape) -> str:
    folder = "a folder of class folders, or of " if len(shape) == len(IMAGE) and shape[-1] in (1, 3) else ""
    return f"{folder}an .npz whose x has the shape (n, {', '.join(map(str, shape))})"


def _suited(network: Network) -> list[str]:
    *size, channels = _input(network)
    count = network.nodes[network.outputs[0]].output[0]
    known = {name: (entry.shape, len(entry.classes)) for name, entry in CATALOGUE.items()}
    names = [name for name, (shape, classes) in known.items() if (shape, classes) == ((*size, channels), count)]
    grows = count == DIGITS[1] and enlargement(DIGITS[0][:-1], tuple(size)) > 0
    return ["digits", *names] if grows else names


def fitted(data: DataSet, network: Network, fitting: Fitting = UNFITTED) -> DataSet:
    """The data as the network reads them, once they suit each other (see `check`). Raises DataError.

    Only data sets that are made for no size of input (`grows`: digits) are fitted unasked: enlarged by a whole number and put in
    the middle; `source` says so. And images without a channel axis are signals to a network that reads (length, channels).
    """
    check(data, network, fitting)
    wanted = _input(network)
    if data.shape == wanted:
        return data
    if _signals(data, wanted):
        return data.replaced(**{name: images._replace(x=images.x[..., 0]) for name, images in data.splits.items()})
    *size, channels = wanted
    grown = {name: images._replace(x=enlarged(images.x, tuple(size), channels)) for name, images in data.splits.items()}
    times = enlargement(data.shape[:-1], tuple(size))
    grey = f", its grey in {channels} channels" if channels != data.shape[-1] else ""
    return data.replaced(
        source=f"{data.source}; enlarged {times} times, in the middle of {_written(tuple(size))}{grey}", grows=False, **grown
    )


def _input(network: Network) -> Shape:
    inputs = [node for node in network.nodes if node.kind == "input"]
    if len(inputs) != 1:
        raise DataError(f"the network has {len(inputs)} inputs ({', '.join(node.name for node in inputs)}); a data set of images feeds one")
    return inputs[0].output


def _signals(data: DataSet, wanted: Shape) -> bool:
    return data.shape == (*wanted, 1)


def _growing(data: DataSet, wanted: Shape) -> bool:
    return data.grows and enlargement(data.shape[:-1], wanted[:-1]) > 0 and (data.shape[-1] == 1 or data.shape[-1] == wanted[-1])


def _check_output(classes: int, name: str, network: Network, node: Node) -> None:
    if node.output == (classes,) or (classes == 2 and node.output == (1,)):
        return
    if len(node.output) != 1:
        raise DataError(f"the network ends in {node.output}; expected one number for each of the {classes} classes of {name}: ({classes},)")
    last = node
    while not (hasattr(last.layer, "units") or hasattr(last.layer, "filters")) and len(last.inputs) == 1:
        last = network.nodes[last.inputs[0]]
    place = f" ({last.place})" if last.place else ""
    option = next((option for option in ("units", "filters") if hasattr(last.layer, option)), None)
    fix = f"write {option}: {classes} there" if option else f"expected ({classes},)"
    raise NetworkChangeError(f"{name} has {classes} classes, but {last.name}{place} gives {node.output[0]}; {fix}")


def _options(have: Shape, want: Shape, fitting: Fitting) -> str:
    """`give --colour grey and --resize 32 (or --pad 2)`, in place of the options that were given; nothing where none helps."""
    steps = []
    if len(have) != 3 or len(want) != 3:
        return ""
    if have[-1] != want[-1]:
        if {have[-1], want[-1]} != {1, 3}:
            return ""
        steps.append(f"--colour {'grey' if want[-1] == 1 else 'rgb'}")
    if have[:-1] != want[:-1]:
        before = fitting.per_axis(fitting.pad or (0,), 2)
        resize = _resize(want[:-1])
        borders = {new - old + 2 * pad for new, old, pad in zip(want[:-1], have[:-1], before, strict=True)}
        border = borders.pop() if len(borders) == 1 else -1
        kept = f"{_resize(fitting.per_axis(fitting.resize, 2))} " if fitting.resize else ""
        pad = f" (or {kept}--pad {border // 2})" if border > 0 and not border % 2 else ""
        steps.append(f"{resize}{' --pad 0' if any(before) else ''}{pad}")
    return f"give {' and '.join(steps)}" if steps else ""


def _resize(size: Shape) -> str:
    return f"--resize {size[0]}" if len(set(size)) == 1 else f'--resize "[{", ".join(map(str, size))}]"'


def _edits(network: Network, have: Shape, want: Shape) -> str:
    """What to change in the spec so that the network reads images of the shape `have`; nothing where that is no small change."""
    written = f"[{', '.join(map(str, have))}]"
    if len(want) == 1 and prod(have) == want[0]:
        return f"write input: {written} and flatten as the first layer"
    if len(have) != len(want):
        return ""
    first = next(node for node in network.nodes if not node.inputs)
    try:
        changed = network.with_layers({first.index: Input(shape=have)})
    except LayerError:
        return ""
    same = all(changed.nodes[index].output == network.nodes[index].output for index in network.outputs)
    return f"change the network's input to {written}" if same else ""


def _written(shape: Shape) -> str:
    return "×".join(map(str, shape))
