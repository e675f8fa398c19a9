"""Weights from elsewhere into a backbone: from keras.applications, a file, or an earlier run.

source         where they come from, and what they expect of the images
applications   what keras.applications has
match          which layer is which
pour           the copying
"""

from __future__ import annotations

from .pour import pour
from .source import Pretrained

__all__ = ["Pretrained", "pour"]
