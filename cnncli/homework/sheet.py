"""A sheet: numbered questions about the layers of a network, or about layers that chance has drawn."""

from __future__ import annotations

import json
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError
from ..report import Report, analyze
from .chance import Chance
from .drawn import drawn
from .quantity import QUANTITIES, value, worth_asking
from .request import LEVELS, Request
from .wording import about

if TYPE_CHECKING:
    from ..network import Network, Node


class Question(NamedTuple):
    """One blank: its number, the layer that is asked about, and what is asked of it."""

    number: int
    report: Report
    node: Node
    quantity: str

    @property
    def answer(self) -> Any:
        """A whole number, or a shape."""
        return value(self.report, self.node, self.quantity)

    @property
    def text(self) -> str:
        """The whole question."""
        question = QUANTITIES[self.quantity].question
        if self.report.network.channels_first:
            question = question.replace("axes, then channels", "channels, then axes")
        return f"{about(self.report, self.node)}. {question}"


class Sheet:
    """The questions that follow from a request. Of a network, `report` is what the table to be filled in is drawn from."""

    def __init__(self, request: Request, questions: list[Question], report: Report | None) -> None:
        self.request, self.questions, self.report = request, questions, report

    @property
    def title(self) -> str:
        subject = self.report.name if self.report else ", ".join(self.request.kinds)
        return f"Exercise: {subject}" + (f", for {self.request.student}" if self.request.student else "")

    @cached_property
    def id(self) -> str:
        """A digest of all that is asked and of what it comes to: it changes with the spec, and with the rules by which sheets are made."""
        asked = [[question.text, question.quantity, question.answer] for question in self.questions]
        return sha256(json.dumps([self.request, asked]).encode()).hexdigest()[:12]

    @property
    def line(self) -> str:
        """What the sheet was made from."""
        return self.request.line(self.id)


def make(request: Request, network: Network | None = None) -> Sheet:
    """The sheet of a request; `network` is that of its spec. Raises UsageError where there is nothing to ask."""
    # The blanks of a table are everybody's: with others, one student's sheet would show another's answers.
    chance = Chance(request.seed, request.student if network is None else "")
    if network is None:
        return Sheet(request, [Question(number, *one) for number, one in enumerate(drawn(request, chance), 1)], None)
    report = analyze(network)
    level = LEVELS.index(request.level)
    asked = [one.name for one in QUANTITIES.values() if one.level <= level]
    cells = {name: [node for node in network.nodes if worth_asking(report, node, name)] for name in asked}
    if not any(cells.values()):
        raise UsageError(f"{report.name} has nothing to ask at the level {request.level}")
    places = _shares(request.count, {name: len(nodes) for name, nodes in cells.items()})
    chosen = [(node, name) for name in asked for node in chance.some_of(cells[name], places[name])]
    chosen.sort(key=lambda cell: (cell[0].index, asked.index(cell[1])))
    return Sheet(request, [Question(number, report, *cell) for number, cell in enumerate(chosen, 1)], report)


def _shares(count: int, there: dict[str, int]) -> dict[str, int]:
    """How many of each are asked: as even as there are."""
    shares = dict.fromkeys(there, 0)
    while count and shares != there:
        for name in there:
            if count and shares[name] < there[name]:
                shares[name] += 1
                count -= 1
    return shares
