"""The number N that keeps a network within bounds: filters, units, layers, or a parameter of a spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ..errors import CnncliError, LayerError, UsageError
from ..expectation import OPERATORS, Expectation
from ..report import Report
from . import Answer, Found

LARGEST = 2**31 - 1
_TRIES = 64  # how far the next number is that gives a network at all (groups divide channels, heads, ...)
_MOST = 10_000  # steps

Make = Callable[[str], Report]  # the report with N in its place


def whole_numbers(make: Make, demands: Sequence[Expectation], low: int = 1, high: int = LARGEST) -> Answer:
    """All whole N from `low` to `high` that keep to the demands, the largest first. Totals are taken to grow with N."""
    search = _Search(make, low, high)
    for demand in demands:
        search.keep_to(demand)
    first, last = search.first, search.last
    question = f"N from {low:,}{f' to {high:,}' if high < LARGEST else ''}, {' and '.join(map(_words, demands))}"
    best = search.legal(last, -1) if first <= last else None
    if best is None or best < first:
        near = search.legal(max(low, min(first, high)), 1)
        return Answer(question, [], f"with N = {near:,} {_figures(make(str(near)), demands)}" if near else "no N gives a network")
    notes = [f"{first:,} to {best:,} do" if first < best else "no other does"]
    after = search.legal(best + 1, 1)
    if after is not None:
        notes.append(f"with {after:,} {_figures(make(str(after)), demands)}")
    return Answer(question, [Found({"N": best}, note=_figures(make(str(best)), demands))], note="; ".join(notes))


def stepped(make: Make, demands: Sequence[Expectation], low: str, high: str, step: str) -> Answer:
    """All of low, low + step, ..., high that keep to the demands, the largest first."""
    first, last, by = Fraction(low), Fraction(high), Fraction(step)
    if by <= 0 or (last - first) / by > _MOST:
        raise UsageError(f"from {low} to {high} by {step} are no steps, or more than {_MOST:,}")
    found, nearest = list[Found](), ""
    for number in range(int((last - first) / by), -1, -1):
        value = _decimal(first + number * by)
        report = make(value)
        if all(demand.holds(report.totals[demand.key]) for demand in demands):
            found.append(Found({"N": value}, note=_figures(report, demands)))
        else:
            nearest = f"with N = {value} {_figures(report, demands)}"
    question = f"N from {low} to {high} by {step}, {' and '.join(map(_words, demands))}"
    return Answer(question, found, "" if found else nearest)


class _Search:
    """The numbers that are left, narrowed by one demand after the other."""

    def __init__(self, make: Make, low: int, high: int) -> None:
        self.make, self.first, self.last = make, low, high

    def keep_to(self, demand: Expectation) -> None:
        """Narrow to where the total is as demanded."""
        bounds = demand.value if isinstance(demand.value, tuple) else (demand.value,)
        if demand.operator in (">=", ">", "=="):
            self.first = self._first(demand.key, ">" if demand.operator == ">" else ">=", max(bounds))
        if demand.operator in ("<=", "<", "=="):
            self.last = min(self.last, self._first(demand.key, ">=" if demand.operator == "<" else ">", min(bounds)) - 1)

    def _first(self, key: str, sign: str, bound: Any) -> int:
        """The smallest number whose total is so large, one past the last if there is none: doubling, then halving."""
        low, step = self.first, 1
        while low <= self.last and not self._over(low, key, sign, bound):
            low, step = low + step, step * 2
        low, high = low - step // 2, min(low, self.last + 1)
        low = max(low, self.first)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._over(middle, key, sign, bound) else (middle + 1, high)
        return low

    def _over(self, number: int, key: str, sign: str, bound: Any) -> bool:
        found = self.legal(number, 1)
        if found is None:
            return True
        total = self.make(str(found)).totals[key]
        if isinstance(total, tuple):
            total = max(total)
        if total is None:
            raise UsageError(f"{key} has no value here, so that nothing can be demanded of it")
        return bool(OPERATORS[sign](total, bound))

    def legal(self, number: int, step: int) -> int | None:
        """The next number, this one included, that gives a network."""
        last: CnncliError | None = None
        for tried in range(number, number + _TRIES * step, step):
            try:
                if tried >= 1:
                    self.make(str(tried))
                    return tried
            except (LayerError, CnncliError) as error:
                last = error
        if last and number == self.first:
            raise last
        return None


def _words(demand: Expectation) -> str:
    return f"{demand.key} {demand.operator.replace('==', '=')} {_number(demand.value)}"


def _figures(report: Report, demands: Sequence[Expectation]) -> str:
    """params 59,965."""
    return ", ".join(f"{key} {_number(report.totals[key])}" for key in dict.fromkeys(demand.key for demand in demands))


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _decimal(value: Fraction) -> str:
    """0.75: steps are decimal numbers, so this is exact or close enough to read back."""
    return str(int(value)) if value.denominator == 1 else f"{float(value):.10g}"
