"""The columns of a summary: what each is called, how it is got from a row, what it means. All formats share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..errors import UsageError
from ..printable import quote
from ..report import Row
from ..synonyms import figure_hint
from ..totals import one_if_equal
from .values import people
from .words import options, weights


class Column(NamedTuple):
    """One column: `get` gives the raw value of a row, `tell` the words for people where the usual ones will not do."""

    name: str
    title: str
    get: Callable[[Any], Any]
    words: str
    right: bool = True
    summed: bool = False
    tell: Callable[[Any], str] | None = None

    def cell(self, thing: Any) -> str:
        """What people read."""
        return self.tell(thing) if self.tell else people(self.get(thing))


def _text(name: str, get: Callable[[Row], Any], words: str) -> Column:
    return Column(name, name.replace("_", " "), get, words, right=False)


def _figure(name: str, title: str, words: str) -> Column:
    return Column(name, title, lambda row: getattr(row.figures, name), words, summed=True)


def _field(name: str, title: str, words: str, attribute: str = "") -> Column:
    return Column(name, title, lambda row: one_if_equal(getattr(row.receptive_field, attribute or name)), words)


def _size(row: Row) -> Any:
    """The size of the field; where only paths that see the whole input lead there, "all"."""
    field = row.receptive_field
    return one_if_equal(field.size) or ("all" if field.sees_all else None)


def _size_told(row: Row) -> str:
    """The size, with ~ where paths are out of line; behind a gate, which sees the whole input, the size along the other paths."""
    field, size = row.receptive_field, _size(row)
    words, mark = people(size), "~" * (field.aligned is False)
    if not field.sees_all or size == "all":
        return words + mark
    return f"all {words}{mark}" if isinstance(size, tuple) else f"all ({words}){mark}"


_ALL = (
    _text("name", lambda row: f"{row.name}, partial" if row.partial else row.name, "the layer's name"),
    _text("kind", lambda row: row.kind, "the kind of layer"),
    _text("options", options, "its options, where they are not the defaults"),
    _text("block", lambda row: row.scope, "the uses of blocks that it stands in"),
    _text("inputs", lambda row: row.inputs, "the layers that it reads"),
    Column("output_shape", "output", lambda row: row.output_shape, "the shape of one image's output, channels last"),
    _text("weights", weights, "the arrays that belong to it, with their shapes"),
    _figure("params", "params", "parameters, trainable or not"),
    _figure("trainable_params", "trainable", "parameters that the gradient changes"),
    _figure("non_trainable_params", "non-trainable", "parameters that it does not, such as moving averages"),
    _figure("params_without_bias", "params, no bias", "parameters without the biases"),
    _figure("constants", "constants", "numbers of a file that vary along positions, such as prior boxes: no parameters"),
    _figure("macs", "MACs", "multiply-accumulates of convolutions and dense layers, one image, no bias"),
    _figure("flops", "FLOPs", "2 x MACs"),
    _figure("element_wise", "element-wise", "additions, multiplications, comparisons, divisions and exponentials beside the MACs"),
    _figure("add", "add", "additions among them"),
    _figure("multiply", "multiply", "multiplications among them"),
    _figure("compare", "compare", "comparisons among them"),
    _figure("divide", "divide", "divisions (and roots) among them"),
    _figure("exp", "exp", "exponentials among them"),
    Column("receptive_field", "field", _size, "receptive field: the input pixels that one output pixel sees", tell=_size_told),
    _field("effective_stride", "jump", "effective stride: input pixels from one output pixel to the next", attribute="stride"),
    _field("start", "start", "the first input pixel that output pixel 0 sees (below 0: padding)"),
    _field("end", "end", "the last input pixel that output pixel 0 sees"),
    _field("centre", "centre", "the middle of what output pixel 0 sees"),
    _text("note", lambda row: row.receptive_field.note, "why paths are out of line, or why there is no field"),
    _figure("param_bytes", "param bytes", "bytes of the parameters"),
    _figure("activation_bytes", "activation bytes", "bytes of the outputs, the whole batch"),
    _text("place", lambda row: row.place and str(row.place), "where it was written"),
)
COLUMNS = {column.name: column for column in _ALL}
DEFAULT = ("name", "kind", "options", "output_shape", "params", "macs", "receptive_field", "effective_stride")


def chosen(words: str | None) -> tuple[Column, ...]:
    """The columns that a user names, separated by commas; `default` and `all` stand for several."""
    names: list[str] = []
    for word in (words or "default").split(","):
        name = word.strip().replace("-", "_")
        if name not in COLUMNS and name not in ("default", "all"):
            hint = figure_hint(name, COLUMNS) or "; --columns help lists them"
            raise UsageError(f"no column is called {quote(word.strip())}{hint}")
        names.extend(DEFAULT if name == "default" else COLUMNS if name == "all" else (name,))
    return tuple(COLUMNS[name] for name in dict.fromkeys(names))
