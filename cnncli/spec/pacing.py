"""How single weights are trained otherwise than the optimizer alone would have it: averaged, at a rate of their own, or not to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from ..layers.base import Options
from ..layers.values import EXPRESSION, Amount, Count, Rate, Reader, Real

if TYPE_CHECKING:
    from ..layers.values import Raw


class Lookahead(Options):
    """Every `every` steps an average keeps the part `keep` of itself and takes the rest from the weights, which go on from there.

    `keep` is multiplied by (the part of the run that is over) ** `power`: little averaging at first. The average is what is evaluated.
    Zhang et al. 2019, arXiv:1907.08610, algorithm 1: k is `every`, alpha is 1 - `keep`.
    """

    every: Count = 5
    keep: Rate = 0.5
    power: Amount = 0


class _LookaheadReader(Reader):
    """The options of Lookahead, or the lone number of steps."""

    words = "a number of steps, or {every: 5, keep: 0.5}"

    def read(self, raw: Raw) -> Lookahead:
        return Lookahead.read(raw)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "object"}, EXPRESSION]}


class Figures(dict[str, float]):
    """Names and their numbers, in an order that does not count, not to be changed."""

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none; of this one nobody changes an entry
        return hash(frozenset(self.items()))


class FiguresOf(Reader):
    """A number for each of some layers."""

    def __init__(self, example: str, number: Reader) -> None:
        self.number = number
        self.words = f"layers, or kinds of layers, and a number for each: {example}"

    def read(self, raw: Raw) -> Figures:
        if not isinstance(raw, dict):
            raise ValueError(self.words)
        try:
            return Figures({name: self.number.read(value) for name, value in raw.items()})
        except ValueError as error:
            raise ValueError(f"{self.words}, each {error}") from None

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.number.schema()}


MaybeLookahead = Annotated["Lookahead | None", _LookaheadReader()]
LrScale = Annotated[Figures, FiguresOf("{batch_norm.beta: 64}", Real(0.0))]
FreezeAfter = Annotated[Figures, FiguresOf("{conv_1: 3}, in epochs", Real(0.0))]
