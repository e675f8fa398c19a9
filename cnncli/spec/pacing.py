"""How single weights are trained otherwise than the optimizer alone would have it: averaged, at a rate of their own, or not to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from ..layers.base import Options
from ..layers.named import OptionsOf
from ..layers.values import Amount, BelowOne, Count, Reader, Real

if TYPE_CHECKING:
    from ..layers.values import Raw


MOST_EPOCHS = 1e5


class Lookahead(Options):
    """Every `every` steps an average keeps the part `keep` of itself and takes the rest from the weights, which go on from there.

    `keep` is multiplied by (the part of the run that is over) ** `power`: little averaging at first. The average is what is evaluated.
    Zhang et al. 2019, arXiv:1907.08610, algorithm 1: k is `every`, alpha is 1 - `keep`.
    """

    every: Count = 5
    keep: BelowOne = 0.5
    power: Amount = 0


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


MaybeLookahead = Annotated["Lookahead | None", OptionsOf(Lookahead)]
LrScale = Annotated[Figures, FiguresOf("{batch_norm.beta: 64}", Real(0.0))]
FreezeAfter = Annotated[Figures, FiguresOf("{conv_1: 3}, in epochs", Real(0.0, MOST_EPOCHS))]
