"""YAML text -> Network, step by step: source (bytes), tree (marks), sections, items, expression, binding, expand, document."""

from .document import Document, load, loads
from .fault import Fault, Mark
from .source import find, shipped

__all__ = ["Document", "Fault", "Mark", "find", "load", "loads", "shipped"]
