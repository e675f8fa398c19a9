"""YAML text -> Network: source (bytes, marks), tree, items, expression, binding, expand, document."""

from .document import Document, load, loads
from .source import Fault, find, shipped

__all__ = ["Document", "Fault", "find", "load", "loads", "shipped"]
