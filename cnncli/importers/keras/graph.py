"""A model's configuration as a graph: its layers, the calls of each, and what each call reads.

Keras 3 and Keras 2 write calls differently; both become the same here. Nothing is judged yet but the form.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ...errors import LayerError
from ...layers.frozen import EVERY, NOTHING
from ...layers.values import written
from .calls import Call, Ref, read_call, refs_in
from .form import mapping, sequence, text
from .links import rebase
from .use import Slot

DEEPEST = 32  # models within models
PACKAGES = ("keras", "tf_keras", "tensorflow", "builtins")  # all else is the model's own
PARTLY = "Partly"  # before the class of a layer some of whose weights are frozen, in models that cnncli built


class Entry:
    """A layer of the file: its class and options, its calls, and the graph in it if it is a model.

    `one` is the entry that has its weights: itself, or where an archive writes the same object again, the first (`known`, by its number).
    """

    __slots__ = ("calls", "cls", "custom", "frozen", "functional", "model", "name", "one", "operation", "options", "ours")

    def __init__(self, tree: Any, depth: int, known: dict[int, Entry]) -> None:
        tree = mapping(tree, "a layer")
        self.cls, registered = _class(tree)
        self.options = mapping(tree.get("config"), f"config of {self.cls}")
        self.name = text(tree["name"] if isinstance(tree.get("name"), str) else self.options.get("name"), "name of a layer")
        module = tree.get("module")
        self.custom = module.split(".")[0] not in PACKAGES if isinstance(module, str) else isinstance(registered, str)
        self.operation = ".ops" in module if isinstance(module, str) else _bare(tree, self.options)
        self.frozen = EVERY if self.options.get("trainable", True) is False else NOTHING
        self.ours = registered == f"cnncli>{self.cls}"
        if self.ours and self.cls.startswith(PARTLY):  # an ordinary layer but for this
            self.cls, self.custom = self.cls.removeprefix(PARTLY), False
            self.frozen |= frozenset(map(str, sequence(self.options.get("frozen"), "frozen")))
        self.calls: list[Call] = []
        self.functional = "layers" in self.options and "output_layers" in self.options
        self.model: Graph | None = None
        if self.functional or (self.cls == "Sequential" and not self.custom and "layers" in self.options):
            self.model = Graph(self.cls, self.options, depth + 1, known)
            self.model.name = self.name
        number = tree.get("shared_object_id")
        self.one: Entry = known.setdefault(number, self) if isinstance(number, int) else self
        if self.one.model is not None and self.model is not None:
            self.model = self.one.model

    @property
    def is_input(self) -> bool:
        return self.cls == "InputLayer" and not self.custom


def _class(tree: dict[str, Any]) -> tuple[str, Any]:
    """The class, and the name under which a model's own is registered: an HDF5 file has `package>class` in place of both."""
    cls = text(tree.get("class_name"), "class_name")
    if ">" in cls:
        return cls.rpartition(">")[2] or cls, cls
    return cls, tree.get("registered_name")


