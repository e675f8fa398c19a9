"""The sections of a spec, and the way from its text to a network."""

from __future__ import annotations

import os
from collections.abc import Mapping as Names
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import SpecError, UsageError, nearest
from ..expectation import Expectation
from ..expectation import parse as parse_expectation
from ..layers.values import written
from ..network import Input, Network
from ..printable import printable, quote
from .binding import bind, default_options, value
from .bounds import bounds_of
from .expand import Expander, unread
from .fault import MOST_FAULTS, Faults, Mark, Source, TooManyFaults
from .frames import Frame
from .frames import Names as Visible
from .inputs import read_shape, refuse_axes, split_size
from .items import ItemReader, given_names
from .sections import Sections
from .source import find, read
from .tree import Mapping, Scalar, Sequence, Tree

if TYPE_CHECKING:
    from ..layers.values import Raw
    from .backbone import Body
    from .copying import File
    from .recipe import Recipe


class Document:
    """A spec that has been read: the network, and what the file says about it."""

    def __init__(self, source: Source, name: str, origin: str) -> None:
        self.path, self.text, self.bounds = source.name, source.text, source.bounds
        self.name = name or os.path.splitext(os.path.basename(source.name))[0]
        self.source = origin
        self.parameters: dict[str, Raw] = {}
        self.marks: dict[str, Mark] = {}  # where each section begins
        self.network = Network()
        self.expect: tuple[Expectation, ...] = ()
        self.recipe: Recipe | None = None
        self.backbone: Body | None = None
        self.files: list[File] = []  # the spec, and each that it extends

    def __repr__(self) -> str:
        return f"<Document of {printable(self.path)}: {printable(self.name)}, {len(self.network.nodes):,} layers>"

    def read_paths(self) -> list[str]:
        """The paths of all files that the network was read from: the spec, those that it extends, its backbone."""
        body = self.backbone
        files = [*self.files, *(body.files if body is not None else ())]
        paths = [os.path.join(file.source.folder, os.path.basename(file.source.name)) for file in files]
        return [*paths, body.path] if body is not None else paths


def load(
    spec: str, settings: Names[str, str] | None = None, input_size: str | None = None, change_axes: bool = False, restrict: bool = False
) -> Document:
    """Read a spec: a path, the name of a shipped architecture, or `-` for standard input.

    `settings` override the file's `parameters`; `input_size`, such as 160x160x3, its `input`, which keeps its number of axes
    unless `change_axes`. What the file expects of itself is then left aside, since it speaks of the file as it stands.
    With `restrict` the spec may name no files outside its folder.
    Raises SpecError with all faults of the file, UsageError where the file or a setting is not there.
    """
    path = "-" if spec == "-" else find(spec)
    source = read(path)._replace(bounds=bounds_of(path, restrict))
    return Reading(source, settings or {}, input_size, change_axes=change_axes).document()


def loads(
    text: str,
    name: str = "text",
    settings: Names[str, str] | None = None,
    input_size: str | None = None,
    change_axes: bool = False,
    restrict: bool = False,
) -> Document:
    """Read a spec from a string, which is called `name` in messages; its paths are seen from the current folder."""
    source = Source(name, text, bounds=bounds_of("-", restrict))
    return Reading(source, settings or {}, input_size, change_axes=change_axes).document()


