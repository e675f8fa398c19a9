"""What a call reads: `inbound_nodes` of Keras 3 (args, kwargs, tensors by history) and of Keras 2 (lists of [layer, call, tensor])."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...errors import LayerError
from ...layers.values import written
from .form import index, mapping, sequence, text
from .use import Slot


class Ref(NamedTuple):
    """A tensor: which output of which call of which layer. `shape` is what the file says of it, the batch first, if it does."""

    layer: str
    call: int
    tensor: int
    shape: Any = None


class Call:
    """One use of a layer: its arguments, with a Slot for each tensor in `refs`. `named` are tensors that are no input but an option."""

    __slots__ = ("args", "kwargs", "named", "refs")

    def __init__(self) -> None:
        self.refs: list[Ref] = []
        self.args: list[Any] = []
        self.kwargs: dict[str, Any] = {}
        self.named: list[str] = []


def read_call(node: Any) -> Call:
    """One element of inbound_nodes."""
    call = Call()
    if isinstance(node, dict):
        call.args = [_tensors(arg, call) for arg in sequence(node.get("args"), "args of a call")]
        for key, arg in mapping(node.get("kwargs", {}), "kwargs of a call").items():
            _keyword(call, key, arg, newer=True)
    else:
        _older(sequence(node, "a call"), call)
    return call


def _tensors(value: Any, call: Call) -> Any:
    """The value with a Slot where a tensor of Keras 3 stands."""
    if isinstance(value, list):
        return [_tensors(one, call) for one in value]
    if isinstance(value, dict):
        if value.get("class_name") != "__keras_tensor__":
            return {key: _tensors(one, call) for key, one in value.items()}
        config = value.get("config")
        history = config.get("keras_history") if isinstance(config, dict) else None
        return _slot(_ref(history, config["shape"] if isinstance(config, dict) and isinstance(config.get("shape"), list) else None), call)
    return value


def _keyword(call: Call, key: str, value: Any, newer: bool) -> None:
    """An argument with a name; tensors in it are inputs of an operation, of a layer they are noted."""
    before = len(call.refs)
    call.kwargs[key] = _tensors(value, call) if newer else _older_tensors(value, call)
    if len(call.refs) > before:
        call.named.append(key)


def _older(node: list[Any], call: Call) -> None:
    """[[layer, call, tensor, kwargs], ...], or one of them by itself."""
    several = not (is_ref(node) or _is_constant(node))
    slots = []
    for one in node if several else [node]:
        if _is_constant(one):
            slots.append(one[2])
        elif is_ref(one):
            slots.append(_slot(_ref(one[:3], None), call))
        else:
            raise LayerError(f"a call reads {written(one)}; expected [layer, call, tensor]")
    call.args = [slots] if several and len(slots) > 1 else slots
    for one in node if several else [node]:
        if len(one) > 3 and isinstance(one[3], dict):
            for key, value in one[3].items():
                _keyword(call, key, value, newer=False)


def _is_constant(value: Any) -> bool:
    """["_CONSTANT_VALUE", -1, value, kwargs] stands where an operation's first argument is no tensor."""
    return isinstance(value, list) and len(value) > 2 and value[0] == "_CONSTANT_VALUE"


def _older_tensors(value: Any, call: Call) -> Any:
    """The value with a Slot where [layer, call, tensor] of Keras 2 stands."""
    if is_ref(value) and len(value) == 3:
        return _slot(_ref(value, None), call)
    return [_older_tensors(one, call) for one in value] if isinstance(value, list) else value


def is_ref(value: Any) -> bool:
    """Whether this is [layer, call, tensor], perhaps with kwargs behind."""
    return (
        isinstance(value, list)
        and 3 <= len(value) <= 4
        and isinstance(value[0], str)
        and all(isinstance(one, int) and not isinstance(one, bool) for one in value[1:3])
        and (len(value) == 3 or isinstance(value[3], dict))
    )


def _slot(ref: Ref, call: Call) -> Slot:
    call.refs.append(ref)
    return Slot(len(call.refs) - 1)


def _ref(history: Any, shape: Any) -> Ref:
    parts = sequence(history, "keras_history")
    if len(parts) != 3:
        raise LayerError(f"keras_history is {written(parts)}; expected [layer, call, tensor]")
    layer, call, tensor = parts
    return Ref(text(layer, "the layer of a tensor"), index(call, "the call of a tensor"), index(tensor, "the number of a tensor"), shape)


def refs_in(value: Any, what: str) -> list[Ref]:
    """The tensors in a list, a mapping, or one by itself."""
    found: list[Ref] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if is_ref(one):
            found.append(_ref(one[:3], None))
        elif isinstance(one, (list, dict)):
            waiting.extend(reversed(list(one.values() if isinstance(one, dict) else one)))
        else:
            raise LayerError(f"{what} holds {written(one)}; expected [layer, call, tensor]")
    if not found:
        raise LayerError(f"{what} names nothing")
    return found