def _bare(tree: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether Keras 3 wrote an operation where no module is told, in an HDF5 file: every layer says of what type it is."""
    calls = tree.get("inbound_nodes")
    return isinstance(calls, list) and any(isinstance(call, dict) for call in calls) and not {"dtype", "trainable"} & options.keys()


class Graph:
    """A model: its entries by name, what it reads, and what leaves it."""

    def __init__(self, cls: str, config: dict[str, Any], depth: int, known: dict[int, Entry]) -> None:
        if depth > DEEPEST:
            raise LayerError(f"models within models, more than {DEEPEST} deep")
        named = isinstance(config.get("name"), str) and config["name"]
        self.name = text(config["name"], "name of the model") if named else cls.lower()
        self.trainable = config.get("trainable", True) is not False
        self.entries: dict[str, Entry] = {}
        self.inputs: list[tuple[str, Any]] = []  # name, and shape with the batch where the file has it
        self.outputs: list[Ref] = []
        trees = sequence(config.get("layers"), "layers")
        placed = [(self._enter(Entry(tree, depth, known)), tree) for tree in trees]
        if "output_layers" in config:
            self._functional(config, placed)
        else:
            self._sequential(config, placed)

    def _enter(self, entry: Entry) -> Entry:
        if entry.name in self.entries:
            raise LayerError(f"two layers are called {written(entry.name)}")
        self.entries[entry.name] = entry
        return entry

    def _functional(self, config: dict[str, Any], placed: list[tuple[Entry, Any]]) -> None:
        newer, named = False, set()
        for entry, tree in placed:
            nodes = sequence(tree.get("inbound_nodes", []), f"inbound_nodes of {entry.name}")
            newer = newer or any(isinstance(node, dict) for node in nodes)
            entry.calls = [read_call(node) for node in nodes if node not in ([], {})]
            _note_shapes(entry.calls, tree)
        for ref in refs_in(config.get("input_layers"), "input_layers"):
            found = self.entries.get(ref.layer)
            if found is None or not found.is_input or ref.layer in named:
                raise LayerError(f"input_layers names {written(ref.layer)}, which is no input layer of the file, or named twice")
            named.add(ref.layer)
            self.inputs.append((ref.layer, _recorded(found.options)))
        self.outputs = refs_in(config.get("output_layers"), "output_layers")
        rebase(self, newer)

    def _sequential(self, config: dict[str, Any], placed: list[tuple[Entry, Any]]) -> None:
        """Layers one after another. The input is a layer, or an option of the first, or of the whole, or of the model that is first."""
        above: Ref | None = None
        for entry, tree in placed:
            if entry.is_input and above is None:
                self.inputs = [(entry.name, _recorded(entry.options))]
                above = Ref(entry.name, 0, 0)
                continue
            if above is None:
                first = entry.model.inputs[0][1] if entry.model and len(entry.model.inputs) == 1 else None
                shape = _recorded(entry.options) or config.get("build_input_shape") or first
                self.inputs = [(f"{entry.name}_input", shape)]
                above = Ref(f"{entry.name}_input", 0, 0)
            call = Call()
            call.refs, call.args = [above], [Slot(0)]
            _note_shapes([call], tree)
            entry.calls = [call]
            above = Ref(entry.name, 0, 0)
        if above is None:
            raise LayerError("a model without layers")
        self.outputs = [above]

    @cached_property
    def recorded(self) -> dict[tuple[str, int, int], Any]:
        """What the file says of the shapes of tensors, by layer, call and number."""
        return {(ref.layer, ref.call, ref.tensor): ref.shape for ref in self._refs() if ref.shape is not None}

    @cached_property
    def widths(self) -> dict[tuple[str, int], int]:
        """How many tensors are read of each call: those up to the last that is."""
        found: dict[tuple[str, int], int] = {}
        for ref in self._refs():
            found[ref.layer, ref.call] = max(found.get((ref.layer, ref.call), 1), ref.tensor + 1)
        return found

    def _refs(self) -> list[Ref]:
        return [*(ref for entry in self.entries.values() for call in entry.calls for ref in call.refs), *self.outputs]

    @cached_property
    def order(self) -> list[tuple[Entry, int]]:
        """The calls so that each reads only what is before it, otherwise as in the file. Refuses cycles."""
        ordered: list[tuple[Entry, int]] = []
        done: dict[tuple[str, int], bool] = {(name, 0): True for name, _ in self.inputs}  # False: begun
        for entry in self.entries.values():
            for number in range(len(entry.calls)):
                self._visit((entry.name, number), done, ordered)
        return ordered

    def _visit(self, start: tuple[str, int], done: dict[tuple[str, int], bool], ordered: list[tuple[Entry, int]]) -> None:
        stack = [(start, iter(self._read(start)))] if start not in done else []
        while stack:
            key, waiting = stack[-1]
            done.setdefault(key, False)
            for one in waiting:
                if one not in done:
                    stack.append((one, iter(self._read(one))))
                    break
                if not done[one]:
                    raise LayerError(f"layers feed themselves in a circle, through {one[0]}")
            else:
                done[key] = True
                ordered.append((self.entries[key[0]], key[1]))
                stack.pop()

    def _read(self, key: tuple[str, int]) -> list[tuple[str, int]]:
        return [(ref.layer, ref.call) for ref in self.entries[key[0]].calls[key[1]].refs]


def _recorded(options: dict[str, Any]) -> Any:
    """The shape of an input, the batch first, as either Keras writes it."""
    return options.get("batch_shape", options.get("batch_input_shape"))


def _note_shapes(calls: list[Call], tree: Any) -> None:
    """Where a layer has one call, `build_config` says what shapes go in; a call of Keras 3 says so itself."""
    config = tree.get("build_config")
    shape = config.get("input_shape") if isinstance(config, dict) else None
    if len(calls) != 1 or not isinstance(shape, list):
        return
    shapes = shape if all(isinstance(one, list) for one in shape) else [shape]
    if len(shapes) == len(calls[0].refs):
        calls[0].refs = [ref if ref.shape else ref._replace(shape=one) for ref, one in zip(calls[0].refs, shapes, strict=True)]


def is_model(tree: Any) -> bool:
    """Whether a JSON value is what `model.to_json()` writes."""
    return isinstance(tree, dict) and isinstance(tree.get("class_name"), str) and "config" in tree


def top(tree: Any) -> Graph:
    """The graph of a whole file."""
    if not is_model(tree):
        is_spec = isinstance(tree, dict) and "layers" in tree and not {"class_name", "config"} & tree.keys()
        hint = "; if it is a spec, call the file .yaml, which may hold JSON" if is_spec else ""
        raise LayerError(f"not what model.to_json() writes: a mapping with class_name and config{hint}")
    cls, config, version = tree["class_name"], tree["config"], str(tree.get("keras_version"))
    if version.startswith("1."):
        raise LayerError(f"written by Keras {version[:20]}; cnncli reads what Keras 2 and later write")
    if cls == "Sequential" and isinstance(config, list):  # Keras before 2.2
        config = {"layers": config}
    config = mapping(config, f"config of {cls}")
    if "layers" not in config or (cls != "Sequential" and "output_layers" not in config):
        raise LayerError(f"{cls} is a class of its own, and its graph is not in the file; cnncli reads Functional and Sequential models")
    return Graph(cls, config, 0, {})
