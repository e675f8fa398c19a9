"""cnncli reads a CNN from a YAML file and tells everything about it, without a framework."""

from __future__ import annotations

__version__ = "0.1.0"
