"""Layers in the words of a command line: conv:6,5 max_pool:2 flatten dense:10 -> Network."""

from .alternatives import alternatives
from .build import build, read_shape
from .words import Piece, Stretch, pieces, split_at

__all__ = ["Piece", "Stretch", "alternatives", "build", "pieces", "read_shape", "split_at"]
