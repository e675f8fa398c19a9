"""Do data and network suit each other? Asked of shapes alone, before a framework is woken; the refusal says how to mend it."""

from __future__ import annotations

from ...errors import DataError
from ...network import Network, Node
from .dataset import DataSet, Shape
from .fitting import enlarged, enlargement


def check(data: DataSet, network: Network) -> None:
    """Refuse data that the network cannot read, or whose classes are not the network's outputs. Raises DataError."""
    wanted = _input(network)
    if data.shape != wanted and not _signals(data, wanted) and not _growing(data, wanted):
        raise DataError(
            f"{data.name} has images of {_written(data.shape)}, but the network reads {_written(wanted)}; "
            f"{_fix(data.shape, wanted)}change the network's input to [{', '.join(map(str, data.shape))}]"
        )
    for index in network.outputs:
        _check_output(len(data.classes), data.name, network, network.nodes[index])


def fitted(data: DataSet, network: Network) -> DataSet:
    """The data as the network reads them, once they suit each other (see `check`). Raises DataError.

    Only data sets that are made for no size of input (`grows`: digits) are fitted unasked: enlarged by a whole number and put in
    the middle; `source` says so. And images without a channel axis are signals to a network that reads (length, channels).
    """
    check(data, network)
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
    raise DataError(f"{name} has {classes} classes, but {last.name}{place} gives {node.output[0]}; {fix}")


def _fix(have: Shape, want: Shape) -> str:
    """`give --colour grey and --resize 32 (or --pad 2), or `; nothing where no option helps."""
    steps = []
    if len(have) != 3 or len(want) != 3:
        return ""
    if have[-1] != want[-1]:
        if {have[-1], want[-1]} != {1, 3}:
            return ""
        steps.append(f"--colour {'grey' if want[-1] == 1 else 'rgb'}")
    if have[:-1] != want[:-1]:
        border = {new - old for new, old in zip(want[:-1], have[:-1], strict=True)}
        resize = f"--resize {want[0]}" if want[0] == want[1] else f'--resize "[{want[0]}, {want[1]}]"'
        pad = border.pop() if len(border) == 1 else -1
        steps.append(f"{resize} (or --pad {pad // 2})" if pad > 0 and not pad % 2 else resize)
    return f"give {' and '.join(steps)}, or "


def _written(shape: Shape) -> str:
    return "×".join(map(str, shape))
