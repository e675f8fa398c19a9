"""The messages of an ONNX file, as far as they are read: which fields they have, and what each holds.

Source: onnx.proto of ONNX 1.23, github.com/onnx/onnx.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from . import wire
from .wire import Malformed, Span, raw, real, reals, text, whole, wholes

MOST_FIELDS = 2_000_000  # of one message; more is no model


class Field(NamedTuple):
    """The name under which a field is kept, how its value is read, and whether there may be many."""

    name: str
    read: wire.Reader
    many: bool = False


Table = dict[int, Field]
Message = dict[str, Any]

MODEL: Table = {
    1: Field("ir_version", whole),
    2: Field("producer_name", text),
    3: Field("producer_version", text),
    6: Field("doc_string", raw),
    7: Field("graph", raw),
    8: Field("opset_import", raw, many=True),
    14: Field("metadata_props", raw, many=True),
    25: Field("functions", raw, many=True),
}
OPSET: Table = {1: Field("domain", text), 2: Field("version", whole)}
FUNCTION: Table = {1: Field("name", text), 10: Field("domain", text)}
GRAPH: Table = {
    1: Field("node", raw, many=True),
    2: Field("name", text),
    5: Field("initializer", raw, many=True),
    11: Field("input", raw, many=True),
    12: Field("output", raw, many=True),
    13: Field("value_info", raw, many=True),
}
NODE: Table = {
    1: Field("input", text, many=True),
    2: Field("output", text, many=True),
    3: Field("name", text),
    4: Field("op_type", text),
    5: Field("attribute", raw, many=True),
    7: Field("domain", text),
    9: Field("metadata_props", raw, many=True),
}
ATTRIBUTE: Table = {
    1: Field("name", text),
    2: Field("f", real),
    3: Field("i", whole),
    4: Field("s", raw),
    5: Field("t", raw),
    6: Field("g", raw),
    7: Field("floats", reals, many=True),
    8: Field("ints", wholes, many=True),
    20: Field("type", whole),
    21: Field("ref_attr_name", text),
}
TENSOR: Table = {
    1: Field("dims", wholes, many=True),
    2: Field("data_type", whole),
    4: Field("float_data", raw, many=True),
    5: Field("int32_data", raw, many=True),
    7: Field("int64_data", raw, many=True),
    8: Field("name", text),
    9: Field("raw_data", raw),
    10: Field("double_data", raw, many=True),
    11: Field("uint64_data", raw, many=True),
    14: Field("data_location", whole),
}
VALUE: Table = {1: Field("name", text), 2: Field("type", raw)}
TYPE: Table = {1: Field("tensor_type", raw)}
TENSOR_TYPE: Table = {1: Field("elem_type", whole), 2: Field("shape", raw)}
SHAPE: Table = {1: Field("dim", raw, many=True)}
DIMENSION: Table = {1: Field("dim_value", whole), 2: Field("dim_param", text)}
ENTRY: Table = {1: Field("key", text), 2: Field("value", text)}


def message(span: Span, table: Table) -> Message:
    """The fields of a message that its table has; of a single field that comes twice, the last counts."""
    found: Message = {}
    for count, (number, kind, value) in enumerate(wire.fields(span)):
        field = table.get(number)
        if count > MOST_FIELDS:
            raise Malformed(f"a message has more than {MOST_FIELDS} fields")
        if field is None:
            continue
        read = field.read(kind, value)
        if field.many:
            row = found.setdefault(field.name, [])
            row.extend(read) if isinstance(read, list) else row.append(read)
        else:
            found[field.name] = read
    return found


def entry_of(spans: list[Span], wanted: str) -> str:
    """The value of one entry of a row of keys and values."""
    for span in spans:
        entry = message(span, ENTRY)
        if entry.get("key", "") == wanted:
            return str(entry.get("value", ""))
    return ""