class Reading:
    """One reading of one file. What is wrong is collected in `faults`, so that independent faults are told together."""

    def __init__(
        self, source: Source, settings: Names[str, str], input_size: str | None, inner: bool = False, change_axes: bool = False
    ) -> None:
        self.settings, self.input_size, self.inner, self.change_axes = settings, input_size, inner, change_axes
        self._source = source
        self.faults = Faults(MOST_FAULTS)

    def document(self) -> Document:
        """The document. Raises SpecError with all faults."""
        with suppress(TooManyFaults):
            self._read()
        self.faults.refuse()
        return self.result

    def _read(self) -> None:
        self.sections = Sections(self._source, self.faults)
        result = self.result = Document(self._source, self.sections.words("name"), self.sections.words("source"))
        result.files = self.sections.files
        result.marks = {section: key.mark for section, key in self.sections.keys.items()}
        result.parameters = self.sections.parameters(self.settings)
        result.network = Network(result.name, result.source)
        frame = Frame(Visible(dict(result.parameters)))
        last = self._expand(frame)
        self._train()
        if not self.faults:
            self._outputs(frame, last)
            self._expect()

    def _inputs(self, frame: Frame) -> int | None:
        """Place the inputs; the first is what the first layer reads."""
        tree = self.sections.entries.get("input")
        named: dict[str, Tree] = tree.entries if isinstance(tree, Mapping) else {"input": tree} if tree is not None else {}
        if self.input_size is not None and not named and "backbone" in self.sections.entries:
            return None  # the backbone's own, in that size
        if self.input_size is not None and len(named) == 1:
            named = {name: self._given_size(self.input_size, entry) for name, entry in named.items()}
        elif self.input_size is not None:
            raise UsageError(f"--input sets the one input of a spec; {self.result.path} has {len(named)}; change them in the file")
        if not named and "backbone" not in self.sections.entries:
            self.faults.add("no input; it is [*size, channels], such as input: [224, 224, 3]", None, name=self.result.path)
        for name, entry in named.items():
            try:
                shape = read_shape(value(entry, frame.names.values))
            except SpecError as error:
                self.faults.take(error)
            except ValueError as error:
                self.faults.add(str(error), entry.mark)
            else:
                frame.labels[name] = self.result.network.place(Input(shape=shape), (), name, None, entry.mark).index
        return next(iter(frame.labels.values()), None)

    def _given_size(self, size: str, instead: Tree) -> Sequence:
        """160x160x3 as a list, in the place of what the file says. Raises UsageError."""
        given = Sequence(instead.mark)
        given.items = [Scalar(part, instead.mark) for part in split_size(size)]
        if isinstance(instead, Sequence) and len(instead.items) != len(given.items) and not self.change_axes:
            usual = [written(value(item, self.result.parameters)) for item in instead.items]
            raise refuse_axes(size, len(given.items), usual, self.result.path)
        return given

    def _expand(self, frame: Frame) -> int | None:
        """Place the inputs and all items."""
        sections, reader = self.sections.entries, ItemReader(self.faults)
        frame.names.values.setdefault("in_channels", "")
        first = self._inputs(frame)
        if "backbone" in sections:
            first = self._backbone(sections["backbone"], frame, first)
        if first is not None:
            frame.names.values["in_channels"] = self.result.network.nodes[first].output[-1]
        blocks = reader.blocks(sections["blocks"]) if "blocks" in sections else {}
        if "layers" not in sections:
            self.faults.add("no layers; they are a list: one layer a line, each after a dash", None, name=self.result.path)
            return None
        items = reader.items(sections["layers"], "layers")
        frame.reserved = frozenset(given_names(items))
        self.result.network.reserve(sorted(frame.reserved))
        defaults = default_options(self.sections.mapping("defaults", "{conv: {bias: false}}"), frame.names.values, self.faults)
        return None if reader.circular else Expander(self.result.network, blocks, defaults, self.faults).run(items, first, frame)

    def _backbone(self, tree: Tree, frame: Frame, first: int | None) -> int | None:
        """Place the backbone; its last layer is what the first of the file reads."""
        from .backbone import Given, Graft  # most files have none

        if self.inner:
            self.faults.add("a backbone with a backbone of its own; name that one in its place, or write its layers out", tree.mark)
        elif len(frame.labels) > 1:
            self.faults.add(f"a backbone reads one input; there are {', '.join(map(quote, frame.labels))}", tree.mark)
        if self.faults:
            return None
        nodes = self.result.network.nodes
        given = None if first is None else Given(first, nodes[first].output, nodes[first].place)
        try:
            graft = Graft(tree, frame.names.values, self._read_backbone)
            body, layers = graft.place(self.result.network, given, self.input_size)
        except SpecError as error:
            self.faults.take(error)
            return None
        frame.labels.update(layers)
        self.result.backbone = body
        return body.layers[-1]

    def _read_backbone(self, path: str, size: str | None) -> Document:
        return Reading(read(path, self._source.bounds), {}, size, inner=True).document()

    def _outputs(self, frame: Frame, last: int | None) -> None:
        """Which nodes leave the network: those named, or the last. An output that goes nowhere is a mistake."""
        network, tree = self.result.network, self.sections.entries.get("outputs")
        named = tree.items if isinstance(tree, Sequence) else [tree] if tree is not None else []
        found = [] if tree is not None or last is None else [last]
        for entry in named:
            name = entry.text if isinstance(entry, Scalar) else ""
            index = frame.labels.get(name)
            if index is None:
                self.faults.add(f"no output is called {quote(name)}{nearest(name, frame.labels)}", entry.mark)
            else:
                found.append(index)
                network.output_names[name] = index
        network.outputs = tuple(dict.fromkeys(found))
        grafted = self.result.backbone.layers if self.result.backbone else ()
        network.labels = {name: index for name, index in frame.labels.items() if index is not None and index not in grafted}
        for node in unread(network) if not self.faults else ():
            assert isinstance(node.place, Mark)
            self.faults.add(f"nothing reads {quote(node.name)}; name it in outputs, or leave it out", node.place)

    def _expect(self) -> None:
        """What must come out. It is left aside where parameters or the input have been overridden."""
        tree = self.sections.mapping("expect", "{params: 61_706}")
        if tree is None or self.settings or self.input_size:
            return
        found = []
        for name, entry in tree.entries.items():
            try:
                raw = value(entry, self.result.parameters)
                text = [str(one) for one in raw] if isinstance(raw, list) else str(raw)
                found.append(parse_expectation(name, text, entry.mark))
            except SpecError as error:
                self.faults.take(error)
            except ValueError as error:
                self.faults.add(str(error), tree.keys[name].mark)
        self.result.expect = tuple(found)

    def _train(self) -> None:
        tree = self.sections.entries.get("train")
        if tree is None:
            return
        from .named_weights import strangers
        from .recipe import Recipe  # most readings are of files without one

        try:
            recipe = self.result.recipe = bind(Recipe, tree, tree.mark, self.result.parameters)
        except SpecError as error:
            self.faults.take(error)
            return
        if not isinstance(tree, Mapping):  # the name of the data alone
            return
        for option, name, sentence in strangers(self.result.network, recipe) if not self.faults else ():
            figures = tree.entries[option]
            assert isinstance(figures, Mapping)
            self.faults.add(sentence, figures.keys[name].mark)
        if recipe.fine_tune and "backbone" not in self.sections.entries:
            self.faults.add("fine_tune lets layers of a backbone learn, and there is no backbone", tree.entries["fine_tune"].mark)
