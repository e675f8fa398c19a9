"""cnncli reads a CNN from a YAML file and reports everything about it, without a framework.

    report = cnncli.analyze("vgg16")
    print(report)                                               the table
    report.totals["params"]                                     is 138357544
    [(row.name, row.output_shape) for row in report.rows]       a row for each layer

load      read a spec or a model: a path, a name, a mapping or YAML text
analyze   count parameters, work, receptive fields and memory
explain   work out the figures of layers, with formulas
convert   write a network as a spec
verify    compare the figures with those of Keras
train     train a network by the recipe of its spec
errors    what all of them raise: CnncliError and its kinds

`help(cnncli.load)` and so on tell more. `import cnncli` itself imports nothing; a function imports what it needs.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import errors as errors
    from .api import analyze as analyze
    from .api import convert as convert
    from .api import explain as explain
    from .api import load as load
    from .api import train as train
    from .api import verify as verify

__version__ = "0.1.0"
__all__ = ["__version__", "analyze", "convert", "errors", "explain", "load", "train", "verify"]
_FUNCTIONS = ("analyze", "convert", "explain", "load", "train", "verify")


class _Package(ModuleType):
    """The package, in which the functions keep their names: packages inside it are called convert, explain and verify, too."""

    def __getattr__(self, name: str) -> Any:
        if name in _FUNCTIONS:
            function = getattr(import_module(f"{__name__}.api"), name)
            self.__dict__[name] = function
            return function
        if name == "errors":
            return import_module(f"{__name__}.errors")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _FUNCTIONS or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
